import assert from 'node:assert/strict';
import { pageOfEach } from '../support/pageOfEach';

/** (4, 8): what stands where can be told from the number alone. */
const values = Array.from({ length: 32 }, (_, index) => (index === 10 ? NaN : Math.floor(index / 8) + (index % 8) / 10));

describe('keys of a picture', () => {
  const { opened } = pageOfEach('small.npy', values, [4, 8]);

  const raw = (part: string) => opened().page.locator(`.column.method-raw .${part}`);
  const row = (part: string, index: number) => raw(part).locator('tbody tr').nth(index).locator('th, td').allInnerTexts();

  it('t shows the numbers of the one that has the focus, of the part that is shown', async () => {
    const { page } = opened();
    await raw('heatmap').locator('.plot').focus();
    await page.keyboard.press('t');
    assert.deepEqual(await row('heatmap', 1), ['1', '1', '1.1', 'NaN', '1.3', '1.4', '1.5', '1.6', '1.7']);
    assert.equal(await opened().page.locator('.plotTable').count(), 1);
    await page.keyboard.press('+');
    assert.deepEqual(await row('heatmap', 0), ['1', 'NaN', '1.3', '1.4', '1.5']);
    await page.keyboard.press('t');
    assert.equal(await raw('heatmap').locator('table').count(), 0);
    await raw('histogram').locator('.plot').focus();
    await page.keyboard.press('t');
    assert.deepEqual(await row('histogram', 0), ['0 … 0.02891', '1', '3.2\u202f%']);
    assert.match(await raw('histogram').locator('.plotTable').innerText(), /\d+ empty bins left out\./);
  });

  it('Enter pins the cursor: it stays when pointer and focus leave, until Escape', async () => {
    const { page } = opened();
    const plot = raw('heatmap').locator('.plot');
    await plot.focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await plot.hover({ position: { x: 5, y: 5 } });
    const readout = raw('heatmap').locator('.readout');
    assert.equal(await readout.innerText(), '[2, 4] 2.4');
    await plot.focus();
    await page.keyboard.press('Escape');
    assert.equal(await readout.count(), 0);
  });

  it('? lists them, and Escape closes the list', async () => {
    const { page } = opened();
    await page.keyboard.press('?');
    const list = page.getByRole('dialog', { name: 'Keys' });
    assert.match(await list.innerText(), /shows or hides BatchNorm/);
    await page.keyboard.press('Escape');
    assert.equal(await list.count(), 0);
    await page.getByRole('button', { name: 'Keys' }).click();
    await list.getByRole('button', { name: 'Close' }).click();
    assert.equal(await list.count(), 0);
  });
});
