import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../scripts/vscode/browser.mjs';
import type { AttachedTensor } from '../../src/features/attached';
import { openEditorPage, type EditorPage } from '../support/editorPage';
import { fileUri } from '../support/localStore';
import { float32Npy } from '../support/npyFiles';
import { inProject } from '../support/root';

const fixture = (name: string) => inProject('test', 'fixtures', 'attached', name);

describe('tensors that another is analyzed with', () => {
  let browser: Browser;
  let opened: EditorPage;
  before(async () => {
    browser = await launchBrowser({ webgpu: false });
  });
  after(() => browser.close());
  afterEach(async () => {
    await opened.close();
    assert.deepEqual(opened.errors, []);
  });

  const indexOf = (name: string) => opened.session.current.catalog?.tensors.findIndex((tensor) => tensor.name === name) ?? -1;
  const shown = () => opened.until(({ phase, place, report }) => phase === 'done' && place === 'tensor' && report !== null);
  const openTensor = async (file: string, name: string) => {
    opened = await openEditorPage(browser, fixture(file));
    await opened.untilDone();
    opened.session.selectTensor(indexOf(name));
    await shown();
    return opened.page;
  };
  const tensor = (role: AttachedTensor['role'], file: string, name: string): AttachedTensor => {
    const info = opened.session.current.catalog?.tensors.find((one) => one.name === name);
    return { role, uri: fileUri(fixture(file)), tensor: indexOf(name), tensorName: name, shape: info?.shape ?? [] };
  };
  const chips = () => opened.page.locator('.attached').allInnerTexts();

  it('are found by their names, said so, and can be taken away', async () => {
    const page = await openTensor('bn.npz', 'bn1.input');
    assert.deepEqual(await chips(), ['γ\nbn1.weight\nfound\n×', 'β\nbn1.bias\nfound\n×', 'running statistics\nbn1.running_mean, bn1.running_var\nfound\n×']);
    const inference = page.locator('.inference');
    assert.match(await inference.innerText(), /With the running statistics BatchNorm's output moves by/);
    assert.match(await inference.innerText(), /running statistics: bn1\.running_mean, found by their name/);
    assert.match(await page.locator('.column[aria-label="BatchNorm"]').innerText(), /with γ and β/);
    assert.match(await page.locator('.column[aria-label="LayerNorm"]').innerText(), /values, in σ/);
    await page.getByRole('button', { name: 'Detach running statistics' }).click();
    await opened.until(({ phase, attachments }) => phase === 'done' && attachments.length === 2);
    assert.doesNotMatch(await inference.innerText(), /With the running statistics/);
    assert.match(await inference.innerText(), /running averages of this tensor’s own batches/);
    await page.getByRole('button', { name: 'running statistics…' }).click();
    assert.deepEqual(opened.asked.filter((call) => call.startsWith('attach')), ['attach running'], 'the host asks which');
  });

  it('are found in files of their own beside it, by their file names, and not where two would do', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'normoscope-beside-'));
    const write = (name: string, values: readonly number[], shape = [values.length]) => fs.writeFileSync(path.join(folder, name), float32Npy(values, shape));
    try {
      write('x.npy', [1, 2, 3, 4, 5, 7], [2, 3]);
      write('x_running_mean.npy', [0, 1, 2]);
      write('x.running_var.npy', [1, 1, 4]);
      write('x_gamma.npy', [1, 1, 1]);
      write('x.weight.npy', [2, 2, 2]);
      write('y_beta.npy', [1, 1, 1]);
      opened = await openEditorPage(browser, path.join(folder, 'x.npy'));
      await opened.untilDone();
      assert.deepEqual(await chips(), ['running statistics\nx_running_mean.npy, x.running_var.npy\nfound\n×']);
      assert.match(await opened.page.locator('.attachments').innerText(), /γ could be x\.weight\.npy or x_gamma\.npy: attach the one that is meant\./);
      assert.equal(opened.session.current.report?.inference?.from, 'given');
      assert.deepEqual(opened.session.current.report.affine, []);
      await opened.session.attachTensors([{ role: 'weight', uri: fileUri(path.join(folder, 'x_gamma.npy')), tensor: 0, tensorName: '', shape: [3] }]);
      await opened.untilDone();
      assert.doesNotMatch(await opened.page.locator('.attachments').innerText(), /could be/);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  it('name a channel and its numbers where the pointer is, and all of them in a table', async () => {
    const page = await openTensor('bn.npz', 'bn1.input');
    const plot = page.locator('.inference .scatter .plot');
    await plot.focus();
    await page.keyboard.press('ArrowRight');
    assert.match(await page.locator('.inference .scatter .readout').innerText(), /^channel \d: ×[\d.]+, [+−][\d.]+\u202fσ$/);
    await page.keyboard.press('t');
    assert.equal(await page.locator('.inference .scatter tbody tr').count(), 4);
  });

  it('come from another file, and a shape that does not fit is one sentence', async () => {
    const page = await openTensor('ln.npz', 'ln.input');
    const other = { role: 'weight', uri: fileUri(fixture('bn.npz')), tensor: 3, tensorName: 'bn1.weight', shape: [4] } as const;
    const refused = async (attached: AttachedTensor, sentence: RegExp) => {
      await opened.session.attachTensors([attached]);
      await opened.until(({ phase }) => phase === 'failed');
      assert.match(await page.locator('.sentence.error').innerText(), sentence);
    };
    await refused(other, /^γ and β fit no normalization of this tensor: weight \(4\); .*\(8\) for LayerNorm/);
    await refused({ ...other, tensor: 2 }, /^γ from bn\.npz: there is no "bn1\.weight" in its place any more; choose it again\./);
    assert.ok((await chips()).some((text) => text.startsWith('γ\nbn.npz bn1.weight')));
    await page.getByRole('button', { name: 'Detach γ' }).click();
    await shown();
    assert.equal(await page.locator('.sentence.error').count(), 0);
  });

  it('tell what an upstream gradient becomes, sample by sample', async () => {
    const page = await openTensor('ln.npz', 'ln.input');
    assert.equal(await page.locator('.gradients').count(), 0);
    await page.getByRole('button', { name: 'upstream gradient…' }).click();
    await opened.session.attachTensors([tensor('gradient', 'ln.npz', 'ln.gradient')]);
    await shown();
    const panel = page.locator('.gradients');
    assert.match(await panel.innerText(), /6 · Gradients[\s\S]*The upstream gradient has norms of [\s\S]*Through LayerNorm dX has [\s\S]*Through BatchNorm dX has/);
    await panel.locator('.plot').focus();
    await page.keyboard.press('ArrowRight');
    assert.match(await panel.locator('.readout').innerText(), /^0\s*upstream [\d.]+\s*LayerNorm [\d.]+\s*BatchNorm [\d.]+$/);
    await page.getByRole('button', { name: 'Detach upstream gradient' }).click();
    await shown();
    assert.equal(await panel.count(), 0);
    assert.ok(opened.asked.includes('attach gradient'));
  });

  it('leave padding out: lengths, then a mask in their place, then the other way round', async () => {
    const page = await openTensor('ln.npz', 'ln.input');
    await page.getByRole('button', { name: 'lengths…' }).click();
    await opened.session.attachTensors([tensor('lengths', 'ln.npz', 'lengths')]);
    await shown();
    assert.match(await page.locator('.recommendation').innerText(), /11 positions of 30 \(36\.7\u202f% of the elements\) are left out: lengths/);
    await opened.session.attachTensors([tensor('mask', 'ln.npz', 'mask')]);
    await shown();
    assert.match(await page.locator('.recommendation').innerText(), /11 positions of 30 .* are left out: a mask/);
    assert.deepEqual((await chips()).filter((text) => /lengths|mask/.test(text)), ['mask\nmask\n×']);
    await page.getByLabel('inverted').check();
    await opened.until(({ phase, options }) => phase === 'done' && options.maskInverted === true);
    assert.match(await page.locator('.recommendation').innerText(), /19 positions of 30 .* are left out: an inverted mask/);
    assert.deepEqual(opened.asked.filter((call) => call.startsWith('attach')), ['attach lengths']);
  });
});
