import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import axe from 'axe-core';
import type { Browser } from 'playwright-core';
import { PNG } from 'pngjs';
import { reportBlocks } from '../../src/core/analysis/reportDocument';
import { reportHtml } from '../../src/core/analysis/reportText';
import { launchBrowser } from '../../scripts/vscode/browser.mjs';
import { errorsOf, origin, pictureFile } from '../support/browserPage';
import { openEditorPage, settled, type EditorPage } from '../support/editorPage';
import { inProject } from '../support/root';

const broken = inProject('samples', 'broken_pre_bn.npy');

/** Colours of a picture, and the share of its pixels that each has. */
function coloursOf({ data }: PNG): Map<number, number> {
  const shares = new Map<number, number>();
  for (let at = 0; at < data.length; at += 4) {
    const colour = data.readUInt32BE(at);
    shares.set(colour, (shares.get(colour) ?? 0) + 4 / data.length);
  }
  return shares;
}

describe('the export of a picture', () => {
  let browser: Browser;
  let opened: EditorPage;
  before(async () => {
    browser = await launchBrowser({ webgpu: false });
  });
  after(() => browser.close());
  beforeEach(async () => {
    opened = await openEditorPage(browser, broken);
    await opened.untilDone();
  });
  afterEach(async () => {
    await opened.close();
    assert.deepEqual(opened.errors, []);
  });

  /** Key `e` on a plot, an entry of its menu, and what the host is asked to save. */
  async function exported(plot: string, entry: string): Promise<readonly [name: string, bytes: Buffer]> {
    const { page, saved } = opened;
    await page.locator(plot).focus();
    await page.keyboard.press('e');
    await page.getByRole('menuitem', { name: entry }).click();
    await page.waitForFunction(() => document.querySelector('[role=menu]') === null);
    while (saved.size === 0) await settled(page);
    const [[name, bytes] = ['', new Uint8Array()]] = [...saved];
    saved.clear();
    return [name, Buffer.from(bytes)];
  }

  it('has the numbers behind it as CSV, every digit of them', async () => {
    const { report } = opened.session.current;
    const raw = report?.views.find(({ id }) => id === 'raw');
    assert.ok(raw !== undefined);
    const [name, bytes] = await exported('.method-raw .histogram .plot', 'CSV');
    const [header, ...rows] = bytes.toString('utf8').trimEnd().split('\r\n');
    assert.deepEqual([name, header], ['histogram-raw.csv', 'low,high,count,density']);
    const bins = rows.map((row) => row.split(',').map(Number)).filter(([low = NaN, high = NaN]) => Number.isFinite(low) && Number.isFinite(high));
    assert.deepEqual(bins.map(([, , count]) => count), [...raw.histogram.counts]);
    assert.deepEqual([bins[0]?.[0], bins.at(-1)?.[1]], [raw.histogram.low, raw.histogram.high]);
    const [, picture] = await exported('.method-layer .heatmap .plot', 'CSV');
    const layer = report?.views.find(({ id }) => id === 'layer')?.picture;
    const means = picture.toString('utf8').trimEnd().split('\r\n').slice(1).map((row) => row.split(',')[2] ?? '');
    assert.deepEqual(means.map(Number), [...(layer?.mean ?? [])]);
  });

  it('is a PNG at twice the resolution with what is on the page, and words around it', async () => {
    const { page } = opened;
    for (const plot of ['.method-raw .heatmap .plot', '.method-batch .histogram .plot']) {
      const shown = PNG.sync.read(await page.locator(`${plot} canvas`).screenshot());
      const [name, bytes] = await exported(plot, 'PNG');
      const picture = PNG.sync.read(bytes);
      assert.match(name, /^(heatmap-raw|histogram-batch)\.png$/);
      const box = await page.locator(plot).boundingBox();
      assert.equal(picture.width, 2 * (Math.floor(box?.width ?? 0) + 24));
      assert.ok(picture.height > 2 * (box?.height ?? 0) + 60);
      const [found, wanted] = [coloursOf(picture), coloursOf(shown)];
      // Of words and their smooth edges there is little.
      const missing = [...wanted].filter(([colour, share]) => share > 0.002 && !found.has(colour));
      assert.deepEqual(missing, [], plot);
      writeFileSync(pictureFile(`export ${name.slice(0, -4)}`), bytes);
    }
  });

  it('is an SVG document where it is of bars and lines, and is not offered for cells', async () => {
    const { page } = opened;
    const [name, bytes] = await exported('.method-batch .histogram .plot', 'SVG');
    assert.equal(name, 'histogram-batch.svg');
    const parsed = await page.evaluate((text) => {
      const { documentElement: svg } = new DOMParser().parseFromString(text, 'image/svg+xml');
      return { root: svg.localName, paths: svg.querySelectorAll('path').length, scripts: svg.querySelectorAll('script').length, words: svg.textContent };
    }, bytes.toString('utf8'));
    assert.deepEqual([parsed.root, parsed.paths, parsed.scripts], ['svg', 2, 0]);
    assert.match(parsed.words, /broken_pre_bn\.npy: Distribution of values after batch normalization/);
    await page.locator('.method-raw .heatmap .plot').focus();
    await page.keyboard.press('e');
    assert.deepEqual(await page.getByRole('menuitem').allInnerTexts(), ['PNG picture', 'CSV of its numbers', 'Copy its numbers']);
  });

  it('is had by the keyboard alone, whose keys stay in the menu, and by a button', async () => {
    const { page } = opened;
    await page.locator('.method-raw .histogram .plot').focus();
    await page.keyboard.press('e');
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'PNG picture');
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate(() => (window as unknown as { axe: typeof axe }).axe.run());
    assert.deepEqual(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id }) => id), []);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('l');
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'SVG drawing');
    assert.equal(await page.locator('.column.method-layer').count(), 1, 'a key in the menu hides no column');
    await page.keyboard.press('Escape');
    assert.equal(await page.getByRole('menu').count(), 0);
    assert.match(await page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? ''), /^Distribution of raw values/);
    await page.locator('.method-raw .heatmap figure').hover();
    await page.getByRole('button', { name: 'Export heatmap raw' }).click();
    assert.equal(await page.getByRole('menu').count(), 1);
  });

  it('is there of every picture, and so are a table of its numbers and a way by the keyboard', async () => {
    const { page, asked } = opened;
    await page.getByText('5 · The distribution of every').click();
    await opened.until(({ phase, report }) => phase === 'done' && report?.groupHistograms !== undefined);
    await page.getByText('Outputs by batch size').click();
    await opened.until(({ phase, report }) => phase === 'done' && report?.batchOutputs !== undefined);
    await page.getByText('5 · Before and after').click();
    await page.locator('.coupling .plot').waitFor();
    const plots = await page.locator('main .plot').all();
    assert.ok(plots.length >= 17, `${plots.length} pictures`);
    for (const plot of plots) {
      const label = (await plot.getAttribute('aria-label')) ?? '';
      await plot.focus();
      await page.keyboard.press('t');
      const name = await plot.evaluate((element) => element.closest('figure')?.querySelector('.plotTable')?.getAttribute('aria-label'));
      assert.equal(name, `Numbers: ${label}`);
      await page.keyboard.press('t');
      assert.equal(await plot.evaluate((element) => element.closest('figure')?.querySelectorAll('.export').length), 1, label);
    }
    for (const [plot, file, title] of [['.ridgelines .plot', 'ridgelines-channel', 'channel,low,high,count'], ['.coupling .plot', 'coupling', 'row,column,mean'], ['.batchSize .curves .plot', 'batch-size', 'samples_in_a_batch,LayerNorm,BatchNorm_by_formula'], ['.method-batch .block .plot', 'block-batch', 'axis,size,reduced'], ['.batchOutput .plot', 'batch-outputs', 'samples,low,high,share']] as const) {
      const [name, csv] = await exported(plot, 'CSV');
      assert.equal(name, `${file}.csv`);
      assert.ok(csv.toString('utf8').startsWith(title), csv.toString('utf8').slice(0, 60));
      assert.ok(PNG.sync.read((await exported(plot, 'PNG'))[1]).width > 200);
    }
    const [, curves] = await exported('.batchSize .curves .plot', 'SVG');
    assert.match(curves.toString('utf8'), /<path d="M[^"]+" fill="none" stroke="(rgb|color)\([^"]+"/);
    const [, block] = await exported('.method-batch .block .plot', 'SVG');
    assert.equal(block.toString('utf8').match(/<polygon /g)?.length, 85);
    await page.locator('.method-layer .series .plot').first().focus();
    await page.keyboard.press('e');
    await page.getByRole('menuitem', { name: 'Copy its numbers' }).click();
    await settled(page);
    assert.ok(asked.some((call) => call.startsWith('copyText group,mean\r\n0,')), asked.join('\n').slice(0, 300));
  });

  it('gives a report its pictures in the order of the page, and its HTML shows them and runs nothing', async () => {
    const { report } = opened.session.current;
    assert.ok(report !== null);
    const pictures = (await opened.pictures()).map(({ title, png }) => ({ title, base64: Buffer.from(png).toString('base64') }));
    assert.deepEqual(pictures.map(({ title }) => /^\S+ of \S+|^\S+ \S+, one for \S+ \S+:|^The tensor/.exec(title)?.[0]).slice(0, 3), ['The tensor', 'Heatmap of raw', 'Distribution of raw']);
    assert.equal(pictures.length, await opened.page.locator('figure:has(> .export) .plot').count());
    const blocks = reportBlocks(report, { sha256: '0'.repeat(64), pictures, extensionVersion: '0', editorVersion: '0' });
    const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
    const errors = errorsOf(page);
    await page.route(origin, (route) => route.fulfill({ contentType: 'text/html', body: reportHtml(blocks) }));
    await page.goto(origin);
    const shown = await page.locator('img').evaluateAll((images) => images.map((image) => (image as HTMLImageElement).naturalWidth > 0));
    assert.deepEqual(shown, pictures.map(() => true));
    assert.equal(await page.locator('body').evaluate((body) => getComputedStyle(body).maxWidth), '1100px', 'its policy lets its own style through');
    await page.screenshot({ path: pictureFile('report'), fullPage: true });
    assert.deepEqual(errors, []);
    await page.close();
  });
});
