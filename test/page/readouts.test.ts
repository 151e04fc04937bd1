import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Browser, Locator } from 'playwright-core';
import { launchBrowser } from '../../scripts/vscode/browser.mjs';
import { openEditorPage, type EditorPage } from '../support/editorPage';
import { float32Npy } from '../support/npyFiles';

/** (4, 8): what stands where can be told from the number alone. */
const values = Array.from({ length: 32 }, (_, index) => (index === 10 ? NaN : Math.floor(index / 8) + (index % 8) / 10));

describe('readouts', () => {
  let browser: Browser;
  let opened: EditorPage;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'normoscope-page-'));
  before(async () => {
    browser = await launchBrowser({ webgpu: false });
    const file = path.join(folder, 'small.npy');
    fs.writeFileSync(file, float32Npy(values, [4, 8]));
    opened = await openEditorPage(browser, file);
    await opened.untilDone();
  });
  after(async () => {
    await browser.close();
    fs.rmSync(folder, { recursive: true });
    assert.deepEqual(opened.errors, []);
  });

  const raw = (part: string) => opened.page.locator(`.column.method-raw .${part} figure`);

  /** Moves the pointer to a share of a plot's width and height, and gives what stands under it. */
  async function pointAt(figure: Locator, x: number, y: number): Promise<string> {
    const box = await figure.locator('.plot').boundingBox();
    assert.ok(box !== null);
    await opened.page.mouse.move(box.x + box.width * x, box.y + box.height * y);
    return figure.locator('.readout').innerText();
  }

  it('tell the element under the pointer: its place and its value', async () => {
    const heatmap = raw('heatmap');
    assert.equal(await pointAt(heatmap, 0.01, 0.01), '[0, 0] 0');
    assert.equal(await pointAt(heatmap, 0.99, 0.99), '[3, 7] 3.7');
    assert.equal(await pointAt(heatmap, 0.44, 0.6), '[2, 3] 2.3');
    assert.equal(await pointAt(heatmap, 2.5 / 8, 0.4), '[1, 2] NaN');
    await opened.page.mouse.move(2, 2);
    assert.equal(await heatmap.locator('.readout').count(), 0, 'nothing where the pointer is not');
    assert.match(await heatmap.locator('figcaption').innerText(), /rows N, columns C\s+−3\.7\s+3\.7/);
  });

  it('tell in σ what stands under the pointer after a normalization', async () => {
    const heatmap = opened.page.locator('.column.method-layer .heatmap figure');
    const row = values.slice(16, 24);
    const mean = row.reduce((a, b) => a + b) / 8;
    const std = Math.sqrt(row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 8 + 1e-5);
    const text = await pointAt(heatmap, 0.99, 0.6);
    assert.match(text, /^\[2, 7\] 1\.\d+\u202fσ$/);
    assert.ok(Math.abs(Number(/\] ([\d.]+)/.exec(text)?.[1]) - (3 - 0.3 - mean) / std) < 1e-3, text);
  });

  it('tell the bin under the pointer: its edges, its count and its share', async () => {
    const { report } = opened.session.current;
    const histogram = report?.views[0]?.histogram;
    assert.ok(histogram !== undefined);
    assert.equal(await pointAt(raw('histogram'), 0.001, 0.5), '0 … 0.02891: 1 (3.2\u202f%)');
    assert.equal(await pointAt(raw('histogram'), 0.5 / 128 + 1 / 128, 0.5), '0.02891 … 0.05781: 0 (0\u202f%)');
  });

  it('tell how many groups have a statistic under the pointer', async () => {
    const strip = opened.page.locator('.column.method-layer figure.series').first();
    const { report } = opened.session.current;
    const layer = report?.methods.find(({ id }) => id === 'layer');
    assert.ok(layer !== undefined && 'mean' in layer && layer.mean !== undefined);
    const { histogram, values: means } = layer.mean;
    const bin = Math.floor((((means?.[0] ?? 0) - histogram.low) / (histogram.high - histogram.low)) * histogram.counts.length);
    assert.match(await pointAt(strip, (bin + 0.5) / histogram.counts.length, 0.3), /^[\d.]+ … [\d.]+: 1 group$/);
  });

  it('come by arrow keys too: from the middle, a step at a time, to the edges and no further', async () => {
    const { page } = opened;
    const heatmap = raw('heatmap');
    const plot = heatmap.locator('.plot');
    await page.mouse.move(2, 2);
    await plot.focus();
    await page.keyboard.press('ArrowRight');
    assert.equal(await heatmap.locator('.readout').innerText(), '[2, 4] 2.4');
    for (let step = 0; step < 40; step++) await page.keyboard.press('ArrowUp');
    assert.equal(await heatmap.locator('.readout').innerText(), '[0, 4] 0.4');
    const box = await plot.boundingBox();
    for (let step = 0; step < (box?.width ?? 0) / 4; step++) await page.keyboard.press('ArrowRight');
    assert.equal(await heatmap.locator('.readout').innerText(), '[0, 7] 0.7');
    await page.keyboard.press('Tab');
    assert.equal(await heatmap.locator('.readout').count(), 0, 'gone with the focus');
    const histogram = raw('histogram');
    await histogram.locator('.plot').focus();
    await page.keyboard.press('ArrowLeft');
    assert.match(await histogram.locator('.readout').innerText(), /^1\.792 … 1\.821: 0 \(0/);
  });
});
