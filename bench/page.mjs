// `npm run bench:page`: when the page of 100 MB shows what, in the real workbench, and how smoothly 2 GiB pan; writes PAGE.md.
// Fetches VS Code and Chromium as the tests do. `PYTHON` names a Python with NumPy and Matplotlib.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../scripts/lib.mjs';
import { told } from './measure.mjs';
import { opening } from './opening.mjs';
import { panning } from './panning.mjs';
import { machine } from './peers.mjs';

process.env.NORMOSCOPE_ROOT ??= root;
const python = [process.env.PYTHON, '/usr/bin/python3', 'python3'].find((command) => command && spawnSync(command, ['-c', 'import numpy']).status === 0);
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'normoscope-page-'));
try {
  const head = ['# The page', '', `Written by \`npm run bench:page\`. ${machine()}. Node ${process.versions.node}.`, ''];
  const lines = [...head, ...(await opening(folder, python)), ...(await panning(folder))];
  told(lines);
  fs.writeFileSync(path.join(path.dirname(fileURLToPath(import.meta.url)), 'PAGE.md'), `${lines.join('\n').trimEnd()}\n`);
} finally {
  fs.rmSync(folder, { recursive: true, force: true });
}
