import assert from 'node:assert/strict';
import { openWorkbench, themes, type Workbench } from '../support/workbench';

describe('a notebook in the workbench', () => {
  let workbench: Workbench;
  before(async () => {
    // Tall enough for the first output, unfolded: pictures that nobody sees are not drawn.
    workbench = await openWorkbench({ webgpu: true, theme: themes.light, height: 1500 });
  });
  after(() => workbench?.close());

  it('draws the outputs of a notebook and opens one in the editor', async () => {
    await workbench.openFile('activations.ipynb');
    const frame = await workbench.frameWith('main.output .histograms canvas');
    // By its name: the page does not hold outputs in the order in which they are seen.
    const output = frame.locator('main.output', { hasText: 'block1.norm1.input' });
    assert.match(await output.locator('.answer').innerText(), /LayerNorm takes one mean and variance/);
    assert.equal(await output.locator('.histograms section').count(), 3);
    await workbench.screenshot('notebook');
    await output.getByText('Statistics, pictures and batch size').click();
    await output.locator('.columns .heatmap canvas').first().waitFor();
    await workbench.screenshot('notebook-unfolded');
    await output.getByRole('button', { name: 'Open in editor' }).click();
    await workbench.editor().locator('.columns .heatmap canvas').first().waitFor();
    await workbench.screenshot('notebook-opened');
  });
});
