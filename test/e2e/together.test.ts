import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { float32Npy } from '../support/npyFiles';
import { inProject } from '../support/root';
import { openWorkbench, type Workbench } from '../support/workbench';

/** Several files, and several pages, in one window. */
describe('tensors beside each other in the workbench', () => {
  const name = 'cnn_conv2_pre_bn.npy';
  const other = 'transformer_block1_pre_ln.npy';
  let workbench: Workbench;
  before(async () => {
    workbench = await openWorkbench({ webgpu: false, width: 1800, height: 1300 });
  });
  after(() => workbench?.close());

  const page = () => workbench.editor();
  const shown = (method: string) => page().locator(`.column[aria-label="${method}"] .histogram canvas`).waitFor();
  /** A file beside the samples. */
  const written = (file: string, bytes: Uint8Array) => {
    const place = path.join(workbench.folder, file);
    fs.writeFileSync(place, bytes);
    return place;
  };

  it('keep what was chosen while another is shown', async () => {
    await workbench.openFile(name);
    await shown('BatchNorm');
    await page().getByRole('button', { name: 'GroupNorm' }).click();
    await shown('GroupNorm');
    await page().getByLabel('log counts').check();
    await workbench.openFile(other);
    await page().locator('header h1', { hasText: other }).waitFor();
    await shown('BatchNorm');
    // A page that is hidden is gone: this is another one.
    await workbench.page.locator('.tab', { hasText: name }).click();
    await page().locator('header h1', { hasText: name }).waitFor();
    await shown('GroupNorm');
    assert.equal(await page().getByLabel('log counts').isChecked(), true);
  });

  it('are compared with one that is chosen, and it leads back', async () => {
    const bytes = fs.readFileSync(inProject('samples', name));
    bytes.writeFloatLE(9, bytes.length - 4);
    const changed = written('changed.npy', bytes);
    await page().getByRole('button', { name: 'Compare with…' }).click();
    await workbench.chooseFile(changed);
    await page().locator('.answer', { hasText: 'Element by element they differ by at most' }).waitFor();
    assert.match(await page().locator('.answer').innerText(), /element \(31, 23, 7, 7\)/);
    await workbench.screenshot('compare-chosen');
    await page().getByRole('button', { name: `‹ ${name}` }).click();
    await shown('LayerNorm');
  });

  it('take γ and a mask from files that are chosen', async () => {
    const weight = written('weight.npy', float32Npy(Array.from({ length: 24 }, () => 2), [24]));
    await page().getByRole('button', { name: 'γ…' }).click();
    await workbench.chooseFile(weight);
    await page().locator('.attached', { hasText: 'weight.npy' }).waitFor();
    const mask = written('mask.npy', float32Npy(Array.from({ length: 32 }, (_, sample) => (sample < 16 ? 1 : 0)), [32]));
    await page().getByRole('button', { name: 'mask…' }).click();
    await workbench.chooseFile(mask);
    await page().locator('.attached', { hasText: 'mask.npy' }).waitFor();
    await page().locator('.summary', { hasText: 'masked' }).waitFor();
    await page().locator('.answer', { hasText: 'The mask leaves out 16 of 32 positions, 50\u202f% of the elements.' }).waitFor();
    await workbench.screenshot('attached-chosen');
  });

  it('are two pages on one file where the editor is split', async () => {
    await workbench.openFile(other);
    await page().locator('header h1', { hasText: other }).waitFor();
    await workbench.palette('View: Split Editor Right');
    const frames = workbench.page.locator('iframe.webview.ready[src*="extensionId=normoscope"]:visible');
    await frames.nth(1).waitFor();
    const half = (index: number) => frames.nth(index).contentFrame().frameLocator('iframe#active-frame');
    for (const index of [0, 1]) {
      await half(index).locator('header h1', { hasText: other }).waitFor();
      await half(index).locator('.column[aria-label="LayerNorm"] .histogram canvas').waitFor();
    }
    // What is chosen in one is chosen of the file.
    await half(1).getByRole('button', { name: 'RMSNorm' }).click();
    await half(0).getByRole('button', { name: 'RMSNorm', pressed: true }).waitFor();
    await workbench.screenshot('split');
  });
});
