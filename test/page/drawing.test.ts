import assert from 'node:assert/strict';
import pixelmatch from 'pixelmatch';
import type { Browser, Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { launchBrowser } from '../../scripts/vscode/browser.mjs';
import { pictureFile } from '../support/browserPage';
import { openEditorPage } from '../support/editorPage';
import { inProject } from '../support/root';

const sample = inProject('samples', 'cnn_conv2_pre_bn.npy');

/** Keeps every device that the page gets, so that a test can count and lose them. */
async function keepDevices(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const { requestDevice } = GPUAdapter.prototype;
    const devices: GPUDevice[] = [];
    Object.assign(window, { devices });
    GPUAdapter.prototype.requestDevice = async function (...args) {
      const device = await requestDevice.apply(this, args);
      devices.push(device);
      return device;
    };
  });
  await page.reload();
}

type WithDevices = { readonly devices: GPUDevice[] };

describe('what the page is drawn with', () => {
  let withAdapter: Browser;
  let without: Browser;
  before(async () => {
    [withAdapter, without] = await Promise.all([launchBrowser({ webgpu: true }), launchBrowser({ webgpu: false })]);
  });
  after(() => Promise.all([withAdapter.close(), without.close()]));

  it('makes no difference to what is seen', async () => {
    const pictures: PNG[] = [];
    for (const [name, browser] of [['WebGPU', withAdapter], ['Canvas 2D', without]] as const) {
      const opened = await openEditorPage(browser, sample);
      await opened.untilDone();
      await opened.page.locator(`.renderer:has-text("Drawn with ${name}")`).waitFor();
      pictures.push(PNG.sync.read(await opened.page.locator('.columnsFrame').screenshot({ path: pictureFile(`columns ${name}`) })));
      assert.deepEqual(opened.errors, []);
      await opened.close();
    }
    const [one, other] = pictures as [PNG, PNG];
    assert.deepEqual([one.width, one.height], [other.width, other.height]);
    const different = pixelmatch(one.data, other.data, undefined, one.width, one.height, { threshold: 0.2 });
    assert.ok(different < 0.001 * one.width * one.height, `${different} pixels differ`);
  });

  it('is one device for all pictures; another when it is lost, and a canvas when that is lost too', async () => {
    const opened = await openEditorPage(withAdapter, sample);
    const { page } = opened;
    await keepDevices(page);
    await opened.untilDone();
    for (let loss = 1; loss <= 2; loss++) {
      await page.waitForFunction((count) => (window as unknown as WithDevices).devices.length === count, loss);
      await page.locator('.renderer:has-text("Drawn with WebGPU")').waitFor();
      assert.ok((await page.locator('canvas').count()) > 8);
      await page.evaluate(() => (window as unknown as WithDevices).devices.at(-1)?.destroy());
    }
    await page.locator('.renderer:has-text("Drawn with Canvas 2D: the GPU device was lost")').waitFor();
    assert.equal(await page.evaluate(() => (window as unknown as WithDevices).devices.length), 2, 'a third is not asked for');
    const { data } = PNG.sync.read(await page.locator('.column .heatmap .plot').first().screenshot({ path: pictureFile('after a lost device') }));
    assert.ok(new Set(Array.from({ length: data.length / 4 }, (_, pixel) => data.readUInt32BE(pixel * 4))).size > 50, 'the picture is there again');
    assert.deepEqual(opened.errors, []);
    await opened.close();
  });

  it('is told to its host, and to its reader in the last line', async () => {
    const opened = await openEditorPage(without, sample);
    await opened.untilDone();
    await opened.page.locator('.renderer').waitFor();
    assert.deepEqual(opened.asked, ['rendererChosen canvas WebGPU found no adapter']);
    assert.match(await opened.page.locator('footer').innerText(), /Drawn with Canvas 2D: WebGPU found no adapter\. Computed by the WebAssembly engine/);
    await opened.close();
  });
});
