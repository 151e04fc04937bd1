import assert from 'node:assert/strict';
import { seededNormal } from '../support/moments';
import { pageOfEach } from '../support/pageOfEach';

/** (4 sequences, 50 tokens, 40 features): feature 10 is far out at every fourth token, feature 30 once, a thousand times over. */
const normal = seededNormal(5);
const values = Array.from({ length: 4 * 50 * 40 }, (_, index) => {
  const [token, feature] = [Math.floor(index / 40), index % 40];
  if (feature === 10 && token % 4 === 0) return 9 + normal();
  return feature === 30 && token === 0 ? 3000 : normal();
});

describe('outlier features and massive activations', () => {
  const { opened } = pageOfEach('hidden.npy', values, [4, 50, 40]);

  it('are marked where they lie: over their columns, at their means and variances, and in the ridgelines', async () => {
    const { page } = opened();
    assert.match(await page.locator('.findings').innerText(), /Channel 10 \(of 40\) is an outlier feature: 6 or more in absolute value at 25.% of the positions\./);
    assert.match(await page.locator('.column.method-raw').innerText(), /massive activations: channel 30; outlier features: channel 10/);
    const marks = (plot: string) =>
      page.locator(plot).first().evaluate((element) => {
        const path = element.querySelector('.channelMarks path')?.getAttribute('d') ?? '';
        return [...path.matchAll(/M([\d.]+)/g)].map(([, x]) => Math.round((Number(x) / element.clientWidth) * 1000) / 1000);
      });
    for (const method of ['raw', 'layer', 'batch']) {
      const found = await marks(`.column.method-${method} .heatmap .plot`);
      // The middles of columns 10 and 30 of 40, to a pixel.
      assert.deepEqual(found.map((x) => Math.round(x * 80) / 2), [10.5, 30.5], method);
    }
    assert.equal((await marks('.column.method-batch .series .plot')).length, 2);
    assert.deepEqual(await marks('.column.method-layer .series .plot'), [], 'tokens are no channels');
    await page.keyboard.press('5');
    await opened().until(({ phase, report }) => phase === 'done' && report?.groupHistograms !== undefined);
    assert.equal(await page.locator('.ridgelines .outliers polyline').count(), 2);
    assert.match(await page.locator('.ridgelines').innerText(), /2 channels with outliers, by the findings: 10 and 30\./);
  });

  it('move with the zoom, and are gone where their columns are', async () => {
    const { page } = opened();
    const plot = page.locator('.column.method-raw .heatmap .plot');
    const count = () => plot.evaluate((element) => (element.querySelector('.channelMarks path')?.getAttribute('d')?.match(/M/g) ?? []).length);
    await plot.focus();
    await page.keyboard.press('+');
    await page.keyboard.press('+');
    assert.equal(await count(), 0);
    await page.keyboard.press('-');
    // Columns 10–29 of 40.
    assert.equal(await count(), 1);
    await page.keyboard.press('0');
    assert.equal(await count(), 2);
  });
});
