import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../../scripts/vscode/browser.mjs';
import { NormoscopeError } from '../../src/core/errors';
import { npyHeader } from '../../src/core/formats/npyWriter';
import type { TensorStore } from '../../src/features/tensorStore';
import { pictureFile } from '../support/browserPage';
import { openEditorPage, type EditorPage, type PageOptions } from '../support/editorPage';
import { localStore } from '../support/localStore';
import { float32Npy } from '../support/npyFiles';
import { inProject } from '../support/root';
import type { ThemeName } from '../support/themes';

/** A float32 file of zeros but for some elements, by their place: it takes no room on the disk. */
function sparse(file: string, shape: readonly number[], elements: Readonly<Record<number, number>>): void {
  const header = npyHeader('float32', shape);
  const handle = fs.openSync(file, 'w');
  fs.writeSync(handle, header);
  fs.ftruncateSync(handle, header.length + 4 * shape.reduce((product, size) => product * size, 1));
  for (const [place, value] of Object.entries(elements)) fs.writeSync(handle, Buffer.from(Float32Array.of(value).buffer), 0, 4, header.length + 4 * Number(place));
  fs.closeSync(handle);
}

/** A store that never ends an analysis: what is tested are the numbers beside it. */
function withoutAnalysis(parts: Partial<TensorStore> = {}): TensorStore {
  return { ...localStore(), analyze: () => new Promise(() => undefined), ...parts } as TensorStore;
}

describe('the numbers of a tensor', () => {
  let browser: Browser;
  let opened: EditorPage;
  let folder: string;
  before(async () => {
    browser = await launchBrowser({ webgpu: false });
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'normoscope-page-'));
    fs.writeFileSync(path.join(folder, 'odd.npy'), float32Npy([0.1, NaN, Infinity, 0, -0, -12345.678], [2, 3]));
    sparse(path.join(folder, 'wide.npy'), [8192, 65536], { [8191 * 65536 + 65535]: 7.25, [4000 * 65536 + 30000]: -3 });
    sparse(path.join(folder, 'long.npy'), [3_000_000], { 2_999_999: 5, 1_500_000: 6 });
  });
  after(async () => {
    await browser.close();
    fs.rmSync(folder, { recursive: true });
  });
  afterEach(async () => {
    await opened.close();
    assert.deepEqual(opened.errors, []);
  });

  const open = async (file: string, options: PageOptions = {}) => {
    opened = await openEditorPage(browser, file, { store: withoutAnalysis(), ...options });
    await opened.until(({ catalog }) => catalog !== null);
    await opened.page.keyboard.press('n');
    await opened.page.locator('.numbers .cells .cell.active:not(.unread)').waitFor();
    return opened.page;
  };
  const temporary = (name: string) => path.join(folder, `${name}.npy`);
  const fixture = (name: string) => inProject('test', 'fixtures', 'npy', `${name}.npy`);
  const readout = (page: Page) => page.locator('.numbers .readout').innerText();
  const goTo = async (page: Page, index: string) => {
    await page.locator('.numbers .goto').fill(index);
    await page.locator('.numbers .goto').press('Enter');
  };
  const activeText = (page: Page, text: string) => page.locator('.numbers .cell.active', { hasText: text }).waitFor();
  const press = async (page: Page, ...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  const copied = async (count: number) => {
    await opened.page.waitForFunction(() => /^Copied/.test(document.querySelector('.numbers .said')?.textContent ?? ''));
    const texts = opened.asked.filter((text) => text.startsWith('copyText ')).map((text) => text.slice('copyText '.length));
    assert.equal(texts.length, count);
    return texts.at(-1) ?? '';
  };

  it('open by a key, with four digits in the cells and all of them on hover, NaN and infinities marked', async () => {
    const page = await open(temporary('odd'));
    assert.deepEqual(await page.locator('.numbers .cell').allInnerTexts(), ['0.1', 'NaN', '+Inf', '0', '−0', '−12\u202f350']);
    assert.deepEqual(await page.locator('.numbers .cell').evaluateAll((cells) => cells.map((cell) => cell.getAttribute('title'))), ['0.1', 'NaN', 'Infinity', '0', '-0', '-12345.678']);
    assert.deepEqual(await page.locator('.numbers .cell').evaluateAll((cells) => cells.map(({ className }) => /nan|infinite|zero/.exec(className)?.[0] ?? '')), ['', 'nan', 'infinite', 'zero', 'zero', '']);
    await page.screenshot({ path: pictureFile('numbers marked') });
    assert.equal(await readout(page), '[0, 0] = 0.1');
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('role')), 'grid');
    await press(page, 'n');
    assert.equal(await page.locator('.numbers .cells').count(), 0);
  });

  it('are walked, selected and copied by the keyboard alone', async () => {
    const page = await open(temporary('odd'));
    await press(page, 'ArrowRight', 'ArrowDown', 'ArrowLeft', 'ArrowUp', 'End');
    assert.equal(await readout(page), '[0, 2] = Infinity');
    await press(page, 'Control+c');
    assert.equal(await copied(1), 'Infinity');
    await press(page, 'Control+End', 'Shift+ArrowLeft', 'Shift+ArrowUp');
    assert.match(await readout(page), /^\[0, 1\] = NaN, 2 × 2 selected$/);
    assert.equal(await page.locator('.numbers [aria-selected="true"]').count(), 4);
    await press(page, 'Control+c');
    await page.getByText('Copied [:, 1:3] as text.').waitFor();
    assert.equal(await copied(2), 'NaN\tInfinity\n-0\t-12345.678\n');
  });

  it('are copied as Python, CSV and JSON', async () => {
    const page = await open(temporary('odd'));
    await page.getByRole('button', { name: 'Python' }).click();
    assert.equal(
      await copied(1),
      'import numpy as np\n\n# odd.npy[:, :] of shape (2, 3), float32\nx = np.array([[0.1, float("nan"), float("inf")],\n              [0.0, -0.0, -12345.678]], dtype=np.float32)\n',
    );
    await page.getByRole('button', { name: 'CSV' }).click();
    await page.getByText('Copied [:, :] as CSV.').waitFor();
    assert.equal(await copied(2), '0.1,,inf\n0,-0,-12345.678\n');
    await page.getByRole('button', { name: 'JSON', exact: true }).click();
    await page.getByText('Copied [:, :] as JSON.').waitFor();
    assert.equal(await copied(3), '[[0.1, "NaN", "Infinity"],\n [0, -0, -12345.678]]');
  });

  it('of half a billion elements are found by their index, drawn only near the window, and copied in part', async () => {
    const page = await open(temporary('wide'));
    await goTo(page, '[8191, 65535]');
    await activeText(page, '7.25');
    assert.ok((await page.locator('.numbers .cell').count()) < 800);
    await goTo(page, '4000, 30000');
    await activeText(page, '−3');
    await page.locator('.numbers .cells').evaluate((cells) => cells.scrollTo(3_000_000, 80_000));
    await page.locator('.numbers .cell:not(.unread)', { hasText: '0' }).first().waitFor();
    assert.match(await page.locator('.numbers .line .head').nth(3).innerText(), /^3\u202f6\d\d$/);
    await page.getByRole('button', { name: 'CSV' }).click();
    assert.equal((await copied(1)).length, 65536 * 2);
    assert.match(await page.locator('.numbers .said').innerText(), /^Copied \[0:256, 0:256\] as CSV: 65\u202f536 of 536\u202f870\u202f912 elements\. The rest is left out/);
  });

  it('of more rows than a page can scroll over are all reached', async () => {
    const page = await open(temporary('long'));
    await press(page, 'End');
    await activeText(page, '5');
    assert.equal(await readout(page), '[2999999] = 5');
    assert.equal(await page.locator('.numbers .line').last().getAttribute('aria-rowindex'), '3000001');
    await goTo(page, '1500000');
    await activeText(page, '6');
    // On and on past the end of what is scrolled over at once.
    const first = () => page.locator('.numbers .line').first().getAttribute('aria-rowindex').then(Number);
    const before = await first();
    await page.locator('.numbers .cells').evaluate((cells) => cells.scrollTo(0, cells.scrollHeight));
    await page.waitForFunction((row) => Number(document.querySelector('.numbers .line')?.getAttribute('aria-rowindex')) > row + 100_000, before);
    await page.locator('.numbers .cells').evaluate((cells) => cells.scrollTo(0, cells.scrollHeight));
    await page.waitForFunction((row) => Number(document.querySelector('.numbers .line')?.getAttribute('aria-rowindex')) > row + 250_000, before);
  });

  it('are cut along any two axes, or one', async () => {
    const page = await open(fixture('fortran_four_axes'));
    const shape = (await opened.until(() => true)).catalog?.tensors[0]?.shape ?? [];
    const labels = await page.locator('.numbers label').allInnerTexts();
    assert.ok(labels.some((label) => label.includes('axis 0') && label.includes(`of ${shape[0]}`)), labels.join(' | '));
    await page.getByLabel('Down').selectOption('0');
    await page.getByLabel('Along').selectOption('0');
    assert.equal(await page.getByLabel('Down').inputValue(), '3', 'they change places');
    await page.getByLabel('Along').selectOption('');
    assert.equal(await page.locator('.numbers .heads .head').nth(1).innerText(), 'value');
    const index = page.getByRole('spinbutton').first();
    await index.focus();
    const before = await readout(page);
    await page.keyboard.press('ArrowUp');
    await page.waitForFunction((text) => document.querySelector('.numbers .readout')?.textContent !== text && !document.querySelector('.numbers .readout')?.textContent?.endsWith('…'), before);
    assert.match(await readout(page), /^\[1, 0, 0, 0\] = /);
  });

  it('of tensors of no, one and empty axes have their own ways', async () => {
    let page = await open(fixture('scalar'));
    assert.match(await readout(page), /^\[\] = -?\d/);
    assert.equal(await page.locator('.numbers select').count(), 0);
    await opened.close();
    opened = await openEditorPage(browser, fixture('empty_axis'), { store: withoutAnalysis() });
    page = opened.page;
    await opened.until(({ catalog }) => catalog !== null);
    await press(page, 'n');
    assert.equal(await page.locator('.numbers .note').innerText(), 'The tensor has no elements.');
  });

  it('say in a sentence what index is not there', async () => {
    const page = await open(temporary('odd'));
    for (const [index, sentence] of [
      ['[0, 3]', 'Axis 1 has 3 elements, 0 to 2; index 3 was asked for.'],
      ['1', '1 index was given; 2 are expected, one for each axis of (2, 3).'],
      ['[0, x]', '"x" is no index; whole numbers are expected, as in [1, 2].'],
    ] as const) {
      await goTo(page, index);
      assert.equal(await page.locator('.numbers .said').innerText(), sentence);
    }
    await goTo(page, '[-1, -1]');
    assert.equal(await readout(page), '[1, 2] = -12345.678');
    assert.equal(await page.locator('.numbers .said').innerText(), '');
  });

  it('are where they were when the page is made anew', async () => {
    const page = await open(temporary('wide'));
    await goTo(page, '[4000, 30000]');
    await activeText(page, '−3');
    await page.reload();
    await activeText(page, '−3');
    assert.equal(await readout(page), '[4000, 30000] = -3');
  });

  it('say why they cannot be read, and are there when they can', async () => {
    const local = localStore();
    let failures = 1;
    const slice: TensorStore['slice'] = (...asked) =>
      failures-- > 0 ? Promise.reject(new NormoscopeError('io', 'The disk is busy.')) : local.slice(...asked);
    opened = await openEditorPage(browser, temporary('odd'), { store: withoutAnalysis({ slice }) });
    const { page } = opened;
    await opened.until(({ catalog }) => catalog !== null);
    await press(page, 'n');
    assert.match(await page.locator('.numbers [role="alert"]').innerText(), /^The disk is busy\. Retry$/);
    await page.locator('.numbers').getByRole('button', { name: 'Retry' }).click();
    await activeText(page, '0.1');
  });

  for (const theme of ['dark', 'light', 'high-contrast', 'high-contrast-light'] satisfies ThemeName[]) {
    it(`are for everyone in ${theme}`, async () => {
      const page = await open(fixture('not_finite'), { theme });
      await press(page, 'Shift+ArrowRight', 'Shift+ArrowDown');
      await page.locator('.numbers').screenshot({ path: pictureFile(`numbers ${theme}`) });
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate(() => (window as unknown as { axe: typeof axe }).axe.run());
      assert.deepEqual(violations.flatMap(({ id, impact, nodes }) => nodes.map(({ target, failureSummary }) => `${impact} ${id}: ${target.join(' ')}: ${failureSummary}`)), []);
    });
  }
});
