import assert from 'node:assert/strict';
import fs from 'node:fs';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../scripts/vscode/browser.mjs';
import type { NotebookPayload } from '../../src/protocol/notebookPayload';
import { pictureFile } from '../support/browserPage';
import { openRendererPage, type RendererPage, type RendererPageOptions } from '../support/rendererPage';
import { inProject } from '../support/root';

/** What the sample notebook's outputs hold. */
function sampleOutputs(): NotebookPayload[] {
  const notebook = JSON.parse(fs.readFileSync(inProject('samples', 'activations.ipynb'), 'utf8')) as { cells: { outputs?: { data?: Record<string, NotebookPayload> }[] }[] };
  return notebook.cells.flatMap(({ outputs = [] }) => outputs.flatMap(({ data = {} }) => data['application/vnd.normoscope.tensor+json'] ?? []));
}

function payload(part: Partial<NotebookPayload> = {}): NotebookPayload {
  const data = Buffer.from(Float32Array.of(1, 2, 3, NaN, 5, 7).buffer).toString('base64');
  return { version: 1, name: 'acts', dtype: 'float32', shape: [2, 3], data, ...part };
}

const statistics = { count: 5, nan: 1, posInf: 0, negInf: 0, mean: 3.6, variance: 4.64, min: 1, max: 7 };

describe('a notebook output', () => {
  let browser: Browser;
  let opened: RendererPage;
  before(async () => {
    browser = await launchBrowser({ webgpu: false });
  });
  after(() => browser.close());
  afterEach(async () => {
    await opened.close();
    assert.deepEqual(opened.errors, []);
  });

  const open = async (options?: RendererPageOptions) => (opened = await openRendererPage(browser, options));
  const text = (id: string, selector = 'main') => opened.page.locator(`#${id} ${selector}`).innerText();

  it('computes and draws: header, answer, a row of histograms, the rest unfolded', async () => {
    const { page, render, answered, asked } = await open({ width: 900 });
    const outputs = sampleOutputs();
    assert.ok(outputs.length >= 3);
    for (const [index, output] of outputs.entries()) await render(`output${index}`, output);
    await answered();
    await page.screenshot({ path: pictureFile('notebook outputs'), fullPage: true });
    assert.deepEqual(asked, ['analyze output0', 'analyze output1'], 'the third has nothing to compute from');
    assert.match(await text('output0', 'header'), new RegExp(`${outputs[0]?.name}[\\s\\S]*float`));
    assert.match(await text('output0', '.answer'), /LayerNorm takes one mean[\s\S]*BatchNorm takes one mean/);
    assert.equal(await page.locator('#output0 .histograms canvas').count(), 3);
    assert.match(await text('output2'), /The output carries statistics alone, no data to compute more from\./);
    await page.locator('#output0 summary', { hasText: 'Statistics, pictures' }).click();
    await page.locator('#output0 .columns .plot canvas').first().waitFor();
    await page.screenshot({ path: pictureFile('notebook output unfolded'), fullPage: true });
    assert.match(await text('output0', 'details[open]'), /Reduces C: \d+ groups/);
    const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    assert.ok((content ?? 0) <= (window ?? 0), `${content} in ${window}`);
  });

  it('keeps its styles to itself', async () => {
    const { page, render, answered } = await open();
    await page.evaluate(() => document.body.insertAdjacentHTML('beforeend', '<h1 class="number" id="other">another output</h1>'));
    const before = await page.locator('#other').evaluate((element) => JSON.stringify([getComputedStyle(element).fontFamily, getComputedStyle(element).margin]));
    await page.locator('#other').evaluate((element) => element.remove());
    await render('a', payload());
    await answered();
    await page.evaluate(() => document.body.insertAdjacentHTML('beforeend', '<h1 class="number" id="other">another output</h1>'));
    assert.equal(await page.locator('#other').evaluate((element) => JSON.stringify([getComputedStyle(element).fontFamily, getComputedStyle(element).margin])), before);
  });

  it('shows what travelled in it where no extension host can be asked', async () => {
    const { render, answered, asked } = await open({ messaging: false });
    await render('a', payload({ statistics }));
    await render('b', payload({ layout: 'NT' }));
    await answered();
    assert.deepEqual(asked, []);
    assert.match(await text('a', '.summary'), /finite\s*5\s*NaN\s*1[\s\S]*mean\s*3\.6\s*std\s*2\.154\s*min\s*1\s*max\s*7\s*as written into the output/);
    assert.match(await text('a'), /Normoscope’s engine is not running here/);
    assert.match(await text('b'), /acts\s*float32\s*N\s*2\s*T\s*3[\s\S]*Normoscope’s engine is not running here/);
    assert.equal(await opened.page.locator('#a button').count(), 0, 'nothing that nobody would answer');
  });

  it('takes statistics of nothing', async () => {
    const { render } = await open({ messaging: false });
    await render('a', { ...payload(), data: undefined, statistics: { count: 0, nan: 6, mean: null, variance: null } });
    assert.match(await text('a', '.summary'), /NaN\s*6[\s\S]*mean\s*–\s*std\s*–\s*min\s*–\s*max\s*–/);
  });

  it('is one sentence where it is no tensor of ours', async () => {
    const { page, render, asked } = await open();
    const cases: Readonly<Record<string, readonly [unknown, RegExp]>> = {
      text: ['{', /not JSON/],
      list: [[], /not a Normoscope tensor: /],
      nothing: ['null', /not a Normoscope tensor: /],
      version: [{ ...payload(), version: 2 }, /"version": /],
      dtype: [{ ...payload(), dtype: 'float31' }, /"dtype": /],
      shape: [{ ...payload(), shape: [2, -3] }, /"shape\.1": /],
      layout: [{ ...payload(), layout: '<img src=x onerror=alert(1)>' }, /"layout": /],
      empty: [{ version: 1, name: '', dtype: 'float32', shape: [2] }, /neither "data" nor "statistics" is there/],
    };
    for (const [id, [broken, sentence]] of Object.entries(cases)) {
      await render(id, broken);
      const shown = await page.locator(`#${id} [role=alert]`).innerText();
      assert.match(shown, sentence, id);
      assert.match(shown, /^This output is not a Normoscope tensor: .*\.$/s, id);
      assert.equal(await page.locator(`#${id} img`).count(), 0);
    }
    assert.deepEqual(asked, []);
  });

  it('is its header and one sentence where its data is not what it says', async () => {
    const { render, answered } = await open();
    await render('length', payload({ shape: [2, 4] }));
    await render('base64', payload({ data: '!!!!not base64, of 32 characters' }));
    await render('layout', payload({ layout: 'NTC' }));
    await render('type', payload({ dtype: 'bfloat16', shape: [3, 4], statistics }));
    await render('huge', payload({ shape: [2 ** 40, 2 ** 40] }));
    await answered();
    assert.match(await text('length'), /acts[\s\S]*24 bytes of data; float32 \(2, 4\) takes 32\./);
    assert.match(await text('base64', '[role=alert]'), /Base64 text has the character "!"/);
    assert.match(await text('layout', '[role=alert]'), /"NTC" names 3 axes/);
    assert.match(await text('type'), /bfloat16[\s\S]*mean\s*3\.6/, 'what travelled is there');
    assert.match(await text('huge', '[role=alert]'), /24 bytes of data/);
  });

  it('asks for the editor and for rules, and says when it cannot be opened', async () => {
    const { page, render, answered, asked } = await open();
    await render('a', payload());
    await render('b', payload({ name: 'unopenable' }));
    await answered();
    await page.locator('#a').getByRole('button', { name: 'Open in editor' }).click();
    await page.locator('#a').getByRole('button', { name: 'non-finite' }).click();
    await page.locator('#b').getByRole('button', { name: 'Open in editor' }).click();
    await page.locator('#b [role=alert]').waitFor();
    assert.equal(await text('b', '[role=alert]'), 'VS Code would not open it.');
    assert.deepEqual(asked.filter((call) => !call.startsWith('analyze')), ['openInEditor acts', 'openRule non-finite', 'openInEditor unopenable']);
  });

  it('computes anew for another layout', async () => {
    const { page, render, answered } = await open();
    await render('a', payload());
    await answered();
    await page.locator('#a').getByLabel('Role of axis 1').selectOption('T');
    await page.locator('#a .answer', { hasText: 'does not apply' }).waitFor();
    assert.match(await text('a', 'header'), /layout as given/);
  });

  it('is cancelled when it goes, and drawn again when it comes back', async () => {
    const { page, render, dispose, asked, release, answered } = await open({ held: true });
    await render('a', payload());
    await render('b', payload());
    assert.equal(await text('a', '.working'), 'Computing');
    await dispose('a');
    await page.waitForFunction(() => document.querySelector('#a')?.shadowRoot?.querySelector('main') === null);
    await render('a', payload({ name: 'again' }));
    release();
    await answered();
    assert.deepEqual(asked, ['analyze a', 'analyze b', 'cancel a', 'analyze a']);
    assert.match(await text('a'), /again/);
    await dispose();
    assert.deepEqual(asked.slice(4).sort(), ['cancel a', 'cancel b']);
    assert.equal(await page.evaluate(() => [...document.body.children].reduce((sum, element) => sum + (element.shadowRoot?.querySelectorAll('main').length ?? 0), 0)), 0);
  });

  it('does not mind forty-nine others: canvases exist only near the window', async () => {
    const { page, render, answered } = await open();
    for (let index = 0; index < 50; index++) await render(`output${index}`, payload());
    await answered();
    const canvases = () => page.evaluate(() => [...document.body.children].map((element) => element.shadowRoot?.querySelectorAll('canvas').length ?? 0));
    const above = await canvases();
    assert.equal(above[0], 3);
    assert.equal(above[49], 0);
    assert.ok(above.reduce((a, b) => a + b) <= 30, `${above.reduce((a, b) => a + b)} canvases`);
    await page.locator('#output49').scrollIntoViewIfNeeded();
    await page.waitForFunction(() => (document.querySelector('#output49')?.shadowRoot?.querySelectorAll('canvas').length ?? 0) === 3);
    const below = await canvases();
    assert.equal(below[0], 0, 'given back');
    assert.ok(below.reduce((a, b) => a + b) <= 30);
  });
});
