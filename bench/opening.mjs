// From the click on a 100 MB `.npy` in VS Code's Explorer to what its page shows, in the real workbench, beside NumPy and Matplotlib
// making the same pictures: sections of PAGE.md, for `page.mjs`. Times are taken in the page after the frame that shows a thing, and
// counted from the press of the mouse's button.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { root } from '../scripts/lib.mjs';
import { median, normal, npyHeader } from './measure.mjs';

const rounds = 5;
/** Of 100 MB each. `rowAxes` as the page shows them: samples or tokens down. */
const tensors = [
  { name: 'features', shape: [2048, 12800], rowAxes: 1 },
  { name: 'tokens', shape: [64, 512, 800], rowAxes: 2 },
  { name: 'planes', shape: [64, 128, 56, 57], rowAxes: 1 },
];
/** What is there as soon as the page has something that it finds. */
const milestones = { page: '#root', header: 'header h1', numbers: '.summary .number', pictures: '.heatmap canvas' };
/** Milliseconds until nothing is drawn any more, and until the workbench has ended what it does after its start. */
const settled = 2000;
const started = 8000;

/** @param {string} folder for what is made on the way @param {string | undefined} python a command @returns the section's lines */
export async function opening(folder, python) {
  const files = path.join(folder, 'files');
  fs.mkdirSync(files);
  fs.copyFileSync(path.join(root, 'samples', 'cnn_conv2_pre_bn.npy'), path.join(files, 'warm.npy'));
  const values = normal(1 << 22);
  for (const { name, shape } of tensors) for (let round = 0; round < rounds; round++) writeNpy(path.join(files, `${name}${round}.npy`), shape, values);
  const rows = [];
  const workbench = await openedWorkbench(files);
  try {
    for (const { name, shape, rowAxes } of tensors) {
      const found = [];
      for (let round = 0; round < rounds; round++) found.push(await clicked(workbench, `${name}${round}.npy`));
      rows.push({ shape, times: found, peer: python && withMatplotlib(python, path.join(files, `${name}0.npy`), rowAxes) });
    }
  } finally {
    await workbench.close();
  }
  return section(rows);
}

async function openedWorkbench(files) {
  const { openWorkbench } = await harness();
  const workbench = await openWorkbench({ webgpu: false, folder: files, width: 1448, height: 1000 });
  await workbench.context.addInitScript(watch, milestones);
  await workbench.reload();
  await workbench.openFile('warm.npy');
  await workbench.editor().locator('.heatmap canvas').first().waitFor();
  await workbench.page.waitForTimeout(started);
  return workbench;
}

/** Beside the packages that it needs. */
async function harness() {
  const outfile = path.join(root, 'dist', 'opening.cjs');
  const contents = "export { openWorkbench } from './test/support/workbench.ts';";
  await build({ stdin: { contents, resolveDir: root }, bundle: true, outfile, platform: 'node', format: 'cjs', target: 'node20', external: ['vscode', 'playwright-core'], logLevel: 'warning' });
  try {
    return createRequire(import.meta.url)(outfile);
  } finally {
    fs.rmSync(outfile);
  }
}

/** @returns milliseconds from the press until each milestone was seen */
async function clicked(workbench, file) {
  await workbench.explorerRow(file).click();
  await workbench.editor().locator('.heatmap canvas').nth(2).waitFor();
  await workbench.page.waitForTimeout(settled);
  const pressed = await workbench.page.evaluate(() => window.pressed);
  const seen = await workbench.editor().locator('html').evaluate(() => window.seen);
  return Object.fromEntries(Object.entries(seen).map(([name, at]) => [name, at - pressed]));
}

/** Runs in every frame before its own scripts. */
function watch(milestones) {
  const now = () => performance.timeOrigin + performance.now();
  addEventListener('mousedown', () => (window.pressed = now()), true);
  const seen = (window.seen = {});
  const channel = new MessageChannel();
  // After the frame has been painted.
  channel.port1.onmessage = ({ data }) => data.forEach((name) => (seen[name] ??= now()));
  const look = () => channel.port2.postMessage(Object.entries(milestones).filter(([name, selector]) => !(name in seen) && document.querySelector(selector) !== null).map(([name]) => name));
  let last = -Infinity;
  const frame = () => {
    last = now();
    look();
    requestAnimationFrame(frame);
  };
  // VS Code writes the document after this, which ends what was asked for with the frames of the one before.
  setInterval(() => now() - last > 40 && requestAnimationFrame(frame), 4);
}

function writeNpy(file, shape, values) {
  const handle = fs.openSync(file, 'w');
  fs.writeSync(handle, npyHeader('<f4', shape));
  const count = shape.reduce((all, size) => all * size, 1);
  for (let done = 0; done < count; done += values.length) fs.writeSync(handle, values.subarray(0, Math.min(values.length, count - done)));
  fs.closeSync(handle);
}

/** Milliseconds, imports not counted; a sentence where it cannot be had. */
function withMatplotlib(python, file, rowAxes) {
  const script = path.join(path.dirname(fileURLToPath(import.meta.url)), 'pictures.py');
  const { status, stdout, stderr } = spawnSync(python, [script, file, String(rowAxes)], { encoding: 'utf8' });
  return status === 0 ? JSON.parse(stdout) : { missing: stderr.trim().split('\n').at(-1) };
}

function section(rows) {
  const of = (times, name) => median(times.map((one) => one[name])).toFixed(0);
  const peer = (found) => (found === undefined ? 'no Python' : 'missing' in found ? found.missing : found.ms.toFixed(0));
  return [
    '## From the click to the page, 100 MB of float32',
    '',
    `Files in the page cache, each clicked for the first time in a workbench that has shown another tensor; medians of ${rounds}. VS Code's server,`,
    'its extension host and the browser share the processors. "Its webview" is what VS Code takes until the page\'s own document is there. NumPy and',
    'Matplotlib make the same pictures: raw, LayerNorm and BatchNorm as pictures of 256 × 256, their histograms and those of the means and variances, in one PNG.',
    '',
    '| | its webview, ms | header, ms | first numbers, ms | every heatmap, ms | NumPy and Matplotlib, ms |',
    '|:--|--:|--:|--:|--:|--:|',
    ...rows.map(({ shape, times, peer: found }) => `| ${shape.join(' × ')} | ${Object.keys(milestones).map((name) => of(times, name)).join(' | ')} | ${peer(found)} |`),
    '',
  ];
}
