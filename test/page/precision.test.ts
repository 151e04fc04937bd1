import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../scripts/vscode/browser.mjs';
import { openEditorPage } from '../support/editorPage';
import { inProject } from '../support/root';

describe('other arithmetics on the page', () => {
  let browser: Browser;
  before(async () => {
    browser = await launchBrowser({ webgpu: false });
  });
  after(() => browser.close());

  it('are simulated when they are asked for: what breaks, where, and which rules say so', async () => {
    const opened = await openEditorPage(browser, inProject('samples', 'broken_pre_bn.npy'));
    const { page, session, asked } = opened;
    await opened.untilDone();
    assert.equal(session.current.options.precision, undefined);
    await page.getByText('5 · In float32').click();
    const { report } = await opened.until(({ phase, report: now }) => phase === 'done' && (now?.precision.length ?? 0) > 0);
    const section = page.locator('.precision');
    const half = report?.precision.find(({ arithmetic }) => arithmetic === 'float16')?.methods.find(({ id }) => id === 'batch');
    assert.ok((half?.broken ?? 0) > 0);
    assert.match(await section.innerText(), new RegExp(`float16: BatchNorm breaks in ${half?.broken} of 24 groups; first, group ${half?.firstBreak?.group} has no positive variance left\\.`));
    assert.equal(await section.getByRole('group', { name: 'Errors by arithmetic and normalization' }).locator('tbody tr:visible').count(), 12, 'six arithmetics, the two methods that are shown');
    await section.getByRole('button', { name: 'one-pass-variance' }).click();
    assert.ok(asked.includes('openRule one-pass-variance'));
    assert.deepEqual(opened.errors, []);
    await opened.close();
  });
});
