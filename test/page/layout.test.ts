import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../scripts/vscode/browser.mjs';
import { openEditorPage } from '../support/editorPage';
import { widths } from '../support/layout';
import { assertLegible } from '../support/legible';
import { inProject } from '../support/root';

const samples = ['transformer_block1_pre_ln', 'cnn_conv2_pre_bn', 'broken_pre_bn'] as const;
const themes = ['dark', 'light', 'high-contrast'] as const;

describe('the page of every sample', () => {
  let browser: Browser;
  before(async () => {
    browser = await launchBrowser({ webgpu: false });
  });
  after(() => browser.close());

  for (const sample of samples) {
    it(`is no wider than its place, legible and drawn: ${sample}`, async () => {
      for (const theme of themes) {
        const opened = await openEditorPage(browser, inProject('samples', `${sample}.npy`), { theme, width: widths[0], height: 6000 });
        const { page } = opened;
        await opened.untilDone();
        await page.getByText('5 · Before and after').click();
        if (sample !== 'transformer_block1_pre_ln') await page.getByText('5 · Planes of every').click();
        await page.getByText('Outputs by batch size').click();
        await page.getByText('Table', { exact: true }).click();
        await opened.until(({ phase, report }) => phase === 'done' && report?.batchOutputs !== undefined);
        await page.locator('.coupling canvas').waitFor();
        await assertLegible(page, { name: `${sample} ${theme}`, height: 6000, charts: 9 });
        assert.deepEqual(opened.errors, []);
        await opened.close();
      }
    });
  }
});
