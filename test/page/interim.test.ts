import assert from 'node:assert/strict';
import type { Browser, Locator } from 'playwright-core';
import { launchBrowser } from '../../scripts/vscode/browser.mjs';
import type { TensorStore } from '../../src/features/tensorStore';
import { openEditorPage, settled, type EditorPage } from '../support/editorPage';
import { localStore } from '../support/localStore';
import { inProject } from '../support/root';

const sample = inProject('samples', 'transformer_block1_pre_ln.npy');

/** A store whose analyses after the first stop before the last of their reports until a test lets them go on. */
function slowAgain(): { readonly store: TensorStore; release(): void } {
  const local = localStore();
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  let analyses = 0;
  const store: Partial<TensorStore> = {
    ...local,
    analyze: async (uri, request, options = {}) => {
      const isFirst = analyses++ === 0;
      const report = await local.analyze(uri, request, options);
      if (!isFirst) await released;
      return report;
    },
  };
  return { store: store as TensorStore, release: () => release() };
}

describe('a page while options change', () => {
  let browser: Browser;
  let opened: EditorPage;
  before(async () => {
    browser = await launchBrowser({ webgpu: false });
  });
  after(() => browser.close());
  afterEach(async () => {
    assert.deepEqual(opened.errors, []);
    await opened.close();
  });

  const slider = () => opened.page.getByRole('slider', { name: 'eps, on a log scale' });
  const heatmap = (method: string) => opened.page.locator(`.column.method-${method} .heatmap`);
  const pixels = (method: string) => heatmap(method).locator('canvas').evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
  /** What stands at a place of a picture. */
  async function readout(method: string): Promise<string> {
    await opened.page.mouse.move(1, 1);
    await heatmap(method).locator('.plot').hover({ position: { x: 150, y: 60 } });
    return heatmap(method).locator('.readout').innerText();
  }
  /** As a drag does it: many of these, and at its end a change. */
  const drag = (element: Locator, value: number) =>
    element.evaluate((input: HTMLInputElement, to) => {
      input.value = String(to);
      input.dispatchEvent(new Event('input', { bubbles: true }));
    }, value);

  it('has pictures that follow the slider of eps at once, and stay when they have been computed', async () => {
    const { store, release } = slowAgain();
    opened = await openEditorPage(browser, sample, { store });
    await opened.untilDone();
    const before = { layer: await pixels('layer'), batch: await pixels('batch'), raw: await pixels('raw'), told: await readout('batch') };
    await drag(slider(), -0.6);
    await settled(opened.page);
    assert.equal(opened.session.current.options.eps, undefined, 'the host has not been asked');
    assert.equal(await opened.page.getByRole('textbox', { name: 'eps' }).inputValue(), '0.25');
    assert.notEqual(await pixels('layer'), before.layer);
    assert.notEqual(await pixels('batch'), before.batch);
    assert.equal(await pixels('raw'), before.raw);
    // A pixel of several tokens has factors that differ; a column is one channel.
    await heatmap('layer').getByText('≈').waitFor();
    assert.match((await heatmap('layer').getByText('≈').getAttribute('title')) ?? '', /^Until it is computed: pixels of several groups are off by up to [\d.]+\.$/);
    const following = await readout('batch');
    assert.notEqual(following, before.told);
    assert.equal(await heatmap('batch').getByText('≈').count(), 0);
    await slider().dispatchEvent('change');
    await opened.until(({ phase, report }) => phase === 'computing' && report?.eps === 0.25);
    assert.equal(await opened.page.locator('.columns canvas').count(), 10, 'nothing goes while others are computed');
    assert.equal(await opened.page.locator('.waiting').count(), 0, 'they are of what is computed already');
    assert.equal(await readout('batch'), following);
    release();
    await opened.untilDone();
    assert.equal(await readout('batch'), following);
    await heatmap('layer').getByText('≈').waitFor({ state: 'detached' });
  });

  it('takes steps of the slider by keys, and goes back to what was computed when it is cancelled', async () => {
    const { store } = slowAgain();
    opened = await openEditorPage(browser, sample, { store });
    await opened.untilDone();
    const before = await readout('layer');
    await slider().focus();
    await opened.page.keyboard.press('End');
    const most = 10 ** Number(await slider().getAttribute('max'));
    await opened.until(({ options }) => options.eps === most);
    assert.equal(await slider().getAttribute('aria-valuetext'), String(most));
    assert.notEqual(await readout('layer'), before);
    await opened.page.getByRole('button', { name: 'Cancel' }).click();
    await opened.until(({ phase }) => phase === 'cancelled');
    assert.equal(await readout('layer'), before);
    // A number that is written is followed too, and is no step of the slider.
    await opened.page.getByRole('textbox', { name: 'eps' }).fill('0.123456');
    await opened.page.keyboard.press('Enter');
    await opened.until(({ options }) => options.eps === 0.123456);
    assert.equal(await slider().getAttribute('aria-valuetext'), '0.123456');
    assert.notEqual(await readout('layer'), before);
  });

  it('keeps its pictures, dimmed, while those of another layout are computed', async () => {
    const { store, release } = slowAgain();
    opened = await openEditorPage(browser, sample, { store });
    await opened.untilDone();
    const before = await pixels('batch');
    await opened.page.getByLabel('normalized_shape').selectOption('(24, 64)');
    await opened.until(({ phase, report }) => phase === 'computing' && report !== null && report.progress < 1 && report.methods.length > 0);
    assert.equal(await opened.page.locator('.columnsFrame.waiting[aria-busy=true]').count(), 1);
    assert.equal(await pixels('batch'), before);
    assert.match(await opened.page.locator('.column.method-layer').innerText(), /768 groups of 64 values/, 'words are of the picture that they stand over');
    release();
    await opened.untilDone();
    await opened.page.locator('.column.method-layer').getByText('32 groups of 1\u202f536 values').waitFor();
    assert.equal(await opened.page.locator('.waiting').count(), 0);
  });
});
