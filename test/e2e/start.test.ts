import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../scripts/vscode/browser.mjs';
import { inProject } from '../support/root';

/** `npm start` where there is no desktop VS Code, as somebody sees it who just typed that. */
describe('npm start', () => {
  let browser: Browser;
  let start: ChildProcess;
  before(async () => {
    browser = await launchBrowser({ webgpu: false });
  });
  after(async () => {
    await browser?.close();
    start?.kill();
  });

  it('tells an address, has the extension in VS Code there, and ends with Ctrl+C', async () => {
    start = spawn(process.execPath, ['scripts/start.mjs', '--no-browser'], {
      cwd: inProject(),
      env: { ...process.env, DISPLAY: '', WAYLAND_DISPLAY: '', NORMOSCOPE_VSCODE: '' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let told = '';
    for await (const text of start.stdout as AsyncIterable<Buffer>) {
      told += text.toString();
      if (/Ctrl\+C stops VS Code/.test(told)) break;
    }
    const address = /VS Code is at (\S+)/.exec(told)?.[1];
    assert.ok(address, told);

    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    await page.goto(address);
    const files = page.locator('.explorer-folders-view .explorer-item');
    // At once: the extension may not be there yet.
    await files.filter({ hasText: 'transformer_block1_pre_ln.npy' }).click();
    const frame = page.frameLocator('iframe.webview.ready:visible').frameLocator('iframe#active-frame');
    await frame.locator('.answer', { hasText: 'of the tokens are padding' }).waitFor();
    await page.screenshot({ path: inProject('test-results', 'start.png') });

    start.kill('SIGINT');
    await once(start, 'exit');
    await assert.rejects(fetch(address));
  });
});
