// `npm run bench`: the statistics pass against its peers, on the same data in the same run; writes RESULTS.md.
// Rounds are interleaved (every peer once, then again), and each figure is the median. `--only=TEXT` runs the shapes whose
// name holds TEXT and prints without writing, `--only=modes` the parts and modes of the pass; `--no-peers` leaves the peers
// out; `--before=PATH` takes in the engine of another checkout, built, so that a change is measured against what it changes.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fromSources, root } from '../scripts/lib.mjs';
import { applied } from './apply.mjs';
import { chart } from './chart.mjs';
import { interleaved, normal, npyHeader, table, timed, told } from './measure.mjs';
import { modes } from './modes.mjs';
import { machine, nativeRead, onnxruntime, onnxruntimeWeb, plainLoops, python, tensorflow } from './peers.mjs';

const only = process.argv.find((argument) => argument.startsWith('--only='))?.slice('--only='.length);
const alone = process.argv.includes('--no-peers');
const before = process.argv.find((argument) => argument.startsWith('--before='))?.slice('--before='.length);
const bench = path.join(root, 'bench');

/** Shapes, with the axes that LayerNorm and BatchNorm reduce. */
const shapes = [
  { name: '1024 × 768', shape: [1024, 768], axes: [[1], [0]], applied: true },
  { name: '8192 × 4096', shape: [8192, 4096], axes: [[1], [0]], applied: true },
  { name: '1024 × 32768', shape: [1024, 32768], axes: [[1], [0]] },
  { name: '32 × 256 × 56 × 56', shape: [32, 256, 56, 56], axes: [[1, 2, 3], [0, 2, 3]] },
  { name: '524288 × 64', shape: [524288, 64], axes: [[1], [0]] },
  { name: '1048576 × 3', shape: [1048576, 3], axes: [[1], [0]] },
];
/** Tables that the chart is drawn of. */
const charted = [];
const oneGiB = { name: '1 GiB', shape: [65536, 4096], axes: [[1], [0]] };

/** A sink: what writing costs without a disk. */
const nowhere = { write: async () => undefined };

const engine = await engineOf(root);
const threaded = await threadedEngine();
const earlier = before && (await engineOf(path.resolve(before)));

if (!alone && !fs.existsSync(path.join(bench, 'node_modules'))) {
  spawnSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: bench, stdio: 'inherit' });
}
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'normoscope-bench-'));
const sources = alone
  ? [nativeRead(folder)]
  : [nativeRead(folder), await python(), plainLoops(), await onnxruntime(), await onnxruntimeWeb(), await tensorflow()];
for (const { skipped } of sources) if (skipped) console.log(`Left out. ${skipped}`);

try {
  const lines = [];
  for (const task of shapes.filter(({ name }) => !only || name.includes(only))) lines.push(...(await inMemory(task)));
  const parts = shapes.find(({ name }) => name === '8192 × 4096');
  if (!only || 'modes'.includes(only)) lines.push(...(await modesOf(parts)));
  if (!only || oneGiB.name.includes(only)) lines.push(...(await endToEnd(oneGiB)));
  if (!only || 'memory'.includes(only)) lines.push(...memory());
  if (!only && !alone) {
    fs.writeFileSync(path.join(bench, 'RESULTS.md'), `${[...head(), ...lines].join('\n')}\n`);
    fs.writeFileSync(path.join(bench, 'results.svg'), chart(charted));
  }
} finally {
  for (const { end } of sources) end?.();
  fs.rmSync(folder, { recursive: true, force: true });
}

/** The engine of a checkout. */
async function engineOf(folder) {
  const { createWasmEngine } = await fromSources(`export { createWasmEngine } from ${JSON.stringify(path.join(folder, 'src/core/engine/wasmEngine.ts'))};`);
  return createWasmEngine(kernelsOf(folder));
}

function kernelsOf(folder) {
  return new WebAssembly.Module(fs.readFileSync(path.join(folder, 'dist', 'engine.wasm')));
}

/** This engine on two threads, which it also is given for tensors that it would not share otherwise. */
async function threadedEngine() {
  const { createWasmEngine, createEngineThreads, defaultLimits } = await fromSources(`
    export { createWasmEngine } from './src/core/engine/wasmEngine.ts';
    export { defaultLimits } from './src/core/limits.ts';
    export { createEngineThreads } from './src/platform/engineThreads.ts';
  `);
  const threads = createEngineThreads(path.join(root, 'dist', 'engineWorker.js'), kernelsOf(root), 2);
  return createWasmEngine(kernelsOf(root), { ...defaultLimits, sharedElements: 0 }, threads);
}

/** The groupings that keep all axes but the reduced ones. */
function groupings({ shape, axes }) {
  return axes.map((over) => ({ kept: shape.map((_, axis) => !over.includes(axis)) }));
}

/** LayerNorm's map with some statistics; the numbers make no difference to the time. */
function layerNorm({ shape: [rows] }) {
  const column = (value) => new Float64Array(rows).fill(value);
  return { maps: [{ grouping: { kept: [true, false] }, shift: column(3), scale: column(1), offset: column(0) }], output: 'float32' };
}

function tensor({ shape }, read) {
  return { shape, axisOrder: shape.map((_, axis) => axis), encoding: { dtype: 'float32', littleEndian: true, stride: 4, offset: 0 }, read };
}

async function inMemory(task) {
  const count = task.shape.reduce((a, b) => a * b, 1);
  const values = normal(count);
  const file = path.join(folder, 'values.bin');
  const bytes = new Uint8Array(values.buffer);
  fs.writeFileSync(file, bytes);
  const data = tensor(task, async (first, target) => target.set(bytes.subarray(first * 4, first * 4 + target.length)));
  const pass = (asked, by = engine, options = {}) => timed(() => by.moments(data, asked, options));
  const both = groupings(task);
  const rows = await interleaved({ ...task, values, file, offset: 0, bytes: bytes.length }, bytes.length > 2 ** 26 ? 5 : 15, [
    { name: '**Normoscope**, 1 thread', run: pass(both) },
    { name: '**Normoscope**, 2 threads', run: pass(both, threaded) },
    { name: 'Normoscope, LayerNorm groups alone', run: pass(both.slice(0, 1)) },
    { name: 'Normoscope, BatchNorm groups alone', run: pass(both.slice(1)) },
    { name: 'Normoscope, precise mode', run: pass(both, engine, { precise: true }) },
    ...(earlier ? [{ name: 'Normoscope before', run: pass(both, earlier) }] : []),
    ...sources.flatMap(({ peers = [] }) => peers),
  ]);
  const title = `${task.name} (${Math.round(bytes.length / 2 ** 20)} MiB)`;
  charted.push({ title, rows, bytes: bytes.length });
  const lines = table(title, rows, bytes.length);
  if (!task.applied) return lines;
  const given = { ...task, values, file, offset: 0, bytes: bytes.length };
  return [...lines, ...(await applied({ one: engine, two: threaded }, data, given, sources))];
}

/** The parts and modes of the pass, on one thread, beside the machine's read. */
async function modesOf(task) {
  const values = normal(task.shape.reduce((a, b) => a * b, 1));
  const bytes = values.length * 4;
  const reads = sources.flatMap(({ peers = [] }) => peers).filter(({ name }) => name.startsWith('native read'));
  const rows = await interleaved({ ...task, bytes }, 5, [...(await modes(kernelsOf(root), { ...task, values })), ...reads]);
  return table(`Parts and modes of the pass, ${task.name}`, rows, bytes);
}

/** From the page cache to numbers: the engine over a file, and the command line as it ships. */
async function endToEnd(task) {
  const file = path.join(folder, 'one.npy');
  const count = task.shape.reduce((a, b) => a * b, 1);
  const bytes = count * 4;
  const header = npyHeader('<f4', task.shape);
  const handle = await fs.promises.open(file, 'w+');
  await handle.write(header);
  const piece = new Uint8Array(normal(count / 64).buffer);
  for (let at = 0; at < 64; at++) await handle.write(piece);
  const offset = header.length;
  const data = tensor(task, async (first, target) => void (await handle.read(target, 0, target.length, offset + first * 4)));
  const buffer = Buffer.alloc(4 * 2 ** 20);
  const cli = () => spawnSync(process.execPath, [path.join(root, 'dist', 'cli.js'), 'compare', '--json', file], { maxBuffer: 2 ** 28 });
  const python = [
    ...sources.flatMap(({ peers = [] }) => peers).filter(({ name }) => /NumPy mean|PyTorch.*2/.test(name)),
    ...sources.flatMap(({ file: over = [] }) => over),
  ];
  const rows = await interleaved({ ...task, file, offset, bytes, load: true }, 3, [
    { name: '**Normoscope**, the statistics pass over the file, 1 thread', run: timed(() => engine.moments(data, groupings(task))) },
    { name: 'the same, 2 threads', run: timed(() => threaded.moments(data, groupings(task))) },
    { name: '**Normoscope**, LayerNorm written to nowhere, 1 thread', run: timed(() => engine.apply(data, layerNorm(task), nowhere)) },
    { name: 'the same, 2 threads', run: timed(() => threaded.apply(data, layerNorm(task), nowhere)) },
    ...(earlier ? [{ name: 'the same before', run: timed(() => earlier.moments(data, groupings(task))) }] : []),
    { name: '`normoscope compare`, the whole process', run: timed(async () => cli()) },
    { name: 'reading the file, 4 MiB at a time', run: timed(async () => { for (let at = 0; at < bytes; at += buffer.length) await handle.read(buffer, 0, buffer.length, offset + at); }) },
    ...python,
  ]);
  await handle.close();
  const title = '65536 × 4096 from a file in the page cache (1 GiB)';
  charted.push({ title, rows, bytes });
  return table(title, rows, bytes);
}

/** What a process holds at most while it reads a file of 16 GiB, which takes no room on the disk. */
function memory() {
  if (process.platform !== 'linux') return [];
  const file = path.join(folder, 'sparse.npy');
  const shape = [32768, 65536];
  const header = npyHeader('<f8', shape);
  fs.writeFileSync(file, header);
  fs.truncateSync(file, header.length + shape[0] * shape[1] * 8);
  const preload = path.join(folder, 'peak.cjs');
  // The kernel's own mark: `maxRSS` begins with what the parent held.
  const mark = "/VmHWM:\\s+(\\d+)/.exec(require('node:fs').readFileSync('/proc/self/status', 'utf8'))[1]";
  fs.writeFileSync(preload, `if (require('node:worker_threads').isMainThread) process.on('exit', () => require('node:fs').writeSync(2, ${mark}));`);
  const lines = ['', '## 16 GiB of float64, a sparse file: `normoscope inspect`', '', '| Threads | s | peak MiB of the process |', '|--:|--:|--:|'];
  for (const threads of [1, 2]) {
    const start = performance.now();
    const { stderr } = spawnSync(process.execPath, ['--require', preload, path.join(root, 'dist', 'cli.js'), 'inspect', '--json', file], {
      encoding: 'utf8',
      env: { ...process.env, NORMOSCOPE_THREADS: String(threads) },
    });
    lines.push(`| ${threads} | ${((performance.now() - start) / 1000).toFixed(1)} | ${Math.round(Number(stderr) / 1024)} |`);
  }
  fs.rmSync(file);
  return told(lines);
}

function head() {
  const versions = sources.flatMap(({ version }) => version ?? []);
  return [
    '# Benchmark results',
    '',
    `Written by \`npm run bench\`. ${machine()}. Node ${process.versions.node}${versions.map((version) => `, ${version}`).join('')}.`,
    'Mean and variance by the groups of LayerNorm and of BatchNorm, float32, mean 3, deviation 1; interleaved medians. Ours hold',
    'more: least, greatest, zeros, NaN and infinities of every group, skewness, kurtosis and quantiles of the whole. Up to 1 048 576',
    'elements they are in the precise mode (float64 throughout); beyond, within 1e-6.',
    '',
    '![Gigabytes of float32 a second, by shape and peer](results.svg)',
    ...(earlier ? ['`Before` is the engine of another checkout, measured in the same run.'] : []),
    ...sources.flatMap(({ skipped }) => (skipped ? ['', `Left out. ${skipped}.`] : [])),
  ];
}
