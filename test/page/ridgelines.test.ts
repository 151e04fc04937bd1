import assert from 'node:assert/strict';
import { pageOfEach } from '../support/pageOfEach';

/** (8, 900): channel 3 is constant, channel 5 has a NaN; channel 77 spreads thrice as far as any other. */
const values = Array.from({ length: 8 * 900 }, (_, index) => {
  const [sample, channel] = [Math.floor(index / 900), index % 900];
  if (channel === 5 && sample === 2) return NaN;
  return channel === 3 ? 0.5 : (sample - 3.5) * (channel === 77 ? 30 : 1 + channel / 100);
});

describe('ridgelines', () => {
  const { opened } = pageOfEach('rows.npy', values, [8, 900]);

  const withHistograms = () => opened().until(({ phase, report }) => phase === 'done' && report?.groupHistograms !== undefined);

  it('cost nothing until they are opened, by key 5 too, and ask for their histograms then', async () => {
    const { page, session } = opened();
    assert.equal(session.current.options.groupHistograms, undefined);
    await page.keyboard.press('5');
    await withHistograms();
    assert.deepEqual(session.current.options.groupHistograms, ['channel']);
    assert.match(await page.locator('.ridgelines').innerText(), /Every 3rd of 900 channels, in their order.*1 channel with NaN or ±Inf\.\s*1 channel with all values in one bin\./s);
    await page.keyboard.press('5');
    await page.locator('.ridgelines .plot').waitFor({ state: 'detached' });
  });

  it('are sorted, and of samples, as asked; the order outlives the page', async () => {
    const { page } = opened();
    await page.keyboard.press('5');
    await withHistograms();
    await page.getByLabel('sorted by').selectOption('variance');
    await page.getByText('Numbers of the first 20').click();
    assert.equal(await page.locator('.ridgelines tbody th').first().innerText(), '77');
    assert.match((await page.locator('.ridgelines .plot').getAttribute('aria-label')) ?? '', /^Ridgelines of every 3rd of 900 channels, the greatest variance at the top; values from −/);
    await page.getByLabel('one row for each').selectOption('sample');
    await opened().until(({ phase, report }) => phase === 'done' && report?.groupHistograms?.length === 2);
    await page.reload();
    await opened().until(() => true);
    await page.locator('.ridgelines').scrollIntoViewIfNeeded();
    await page.locator('.ridgelines .plot canvas').waitFor();
    assert.match((await page.locator('.ridgelines .plot').getAttribute('aria-label')) ?? '', /^Ridgelines of 8 samples, the greatest variance at the top/);
  });

  it('tell row, bin and count under the pointer and the arrow keys, and show which row it is', async () => {
    const { page } = opened();
    await page.keyboard.press('5');
    await withHistograms();
    const plot = page.locator('.ridgelines .plot');
    await plot.focus();
    await page.keyboard.press('ArrowDown');
    const readout = page.locator('.ridgelines .readout');
    const first = await readout.innerText();
    assert.match(first, /^channel \d+: −?[\d.]+ … [\d.]+: \d of 8 \([\d.]+\u202f%\)$/);
    await page.keyboard.press('ArrowDown');
    const channel = (text: string) => Number(/^channel (\d+)/.exec(text)?.[1]);
    assert.equal(channel(await readout.innerText()), channel(first) + 3, 'the next drawn row');
    assert.equal(await page.locator('.ridgelines polyline').count(), 1);
  });
});
