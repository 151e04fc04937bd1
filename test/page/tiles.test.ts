import assert from 'node:assert/strict';
import fs from 'node:fs';
import { settled } from '../support/editorPage';
import { float32Npy } from '../support/npyFiles';
import { pageOfEach } from '../support/pageOfEach';

const shape = [700, 3000] as const;
/** What stands where can be told from the number alone; float32 holds it. */
const values = Array.from({ length: shape[0] * shape[1] }, (_, index) => Math.floor(index / shape[1]) * 4 + ((index % shape[1]) * 4) / 4096);

describe('a heatmap that is zoomed into beyond its picture', () => {
  const { opened, file } = pageOfEach('large.npy', values, shape);

  const plot = (method: string) => opened().page.locator(`.column.method-${method} .heatmap .plot`);
  const readout = (method: string) => opened().page.locator(`.column.method-${method} .heatmap .readout`);

  async function zoomIn(times: number): Promise<void> {
    await plot('raw').focus();
    for (let time = 0; time < times; time++) await opened().page.keyboard.press('+');
  }

  it('shows single elements, to their last digit, raw and after every method at the same place', async () => {
    const { page } = opened();
    await zoomIn(9);
    // The element in the middle comes with its tile.
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowLeft');
    await readout('raw').filter({ hasText: /^\[\d+, 1\u202f\d+\] [\d\u202f.]+$/ }).waitFor();
    const found = /^\[(\d+), (\d+)\] (.*)$/.exec((await readout('raw').innerText()).replaceAll('\u202f', ''));
    assert.ok(found !== null);
    const value = values[Number(found[1]) * shape[1] + Number(found[2])] ?? NaN;
    assert.equal(Math.fround(Number(found[3])), value);
    await plot('batch').hover();
    // BatchNorm over 700 rows that rise by 4: (value − mean) / std.
    await readout('batch').filter({ hasText: /^\[\d+, 1\u202f\d+\] [^(]+σ$/ }).waitFor();
    const after = /^\[(\d+), (\d+)\] (.*)σ$/.exec((await readout('batch').innerText()).replaceAll('\u202f', ''));
    assert.ok(after !== null);
    const row = Number(after[1]);
    const expected = (4 * (row - 349.5)) / Math.sqrt((16 * (700 ** 2 - 1)) / 12 + 1e-5);
    assert.ok(Math.abs(Number(after[3]?.replace('−', '-')) - expected) < 1e-6, `${after[3]} is not ${expected}`);
  });

  it('has a table and an export of what it shows', async () => {
    const { page } = opened();
    await zoomIn(9);
    await page.keyboard.press('ArrowRight');
    await readout('raw').filter({ hasText: /^\[\d+, 1\u202f\d+\] [\d\u202f.]+$/ }).waitFor();
    await page.keyboard.press('t');
    const heads = await page.locator('.column.method-raw .heatmap .plotTable thead th').allInnerTexts();
    assert.ok(heads.length > 2 && heads.slice(1).every((head) => /^1\u202f[45]\d\d$/.test(head)), heads.join());
    await page.keyboard.press('e');
    await page.getByRole('menuitem', { name: 'CSV' }).press('Enter');
    while (!opened().saved.has('heatmap-raw.csv')) await settled(page);
    const [head, first = ''] = new TextDecoder().decode(opened().saved.get('heatmap-raw.csv')).split('\r\n');
    assert.equal(head, 'row,rows,column,columns,mean,min,max,flags');
    const [row = NaN, rows, column = NaN, columns, mean] = first.split(',').map(Number);
    assert.deepEqual([rows, columns, mean], [1, 1, values[row * shape[1] + column]]);
  });

  it('is the picture that it was when the file has changed, and says why', async () => {
    fs.writeFileSync(file, float32Npy(values.map((value) => value + 1), [...shape]));
    const later = new Date(Date.now() + 10_000);
    fs.utimesSync(file, later, later);
    await zoomIn(9);
    const note = opened().page.locator('.column.method-raw .heatmap figcaption').getByText('not read');
    await opened().page.keyboard.press('Tab');
    await opened().page.keyboard.press('Tab');
    await plot('raw').focus();
    await opened().page.keyboard.press('+');
    await note.waitFor();
    assert.equal(await note.getAttribute('title'), 'Drawn no finer: large.npy has changed on disk. ');
  });
});
