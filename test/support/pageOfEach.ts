import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../scripts/vscode/browser.mjs';
import { openEditorPage, type EditorPage } from './editorPage';
import { float32Npy } from './npyFiles';

/**
 * Gives every test of the suite that it is called in a page of its own, done computing, on a `.npy` file of these values.
 * @returns the running test's page, and the file
 */
export function pageOfEach(name: string, values: readonly number[], shape: readonly number[]): { opened(): EditorPage; readonly file: string } {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'normoscope-page-'));
  const file = path.join(folder, name);
  let browser: Browser;
  let opened: EditorPage;
  before(async () => {
    browser = await launchBrowser({ webgpu: false });
  });
  beforeEach(async () => {
    // Anew each time: a test may change it.
    fs.writeFileSync(file, float32Npy(values, shape));
    opened = await openEditorPage(browser, file);
    await opened.untilDone();
  });
  afterEach(async () => {
    assert.deepEqual(opened.errors, []);
    await opened.close();
  });
  after(async () => {
    await browser.close();
    fs.rmSync(folder, { recursive: true });
  });
  return { opened: () => opened, file };
}
