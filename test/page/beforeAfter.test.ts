import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../scripts/vscode/browser.mjs';
import { openEditorPage, type EditorPage } from '../support/editorPage';
import { inProject } from '../support/root';

describe('before and after, with a divider', () => {
  let browser: Browser;
  let opened: EditorPage;
  before(async () => {
    browser = await launchBrowser({ webgpu: false });
  });
  beforeEach(async () => {
    opened = await openEditorPage(browser, inProject('samples', 'transformer_block1_pre_ln.npy'));
    await opened.untilDone();
    await opened.page.getByText('5 · Before and after').click();
    await divider().scrollIntoViewIfNeeded();
  });
  afterEach(async () => {
    assert.deepEqual(opened.errors, []);
    await opened.close();
  });
  after(() => browser.close());

  const divider = () => opened.page.getByRole('slider', { name: /^Divider/ });
  /** What lies uppermost at a share of the width: its label. */
  const uppermost = async (share: number) => {
    const box = await opened.page.locator('.divided .before .plot').boundingBox();
    assert.ok(box !== null);
    return opened.page.evaluate(([x, y]) => document.elementFromPoint(x ?? 0, y ?? 0)?.closest('[aria-label]')?.getAttribute('aria-label')?.slice(0, 30) ?? '', [box.x + box.width * share, box.y + 20]);
  };

  it('is dragged: raw to its left, after LayerNorm to its right', async () => {
    const { page } = opened;
    assert.match(await uppermost(0.45), /^Heatmap of raw values/);
    assert.match(await uppermost(0.55), /^Heatmap of values after layer/);
    const box = await divider().boundingBox();
    const frame = await page.locator('.divided').boundingBox();
    assert.ok(box !== null && frame !== null);
    await page.mouse.move(box.x + box.width / 2, box.y + 100);
    await page.mouse.down();
    await page.mouse.move(frame.x + frame.width * 0.2, box.y + 130, { steps: 3 });
    await page.mouse.up();
    assert.match(await uppermost(0.45), /^Heatmap of values after layer/);
    assert.match(await uppermost(0.15), /^Heatmap of raw values/);
    assert.equal(await divider().getAttribute('aria-valuenow'), '20');
  });

  it('is moved by keys, takes another method, and outlives the page', async () => {
    const { page } = opened;
    await divider().focus();
    await page.keyboard.press('ArrowRight');
    assert.equal(await divider().getAttribute('aria-valuetext'), '51\u202f%');
    await page.keyboard.press('Shift+ArrowRight');
    await page.keyboard.press('End');
    await page.keyboard.press('Shift+ArrowLeft');
    assert.equal(await divider().getAttribute('aria-valuenow'), '90');
    await page.getByLabel('After which normalization').selectOption('batch');
    assert.match(await uppermost(0.95), /^Heatmap of values after batch/);
    await page.reload();
    await opened.until(() => true);
    await divider().scrollIntoViewIfNeeded();
    assert.equal(await divider().getAttribute('aria-valuenow'), '90');
    assert.match(await uppermost(0.95), /^Heatmap of values after batch/);
    assert.match(await uppermost(0.85), /^Heatmap of raw values/);
  });
});
