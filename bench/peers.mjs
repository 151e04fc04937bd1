// The peers. Each is `{ name, run(task) }` with milliseconds as the answer, or null where it cannot; see `bench.mjs`.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { batchModel, layerModel, momentsModel } from './onnx.mjs';

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
  const groups = {
    peers: [
      ['NumPy mean, var', 'numpy'],
      ['NumPy E[x²] − E[x]² (inaccurate)', 'numpy-sums'],
      ['PyTorch var_mean, 1 thread', 'torch-1'],
      ['PyTorch var_mean, 2 threads', 'torch-2'],
    ],
    file: [['NumPy einsum over a memory map (inaccurate)', 'numpy-mapped']],
    layer: [
      ['NumPy', 'numpy-layer'],
      ['PyTorch layer_norm, 1 thread', 'torch-layer-1'],
      ['PyTorch layer_norm into its output, 1 thread', 'torch-layer-out-1'],
      ['PyTorch layer_norm into its output, 2 threads', 'torch-layer-out-2'],
    ],
    batch: [
      ['NumPy', 'numpy-batch'],
      ['PyTorch batch_norm, 1 thread', 'torch-batch-1'],
      ['PyTorch addcmul into its output, 1 thread', 'torch-batch-out-1'],
      ['PyTorch addcmul into its output, 2 threads', 'torch-batch-out-2'],
    ],
    histogram: [
      ['NumPy histogram', 'numpy-histogram'],
      ['PyTorch histc, 1 thread', 'torch-histogram-1'],
    ],
  };
  const able = ([, key]) => version.includes('PyTorch') || !key.startsWith('torch');
  const made = Object.entries(groups).map(([work, rows]) => [work, rows.filter(able).map((row) => peer(...row))]);
  return { ...Object.fromEntries(made), end, version };
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
  return runtime('onnxruntime-node', 'ONNX Runtime (node)', () => require('onnxruntime-node'));
}

/** The same for pages: its WebAssembly kernels, in Node. */
export function onnxruntimeWeb() {
  return runtime('onnxruntime-web', 'ONNX Runtime (web, WASM)', async () => {
    const ort = await import('onnxruntime-web');
    ort.env.wasm.numThreads = 1;
    return ort;
  });
}

async function runtime(packageName, label, load) {
  try {
    const ort = await load();
    const { version } = JSON.parse(fs.readFileSync(path.join(here, 'node_modules', packageName, 'package.json'), 'utf8'));
    let held = null;
    const peer = (name, model, inputs) => ({
      name,
      async run(task) {
        if (held?.values !== task.values || held.model !== model) {
          await held?.session.release();
          const session = await ort.InferenceSession.create(model(task), { intraOpNumThreads: 1, executionProviders: [packageName.endsWith('web') ? 'wasm' : 'cpu'] });
          const feeds = Object.fromEntries(Object.entries(inputs(task)).map(([input, [values, shape]]) => [input, new ort.Tensor('float32', values, shape)]));
          held = { values: task.values, model, session, feeds };
          await session.run(feeds);
        }
        const start = performance.now();
        await held.session.run(held.feeds);
        return performance.now() - start;
      },
    });
    const x = ({ values, shape }) => ({ x: [values, shape] });
    const column = (size, value) => [new Float32Array(size).fill(value), [size]];
    const momentsOf = ({ shape, axes }) => momentsModel(shape, axes);
    const layerOf = ({ shape }) => layerModel(shape);
    const batchOf = ({ shape }) => batchModel(shape);
    const withScale = (task) => ({ ...x(task), scale: column(task.shape[1], 1) });
    const withFour = (task) => ({ ...withScale(task), bias: column(task.shape[1], 0), mean: column(task.shape[1], 3), variance: column(task.shape[1], 4) });
    return {
      peers: [peer(`${label}, 1 thread`, momentsOf, x)],
      layer: [peer(`${label} LayerNormalization, 1 thread`, layerOf, withScale)],
      batch: [peer(`${label} BatchNormalization, 1 thread`, batchOf, withFour)],
      version: `${packageName} ${version}`,
    };
  } catch (error) {
    return { skipped: `${label}: ${error.message.split('\n')[0]}` };
  }
}

export const machine = () =>
  `${os.cpus()[0]?.model ?? 'unknown processor'}, ${os.cpus().length} cores seen, ${Math.round(os.totalmem() / 2 ** 30)} GiB, ${os.platform()} ${os.arch()}`;
