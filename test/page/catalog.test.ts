import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../../scripts/vscode/browser.mjs';
import { openEditorPage, type EditorPage } from '../support/editorPage';
import { rawNpy, header } from '../support/npyFiles';
import { inProject } from '../support/root';

const blocks = 800;

/** A structured array whose fields are called as a checkpoint's tensors are: 3 202 tensors. */
function manyTensors(): Uint8Array {
  const names = Array.from({ length: blocks }, (_, block) => ['bn.weight', 'bn.bias', 'bn.running_mean', 'bn.running_var'].map((part) => `model.blocks.${block}.${part}`));
  const fields = [...names.flat(), 'head.weight', 'head.bias'].map((name) => `('${name}', '<f4', (8,))`);
  return rawNpy({ header: header({ descr: `[${fields.join(', ')}]`, shape: '()' }), version: [2, 0], data: fields.length * 32 });
}

describe('a file of many tensors', () => {
  let browser: Browser;
  let opened: EditorPage;
  let folder: string;
  before(async () => {
    browser = await launchBrowser({ webgpu: false });
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'normoscope-page-'));
    fs.writeFileSync(path.join(folder, 'many.npy'), manyTensors());
  });
  after(async () => {
    await browser.close();
    fs.rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    opened = await openEditorPage(browser, path.join(folder, 'many.npy'));
    await opened.page.locator('.tree .row').first().waitFor();
  });
  afterEach(async () => {
    await opened.close();
    assert.deepEqual(opened.errors, []);
  });

  const labels = (page: Page) => page.locator('.tree .row .label').allInnerTexts();
  const row = (page: Page, label: string) => page.locator('.tree .row', { has: page.locator('.label', { hasText: new RegExp(`^${label}$`) }) });

  it('opens as a tree whose branches add up', async () => {
    const { page } = opened;
    assert.match(await page.locator('.catalog header').innerText(), /many\.npy\s+npy\s+3\u202f202 tensors\s+25\u202f616 parameters\s+100\u202fKiB\s+800 normalization layers/);
    assert.deepEqual(await labels(page), ['head', 'model.blocks']);
    assert.match(await row(page, 'model.blocks').innerText(), /3\u202f200 tensors\s+25\u202f600\s+100\u202fKiB/);
  });

  it('draws only the rows that are near, however many are open, and fills in their statistics', async () => {
    const { page } = opened;
    await row(page, 'model.blocks').click();
    await row(page, '0.bn').click();
    assert.ok((await page.locator('.tree .row').count()) < 100);
    const weight = row(page, 'weight').first();
    await weight.locator('.numeric', { hasText: /^0$/ }).first().waitFor();
    assert.match(await row(page, '0.bn').innerText(), /BatchNorm/);
    await page.locator('.tree .rows').evaluate((rows) => rows.scrollTo(0, rows.scrollHeight));
    await row(page, '799.bn').waitFor();
  });

  it('says that its file has changed, and has other statistics when that is read again', async () => {
    const { page, session } = opened;
    await row(page, 'head').click();
    const weight = row(page, 'weight').first();
    await weight.locator('.numeric', { hasText: /^0$/ }).first().waitFor();
    const bytes = fs.readFileSync(path.join(folder, 'many.npy'));
    for (let at = bytes.length - 64; at < bytes.length; at += 4) bytes.writeFloatLE(3, at);
    fs.writeFileSync(path.join(folder, 'many.npy'), bytes);
    await session.check();
    await page.locator('.status .sentence', { hasText: 'The file has changed on disk since these numbers were computed.' }).waitFor();
    await page.getByRole('button', { name: 'Read it again' }).click();
    await weight.locator('.numeric', { hasText: /^3$/ }).first().waitFor();
    await page.locator('.status .sentence').waitFor({ state: 'detached' });
    fs.writeFileSync(path.join(folder, 'many.npy'), manyTensors());
  });

  it('opens the page of a tensor, and goes back to the same place', async () => {
    const { page } = opened;
    await page.getByRole('searchbox').fill('blocks.79 running_var');
    assert.equal(await page.locator('.catalog .qualifier').innerText(), '11 of 3\u202f202');
    await page.locator('.tree .rows').focus();
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await opened.until(({ place, phase }) => place === 'tensor' && phase === 'done');
    assert.match(await page.locator('header').innerText(), /model\.blocks\.799\.bn\.running_var/);
    await page.getByRole('button', { name: /‹ .* tensors/ }).click();
    await page.locator('.tree .row').first().waitFor();
    assert.equal(await page.getByRole('searchbox').inputValue(), 'blocks.79 running_var');
  });

  it('is sorted by a column, and turned', async () => {
    const { page } = opened;
    const name = page.getByRole('columnheader', { name: 'Name' });
    await name.getByRole('button').click();
    assert.equal(await name.getAttribute('aria-sort'), 'descending');
    assert.equal((await labels(page))[0], 'model.blocks.799.bn.weight');
  });

  it('is walked by the keyboard alone', async () => {
    const { page } = opened;
    await page.locator('.tree .rows').focus();
    for (const key of ['ArrowDown', 'ArrowRight', 'ArrowDown', 'ArrowRight']) await page.keyboard.press(key);
    assert.deepEqual((await labels(page)).slice(0, 4), ['head', 'model.blocks', '0.bn', 'bias']);
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    assert.match((await page.locator('.tree .row.focused').innerText()) ?? '', /model\.blocks/);
  });

  it('says where a narrow page shows it why a tensor cannot be read', async () => {
    await opened.close();
    opened = await openEditorPage(browser, inProject('test', 'fixtures', 'onnx', 'faulty.onnx'), { width: 400 });
    const why = row(opened.page, 'negative').locator('.why');
    await why.waitFor();
    assert.match(await why.innerText(), /^refused: The tensor has the sizes \(2, -1\), one of which is negative\.$/);
    assert.ok(((await why.boundingBox())?.x ?? Infinity) < 200);
  });

  it('has its metadata beside it', async () => {
    await opened.close();
    opened = await openEditorPage(browser, inProject('test', 'fixtures', 'npy', 'record.npy'));
    await opened.page.getByRole('button', { name: /^Metadata/ }).click();
    assert.equal(await opened.page.locator('.metadata, .note').innerText(), 'The file has no metadata.');
  });

  it('tells above the tree of a pickle that would run a program', async () => {
    await opened.close();
    opened = await openEditorPage(browser, inProject('test', 'fixtures', 'pytorch', 'hostile.pt'));
    const found = opened.page.locator('.catalog .findings');
    assert.match(await found.innerText(), /✕\s+Loading this file in Python would call posix\.system .* unsafe-pickle/);
    assert.equal(await opened.page.locator('.catalog .sentence.warning').count(), 0);
  });
});
