import assert from 'node:assert/strict';
import { openWorkbench, type Workbench } from '../support/workbench';

describe('the workbench on samples/', () => {
  let workbench: Workbench;
  before(async () => {
    workbench = await openWorkbench({ webgpu: false });
  });
  after(() => workbench?.close());

  it('tells of a tensor file in the Explorer', async () => {
    assert.match(await workbench.explorerTooltip('cnn_conv2_pre_bn.npy'), /^float32 \(\d+, \d+, \d+, \d+\) · .*KiB/);
  });

  it('opens a tensor by a click', async () => {
    await workbench.openFile('cnn_conv2_pre_bn.npy');
    await workbench.editor().locator('#root').waitFor({ state: 'attached' });
  });

  it('offers the commands in the palette', async () => {
    const rows = await workbench.paletteRows('Normoscope: ');
    await workbench.closePalette();
    for (const title of ['Open Tensor…', 'Compare LayerNorm and BatchNorm', 'Show Log']) {
      assert.ok(rows.some((row) => row.includes(title)), `${title} is not among ${rows.join(', ')}`);
    }
  });
});
