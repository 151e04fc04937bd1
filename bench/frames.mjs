// `node bench/frames.mjs`: how smoothly a heatmap of 8192 × 65536 elements (2 GiB) pans, and when the page of 100 MB has what.
// Prints a section for RESULTS.md. Needs a built extension (`node esbuild.js --production`) and Chromium, which the tests fetch.
// Frames are counted in headless Chromium, with the pointer's events made in the page, one to a frame.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { root } from '../scripts/lib.mjs';
import { launchBrowser } from '../scripts/vscode/browser.mjs';

const large = { shape: [8192, 65536], zooms: [3, 6, 12] };
const small = [2048, 12800];
const frames = 120;
/** CSS pixels that the pointer moves from frame to frame. */
const stride = 3;
const opened = 3;

process.env.NORMOSCOPE_ROOT ??= root;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'normoscope-frames-'));
const { openEditorPage, createAnalysisService } = await harness();
const service = createAnalysisService(path.join(root, 'dist', 'analysisWorker.js'), (error) => console.error(error.message));
const lines = [];
try {
  const file = path.join(folder, 'large.npy');
  writeNpy(file, large.shape, 32);
  lines.push(...(await panning(file)));
  const other = path.join(folder, 'small.npy');
  writeNpy(other, small, 1);
  lines.push(...(await firstNumbers(other)));
  console.log(lines.join('\n'));
} finally {
  await service.dispose();
  fs.rmSync(folder, { recursive: true, force: true });
}

/** The page and its host as the tests have them, with the analysis thread behind. */
async function harness() {
  const outfile = path.join(folder, 'harness.cjs');
  const contents = "export { openEditorPage } from './test/support/editorPage.ts'; export { createAnalysisService } from './src/platform/analysisService.ts';";
  await build({ stdin: { contents, resolveDir: root }, bundle: true, outfile, platform: 'node', format: 'cjs', target: 'node20', external: ['vscode'], logLevel: 'warning' });
  return createRequire(import.meta.url)(outfile);
}

/** Rows of noise; of `every` rows one is written, the others are holes of the file and read as zeros. */
function writeNpy(file, [rows, columns], every) {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`;
  const header = Buffer.alloc(128, ' ');
  header.write('\x93NUMPY\x01\x00', 'latin1');
  header.writeUInt16LE(118, 8);
  header.write(text, 10);
  header.write('\n', 127);
  const handle = fs.openSync(file, 'w');
  fs.writeSync(handle, header);
  const noise = Float32Array.from({ length: columns * 2 }, () => Math.random() + Math.random() + Math.random() - 1.5);
  for (let row = 0; row < rows; row += every) {
    const from = Math.floor(Math.random() * columns);
    fs.writeSync(handle, noise.subarray(from, from + columns), 0, columns * 4, 128 + row * columns * 4);
  }
  fs.ftruncateSync(handle, 128 + rows * columns * 4);
  fs.closeSync(handle);
}

/** The analysis thread, asked as the extension host asks it. */
function store() {
  const ref = (uri) => ({ kind: 'path', path: uri.fsPath });
  return {
    identity: async () => 'same',
    inspect: (uri, options) => service.inspect(ref(uri), options),
    analyze: (uri, request, options) => service.analyze(ref(uri), request, options),
    tiles: (uri, analysis, request, options) => service.tiles(ref(uri), analysis, request, options),
  };
}

async function panning(file) {
  const rows = [];
  for (const webgpu of [false, true]) {
    const browser = await launchBrowser({ webgpu, tell: () => undefined });
    const page = await openEditorPage(browser, file, { store: store(), width: 1400, height: 1000 });
    await page.untilDone();
    const [, renderer = 'canvas', ...adapter] = (page.asked.find((asked) => asked.startsWith('rendererChosen')) ?? '').split(' ');
    const plot = page.page.locator('.column.method-raw .heatmap .plot');
    let pressed = 0;
    for (const zoom of large.zooms) {
      await page.page.mouse.move(1, 1);
      await plot.focus();
      for (; pressed < zoom; pressed++) await page.page.keyboard.press('+');
      const caption = await page.page.locator('.column.method-layer .heatmap figcaption span').first().innerText();
      const box = await plot.boundingBox();
      await page.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
      await page.page.mouse.down();
      const { intervals, work } = await page.page.evaluate(panInPage, { frames, stride, x: box.x + box.width / 2, y: box.y + box.height / 2 });
      await page.page.mouse.up();
      rows.push({ renderer: renderer === 'webgpu' ? `WebGPU (${adapter.join(' ')})` : 'Canvas 2D', caption, intervals, work });
    }
    await page.close();
    await browser.close();
  }
  const cells = ({ renderer, caption, intervals, work }) =>
    `| ${renderer} | ${caption} | ${quantile(intervals, 0.5)} | ${quantile(intervals, 0.95)} | ${quantile(work, 0.5)} | ${quantile(work, 0.95)} |`;
  return [
    '## Panning 8192 × 65536 (2 GiB)',
    '',
    `Raw, LayerNorm and BatchNorm side by side, ${frames} frames of a drag by ${stride} pixels each while the tiles come in, in headless Chromium.`,
    '"Work" is what the page does in a frame; 16.7 ms are there for it at 60 frames a second.',
    '',
    '| | Shown | frame, median ms | 95 % | work, median ms | 95 % |',
    '|:--|:--|--:|--:|--:|--:|',
    ...rows.map(cells),
    '',
  ];
}

/** Runs in the page: one move of the pointer a frame, and how long frames take. */
function panInPage({ frames, stride, x, y }) {
  const target = document.querySelector('.column.method-raw .heatmap .plot');
  const intervals = [];
  const work = [];
  let last = null;
  let at = x;
  return new Promise((resolve) => {
    const channel = new MessageChannel();
    let begun = 0;
    // After the frame's callbacks, layout and painting; before the next frame.
    channel.port1.onmessage = () => {
      work.push(performance.now() - begun);
      at -= stride;
      target.dispatchEvent(new PointerEvent('pointermove', { bubbles: true, pointerId: 1, buttons: 1, clientX: at, clientY: y }));
      if (intervals.length < frames) requestAnimationFrame(frame);
      else resolve({ intervals, work: work.slice(1) });
    };
    const frame = (now) => {
      if (last !== null) intervals.push(now - last);
      last = now;
      begun = performance.now();
      channel.port2.postMessage(null);
    };
    requestAnimationFrame(frame);
  });
}

async function firstNumbers(file) {
  const found = [];
  const browser = await launchBrowser({ webgpu: false, tell: () => undefined });
  // Once to warm up: the file's pages, the thread, the browser.
  for (let time = 0; time <= opened; time++) {
    const page = await openEditorPage(browser, file, { store: store(), width: 1400, height: 1000 });
    const times = await page.page.evaluate(async () => {
      const seen = {};
      const now = { header: () => document.querySelector('header h1, header .name, .header'), statistics: () => document.querySelector('.summary'), done: () => document.querySelectorAll('.heatmap canvas').length >= 3 };
      for (;;) {
        for (const [name, is] of Object.entries(now)) if (!(name in seen) && is()) seen[name] = performance.now();
        if ('done' in seen) break;
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
      const [paint] = performance.getEntriesByName('first-contentful-paint');
      return { header: Math.min(seen.header ?? Infinity, paint?.startTime ?? Infinity), statistics: seen.statistics, done: seen.done };
    });
    if (time > 0) found.push(times);
    await page.close();
  }
  await browser.close();
  const median = (name) => quantile(found.map((times) => times[name]), 0.5);
  return [
    `## The page of ${small.join(' × ')} float32 (${Math.round((small[0] * small[1] * 4) / 1e6)} MB)`,
    '',
    `From the page's begin to what it shows, medians of ${opened}; without VS Code around it.`,
    '',
    '| header, ms | first statistics, ms | every picture, ms |',
    '|--:|--:|--:|',
    `| ${median('header')} | ${median('statistics')} | ${median('done')} |`,
    '',
  ];
}

function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN).toFixed(1);
}
