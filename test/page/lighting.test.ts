import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../scripts/vscode/browser.mjs';
import { isApplicable } from '../../src/core/analysis/report';
import { openEditorPage, type EditorPage } from '../support/editorPage';
import { inProject } from '../support/root';

/** (32, 24, 8, 8), NCHW. */
const planes = inProject('samples', 'cnn_conv2_pre_bn.npy');

describe('an element that is pointed at', () => {
  let browser: Browser;
  let opened: EditorPage;
  before(async () => {
    browser = await launchBrowser({ webgpu: false });
  });
  beforeEach(async () => {
    opened = await openEditorPage(browser, planes);
    await opened.untilDone();
  });
  afterEach(async () => {
    assert.deepEqual(opened.errors, []);
    await opened.close();
  });
  after(() => browser.close());

  const column = (method: string) => opened.page.locator(`.column.method-${method}`);
  const lit = (method: string) => column(method).locator('.litGroup').innerText();
  /** Top, bottom, left and right of a method's outline in a column's heatmap, as shares of the picture. */
  const outline = (of: string, method: string) =>
    column(of).locator('.heatmap .plot').evaluate((plot, id) => {
      const path = plot.querySelector(`.lit .method-${id} .group`);
      const [frame, box] = [plot.getBoundingClientRect(), path?.getBoundingClientRect()];
      return box === undefined ? null : [(box.top - frame.top) / frame.height, (box.bottom - frame.top) / frame.height, (box.left - frame.left) / frame.width, (box.right - frame.left) / frame.width].map((share) => Math.round(share * 10) / 10);
    }, method);
  const series = (method: string, group: number) => {
    const found = opened.session.current.report?.methods.find(({ id }) => id === method);
    assert.ok(found !== undefined && isApplicable(found));
    return [found.mean?.values?.[group] ?? NaN, found.variance?.values?.[group] ?? NaN].map((value) => Number(value.toPrecision(4)));
  };
  const numbersIn = (text: string) => [...text.replaceAll('−', '-').matchAll(/(?:μ|σ²)\u202f(-?[\d.]+)/g)].map(([, digits]) => Number(digits));

  it('in a block lights up its group in every block, heatmap and strip, with the group’s own numbers', async () => {
    const { page } = opened;
    // The third cell of six channels, at the front: channel 8 of sample 0, position 0.
    await column('layer').locator('.blocks polygon[class*=front]').nth(2).hover();
    assert.match(await lit('raw'), /^element \[0, 8, 0, 0\]$/);
    assert.match(await lit('layer'), /^N 0: 1.536 elements, /);
    assert.match(await lit('batch'), /^C 8: 2.048 elements, /);
    assert.deepEqual(numbersIn(await lit('layer')), series('layer', 0));
    assert.deepEqual(numbersIn(await lit('batch')), series('batch', 8));
    assert.deepEqual(await column('batch').locator('.blocks .front.shared').count(), 5, 'one of six columns of the front');
    assert.equal(await column('raw').locator('.blocks .shared').count(), 0);
    // Rows are 32 samples, columns 24 channels of 64 positions.
    assert.deepEqual(await outline('layer', 'layer'), [0, 0, 0, 1]);
    assert.deepEqual(await outline('batch', 'batch'), [0, 1, 0.3, 0.4]);
    assert.deepEqual(await outline('raw', 'batch'), [0, 1, 0.3, 0.4]);
    assert.equal(await outline('layer', 'batch'), null, 'a method’s own picture has its own group alone');
    assert.equal(await page.locator('.series .litValue').count(), 4, 'its mean and variance by both methods');
    await page.mouse.move(1, 1);
    assert.equal(await page.locator('.lit, .litValue').count(), 0);
    assert.equal(await lit('layer'), '');
  });

  it('stays when it is pinned by a click, is told to those who do not see it, and goes with Escape', async () => {
    const { page } = opened;
    const box = await column('batch').locator('.heatmap .plot').boundingBox();
    assert.ok(box !== null);
    await page.mouse.click(box.x + box.width * 0.99, box.y + box.height * 0.51);
    await page.mouse.move(1, 1);
    assert.match(await lit('raw'), /^element \[16, 23, \d, \d\] pinned Release$/);
    const spoken = await page.getByRole('status').filter({ hasText: 'Pinned' }).innerText();
    assert.match(spoken, /^Pinned element \[16, 23, .*LayerNorm: N 16: 1.536 elements, μ.*BatchNorm: C 23: 2.048 elements, μ.*InstanceNorm: N 16, C 23: 64 elements, /s);
    await column('layer').locator('.blocks polygon[class*=front]').first().hover();
    assert.match(await lit('batch'), /^C 23: /, 'what is pinned does not follow the pointer');
    await page.keyboard.press('Escape');
    await page.mouse.move(1, 1);
    assert.equal(await lit('batch'), '');
  });

  it('follows the arrow keys in a block, and the bars of a strip', async () => {
    const { page } = opened;
    await column('batch').locator('.block .plot').focus();
    await page.keyboard.press('Shift+ArrowUp');
    assert.match(await lit('layer'), /^N 7: /, 'the second of five cells of samples');
    assert.match(await lit('batch'), /^C 20: /, 'the last of six cells of channels');
    await page.keyboard.press('ArrowLeft');
    assert.match(await lit('batch'), /^C 16: /);
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    assert.match(await lit('batch'), /^C 16: /);
    await page.getByRole('button', { name: 'Release' }).click();
    const strip = column('batch').locator('.series .plot').first();
    const [mean = 0] = series('batch', 23);
    const { low, high } = opened.session.current.report?.methods.flatMap((method) => (method.id === 'batch' && isApplicable(method) ? [method.mean?.histogram] : []))[0] ?? { low: 0, high: 1 };
    const width = (await strip.boundingBox())?.width ?? 0;
    await strip.hover({ position: { x: ((mean - low) / (high - low)) * width, y: 30 } });
    assert.match(await lit('batch'), /^C \d+: /);
    assert.equal(await column('batch').locator('.litValue').count(), 2);
  });
});
