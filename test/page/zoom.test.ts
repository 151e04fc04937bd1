import assert from 'node:assert/strict';
import { pageOfEach } from '../support/pageOfEach';

/** (8, 16): what stands where can be told from the number alone. */
const values = Array.from({ length: 128 }, (_, index) => Math.floor(index / 16) * 100 + (index % 16));

describe('zooming heatmaps', () => {
  const { opened } = pageOfEach('zoom.npy', values, [8, 16]);

  const heatmap = (method: string) => opened().page.locator(`.column.method-${method} .heatmap`);
  const caption = (method: string) => heatmap(method).locator('figcaption span').first();

  /** The pointer at shares of the raw picture. */
  async function pointAt(x: number, y: number): Promise<void> {
    const box = await heatmap('raw').locator('.plot').boundingBox();
    assert.ok(box !== null);
    await opened().page.mouse.move(box.x + box.width * x, box.y + box.height * y);
  }

  async function away(): Promise<void> {
    await opened().page.mouse.move(1, 1);
  }

  it('by keys: all columns show the same part, cells keep their names, 0 goes back', async () => {
    const { page } = opened();
    await heatmap('raw').locator('.plot').focus();
    await page.keyboard.press('+');
    await page.keyboard.press('+');
    assert.equal(await caption('raw').innerText(), 'rows 3–4, columns 6–9');
    assert.equal(await caption('batch').innerText(), 'rows 3–4, columns 6–9');
    await page.keyboard.press('Shift+ArrowRight');
    assert.equal(await caption('layer').innerText(), 'rows 3–4, columns 7–10');
    await page.keyboard.press('ArrowLeft');
    assert.match(await heatmap('raw').locator('.readout').innerText(), /^\[4, 8\] 408$/);
    await page.keyboard.press('-');
    await page.keyboard.press('0');
    await page.keyboard.press('Tab');
    assert.equal(await caption('raw').innerText(), 'rows N, columns C');
  });

  it('is kept with the pinned element when the page is made anew, unless it is no place in this tensor', async () => {
    const { page } = opened();
    const lit = page.locator('.column.method-raw .litGroup');
    await heatmap('raw').locator('.plot').focus();
    await page.keyboard.press('+');
    await page.keyboard.press('+');
    await pointAt(0.9, 0.9);
    await page.mouse.down();
    await page.mouse.up();
    await away();
    const [part, element] = [await caption('raw').innerText(), await lit.innerText()];
    assert.equal(part, 'rows 3–4, columns 6–9');
    assert.equal(element, 'element [4, 9] pinned Release');
    await page.reload();
    await page.getByText(part).first().waitFor();
    assert.equal(await lit.innerText(), element);
    await page.evaluate(() => {
      const state = JSON.parse(sessionStorage.getItem('state') ?? '') as { look: object };
      Object.assign(state.look, { columns: { top: 0, left: -1, height: null, width: 0.25 }, pinned: [4, 16] });
      sessionStorage.setItem('state', JSON.stringify(state));
    });
    await page.reload();
    await page.getByText('rows N, columns C').first().waitFor();
    assert.equal(await lit.innerText(), '');
  });

  it('by the wheel where the pointer is, and by dragging; a double click shows all', async () => {
    const { page } = opened();
    await pointAt(0.01, 0.01);
    await page.mouse.wheel(0, -250);
    await away();
    assert.equal(await caption('raw').innerText(), 'rows N, columns C', 'a wheel scrolls the page unless the picture is being looked at');
    await pointAt(0.01, 0.01);
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -250);
    await page.keyboard.up('Control');
    await away();
    await page.getByText('rows 0–3, columns 0–7').first().waitFor();
    await pointAt(0.9, 0.9);
    await page.mouse.down();
    await pointAt(0.4, 0.4);
    await page.mouse.up();
    await away();
    assert.equal(await caption('layer').innerText(), 'rows 2–5, columns 4–11');
    await heatmap('raw').locator('.plot').dblclick();
    await away();
    assert.equal(await heatmap('layer').getByText('Show all').count(), 0);
  });

  it('shows all again by a button', async () => {
    const { page } = opened();
    await heatmap('layer').locator('.plot').focus();
    await page.keyboard.press('+');
    await heatmap('raw').getByText('Show all').click();
    await away();
    assert.equal(await caption('raw').innerText(), 'rows N, columns C');
  });
});
