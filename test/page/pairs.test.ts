import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../scripts/vscode/browser.mjs';
import { violations } from '../support/axe';
import { openEditorPage, type EditorPage } from '../support/editorPage';
import { fileUri } from '../support/localStore';

/** A `.safetensors` file of float32 tensors. */
function safetensors(tensors: Readonly<Record<string, readonly number[]>>): Uint8Array {
  let at = 0;
  const header = Object.fromEntries(Object.entries(tensors).map(([name, values]) => [name, { dtype: 'F32', shape: [values.length], data_offsets: [at, (at += values.length * 4)] }]));
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, Buffer.from(Float32Array.from(Object.values(tensors).flat()).buffer)]);
}

const layers = 600;
const firstFile: Record<string, readonly number[]> = { 'head.weight': [1, 2], gone: [1] };
const secondFile: Record<string, readonly number[]> = { 'head.weight': [1, 2, 3], fresh: [5] };
for (let layer = 0; layer < layers; layer++) {
  firstFile[`blocks.${layer}.norm.weight`] = [1, 1, 1, 1];
  // Block 431 alone has moved, far down the list.
  secondFile[`blocks.${layer}.norm.weight`] = [1, 1, 1, layer === 431 ? 1.5 : 1];
}

describe('two files of many tensors', () => {
  let browser: Browser;
  let opened: EditorPage;
  let folder: string;
  const file = (name: string) => path.join(folder, name);
  before(async () => {
    browser = await launchBrowser({ webgpu: false });
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'normoscope-pairs-'));
    fs.writeFileSync(file('before.safetensors'), safetensors(firstFile));
    fs.writeFileSync(file('after.safetensors'), safetensors(secondFile));
  });
  after(async () => {
    await browser.close();
    fs.rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    opened = await openEditorPage(browser, file('before.safetensors'));
    await opened.until(({ place, phase }) => place === 'catalog' && phase === 'done');
    await opened.page.getByRole('button', { name: 'Compare with another file…' }).click();
    assert.ok(opened.asked.includes('compareWith'));
    await opened.session.compareFiles(fileUri(file('after.safetensors')));
    await opened.page.locator('.pairs .row').first().waitFor();
  });
  afterEach(async () => {
    await opened.close();
    assert.deepEqual(opened.errors, []);
  });

  const row = (name: string) => opened.page.locator('.pairs .row', { has: opened.page.locator('.label', { hasText: new RegExp(`^${name}$`) }) });
  const summary = () => opened.page.locator('.pairs .summary');

  it('are listed by name, compared where they are seen, and say what only one of them has', async () => {
    const { page } = opened;
    await row('blocks\\.0\\.norm\\.weight').getByText('equal').waitFor();
    assert.match(await row('blocks\\.0\\.norm\\.weight').innerText(), /LayerNorm|RMSNorm/);
    await page.getByRole('searchbox').fill('gone');
    await row('gone').getByText('only in first').waitFor();
    await page.getByRole('searchbox').fill('head');
    assert.match(await row('head\\.weight').innerText(), /float32\s+2 → 3\s+other shape/);
    await page.getByRole('searchbox').fill('');
    assert.match(await summary().innerText(), /^601 names in both · 1 of another shape · 1 only in the first · 1 only in the second · compared so far: \d+ of 600 · /);
    assert.ok((await page.locator('.pairs .row').count()) < 100, 'rows that are not near do not exist');
    assert.deepEqual(await violations(page), []);
  });

  it('are all compared on demand, sorted by how far they are apart; a click opens the two, and back is the same place', async () => {
    const { page } = opened;
    await page.getByLabel('compare all').check();
    await summary().getByText('all compared · 599 equal, 1 different').waitFor();
    await page.getByRole('columnheader', { name: 'Max |Δ|' }).getByRole('button').click();
    const first = page.locator('.pairs .row').first();
    await first.getByText('blocks.431.norm.weight').waitFor();
    assert.match(await first.innerText(), /differs\s+0\.5\s+0\.25\s+1\s+1\.13\s+1\s+1\.15/);
    await page.getByLabel('show').selectOption('differ');
    assert.equal(await page.locator('.pairs .row').count(), 1);
    await page.locator('.pairs .rows').focus();
    await page.keyboard.press('Enter');
    await opened.until(({ place, phase, comparison }) => place === 'compare' && phase === 'done' && comparison?.result !== null);
    assert.match(await page.locator('.answer').innerText(), /differ by at most 0\.5 /);
    await page.locator('.compare header .link').first().click();
    await opened.until(({ place }) => place === 'pairs');
    await page.reload();
    await first.getByText('blocks.431.norm.weight').waitFor();
    assert.equal(await page.getByLabel('show').inputValue(), 'differ', 'the choice outlives the page');
    await page.getByRole('button', { name: '‹ before.safetensors' }).click();
    await opened.until(({ place, comparedFile }) => place === 'catalog' && comparedFile === null);
  });
});
