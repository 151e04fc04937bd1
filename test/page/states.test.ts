import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../scripts/vscode/browser.mjs';
import { openEditorPage, settled, type EditorPage, type PageOptions } from '../support/editorPage';
import { heldStore } from '../support/heldStore';
import { float32Npy } from '../support/npyFiles';
import { inProject } from '../support/root';

const fixture = (name: string) => inProject('test', 'fixtures', 'npy', `${name}.npy`);
const sample = fixture('fortran_four_axes');
const real = inProject('samples', 'cnn_conv2_pre_bn.npy');

describe('the page while and when', () => {
  let browser: Browser;
  let opened: EditorPage;
  let folder: string;
  before(async () => {
    browser = await launchBrowser({ webgpu: false });
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'normoscope-page-'));
  });
  after(async () => {
    await browser.close();
    fs.rmSync(folder, { recursive: true });
  });
  afterEach(async () => {
    await opened.close();
    assert.deepEqual(opened.errors, []);
  });

  const open = async (file: string, options?: PageOptions) => {
    opened = await openEditorPage(browser, file, options);
    return opened.page;
  };
  const text = (selector: string) => opened.page.locator(selector).innerText();

  it('a header is read says so, then shows it at once, then numbers as they come', async () => {
    const { store, releaseHeaders, releaseNumbers } = heldStore();
    const page = await open(sample, { store });
    assert.equal(await text('h1'), 'fortran_four_axes.npy');
    assert.equal(await text('.working span'), 'Reading the header');
    assert.equal(await page.getByLabel('Progress').getAttribute('value'), null);
    releaseHeaders();
    await opened.until(({ report }) => (report?.progress ?? 0) > 0);
    assert.match(await text('header'), /float64[\s\S]*3[\s\S]*288\u202fB/);
    assert.equal(await text('.working span'), 'Computing, 50\u202f%');
    assert.equal(await page.getByLabel('Progress').getAttribute('value'), '0.5');
    assert.equal(await page.locator('.column[aria-label="LayerNorm"] .heatmap').innerText(), 'computing');
    assert.equal(await page.locator('.findings').count(), 0, 'nothing is said of a part');
    releaseNumbers();
    await opened.untilDone();
    assert.equal(await page.locator('.working').count(), 0);
    assert.ok((await page.locator('.column canvas').count()) >= 6);
  });

  it('it is loaded again in the middle of the work is where it was, and goes on', async () => {
    const { store, releaseHeaders, releaseNumbers } = heldStore();
    const page = await open(sample, { store });
    releaseHeaders();
    await opened.until(({ report }) => (report?.progress ?? 0) > 0);
    await page.reload();
    await page.locator('.working span', { hasText: 'Computing' }).waitFor();
    assert.match(await text('header'), /float64/);
    releaseNumbers();
    await opened.untilDone();
    await page.locator('.column[aria-label="BatchNorm"] .heatmap canvas').waitFor();
    assert.equal(await page.locator('.working').count(), 0);
  });

  it('work is cancelled says so, keeps what is known, and computes when asked', async () => {
    const { store, releaseHeaders, releaseNumbers } = heldStore();
    const page = await open(sample, { store });
    releaseHeaders();
    await opened.until(({ report }) => (report?.progress ?? 0) > 0);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await opened.until(({ phase }) => phase === 'cancelled');
    assert.match(await text('.status'), /^Cancelled: what is shown is what was known by then\. Compute$/);
    assert.match(await text('.summary'), /finite\s*36/);
    releaseNumbers();
    await page.getByRole('button', { name: 'Compute' }).click();
    await opened.untilDone();
    assert.equal(await text('.status'), '');
  });

  it('a choice is made before the numbers are there keeps the pictures, and shows the choice at once', async () => {
    const { store, releaseHeaders, releaseNumbers } = heldStore();
    const page = await open(sample, { store });
    releaseHeaders();
    await opened.until(({ report }) => (report?.progress ?? 0) > 0);
    await page.keyboard.press('r');
    await opened.until(({ options }) => options.views.includes('rms'));
    assert.equal(await page.getByRole('button', { name: 'RMSNorm' }).getAttribute('aria-pressed'), 'true');
    releaseNumbers();
    await opened.untilDone();
    assert.equal(await page.locator('.column canvas').count() > 0, true);
  });

  it('a file is cut off shows its header and one sentence, and goes on when it is whole', async () => {
    const file = path.join(folder, 'cut.npy');
    const whole = fs.readFileSync(real);
    fs.writeFileSync(file, whole.subarray(0, 100_000));
    const page = await open(file);
    await opened.until(({ phase }) => phase === 'failed');
    assert.match(await text('header'), /cut\.npy[\s\S]*float32[\s\S]*32[\s\S]*24/);
    const sentence = await page.getByRole('alert').innerText();
    assert.match(sentence, /196.?608 bytes/);
    assert.match(sentence, /\. Retry$/);
    assert.equal(await page.locator('.columns').count(), 0);
    fs.writeFileSync(file, whole);
    await page.getByRole('button', { name: 'Retry' }).click();
    await opened.untilDone();
    assert.equal(await page.getByRole('alert').count(), 0);
    assert.match(await text('.answer'), /24 pairs/);
  });

  it('a file changes on disk says so, and reads it again when asked', async () => {
    const file = path.join(folder, 'changing.npy');
    fs.writeFileSync(file, float32Npy([1, 2, 3, 4, 5, 6], [2, 3]));
    const page = await open(file);
    await opened.untilDone();
    fs.writeFileSync(file, float32Npy([7, 8, 9, 10, 11, 12, 13, 14], [2, 4]));
    await opened.session.check();
    await opened.until(({ stale }) => stale);
    assert.match(await text('.status'), /^The file has changed on disk since these numbers were computed\. Read it again$/);
    assert.match(await text('.summary'), /3\.5/, 'the numbers before are still there');
    await page.getByRole('button', { name: 'Read it again' }).click();
    await opened.until(({ report, phase }) => phase === 'done' && report?.statistics.count === 8);
    assert.equal(await text('.status'), '');
  });

  it('a file gets another shape forgets the layout that was chosen for the one before', async () => {
    const file = path.join(folder, 'reshaped.npy');
    fs.writeFileSync(file, float32Npy([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2]));
    const page = await open(file);
    await opened.untilDone();
    await page.getByLabel('Role of axis 1').selectOption('C');
    await opened.until(({ report, phase }) => phase === 'done' && report?.layout.roles === 'NCT');
    fs.writeFileSync(file, float32Npy([1, 2, 3, 4, 5, 6], [2, 3]));
    await opened.session.check();
    await page.getByRole('button', { name: 'Read it again' }).click();
    const { report } = await opened.until(({ report: last, phase }) => phase === 'failed' || (phase === 'done' && last?.tensor.shape.length === 2));
    assert.equal(report?.layout.roles, 'NC');
    assert.equal(await page.locator('.axes select').count(), 2);
  });

  it('a file goes away keeps what is shown', async () => {
    const file = path.join(folder, 'leaving.npy');
    fs.writeFileSync(file, float32Npy([1, 2, 3, 4], [2, 2]));
    const page = await open(file);
    await opened.untilDone();
    fs.rmSync(file);
    await opened.session.check();
    await opened.until(({ stale }) => stale);
    await page.getByRole('button', { name: 'Read it again' }).click();
    await opened.until(({ phase }) => phase === 'failed');
    assert.match(await text('.summary'), /2\.5/);
    assert.equal(await page.getByRole('button', { name: 'Retry' }).count(), 1);
  });
});

describe('the page of what is no usual tensor', () => {
  let browser: Browser;
  before(async () => {
    browser = await launchBrowser({ webgpu: false });
  });
  after(() => browser.close());

  /** What a reader has to be told, by a fixture's name. */
  const cases: Readonly<Record<string, readonly RegExp[]>> = {
    scalar: [/scalar/, /LayerNorm does not apply: /],
    one_axis: [/assumed layout: one axis: a vector of features/, /BatchNorm does not apply: /],
    one_element: [/float|int/],
    empty: [/The tensor has no elements: there is nothing to normalize\./],
    empty_axis: [/The tensor has no elements/],
    eight_axes: [/8 axes: the leading ones taken as batch/],
    all_nan: [/NaN\s*6/, /mean\s*–/, /none of them from a finite value|none is finite/],
    not_finite: [/non-finite/],
    little_i4: [/int32/],
    little_b1: [/bool/],
    beyond_double: [/int64/],
    little_c8: [/complex64/, /real part/],
  };

  it('draws what there is, in every width, and says what is missing', async () => {
    const check = async ([name, expected]: [string, readonly RegExp[]]) => {
      const opened = await openEditorPage(browser, fixture(name), { width: 500 });
      const { page } = opened;
      try {
        await opened.session.setOptions({ views: ['layer', 'batch', 'rms', 'group', 'instance'] });
        await opened.until(({ phase, report }) => phase === 'done' && report !== null);
        const body = await page.locator('main').innerText();
        for (const sentence of expected) assert.match(body, sentence, name);
        assert.doesNotMatch(body, /undefined|null|\[object/, name);
        for (const width of [400, 1400]) {
          await page.setViewportSize({ width, height: 900 });
          await settled(page);
          const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
          assert.ok((content ?? 0) <= (window ?? 0), `${name}: ${content} in ${width}`);
        }
        const bad = await page.locator('svg *').evaluateAll((shapes) => shapes.flatMap((shape) => [...shape.attributes].map((attribute) => attribute.value)).filter((value) => /NaN|Infinity|undefined/.test(value)));
        assert.deepEqual(bad, [], name);
        assert.deepEqual(opened.errors, [], name);
      } finally {
        await opened.close();
      }
    };
    // Side by side: each spends most of its time waiting for the page.
    await Promise.all(Object.entries(cases).map(check));
  });

  it('is one sentence where nothing can be read', async () => {
    const cases = { objects: /pickle/, long_double: /extended precision/, raw_bytes: /raw bytes/, bytes_text: /byte strings/, truncated_header: /ends at byte 90/ };
    const check = async ([name, expected]: [string, RegExp]) => {
      const opened = await openEditorPage(browser, fixture(name));
      await opened.until(({ phase }) => phase === 'failed');
      assert.match(await opened.page.getByRole('alert').innerText(), expected, name);
      assert.equal(await opened.page.locator('h1').innerText(), `${name}.npy`);
      assert.deepEqual(opened.errors, [], name);
      await opened.close();
    };
    await Promise.all(Object.entries(cases).map(check));
  });

  it('lets a tensor be chosen where a file holds several, and says which cannot be', async () => {
    const opened = await openEditorPage(browser, fixture('record'));
    const { page } = opened;
    await page.locator('.tree .label', { hasText: /^x$/ }).click();
    await opened.until(({ place, phase }) => place === 'tensor' && phase === 'done');
    const choice = page.getByRole('combobox', { name: 'Tensor', exact: true });
    assert.deepEqual(await choice.locator('option').allInnerTexts(), ['x', 'n', 'ok', 'z', 'text (unsupported)', 'day (unsupported)']);
    await page.getByLabel('Role of axis 1').selectOption('T');
    await opened.until(({ report, phase }) => phase === 'done' && report?.layout.roles === 'NT');
    await choice.selectOption('n');
    const { report, options } = await opened.until((state) => state.phase === 'done' && state.report?.tensor.name === 'n');
    assert.equal(report?.tensor.dtype, 'int32');
    assert.equal(options.layout, undefined, 'a layout is a tensor’s own');
    assert.match(await page.locator('header').innerText(), /int32/);
    await choice.selectOption('text (unsupported)');
    await opened.until(({ phase }) => phase === 'failed');
    assert.equal(await page.locator('.columns').count(), 0, 'no numbers of another tensor');
    assert.match(await page.getByRole('alert').innerText(), /text/);
    await choice.selectOption('x');
    await opened.untilDone();
    assert.deepEqual(opened.errors, []);
    await opened.close();
  });
});
