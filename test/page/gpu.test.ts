import assert from 'node:assert/strict';
import fs from 'node:fs';
import pixelmatch from 'pixelmatch';
import { PNG } from 'pngjs';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../../scripts/vscode/browser.mjs';
import { inProject } from '../support/root';
import type { GpuHarness, SceneName } from './gpu.browser';

/** Pictures stand here after a run, for people to look at. */
const pictures = inProject('test-results', 'page');

/** Served as the origin that VS Code would give it: WebGPU asks for a secure context. */
const origin = 'http://localhost/';

async function openHarness(browser: Browser): Promise<Page> {
  const page = await browser.newPage();
  await page.route(`${origin}**`, (route) =>
    route.request().url() === origin
      ? route.fulfill({ contentType: 'text/html', body: '<!DOCTYPE html><body><script src="gpu.js"></script></body>' })
      : route.fulfill({ contentType: 'text/javascript', path: inProject('dist', 'test', 'page', 'gpu.browser.js') }),
  );
  await page.goto(origin);
  return page;
}

/** What `window.harness` is in the page. */
type Harnessed = { readonly harness: GpuHarness };

async function draw(page: Page, name: 'webgpu' | 'canvas', scenes: readonly SceneName[]): Promise<PNG> {
  return decoded(await page.evaluate(([force, list]) => (window as unknown as Harnessed).harness.draw(force, list), [name, scenes] as const));
}

function decoded(url: string): PNG {
  return PNG.sync.read(Buffer.from(url.slice(url.indexOf(',') + 1), 'base64'));
}

function save(name: string, png: PNG): void {
  fs.mkdirSync(pictures, { recursive: true });
  fs.writeFileSync(`${pictures}/${name}.png`, PNG.sync.write(png));
}

/** Bytes whose values differ by more than rounding, or by more than is asked. */
function differing(a: PNG, b: PNG, than = 1): number {
  assert.deepEqual([a.width, a.height], [b.width, b.height]);
  return a.data.filter((value, index) => Math.abs(value - (b.data[index] ?? 0)) > than).length;
}

/** Pixels that look different; anti-aliased edges count. */
function visiblyDiffering(a: PNG, b: PNG): number {
  assert.deepEqual([a.width, a.height], [b.width, b.height]);
  return pixelmatch(a.data, b.data, undefined, a.width, a.height, { threshold: 0.1, includeAA: true });
}

function pixelAt({ width, data }: PNG, x: number, y: number): number[] {
  return [...data.subarray((y * width + x) * 4, (y * width + x) * 4 + 4)];
}

describe('renderers with an adapter', () => {
  let browser: Browser;
  let page: Page;
  before(async () => {
    browser = await launchBrowser({ webgpu: true });
    page = await openHarness(browser);
  });
  after(() => browser.close());

  it('choose WebGPU and name the adapter', async () => {
    const { name, reason } = await page.evaluate(() => (window as unknown as Harnessed).harness.choose());
    assert.equal(name, 'webgpu');
    assert.match(reason, /swiftshader/i);
  });

  for (const scene of ['heatmap-dark', 'heatmap-light', 'heatmap-uneven', 'heatmap-large', 'heatmap-tiles', 'empty'] as const) {
    it(`draw ${scene} alike, pixel by pixel`, async () => {
      const [gpu, canvas] = [await draw(page, 'webgpu', [scene]), await draw(page, 'canvas', [scene])];
      save(`${scene}-webgpu`, gpu);
      save(`${scene}-canvas`, canvas);
      assert.equal(differing(gpu, canvas), 0);
    });
  }

  it('rescale cells for another eps alike, to an entry of the colour map', async () => {
    const [gpu, canvas] = [await draw(page, 'webgpu', ['heatmap-rescaled']), await draw(page, 'canvas', ['heatmap-rescaled'])];
    save('heatmap-rescaled-webgpu', gpu);
    save('heatmap-rescaled-canvas', canvas);
    assert.equal(differing(gpu, canvas, 8), 0);
    assert.ok(differing(gpu, canvas) <= 0.002 * gpu.data.length, `${differing(gpu, canvas)} bytes`);
    assert.ok(visiblyDiffering(gpu, await draw(page, 'webgpu', ['heatmap-uneven'])) > 1000, 'not as they were');
  });

  for (const scene of ['histogram', 'histogram-log', 'curve', 'odd'] as const) {
    it(`draw ${scene} alike to the eye`, async () => {
      const [gpu, canvas] = [await draw(page, 'webgpu', [scene]), await draw(page, 'canvas', [scene])];
      save(`${scene}-webgpu`, gpu);
      save(`${scene}-canvas`, canvas);
      // The edges of lines are softened by different rules; nothing else may differ.
      assert.ok(visiblyDiffering(gpu, canvas) <= 0.002 * gpu.width * gpu.height, `${visiblyDiffering(gpu, canvas)} pixels`);
    });
  }

  it('draw hundreds of rows of ridgelines alike, each hiding those behind it', async () => {
    const [gpu, canvas] = [await draw(page, 'webgpu', ['ridgelines']), await draw(page, 'canvas', ['ridgelines'])];
    save('ridgelines-webgpu', gpu);
    save('ridgelines-canvas', canvas);
    // Two hundred softened edges differ a little; a line that one has and the other has not would differ by 173.
    assert.equal(differing(gpu, canvas, 128), 0);
  });

  for (const name of ['webgpu', 'canvas'] as const) {
    it(`leave nothing of an earlier picture on a ${name} surface`, async () => {
      for (const last of ['heatmap-dark', 'odd', 'histogram-log'] as const) {
        const again = await draw(page, name, ['heatmap-uneven', 'heatmap-rescaled', 'odd', 'histogram', 'heatmap-light', 'empty', last]);
        assert.equal(differing(again, await draw(page, name, [last])), 0, last);
      }
    });

    it(`blend ${name} colours by their alpha`, async () => {
      const drawn = await draw(page, name, ['odd']);
      assert.equal(pixelAt(drawn, 0, 0)[3], 0);
      const [red = 0, green = 0, blue = 0, alpha = 0] = pixelAt(drawn, 10, 10);
      assert.ok(red > 250 && Math.abs(green - 128) <= 2 && blue === 0 && Math.abs(alpha - 128) <= 1, `${red} ${green} ${blue} ${alpha}`);
      assert.ok(Math.abs((pixelAt(drawn, 25, 20)[3] ?? 0) - 191) <= 2, 'twice half covers three quarters');
    });
  }

  for (const name of ['webgpu', 'canvas'] as const) {
    it(`cover no pixel of a ${name} line twice`, async () => {
      const { data } = await draw(page, name, ['curve']);
      const alphas = data.filter((_, index) => index % 4 === 3);
      const most = alphas.reduce((a, b) => Math.max(a, b));
      assert.ok(most >= 120 && most <= 129, String(most));
    });
  }

  it('draw on more canvases than a page has WebGL contexts', async () => {
    const shown = await page.evaluate(() => (window as unknown as Harnessed).harness.drawMany('webgpu', 'histogram', 24));
    const expected = await draw(page, 'webgpu', ['histogram']);
    assert.deepEqual(shown.map((url) => differing(decoded(url), expected)), new Array(24).fill(0));
  });

  it('say that a device is lost, after which another can be had', async () => {
    const { message, next } = await page.evaluate(() => (window as unknown as Harnessed).harness.lose());
    assert.match(message, /lost/);
    assert.equal(next, 'webgpu');
  });
});

describe('renderers without an adapter', () => {
  let browser: Browser;
  let page: Page;
  before(async () => {
    browser = await launchBrowser({ webgpu: false });
    page = await openHarness(browser);
  });
  after(() => browser.close());

  it('fall back to the canvas and say what is missing', async () => {
    const { name, reason } = await page.evaluate(() => (window as unknown as Harnessed).harness.choose());
    assert.equal(name, 'canvas');
    assert.match(reason, /WebGPU found no adapter/);
  });

  it('refuse WebGPU where it is forced', async () => {
    const forced = page.evaluate(() => (window as unknown as Harnessed).harness.choose('webgpu'));
    await assert.rejects(forced, /WebGPU cannot be had: WebGPU found no adapter/);
  });

  it('draw a NaN in magenta, and hatch what is infinite', async () => {
    const drawn = await draw(page, 'canvas', ['heatmap-dark']);
    // Cells are 5 × 8⅓ pixels; a NaN stands in column 30 from row 6, infinities in row 21 from column 2.
    assert.deepEqual(pixelAt(drawn, 152, 100), [255, 0, 255, 255]);
    const infinite = new Set(Array.from({ length: 12 }, (_, step) => pixelAt(drawn, 12 + step, 179).join()));
    assert.deepEqual(infinite, new Set(['0,0,0,255', '255,255,255,255']));
  });
});
