import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../scripts/vscode/browser.mjs';
import { violations } from '../support/axe';
import { openEditorPage, type EditorPage, type PageOptions } from '../support/editorPage';
import { fileUri } from '../support/localStore';
import { seededNormal } from '../support/moments';
import { float32Npy } from '../support/npyFiles';

describe('two tensors on a page', () => {
  const shape = [16, 6, 4, 4];
  let browser: Browser;
  let opened: EditorPage;
  let folder: string;
  let files: Readonly<Record<'before' | 'after' | 'fewer', string>>;
  before(async () => {
    browser = await launchBrowser({ webgpu: false });
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'normoscope-compare-'));
    const normal = seededNormal(3);
    const values = Array.from({ length: 16 * 96 }, () => normal());
    const moved = values.map((value, index) => (Math.floor(index / 16) % 6 === 4 ? value + 2 : value));
    files = { before: path.join(folder, 'before.npy'), after: path.join(folder, 'after.npy'), fewer: path.join(folder, 'fewer.npy') };
    fs.writeFileSync(files.before, float32Npy(values, shape));
    fs.writeFileSync(files.after, float32Npy(moved, shape));
    fs.writeFileSync(files.fewer, float32Npy(moved.slice(0, 8 * 96), [8, 6, 4, 4]));
  });
  after(async () => {
    await browser.close();
    fs.rmSync(folder, { recursive: true });
  });
  afterEach(async () => {
    await opened.close();
    assert.deepEqual(opened.errors, []);
  });

  const compare = async (other: keyof typeof files, options?: PageOptions) => {
    opened = await openEditorPage(browser, files.before, options);
    await opened.untilDone();
    await opened.session.compareWith({ uri: fileUri(files[other]), tensor: 0, tensorName: '', shape: other === 'fewer' ? [8, 6, 4, 4] : shape });
    await opened.until(({ phase, comparison }) => phase === 'done' && comparison?.result !== null);
    return opened.page;
  };

  it('are asked for, say how far they are apart, name the channel that moved, and lead back', async () => {
    const page = await compare('after');
    assert.match(await page.locator('.sides').innerText(), /first\s+before\.npy +float32 \(16, 6, 4, 4\)[\s\S]*second\s+after\.npy +float32/);
    const answer = await page.locator('.answer').innerText();
    assert.match(answer, /^Element by element they differ by at most 2 .*83\.3\u202f% of the elements are the same\./);
    assert.match(answer, /BatchNorm's means differ by at most [\d.]+ σ \(channel 4\)/);
    const batch = page.locator('.comparedMethod', { hasText: 'BatchNorm' });
    assert.match(await batch.innerText(), /Means farthest apart: channel 4 by [\d.]+\u202fσ/);
    assert.equal(await batch.locator('.scatter').count(), 2);
    assert.match(await page.locator('.comparedValues tbody tr', { hasText: 'mean' }).innerText(), /\+0\.333/);
    await page.getByRole('button', { name: 'Compare with another…' }).click();
    await page.getByRole('button', { name: '‹ before.npy' }).click();
    await opened.until(({ place }) => place === 'tensor');
    assert.equal(await page.locator('.columns').count(), 1);
    await page.getByRole('button', { name: 'Compare with…' }).click();
    assert.deepEqual(opened.asked.filter((call) => call === 'compareWith').length, 2);
  });

  it('of different shapes are compared as far as they can be, and the rest is said', async () => {
    const page = await compare('fewer');
    const answer = await page.locator('.answer').innerText();
    assert.match(answer, /They are not compared element by element: the shapes differ\./);
    assert.match(answer, /LayerNorm has 16 means of the first, one for each sample \(16\), and 8 means of the second/);
    assert.equal(await page.locator('.comparedMethod', { hasText: 'LayerNorm' }).locator('.scatter').count(), 0);
    assert.equal(await page.locator('.comparedMethod', { hasText: 'LayerNorm' }).locator('.overlaid').count(), 2);
    assert.equal(await page.locator('.comparedMethod', { hasText: 'BatchNorm' }).locator('.scatter').count(), 2);
  });

  it('fail in one sentence where one is gone, and can be tried again', async () => {
    const page = await compare('after');
    fs.renameSync(files.after, `${files.after}.away`);
    void opened.session.open();
    await opened.until(({ phase }) => phase === 'failed');
    assert.match(await page.locator('.sentence.error').innerText(), /after\.npy/);
    fs.renameSync(`${files.after}.away`, files.after);
    await page.getByRole('button', { name: 'Retry' }).click();
    await opened.until(({ phase }) => phase === 'done');
    assert.equal(await page.locator('.sentence.error').count(), 0);
  });

  for (const theme of ['dark', 'high-contrast-light'] as const) {
    it(`are for everyone, in ${theme}, wide and narrow`, async () => {
      const page = await compare('after', { theme });
      assert.deepEqual(await violations(page), []);
      await page.setViewportSize({ width: 400, height: 1000 });
      await page.locator('.scatter .plot').first().focus();
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('t');
      assert.deepEqual(await violations(page), []);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing is cut off');
    });
  }
});
