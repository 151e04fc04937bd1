// `node bench/opening.mjs`: from the click on a 100 MB `.npy` in VS Code's Explorer to what its page shows.
// Prints a section for RESULTS.md. Needs a built extension (`node esbuild.js --production`); fetches VS Code and Chromium as the tests do.
// Times are taken in the page, after the frame that shows a thing has been painted, and counted from the mouse button's press in the workbench.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { root } from '../scripts/lib.mjs';

const times = 5;
/** Of the same 100 MB: tokens by features, sequences of tokens, and planes of channels. */
const tensors = [
  { name: 'features', shape: [2048, 12800] },
  { name: 'tokens', shape: [64, 512, 800] },
  { name: 'planes', shape: [64, 128, 56, 57] },
];
/** Of which each is there as soon as something that it finds is on the page. */
const milestones = {
  script: '#root',
  header: 'header h1, header .name',
  numbers: '.summary .number, .statistics .number, .status .number',
  pictures: '.heatmap canvas',
};

process.env.NORMOSCOPE_ROOT ??= root;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'normoscope-opening-'));
try {
  const { openWorkbench } = await bundled("export { openWorkbench } from './test/support/workbench.ts';");
  const files = path.join(folder, 'files');
  fs.mkdirSync(files);
  fs.copyFileSync(path.join(root, 'samples', 'cnn_conv2_pre_bn.npy'), path.join(files, 'warm.npy'));
  for (const { name, shape } of tensors) for (let time = 0; time < times; time++) writeNpy(path.join(files, `${name}${time}.npy`), shape);
  const workbench = await openWorkbench({ webgpu: process.argv.includes('--webgpu'), folder: files, width: 1448, height: 1000 });
  await workbench.context.addInitScript(watch, milestones);
  await workbench.reload();
  await workbench.openFile('warm.npy');
  await workbench.editor().locator('.columns canvas').first().waitFor();
  for (const { name, shape } of tensors) {
    const found = [];
    for (let time = 0; time < times; time++) {
      await workbench.explorerRow(`${name}${time}.npy`).click();
      const page = workbench.editor();
      await page.locator('.columns canvas').nth(2).waitFor({ timeout: 8000 }).catch(async (e) => { await workbench.page.screenshot({ path: '/tmp/fast/x.png' }); throw e; });
      await page.locator('footer .renderer').waitFor();
      await workbench.page.waitForTimeout(1500);
      const seen = await page.locator('html').evaluate(() => window.seen);
      const clicked = await workbench.page.evaluate(() => window.pressed);
      found.push(Object.fromEntries(Object.entries(seen).map(([key, at]) => [key, at - clicked])));
      await workbench.page.keyboard.press('Control+W').catch(() => undefined);
    }
    console.log(name, shape.join('x'));
    for (const one of found) console.log(JSON.stringify(Object.fromEntries(Object.entries(one).map(([k, v]) => [k, Math.round(v)]))));
  }
  await workbench.close();
} finally {
  fs.rmSync(folder, { recursive: true, force: true });
}

/** Beside the packages that it needs. */
async function bundled(contents) {
  const outfile = path.join(root, 'dist', 'opening.cjs');
  await build({ stdin: { contents, resolveDir: root }, bundle: true, outfile, platform: 'node', format: 'cjs', target: 'node20', external: ['vscode', 'playwright-core'], logLevel: 'warning' });
  return createRequire(import.meta.url)(outfile);
}

/** Runs in every frame before its own scripts. */
function watch(milestones) {
  const now = () => performance.timeOrigin + performance.now();
  addEventListener('mousedown', () => (window.pressed = now()), true);
  const seen = (window.seen = { origin: performance.timeOrigin });
  const channel = new MessageChannel();
  channel.port1.onmessage = ({ data }) => data.forEach((name) => (seen[name] ??= now()));
  let last = 0;
  const look = () => {
    const found = Object.entries(milestones).filter(([name, selector]) => !(name in seen) && document.querySelector(selector) !== null).map(([name]) => name);
    const canvases = document.querySelectorAll('canvas').length;
    if (canvases !== last) { last = canvases; found.push(`canvases${canvases}`); }
    if (found.length > 0) channel.port2.postMessage(found);
  };
  // The document is written after this; frames that were asked for before are never drawn.
  setInterval(() => requestAnimationFrame(look), 4);
}

function writeNpy(file, shape) {
  const header = Buffer.alloc(128, ' ');
  header.write('\x93NUMPY\x01\x00', 'latin1');
  header.writeUInt16LE(118, 8);
  header.write(`{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`, 10);
  header.write('\n', 127);
  const handle = fs.openSync(file, 'w');
  fs.writeSync(handle, header);
  const count = shape.reduce((all, size) => all * size, 1);
  const noise = Float32Array.from({ length: 1 << 20 }, () => Math.random() + Math.random() + Math.random() - 1.5);
  for (let done = 0; done < count; ) {
    const from = Math.floor((Math.random() * noise.length) / 2);
    const part = Math.min(count - done, noise.length / 2);
    fs.writeSync(handle, noise.subarray(from, from + part));
    done += part;
  }
  fs.closeSync(handle);
}
