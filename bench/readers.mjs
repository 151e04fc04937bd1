// `npm run bench:readers`: a file of 1.5 GiB of each big format, 24 tensors of float32 (npy: one), opened by its header and
// read whole, beside the format's own library; writes READERS.md. Each measurement is a process of its own, which tells the
// milliseconds from before the file is opened (not those of its own start) and the kernel's mark of its most memory.
// `--size=MIB` takes smaller files and only prints.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { root } from '../scripts/lib.mjs';
import { median, told } from './measure.mjs';
import { machine } from './peers.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const asked = process.argv.find((argument) => argument.startsWith('--size='));
const mebibytes = Number(asked?.slice('--size='.length) ?? 1536);
const rounds = 3;

/** What else opens a format: `python` by `readers.py`, `node` by `readerPeers.mjs`. */
const formats = {
  npy: [['NumPy', 'python']],
  npz: [['NumPy', 'python']],
  safetensors: [],
  pt: [['PyTorch', 'python']],
  gguf: [['@huggingface/gguf', 'node']],
  onnx: [['onnx for Python', 'python'], ['onnx-proto', 'node']],
  h5: [['h5py', 'python']],
};

const python = [process.env.PYTHON, '/usr/bin/python3', 'python3'].find((command) => command && spawnSync(command, ['-c', 'import numpy']).status === 0);
if (!python) throw new Error('The files are written by Python with numpy, torch, h5py and onnx: set PYTHON.');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'normoscope-readers-'));
try {
  const commands = { ours: [process.execPath, await bundled()], python: [python, path.join(here, 'readers.py')], node: [process.execPath, path.join(here, 'readerPeers.mjs')] };
  const lines = head();
  for (const [format, peers] of Object.entries(formats)) lines.push(...measured(format, peers, commands));
  lines.push('', "Of .npy: that file's time for all, measured in turn with the format's, by the format's.");
  told(lines);
  if (!asked) fs.writeFileSync(path.join(here, 'READERS.md'), `${lines.join('\n')}\n`);
} finally {
  fs.rmSync(folder, { recursive: true, force: true });
}

/** `reading.mjs` with the sources that it imports, and HDF5's library beside it. */
async function bundled() {
  const outfile = path.join(folder, 'reading.cjs');
  await build({ entryPoints: [path.join(here, 'reading.mjs')], outfile, bundle: true, platform: 'node', format: 'cjs', target: 'node20', logLevel: 'warning' });
  for (const file of ['engine.wasm', 'engineWorker.js', 'hdf5.js', 'hdf5.wasm']) fs.copyFileSync(path.join(root, 'dist', file), path.join(folder, file));
  return outfile;
}

function measured(format, peers, commands) {
  const file = path.join(folder, `file.${format}`);
  const made = spawnSync(...split([...commands.python, 'make', format, file, String(mebibytes)]), { encoding: 'utf8' });
  if (made.status !== 0) return [`| ${format} | left out: ${made.stderr.trim().split('\n').at(-1)} | | | | | |`];
  rewrite(file);
  const runs = [['**Normoscope**', 'ours'], ...peers].map((peer) => ({ peer, open: [], all: [] }));
  // What the others are held against stays.
  const npy = path.join(folder, 'file.npy');
  const beside = [];
  // A round that is not counted brings the file into the page cache.
  for (let round = 0; round <= rounds; round++) {
    const plain = format === 'npy' ? null : ask([...commands.ours, 'all', 'npy', npy]);
    if (plain !== null && round > 0) beside.push(plain.ms);
    for (const { peer: [, by], open, all } of runs) {
      for (const [work, results] of [['open', open], ['all', all]]) {
        const answer = ask([...commands[by], work, format, file]);
        if (answer !== null && round > 0) results.push(answer);
      }
    }
  }
  if (format !== 'npy') fs.rmSync(file);
  const bytes = mebibytes * 2 ** 20;
  return runs.map(({ peer: [name, by], open, all }) => {
    const cell = (results, key, text) => (results.length === 0 ? '–' : text(median(results.map((result) => result[key]))));
    const whole = (value) => value.toFixed(0);
    const share = by === 'ours' && beside.length > 0 ? cell(all, 'ms', (ms) => `${((100 * median(beside)) / ms).toFixed(0)} %`) : '';
    return `| ${format} | ${name} | ${cell(open, 'ms', (ms) => ms.toFixed(1))} | ${cell(open, 'mebibytes', whole)} | ${cell(all, 'ms', whole)} | ${cell(all, 'ms', (ms) => (bytes / ms / 1e6).toFixed(2))} | ${share} | ${cell(all, 'mebibytes', whole)} |`;
  });
}

/** What was written in small pieces lies in small pages, and is read at a sixth of the speed: all files are written alike. */
function rewrite(file) {
  const made = `${file}.made`;
  fs.renameSync(file, made);
  const [from, to] = [fs.openSync(made, 'r'), fs.openSync(file, 'w')];
  const piece = Buffer.alloc(4 << 20);
  for (let length; (length = fs.readSync(from, piece, 0, piece.length, null)) > 0; ) fs.writeSync(to, piece, 0, length);
  for (const handle of [from, to]) fs.closeSync(handle);
  fs.rmSync(made);
}

/** @returns what the process printed, or null where it cannot do that */
function ask(command) {
  const { status, stdout } = spawnSync(...split(command), { encoding: 'utf8', env: { ...process.env, NORMOSCOPE_THREADS: '1', OMP_NUM_THREADS: '1' } });
  return status === 0 ? JSON.parse(stdout.trim().split('\n').at(-1)) : null;
}

function split([command, ...args]) {
  return [command, args];
}

function head() {
  return [
    '# Opening and reading files',
    '',
    `Written by \`npm run bench:readers\`. ${machine()}. Node ${process.versions.node}. Files of ${mebibytes} MiB in the page cache; medians of ${rounds}; one thread.`,
    '`Open` is from the path to the names, shapes and types of all tensors. `All` is opening, and mean and variance by the groups of',
    'LayerNorm and of BatchNorm of every tensor; of @huggingface/gguf and onnx-proto, which compute nothing, it is reading alone. Every file was copied once in large pieces.',
    'Memory is the most that the whole process held, Python or Node included.',
    '',
    '| Format | | open, ms | MiB | all, ms | GB/s | of .npy | MiB |',
    '|:--|:--|--:|--:|--:|--:|--:|--:|',
  ];
}
