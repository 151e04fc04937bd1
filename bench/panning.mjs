// How smoothly a heatmap of 8192 × 65536 elements (2 GiB) pans: a section of PAGE.md, for `page.mjs`. Frames are counted in headless
// Chromium, with the pointer's events made in the page, one to a frame.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';
import { root } from '../scripts/lib.mjs';
import { launchBrowser } from '../scripts/vscode/browser.mjs';
import { npyHeader, quantile } from './measure.mjs';

const shape = [8192, 65536];
const zooms = [3, 6, 12];
const frames = 120;
/** CSS pixels that the pointer moves from frame to frame. */
const stride = 3;
/** Of so many rows one is written; the others are holes of the file and read as zeros. */
const every = 32;

/** @param {string} folder for what is made on the way @returns the section's lines */
export async function panning(folder) {
  const { openEditorPage, createAnalysisService } = await harness(folder);
  const service = createAnalysisService(path.join(root, 'dist', 'analysisWorker.js'), (error) => console.error(error.message));
  try {
    const file = path.join(folder, 'large.npy');
    writeNpy(file);
    const found = [];
    for (const webgpu of [false, true]) found.push(...(await measured(openEditorPage, file, store(service), webgpu)));
    return section(found);
  } finally {
    await service.dispose();
  }
}

/** The page and its host as the tests have them, with the analysis thread behind. */
async function harness(folder) {
  const outfile = path.join(folder, 'harness.cjs');
  const contents = "export { openEditorPage } from './test/support/editorPage.ts'; export { createAnalysisService } from './src/platform/analysisService.ts';";
  await build({ stdin: { contents, resolveDir: root }, bundle: true, outfile, platform: 'node', format: 'cjs', target: 'node20', external: ['vscode'], logLevel: 'warning' });
  return createRequire(import.meta.url)(outfile);
}

function writeNpy(file) {
  const [rows, columns] = shape;
  const header = npyHeader('<f4', shape);
  const handle = fs.openSync(file, 'w');
  fs.writeSync(handle, header);
  const noise = Float32Array.from({ length: columns * 2 }, () => Math.random() + Math.random() + Math.random() - 1.5);
  for (let row = 0; row < rows; row += every) {
    const from = Math.floor(Math.random() * columns);
    fs.writeSync(handle, noise.subarray(from, from + columns), 0, columns * 4, header.length + row * columns * 4);
  }
  fs.ftruncateSync(handle, header.length + rows * columns * 4);
  fs.closeSync(handle);
}

/** The analysis thread, asked as the extension host asks it. */
function store(service) {
  const ref = (uri) => ({ kind: 'path', path: uri.fsPath });
  return {
    identity: async () => 'same',
    siblings: async () => ({ stem: '', tensors: [], undecided: [] }),
    inspect: (uri, options) => service.inspect(ref(uri), options),
    analyze: (uri, request, options) => service.analyze(ref(uri), request, options),
    tiles: (uri, analysis, request, options) => service.tiles(ref(uri), analysis, request, options),
  };
}

async function measured(openEditorPage, file, tensors, webgpu) {
  const browser = await launchBrowser({ webgpu, tell: () => undefined });
  const page = await openEditorPage(browser, file, { store: tensors, width: 1400, height: 1000 });
  await page.untilDone();
  const [, renderer = 'canvas', ...adapter] = (page.asked.find((asked) => asked.startsWith('rendererChosen')) ?? '').split(' ');
  const plot = page.page.locator('.column.method-raw .heatmap .plot');
  const rows = [];
  let pressed = 0;
  for (const zoom of zooms) {
    await page.page.mouse.move(1, 1);
    await plot.focus();
    for (; pressed < zoom; pressed++) await page.page.keyboard.press('+');
    const caption = await page.page.locator('.column.method-layer .heatmap figcaption span').first().innerText();
    const box = await plot.boundingBox();
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await page.page.mouse.move(x, y);
    await page.page.mouse.down();
    const { intervals, work } = await page.page.evaluate(panInPage, { frames, stride, x, y });
    await page.page.mouse.up();
    rows.push({ renderer: renderer === 'webgpu' ? `WebGPU (${adapter.join(' ')})` : 'Canvas 2D', caption, intervals, work });
  }
  await page.close();
  await browser.close();
  return rows;
}

function section(rows) {
  const cells = ({ renderer, caption, intervals, work }) =>
    `| ${renderer} | ${caption} | ${[intervals, work].flatMap((one) => [quantile(one, 0.5), quantile(one, 0.95)].map((ms) => ms.toFixed(1))).join(' | ')} |`;
  return [
    `## Panning ${shape.join(' × ')} (2 GiB)`,
    '',
    `Raw, LayerNorm and BatchNorm side by side, ${frames} frames of a drag by ${stride} pixels each while the tiles come in, in headless`,
    'Chromium, whose WebGPU is computed by the processor here. "Work" is what the page does in a frame; 16.7 ms are there for it at 60 frames a second.',
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
