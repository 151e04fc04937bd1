import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isApplicable, type Report } from '../../src/core/analysis/report';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../scripts/vscode/browser.mjs';
import { formatCount, formatNumber } from '../../src/core/text/numbers';
import { openEditorPage, settled, type EditorPage } from '../support/editorPage';
import { float32Npy } from '../support/npyFiles';
import { inProject } from '../support/root';

const broken = inProject('samples', 'broken_pre_bn.npy');

/** The sentence on how a method shares, from its column. */
function shareOf({ page }: EditorPage, label: string): Promise<string> {
  return page.locator(`.column[aria-label="${label}"] .share p`).first().innerText();
}

async function columnsOf({ page }: EditorPage): Promise<string[]> {
  return page.locator('.column h2').allInnerTexts();
}

describe('the page of a tensor', () => {
  let browser: Browser;
  let opened: EditorPage;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'normoscope-page-'));
  /** Small planes, for what is about choices and not about numbers: quick to send. */
  const planes = path.join(folder, 'planes.npy');
  before(async () => {
    fs.writeFileSync(planes, float32Npy(Array.from({ length: 1536 }, (_, index) => Math.sin(index) + (index % 24)), [4, 24, 4, 4]));
    browser = await launchBrowser({ webgpu: false });
  });
  after(async () => {
    await browser.close();
    fs.rmSync(folder, { recursive: true });
  });
  afterEach(async () => {
    await opened.close();
    assert.deepEqual(opened.errors, []);
  });

  async function open(file: string, options?: Parameters<typeof openEditorPage>[2]): Promise<Report> {
    opened = await openEditorPage(browser, file, options);
    const { report } = await opened.untilDone();
    assert.ok(report !== null);
    return report;
  }

  it('says what the report says: header, answer, findings, numbers with all their digits at hand', async () => {
    const report = await open(broken);
    const { page } = opened;
    assert.equal(await page.locator('h1').innerText(), 'broken_pre_bn.npy');
    assert.match(await page.locator('header').innerText(), /float32[\s\S]*192\u202fKiB[\s\S]*assumed layout: the last two axes are equal[\s\S]*4 findings/);
    assert.deepEqual(await page.locator('.answer p').allInnerTexts(), report.answer);
    assert.deepEqual(await page.locator('.findings li .message').allInnerTexts(), report.findings.map(({ message, rule }) => `${message} ${rule}`));
    const shown = await page.locator('.summary dl > div').evaluateAll((entries) =>
      entries.map((entry) => [entry.querySelector('dt')?.textContent, entry.querySelector('dd')?.textContent, entry.querySelector('dd span')?.getAttribute('title')]),
    );
    const { statistics: all } = report;
    const counts = [['finite', all.count], ['NaN', all.nan], ['+Inf', all.posInf], ['−Inf', all.negInf], ['zeros', all.zeros]] as const;
    const quantiles = [['1\u202f%', '0.01'], ['median', '0.5'], ['99\u202f%', '0.99']].map(([name = '', level = '']) => [name, all.quantiles?.[level]] as const);
    const moments = [['mean', all.mean], ['std', all.std], ['min', all.min], ...quantiles, ['max', all.max], ['skewness', all.skewness], ['excess kurtosis', all.excessKurtosis]] as const;
    assert.deepEqual(shown, [
      ...counts.map(([name, count]) => [name, formatCount(count), String(count)]),
      ...moments.map(([name, value]) => [name, formatNumber(value ?? NaN), String(value)]),
    ]);
    for (const method of report.methods.filter(isApplicable).filter(({ id }) => id === 'layer' || id === 'batch')) {
      const captions = await page.locator(`.column[aria-label="${method.label}"] .series figcaption .number`).allInnerTexts();
      const span = (series: { min: number | null; max: number | null } | undefined) => `${formatNumber(series?.min ?? NaN)} … ${formatNumber(series?.max ?? NaN)}`;
      assert.deepEqual(captions, [span(method.mean), span(method.variance)]);
    }
    const points = await page.locator('.batchSize tbody tr').evaluateAll((rows) => rows.map((row) => [...row.querySelectorAll('td[title]')].map((cell) => Number(cell.getAttribute('title')))));
    const told = report.batchSize.map(({ relativeStdOfMean, resampledStdOfMean, relativeStdOfVariance, resampledStdOfVariance, effectiveN }) => [relativeStdOfMean, resampledStdOfMean, relativeStdOfVariance, resampledStdOfVariance, effectiveN]);
    assert.deepEqual(points, told.map((numbers) => numbers.filter((number) => number !== null)));
  });

  it('computes anew for another layout, and offers none that cannot be', async () => {
    await open(planes);
    const { page } = opened;
    assert.match(await shareOf(opened, 'BatchNorm'), /^Reduces N, H and W: 24 groups of 64 values/);
    await page.getByLabel('Role of axis 3').selectOption('C');
    const { report } = await opened.until(({ report: last, phase }) => phase === 'done' && last?.layout.roles === 'NWHC');
    assert.equal(report?.layout.inferred, false);
    assert.match(await shareOf(opened, 'BatchNorm'), /^Reduces N, W and H: 4 groups of 384 values/);
    assert.match(await page.locator('header').innerText(), /layout as given/);
    for (const [axis, letter, roles] of [[0, 'T', 'TWHC'], [1, 'C', 'TCHW'], [1, 'N', 'TNHW'], [2, 'T', 'HNTW'], [3, 'D', 'HNTD'], [1, 'C', 'HCTD']] as const) {
      await page.getByLabel(`Role of axis ${axis}`).selectOption(letter);
      await opened.until(({ options, phase }) => options.layout === roles && phase === 'done');
    }
    assert.deepEqual(await page.getByLabel('Role of axis 0').locator('option').evaluateAll((options) => options.map((option) => (option as HTMLOptionElement).value)), ['N', 'C', 'T', 'D', 'H', 'W']);
  });

  it('shows and hides columns by clicks and by keys, several in one go', async () => {
    await open(planes);
    const { page } = opened;
    assert.deepEqual(await columnsOf(opened), ['Raw', 'LayerNorm', 'BatchNorm']);
    await page.getByRole('button', { name: 'RMSNorm' }).click();
    await opened.until(({ options, phase }) => options.views.length === 3 && phase === 'done');
    assert.deepEqual(await columnsOf(opened), ['Raw', 'LayerNorm', 'BatchNorm', 'RMSNorm']);
    await page.keyboard.press('r');
    await page.keyboard.press('l');
    await page.keyboard.press('g');
    await page.keyboard.press('i');
    await opened.until(({ options, phase }) => options.views.join() === 'batch,group,instance' && phase === 'done');
    assert.deepEqual(await columnsOf(opened), ['Raw', 'BatchNorm', 'GroupNorm', 'InstanceNorm']);
    assert.equal(await page.getByRole('button', { name: 'LayerNorm' }).getAttribute('aria-pressed'), 'false');
    for (const key of ['b', 'g', 'i']) await page.keyboard.press(key);
    await opened.until(({ options, phase }) => options.views.length === 0 && phase === 'done');
    assert.deepEqual(await columnsOf(opened), ['Raw']);
  });

  it('leaves keys to the fields that are written in', async () => {
    await open(planes);
    const { page } = opened;
    await page.getByRole('textbox', { name: 'eps' }).focus();
    await page.keyboard.type('blc');
    await settled(page);
    assert.deepEqual(await columnsOf(opened), ['Raw', 'LayerNorm', 'BatchNorm']);
    assert.deepEqual(opened.asked.filter((asked) => asked === 'copyStatistics'), []);
  });

  it('takes eps, normalized_shape and the number of groups, and clears what is none', async () => {
    await open(planes);
    const { page } = opened;
    const eps = page.getByRole('textbox', { name: 'eps' });
    await eps.fill('1e-3');
    await eps.press('Enter');
    const { report } = await opened.until(({ report: last, phase }) => phase === 'done' && last?.eps === 1e-3);
    assert.equal(report?.epsSource, 'given');
    assert.match(await page.getByRole('group', { name: 'Options' }).innerText(), /eps given/);
    for (const wrong of ['abc', '-1']) {
      await eps.fill(wrong);
      await eps.press('Enter');
      await opened.until(({ options, phase }) => options.eps === undefined && phase === 'done');
      assert.equal(await eps.inputValue(), '', wrong);
      assert.equal(await eps.getAttribute('placeholder'), '1e-5');
    }
    await page.getByLabel('normalized_shape').selectOption({ label: '(4, 4)' });
    await opened.until(({ report: last, phase }) => phase === 'done' && last?.methods.some((method) => method.id === 'layer' && isApplicable(method) && method.groups === 96) === true);
    assert.match(await shareOf(opened, 'LayerNorm'), /^Reduces H and W: 96 groups of 16 values/);
    await page.getByLabel('normalized_shape').selectOption({ label: 'C alone' });
    await opened.until(({ options, phase }) => options.normalizedAxes === 'C' && options.normalizedDims === undefined && phase === 'done');
    assert.match(await shareOf(opened, 'LayerNorm'), /^Reduces C: 64 groups of 24 values/);
    await page.getByRole('button', { name: 'GroupNorm' }).click();
    await opened.until(({ options, phase }) => options.views.includes('group') && phase === 'done');
    const groups = page.getByLabel('groups', { exact: true });
    await groups.fill('8');
    await groups.press('Enter');
    await opened.until(({ options, phase }) => options.numGroups === 8 && phase === 'done');
    assert.match(await shareOf(opened, 'GroupNorm'), /C in 8 parts, H and W: 32 groups of 48 values/);
    await groups.fill('2.5');
    await groups.press('Enter');
    await opened.until(({ options, phase }) => options.numGroups === undefined && phase === 'done');
    assert.equal(await groups.inputValue(), '');
  });

  it('takes a padding value for tensors with time, and shows what it leaves out', async () => {
    // Two samples of three steps of two features; of the second the last two steps are padding.
    const tokens = path.join(folder, 'tokens.npy');
    fs.writeFileSync(tokens, float32Npy([1, 2, 4, 3, 6, 8, 5, 9, -1, -1, -1, -1], [2, 3, 2]));
    await open(tokens);
    const { page } = opened;
    const value = page.getByLabel('pad value');
    await value.fill('-1');
    await value.press('Enter');
    const { report } = await opened.until(({ report: last, phase }) => phase === 'done' && last?.mask != null);
    assert.deepEqual([report?.mask?.maskedPositions, report?.statistics.count], [2, 8]);
    assert.equal(await shareOf(opened, 'BatchNorm'), 'Reduces N and T: 2 groups of 4 unmasked of 6 values, one mean and variance for each feature');
    assert.equal(await shareOf(opened, 'LayerNorm'), 'Reduces C: 4 groups of 2 values, one mean and variance for each token');
    assert.match(await page.locator('.answer').innerText(), /The mask \(trailing positions equal to −1\) leaves out 2 of 6 positions/);
    const plot = page.locator('.column.method-batch .heatmap .plot');
    const box = await plot.boundingBox();
    assert.ok(box !== null);
    await page.mouse.move(box.x + box.width * 0.9, box.y + box.height * 0.9);
    assert.equal(await page.locator('.column.method-batch .heatmap .readout').innerText(), '[5, 1] masked');
    await value.fill('');
    await value.press('Enter');
    await opened.until(({ options, phase }) => options.mask === undefined && phase === 'done');
    await open(planes);
    assert.equal(await opened.page.getByLabel('pad value').count(), 0, 'planes have no end');
  });

  it('says why groups do not divide the channels, keeps what it has, and takes another number', async () => {
    await open(planes);
    const { page } = opened;
    await page.keyboard.press('g');
    await opened.until(({ options, phase }) => options.views.includes('group') && phase === 'done');
    const groups = page.getByLabel('groups', { exact: true });
    await groups.fill('7');
    await groups.press('Enter');
    await opened.until(({ phase }) => phase === 'failed');
    assert.match(await page.getByRole('alert').innerText(), /^numGroups is 7, which does not divide the 24 channels\./);
    assert.match(await shareOf(opened, 'GroupNorm'), /C in 12 parts/);
    await page.getByRole('button', { name: 'GroupNorm' }).click();
    await opened.until(({ options, phase }) => !options.views.includes('group') && phase === 'failed');
    assert.equal(await groups.inputValue(), '7', 'what is refused can be corrected, also without the column');
    await groups.fill('6');
    await groups.press('Enter');
    await opened.until(({ options, phase }) => options.numGroups === 6 && phase === 'done');
    await page.getByRole('button', { name: 'GroupNorm' }).click();
    await opened.until(({ options, phase }) => options.views.includes('group') && phase === 'done');
    assert.match(await shareOf(opened, 'GroupNorm'), /C in 6 parts/);
    assert.equal(await page.getByRole('alert').count(), 0);
  });

  it('shows counts on a log scale, and remembers it when the page is made anew', async () => {
    await open(planes);
    const { page } = opened;
    const box = page.getByLabel('log counts');
    assert.equal(await box.isChecked(), false);
    const histogram = page.locator('.column[aria-label="LayerNorm"] .histogram .plot');
    const linear = await histogram.screenshot();
    await page.keyboard.press('y');
    await settled(page);
    assert.equal(await box.isChecked(), true);
    assert.ok(!linear.equals(await histogram.screenshot()), 'the picture follows');
    await page.reload();
    await page.getByLabel('log counts').waitFor();
    assert.equal(await page.getByLabel('log counts').isChecked(), true);
  });

  it('asks its host for rules and for a copy', async () => {
    await open(broken);
    const { page, asked } = opened;
    await page.getByRole('button', { name: 'non-finite' }).click();
    await page.getByRole('button', { name: 'Copy as JSON' }).click();
    await page.locator('h1').click();
    await page.keyboard.press('c');
    await page.getByRole('button', { name: 'Copy code' }).click();
    await page.getByLabel('Method of the code').selectOption('batch-eval');
    await page.getByLabel('Framework of the code').selectOption('keras');
    await page.getByRole('button', { name: 'Copy code' }).click();
    await settled(page);
    assert.deepEqual(asked.filter((call) => !call.startsWith('renderer')), ['openRule non-finite', 'copyStatistics', 'copyStatistics', 'copyCode layer pytorch', 'copyCode batch-eval keras']);
  });

  it('shows where a reload in mid-work left off', async () => {
    await open(planes);
    await opened.page.reload();
    await opened.page.locator('.answer p').first().waitFor();
    assert.deepEqual(await columnsOf(opened), ['Raw', 'LayerNorm', 'BatchNorm']);
  });

  it('fits its width, with tabs where columns do not', async () => {
    for (const [width, tabs] of [[400, true], [500, true], [1400, false]] as const) {
      await open(broken, { width });
      const { page } = opened;
      assert.equal(await page.locator('.tabs').count() > 0, tabs, `${width}`);
      const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
      assert.ok((content ?? 0) <= (window ?? 0), `${content} in ${width}`);
      const cut = await page.locator('.caption .number, .summary dd, .share p').evaluateAll((elements) => elements.filter((element) => element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).overflow !== 'visible').map((element) => element.textContent));
      assert.deepEqual(cut, [], `numbers cut off at ${width}`);
      if (tabs) {
        assert.deepEqual(await columnsOf(opened), ['Raw', 'LayerNorm']);
        await page.locator('.tabs button', { hasText: 'BatchNorm' }).click();
        assert.deepEqual(await columnsOf(opened), ['Raw', 'BatchNorm']);
        await opened.close();
      }
    }
  });

  it('follows the theme when it changes', async () => {
    await open(planes);
    const { page } = opened;
    const heatmap = page.locator('.column.method-raw .heatmap canvas');
    const colourAt = () => heatmap.evaluate((canvas) => [...((canvas as HTMLCanvasElement).getContext('2d')?.getImageData(3, 3, 1, 1).data ?? [])]);
    const dark = await colourAt();
    await page.evaluate(() => {
      document.documentElement.style.setProperty('--vscode-editor-background', '#ffffff');
      document.body.className = 'vscode-light';
    });
    await settled(page);
    assert.notDeepEqual(await colourAt(), dark);
  });
});
