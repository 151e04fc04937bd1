import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { document, normoscope } from '../support/commandLine';
import { inProject } from '../support/root';
import { openWorkbench, type Workbench } from '../support/workbench';

/** One tensor in the editor, from the click to the repaired file. */
describe('a tensor in the workbench', () => {
  const name = 'cnn_conv2_pre_bn.npy';
  let workbench: Workbench;
  before(async () => {
    workbench = await openWorkbench({ webgpu: false, height: 1300 });
  });
  after(() => workbench?.close());

  const page = () => workbench.editor();
  const shared = (method: string) => page().locator(`.column[aria-label="${method}"] .share p:not(.litGroup)`);
  /** A copy of the sample, opened. */
  const opened = async (copy: string) => {
    const file = path.join(workbench.folder, copy);
    fs.copyFileSync(inProject('samples', name), file);
    await workbench.openFile(copy);
    await shared('BatchNorm').waitFor();
    return file;
  };

  it('opens by a click and shows the numbers of the command line', async () => {
    await workbench.openFile(name);
    await shared('BatchNorm').waitFor();
    const { tensors } = document(normoscope(['inspect', inProject('samples', name), '--json'])) as { tensors: { statistics: Record<string, number> }[] };
    const expected = tensors[0]?.statistics ?? {};
    for (const [label, field] of [['finite', 'count'], ['NaN', 'nan'], ['zeros', 'zeros'], ['mean', 'mean'], ['std', 'std'], ['min', 'min'], ['max', 'max']] as const) {
      const entry = page().locator('.summary dl > div').filter({ has: page().getByText(label, { exact: true }) });
      const shown = Number(await entry.locator('dd .number').getAttribute('title'));
      const exact = expected[field] ?? NaN;
      // The page's pass sums other groups than the command line's: the last digits may differ.
      assert.ok(Math.abs(shown - exact) <= 1e-12 * Math.abs(exact), `${label} is ${shown}, not ${exact}`);
    }
  });

  it('says what shares one mean and variance', async () => {
    assert.match(await shared('LayerNorm').innerText(), /Reduces C, H and W: 32 groups of 1\s536 values, one mean and variance for each sample/);
    assert.match(await shared('BatchNorm').innerText(), /Reduces N, H and W: 24 groups of 2\s048 values, one mean and variance for each channel/);
  });

  it('follows when the layout is changed', async () => {
    await page().getByLabel('Role of axis 1, 24 elements').selectOption('H');
    await page().locator('.share p', { hasText: '8 groups' }).first().waitFor();
    assert.match(await page().locator('header').innerText(), /layout as given/);
    assert.match(await shared('BatchNorm').innerText(), /Reduces N, H and W: 8 groups of 6\s144 values/);
    await page().getByLabel('Role of axis 1, 24 elements').selectOption('C');
    await page().locator('.share p', { hasText: '24 groups' }).first().waitFor();
  });

  it('has further methods on demand, and copies what it shows', async () => {
    await page().getByRole('button', { name: 'GroupNorm' }).click();
    await page().locator('.column[aria-label="GroupNorm"] .histogram canvas').waitFor();
    await workbench.screenshot('editor-five-columns');
    await workbench.palette('Normoscope: Copy Statistics as JSON');
    await workbench.page.locator('#workbench\\.parts\\.statusbar', { hasText: 'Statistics copied as JSON' }).waitFor();
    const copied = JSON.parse(await workbench.clipboard()) as { layout: string; methods: Record<string, { groups: number }> };
    assert.equal(copied.layout, 'NCHW');
    assert.equal(copied.methods['batch']?.groups, 24);
  });

  it('shows the exact place and value under the pointer', async () => {
    const heatmap = page().locator('.column[aria-label="Raw"] .heatmap');
    await heatmap.locator('.plot').hover({ position: { x: 30, y: 30 } });
    assert.match(await heatmap.locator('.readout').innerText(), /^\[\d+, \d+–\d+\] −?0\.\d+ \(.+ … .+\)$/);
  });

  it('offers the new values when the file changes on disk', async () => {
    const file = await opened('changing.npy');
    const bytes = fs.readFileSync(file);
    bytes.writeFloatLE(NaN, bytes.length - 4);
    fs.writeFileSync(file, bytes);
    await page().getByText('The file has changed on disk').waitFor();
    await workbench.screenshot('editor-stale');
    await page().getByRole('button', { name: 'Read it again' }).click();
    await page().locator('.findings', { hasText: '1 NaN' }).waitFor();
  });

  it('says what is wrong with a truncated file and reads it once it is repaired', async () => {
    const whole = fs.readFileSync(inProject('samples', name));
    const file = path.join(workbench.folder, 'truncated.npy');
    fs.writeFileSync(file, whole.subarray(0, 1000));
    await workbench.openFile('truncated.npy');
    const alert = page().getByRole('alert');
    await alert.waitFor();
    assert.match(await alert.innerText(), /takes 196\s?608 bytes from byte 128 on, but only 872 are there/);
    assert.match(await page().locator('header').innerText(), /float32/);
    assert.match(await workbench.explorerTooltip('truncated.npy'), /only 872 are there/);
    await workbench.screenshot('editor-truncated');
    fs.writeFileSync(file, whole);
    await page().getByRole('button', { name: 'Retry' }).click();
    await shared('LayerNorm').waitFor();
  });

  it('comes back after the window was reloaded', async () => {
    await workbench.openFile(name);
    await shared('BatchNorm').waitFor();
    await workbench.page.reload();
    await shared('BatchNorm').waitFor();
    assert.equal(await page().locator('.columns .column').count(), 3);
  });
});
