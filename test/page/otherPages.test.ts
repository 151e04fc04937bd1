import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../scripts/vscode/browser.mjs';
import { violations } from '../support/axe';
import { openEditorPage, type EditorPage } from '../support/editorPage';
import { widths } from '../support/layout';
import { assertLegible } from '../support/legible';
import { fileUri } from '../support/localStore';
import { float32Npy } from '../support/npyFiles';
import { inProject } from '../support/root';

const themes = ['dark', 'light', 'high-contrast'] as const;
/** CSS pixels: every chart is seen, and with it drawn. */
const height = 3200;
const fixture = (...parts: string[]) => inProject('test', 'fixtures', ...parts);
const sample = inProject('samples', 'cnn_conv2_pre_bn.npy');

/** Beside the page of one tensor: the list of a file, its metadata, numbers, two tensors, two files. */
interface OtherPage {
  readonly name: string;
  /** @param folder with `moved.npy`, the sample with a channel moved, `fewer.npy`, its first samples, and `pointer.npy`, which is none */
  readonly file: (folder: string) => string;
  /** At least. */
  readonly charts?: number;
  readonly show: (opened: EditorPage, folder: string) => Promise<void>;
}

async function unfolded({ page }: EditorPage): Promise<void> {
  await page.locator('.tree .row').first().waitFor();
  for (let left = 20; left > 0; left--) {
    const closed = page.locator('.tree .row[aria-expanded="false"]').first();
    if ((await closed.count()) === 0) return;
    await closed.click();
  }
}

async function compared(opened: EditorPage, file: string, shape: readonly number[]): Promise<void> {
  await opened.untilDone();
  await opened.session.compareWith({ uri: fileUri(file), tensor: 0, tensorName: '', shape });
  await opened.until(({ phase, comparison }) => phase === 'done' && comparison?.result !== null);
  await opened.page.locator('.scatter canvas').first().waitFor();
}

const shape = [32, 24, 8, 8];
const pages: readonly OtherPage[] = [
  { name: 'the list of a checkpoint', file: () => fixture('pytorch', 'checkpoint.ckpt'), show: unfolded },
  { name: 'a list with what cannot be read', file: () => fixture('onnx', 'faulty.onnx'), show: unfolded },
  {
    name: 'the metadata of a model',
    file: () => fixture('onnx', 'exported.onnx'),
    show: async ({ page }) => page.getByRole('button', { name: /^Metadata/ }).click(),
  },
  {
    name: 'the numbers of a tensor',
    file: () => sample,
    show: async (opened) => {
      await opened.untilDone();
      await opened.page.keyboard.press('n');
      await opened.page.locator('.numbers .cells .cell.active:not(.unread)').waitFor();
    },
  },
  { name: 'two tensors', file: () => sample, charts: 9, show: (opened, folder) => compared(opened, path.join(folder, 'moved.npy'), shape) },
  { name: 'two tensors of other shapes', file: () => sample, charts: 5, show: (opened, folder) => compared(opened, path.join(folder, 'fewer.npy'), [8, ...shape.slice(1)]) },
  {
    name: 'two files',
    file: () => fixture('pytorch', 'state_dict.pth'),
    show: async (opened) => {
      await opened.until(({ place, phase }) => place === 'catalog' && phase === 'done');
      await opened.session.compareFiles(fileUri(fixture('pytorch', 'state_dict_legacy.pth')));
      await opened.page.locator('.pairs .summary', { hasText: 'all compared' }).waitFor();
    },
  },
  {
    name: 'a file that cannot be read',
    file: (folder) => path.join(folder, 'pointer.npy'),
    show: async ({ page }) => page.locator('.sentence.error').waitFor(),
  },
];

describe('the pages beside that of a tensor', () => {
  let browser: Browser;
  let folder: string;
  before(async () => {
    browser = await launchBrowser({ webgpu: false });
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'normoscope-pages-'));
    const bytes = fs.readFileSync(sample);
    const values = new Float32Array(bytes.buffer, bytes.byteOffset + bytes.length - 4 * 32 * 24 * 64, 32 * 24 * 64);
    const moved = Array.from(values, (value, index) => (Math.floor(index / 64) % 24 === 5 ? value + 3 : value * 1.1));
    fs.writeFileSync(path.join(folder, 'moved.npy'), float32Npy(moved, shape));
    fs.writeFileSync(path.join(folder, 'pointer.npy'), 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n');
    fs.writeFileSync(path.join(folder, 'fewer.npy'), float32Npy(moved.slice(0, 8 * 24 * 64), [8, ...shape.slice(1)]));
  });
  after(async () => {
    await browser.close();
    fs.rmSync(folder, { recursive: true });
  });

  for (const { name, file, charts = 0, show } of pages) {
    it(`are no wider than their place, legible and drawn: ${name}`, async () => {
      for (const theme of themes) {
        const opened = await openEditorPage(browser, file(folder), { theme, width: widths[1], height });
        const { page } = opened;
        await show(opened, folder);
        await assertLegible(page, { name: `${name} ${theme}`, height, charts });
        assert.deepEqual(await violations(page), [], theme);
        assert.deepEqual(opened.errors, []);
        await opened.close();
      }
    });
  }
});
