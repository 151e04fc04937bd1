import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../scripts/vscode/browser.mjs';
import { violations } from '../support/axe';
import { pictureFile } from '../support/browserPage';
import { openEditorPage } from '../support/editorPage';
import { inProject } from '../support/root';
import type { ThemeName } from '../support/themes';

const themes: readonly ThemeName[] = ['dark', 'light', 'high-contrast', 'high-contrast-light'];
const broken = inProject('samples', 'broken_pre_bn.npy');

describe('the page is for everyone', () => {
  let browser: Browser;
  before(async () => {
    browser = await launchBrowser({ webgpu: false });
  });
  after(() => browser.close());

  for (const theme of themes) {
    it(`in ${theme}: wide, with every method and everything opened`, async () => {
      const opened = await openEditorPage(browser, broken, { theme });
      const { page, session } = opened;
      await session.setOptions({ views: ['layer', 'batch', 'rms', 'group', 'instance'] });
      await opened.untilDone();
      await page.screenshot({ path: pictureFile(`${theme} wide`), fullPage: true });
      assert.deepEqual(await violations(page), []);
      await page.keyboard.press('5');
      await opened.until(({ phase, report }) => phase === 'done' && report?.groupHistograms !== undefined);
      await page.getByText('Numbers of the first 20').click();
      await page.getByText('5 · Before and after').click();
      await page.getByText('5 · Planes of every').click();
      await page.getByText('5 · In float32').click();
      await opened.until(({ phase, report }) => phase === 'done' && (report?.precision.length ?? 0) > 0);
      await page.getByText('Outputs by batch size').click();
      await opened.until(({ phase, report }) => phase === 'done' && report?.batchOutputs !== undefined);
      await page.locator('.heatmap .plot').first().focus();
      await page.keyboard.press('t');
      assert.deepEqual(await violations(page), []);
      await page.keyboard.press('?');
      assert.deepEqual(await violations(page), []);
      await opened.close();
    });

    it(`in ${theme}: narrow, and when something failed`, async () => {
      const opened = await openEditorPage(browser, broken, { theme, width: 500, height: 2100 });
      const { page, session } = opened;
      await opened.untilDone();
      await session.setOptions({ views: ['layer', 'batch'], numGroups: 7 });
      await opened.until(({ phase }) => phase === 'failed');
      await session.check();
      await page.screenshot({ path: pictureFile(`${theme} narrow`), fullPage: true });
      assert.deepEqual(await violations(page), []);
      await opened.close();
    });
  }

  it('by the keyboard alone: Tab comes to every control, and one sees where it is', async () => {
    for (const theme of ['dark', 'high-contrast-light'] as const) {
      const opened = await openEditorPage(browser, broken, { theme });
      const { page } = opened;
      await opened.untilDone();
      const controls = await page.locator('button:not(:disabled), select, input, summary, [tabindex="0"]').evaluateAll((elements) => elements.map((element, index) => element.setAttribute('data-control', String(index))).length);
      assert.ok(controls > 20);
      const reached = new Set<string>();
      for (let press = 0; press < controls; press++) {
        await page.keyboard.press('Tab');
        const [control, outline] = await page.evaluate(() => {
          const focused = document.activeElement;
          if (focused === null) return ['', ''];
          const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(focused);
          return [focused.getAttribute('data-control') ?? focused.outerHTML, `${outlineStyle} ${parseFloat(outlineWidth) >= 1} ${outlineColor}`];
        });
        reached.add(control ?? '');
        assert.match(outline ?? '', /^solid true rgb\(0, (120, 212|107, 189)\)/, `${control}`);
      }
      assert.equal(reached.size, controls, theme);
      await opened.close();
    }
  });

  it('has names for its pictures, with their ranges', async () => {
    const opened = await openEditorPage(browser, broken);
    await opened.untilDone();
    const names = await opened.page.getByRole('img').evaluateAll((images) => images.map((image) => image.getAttribute('aria-label') ?? ''));
    for (const expected of [/^Heatmap of raw values; rows N, columns C·H·W; colours from −\d/, /^Heatmap of values after batch normalization;.*σ$/, /^Distribution of raw values, from −3\.331 to 2\.838$/, /^24 means, one for each channel: −/]) {
      assert.ok(names.some((name) => expected.test(name)), `${expected.source} in ${names.join(' | ')}`);
    }
    await opened.close();
  });
});
