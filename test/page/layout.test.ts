import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../scripts/vscode/browser.mjs';
import { pictureFile } from '../support/browserPage';
import { openEditorPage } from '../support/editorPage';
import { measureLayout } from '../support/layout';
import { inProject } from '../support/root';

const samples = ['transformer_block1_pre_ln', 'cnn_conv2_pre_bn', 'broken_pre_bn'] as const;
const themes = ['dark', 'light', 'high-contrast'] as const;
const widths = [400, 1600] as const;
/** CSS pixels. */
const smallestText = 11;

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
        // A plot that has moved under the pointer has its button for exporting over the caption.
        await page.mouse.move(0, 0);
        for (const width of widths) {
          await page.setViewportSize({ width, height: 6000 });
          await page.locator('.coupling canvas').waitFor();
          await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
          const { canvases, ...faults } = await page.evaluate(measureLayout, smallestText);
          await page.screenshot({ path: pictureFile(`${sample} ${theme} ${width}`), fullPage: true });
          assert.deepEqual(faults, { wider: 0, small: [], overlapping: [], cut: [], faint: [], blank: [] }, `${theme} at ${width} px`);
          assert.ok(canvases >= 9, `${canvases} pictures`);
        }
        assert.deepEqual(opened.errors, []);
        await opened.close();
      }
    });
  }
});
