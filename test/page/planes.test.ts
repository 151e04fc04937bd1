import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PNG } from 'pngjs';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../../scripts/vscode/browser.mjs';
import { openEditorPage, settled, type EditorPage } from '../support/editorPage';
import { float32Npy } from '../support/npyFiles';
import { inProject } from '../support/root';

describe('the sheet of planes', () => {
  let browser: Browser;
  let opened: EditorPage;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'normoscope-planes-'));
  before(async () => {
    browser = await launchBrowser({ webgpu: false });
  });
  afterEach(async () => {
    assert.deepEqual(opened.errors, []);
    await opened.close();
  });
  after(async () => {
    await browser.close();
    fs.rmSync(folder, { recursive: true });
  });

  async function open(file: string): Promise<Page> {
    opened = await openEditorPage(browser, file);
    await opened.untilDone();
    await opened.page.getByText('5 · Planes of every sample and channel').click();
    return opened.page;
  }

  function written(values: readonly number[], shape: readonly number[]): string {
    const file = path.join(folder, `${shape.join('x')}.npy`);
    fs.writeFileSync(file, float32Npy(values, shape));
    return file;
  }

  const readout = () => opened.page.locator('.contactSheet .readout');

  it('has every sample’s channels by name, with their numbers, by the keyboard', async () => {
    // Plane (n, c) has the values from 10 · (3n + c) on.
    const page = await open(written(Array.from({ length: 2 * 3 * 4 }, (_, index) => 10 * Math.floor(index / 4) + (index % 4)), [2, 3, 2, 2]));
    assert.deepEqual(await page.locator('.planes .plane').allInnerTexts(), ['n 0 · c 0', 'n 0 · c 1', 'n 0 · c 2', 'n 1 · c 0', 'n 1 · c 1', 'n 1 · c 2']);
    await page.getByLabel('show').selectOption('Raw');
    await page.locator('.planes').focus();
    await page.keyboard.press('End');
    await readout().getByText('n 1 · c 2: raw 50 … 53, mean 51.5').waitFor();
    await page.keyboard.press('ArrowLeft');
    await readout().getByText('n 1 · c 1: raw 40 … 43, mean 41.5').waitFor();
    await page.keyboard.press('t');
    assert.deepEqual(await page.locator('.contactSheet td').allInnerTexts(), ['40', '41', '42', '43']);
  });

  it('keeps only what is near the window of thousands, and comes to the last', async () => {
    const shape = [64, 128, 4, 4];
    const page = await open(written(Array.from({ length: 64 * 128 * 16 }, (_, index) => Math.floor(index / 16) % 1000), shape));
    assert.ok((await page.locator('.planes .plane').count()) < 400);
    await page.locator('.planes').focus();
    await page.keyboard.press('End');
    await readout().getByText(/^n 63 · c 127: raw 191 … 191/).waitFor();
    await page.locator('.planes .plane.active').getByText('n 63 · c 127').waitFor();
  });

  it('goes through the depth of a volume', async () => {
    const page = await open(written(Array.from({ length: 2 * 2 * 5 * 2 * 2 }, (_, index) => Math.floor(index / 4) % 5), [2, 2, 5, 2, 2]));
    await readout().getByText(/^n 0 · c 0: raw 2 … 2/).waitFor();
    await page.getByLabel(/^slice/).fill('4');
    await readout().getByText(/^n 0 · c 0: raw 4 … 4/).waitFor();
  });

  it('shows three channels as a picture in colours, and says in which range', async () => {
    const page = await open(written([1, 0, 0, 1, 0, 1, 0, 1, 0, 0, 1, 1, ...new Array<number>(12).fill(0.5)], [2, 3, 2, 2]));
    await page.getByLabel(/as pictures/).check();
    await page.getByLabel('show').selectOption('Raw');
    await page.getByText('Black to full colour: raw 0 … 1; values beyond are drawn at the ends.').waitFor();
    assert.deepEqual(await page.locator('.planes .plane').allInnerTexts(), ['n 0', 'n 1']);
    const picture = page.locator('.planes canvas.pixels').first();
    await picture.waitFor();
    const pixels = await picture.evaluate((canvas: HTMLCanvasElement) => [...(canvas.getContext('2d')?.getImageData(0, 0, 2, 2).data ?? [])]);
    assert.deepEqual(pixels, [255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 255, 255, 255, 255]);
  });

  it('is exported as a picture of what is seen, and is none of a tensor without planes', async () => {
    const page = await open(inProject('samples', 'cnn_conv2_pre_bn.npy'));
    await readout().getByText(/; LayerNorm [−\d].*; BatchNorm [−\d]/).waitFor();
    await page.locator('.planes').focus();
    await page.keyboard.press('e');
    while (!opened.saved.has('planes.png')) await settled(page);
    const { width, height, data } = PNG.sync.read(Buffer.from(opened.saved.get('planes.png') ?? []));
    assert.ok(width > 1500 && height > 700, `${width} × ${height}`);
    assert.ok(new Set(Array.from({ length: 4000 }, (_, pixel) => data.readUInt32BE(Math.floor((pixel * data.length) / 16000) * 4))).size > 30);
    await opened.close();
    opened = await openEditorPage(browser, inProject('samples', 'transformer_block1_pre_ln.npy'));
    await opened.untilDone();
    assert.equal(await opened.page.getByText('5 · Planes').count(), 0);
  });
});
