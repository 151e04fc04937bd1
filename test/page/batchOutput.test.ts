import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../scripts/vscode/browser.mjs';
import { openEditorPage } from '../support/editorPage';
import { seededNormal } from '../support/moments';
import { float32Npy } from '../support/npyFiles';
import { inProject } from '../support/root';

describe('outputs by batch size', () => {
  let browser: Browser;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'normoscope-page-'));
  before(async () => {
    browser = await launchBrowser({ webgpu: false });
    const normal = seededNormal(2);
    fs.writeFileSync(path.join(folder, 'pairs.npy'), float32Npy(Array.from({ length: 16 * 5 }, normal), [16, 5]));
  });
  after(async () => {
    await browser.close();
    fs.rmSync(folder, { recursive: true });
  });

  it('are asked for when they are opened, follow the slider, and outlive the page', async () => {
    const opened = await openEditorPage(browser, inProject('samples', 'cnn_conv2_pre_bn.npy'));
    const { page, session } = opened;
    await opened.untilDone();
    assert.equal(session.current.options.batchOutputs, undefined);
    await page.getByText('Outputs by batch size').click();
    const { report } = await opened.until(({ phase, report: now }) => phase === 'done' && now?.batchOutputs !== undefined);
    const found = report?.batchOutputs;
    assert.ok(found !== undefined && 'sizes' in found);
    const section = page.locator('.batchOutput');
    const slider = section.getByRole('slider', { name: 'samples in a batch' });
    assert.match(await section.innerText(), /An output lies 0\.\d+\u202fσ from what it is with all 32 samples.*over 20 batches drawn from 32 samples.*Exact: of every element\./s);
    await slider.focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    assert.equal(await slider.getAttribute('aria-valuetext'), '4 samples');
    assert.match((await section.getByRole('img').getAttribute('aria-label')) ?? '', /^Distribution of BatchNorm's output with 4 samples in a batch, and of LayerNorm’s, from −\d to \d\u202fσ$/);
    await section.getByRole('img').focus();
    await page.keyboard.press('ArrowLeft');
    assert.match(await section.locator('.readout').innerText(), /^−?[\d.]+ … −?[\d.]+\u202fσ: [\d.]+\u202f% \([\d.]+\u202f% … [\d.]+\u202f%\), LayerNorm [\d.]+\u202f%$/);
    await page.reload();
    await opened.until(() => true);
    await slider.waitFor();
    assert.equal(await slider.getAttribute('aria-valuetext'), '4 samples');
    assert.deepEqual(opened.errors, []);
    await opened.close();
  });

  it('say what PyTorch says where a channel has one element, and mark it on the curve', async () => {
    const opened = await openEditorPage(browser, path.join(folder, 'pairs.npy'));
    const { page } = opened;
    await opened.untilDone();
    assert.equal(await page.locator('.batchSize .mark').textContent(), 'PyTorch raisesExpected more than 1 value per channel when training');
    await page.getByText('Outputs by batch size').click();
    const slider = page.getByRole('slider', { name: 'samples in a batch' });
    assert.equal(await slider.getAttribute('aria-valuetext'), '2 samples');
    await slider.focus();
    await page.keyboard.press('ArrowLeft');
    assert.match(await page.locator('.batchOutput').innerText(), /PyTorch raises: “Expected more than 1 value per channel when training”\. With 1 sample a channel has one element/);
    assert.deepEqual(opened.errors, []);
    await opened.close();
  });
});
