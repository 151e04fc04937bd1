// The peers. Each is `{ name, run(task) }` with milliseconds as the answer, or null where it cannot; see `bench.mjs`.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { momentsModel } from './onnx.mjs';

const here = path.dirname(new URL(import.meta.url).pathname);
const require = createRequire(import.meta.url);

/** A process that answers every line with a line. */
function answering(command, args) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(question) {
      child.stdin.write(`${question}\n`);
      return (await lines.next()).value;
    },
    end: () => child.stdin.end(),
  };
}

/** One thread's read of as many bytes, by a C program. */
export function nativeRead(folder) {
  const binary = path.join(folder, 'bandwidth');
  const made = spawnSync('cc', ['-O3', '-march=native', '-o', binary, path.join(here, 'bandwidth.c')], { encoding: 'utf8' });
  if (made.status !== 0) return { skipped: 'native read: no C compiler (cc)' };
  const { ask, end } = answering(binary, []);
  return { peers: [{ name: 'native read, 1 thread', run: async ({ bytes }) => Number(await ask(bytes)) }], end };
}

/** The Python that has NumPy: `PYTHON`, or the first of the usual ones. */
export async function python() {
  const found = [process.env.PYTHON, '/usr/bin/python3', 'python3', 'python'].find(
    (command) => command && spawnSync(command, ['-c', 'import numpy']).status === 0,
  );
  if (!found) return { skipped: 'NumPy and PyTorch: no Python with numpy (set PYTHON)' };
  const { ask, end } = answering(found, [path.join(here, 'peers.py')]);
  const version = await ask(JSON.stringify({ peer: 'versions' }));
  const peer = (name, key) => ({
    name,
    async run({ file, offset, shape, axes, load = false }) {
      const answer = Number(await ask(JSON.stringify({ peer: key, file, offset, shape, axes, load })));
      return Number.isNaN(answer) ? null : answer;
    },
  });
  const torch = [peer('PyTorch var_mean, 1 thread', 'torch-1'), peer('PyTorch var_mean, 2 threads', 'torch-2')];
  const numpy = [peer('NumPy mean, var', 'numpy'), peer('NumPy E[x²] − E[x]² (inaccurate)', 'numpy-sums')];
  return { peers: version.includes('PyTorch') ? [...numpy, ...torch] : numpy, end, version };
}

/** Two reads by plain loops over a Float32Array: what a page without kernels would do. */
export function plainLoops() {
  const run = ({ values, shape, axes }) => {
    const start = performance.now();
    for (const over of axes) loops(values, shape, over);
    return performance.now() - start;
  };
  return { peers: [{ name: 'plain typed-array loops', run }] };
}

/** The tensor as (outer, kept, inner), kept between two reduced axes: what LayerNorm and BatchNorm need. */
function loops(values, shape, over) {
  const product = (sizes) => sizes.reduce((a, b) => a * b, 1);
  const first = shape.findIndex((_, axis) => !over.includes(axis));
  const last = shape.findLastIndex((_, axis) => !over.includes(axis));
  const outer = product(shape.slice(0, first));
  const kept = product(shape.slice(first, last + 1));
  const inner = product(shape.slice(last + 1));
  const mean = new Float64Array(kept);
  const variance = new Float64Array(kept);
  for (const pass of [0, 1]) {
    let at = 0;
    for (let o = 0; o < outer; o++) {
      for (let k = 0; k < kept; k++) {
        const m = mean[k];
        let sum = 0;
        if (pass === 0) for (let i = 0; i < inner; i++) sum += values[at++];
        else {
          for (let i = 0; i < inner; i++) {
            const d = values[at++] - m;
            sum += d * d;
          }
        }
        if (pass === 0) mean[k] += sum / (outer * inner);
        else variance[k] += sum / (outer * inner);
      }
    }
  }
  return variance;
}

export async function tensorflow() {
  try {
    const tf = require('@tensorflow/tfjs-core');
    const { setWasmPaths, version_wasm: version } = require('@tensorflow/tfjs-backend-wasm');
    setWasmPaths(`${path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`);
    await tf.setBackend('wasm');
    let held = null;
    const run = async ({ values, shape, axes }) => {
      if (held?.values !== values) {
        held?.x.dispose();
        held = { values, x: tf.tensor(values, shape) };
        // The first use copies the data to the backend.
        tf.tidy(() => tf.max(held.x).dataSync());
      }
      const start = performance.now();
      tf.tidy(() => {
        for (const over of axes) tf.moments(held.x, over).variance.dataSync();
      });
      return performance.now() - start;
    };
    return { peers: [{ name: 'TensorFlow.js WASM', run }], version: `TensorFlow.js WASM ${version}`, end: () => held?.x.dispose() };
  } catch (error) {
    return { skipped: `TensorFlow.js WASM: ${error.message.split('\n')[0]}` };
  }
}

export function onnxruntime() {
  try {
    const ort = require('onnxruntime-node');
    const { version } = JSON.parse(fs.readFileSync(path.join(here, 'node_modules/onnxruntime-node/package.json'), 'utf8'));
    let held = null;
    const run = async ({ values, shape, axes }) => {
      if (held?.values !== values) {
        const session = await ort.InferenceSession.create(momentsModel(shape, axes), { intraOpNumThreads: 1 });
        held = { values, session, x: new ort.Tensor('float32', values, shape) };
        await session.run({ x: held.x });
      }
      const start = performance.now();
      await held.session.run({ x: held.x });
      return performance.now() - start;
    };
    return { peers: [{ name: 'ONNX Runtime (node), 1 thread', run }], version: `onnxruntime-node ${version}` };
  } catch (error) {
    return { skipped: `ONNX Runtime: ${error.message.split('\n')[0]}` };
  }
}

export const machine = () =>
  `${os.cpus()[0]?.model ?? 'unknown processor'}, ${os.cpus().length} cores seen, ${Math.round(os.totalmem() / 2 ** 30)} GiB, ${os.platform()} ${os.arch()}`;
