import assert from 'node:assert/strict';
import { openWorkbench, type Workbench } from '../support/workbench';

/** Everything around the editor: Explorer, hover, Problems, palette. */
describe('the workbench around a tensor', () => {
  let workbench: Workbench;
  before(async () => {
    workbench = await openWorkbench({ webgpu: false });
  });
  after(() => workbench?.close());

  it('has a badge and a header for a tensor file in the Explorer', async () => {
    assert.match(await workbench.explorerTooltip('cnn_conv2_pre_bn.npy'), /^float32 \(32, 24, 8, 8\) · 192\sKiB/);
  });

  it('opens the comparison from the menu of the Explorer', async () => {
    await workbench.explorerMenu('transformer_block1_pre_ln.npy', 'Compare LayerNorm and BatchNorm');
    await workbench.editor().locator('.answer', { hasText: 'of the tokens are padding' }).waitFor();
  });

  it('lists findings in Problems and leads to their rule', async () => {
    await workbench.openFile('broken_pre_bn.npy');
    await workbench.editor().locator('.findings li').nth(2).waitFor();
    const rows = (await workbench.problems()).join('\n');
    for (const part of ['6 NaN', 'Channel 11 (of 24) is zero everywhere', 'Channel 17 (of 24) has a variance', 'non-finite', 'Normoscope']) {
      assert.ok(rows.includes(part), `${part} is not among ${rows}`);
    }
    await workbench.screenshot('problems');
    assert.match(await workbench.explorerTooltip('broken_pre_bn.npy'), /2 errors · 2 warnings/);
    await workbench.editor().getByRole('button', { name: 'constant-channel' }).click();
    await workbench.page.locator('.tab', { hasText: 'constant-channel' }).waitFor();
  });

  it('saves a tensor as a normalization makes it, and opens that', async () => {
    await workbench.openFile('transformer_block1_pre_ln.npy');
    await workbench.editor().locator('.answer', { hasText: 'of the tokens are padding' }).waitFor();
    await workbench.palette('Normoscope: Save Normalized Tensor As…');
    await workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: 'RMSNorm' }).click();
    // Without a desktop the dialog is VS Code's own, which asks for the whole path.
    const input = workbench.page.locator('.quick-input-widget:visible .quick-input-box input');
    await workbench.page.waitForFunction((box) => box instanceof HTMLInputElement && box.value.endsWith('rms.npy'), await input.elementHandle());
    await workbench.screenshot('save-normalized');
    await input.press('Enter');
    await workbench.explorerRow('transformer_block1_pre_ln.rms.npy').waitFor();
    // The message pops up by itself for people; the driver of these tests keeps VS Code from that.
    await workbench.palette('Notifications: Show Notifications');
    await workbench.page.locator('.notifications-center').getByRole('button', { name: 'Open' }).click();
    await workbench.page.locator('.tab.active', { hasText: 'transformer_block1_pre_ln.rms.npy' }).waitFor();
    await workbench.editor().locator('.answer').waitFor();
  });

  it('shows a tensor over its path in Python, header and numbers', async () => {
    await workbench.palette('View: Close All Editors');
    await workbench.openFile('load_activations.py');
    const text = await workbench.hover('broken_pre_bn', 'NaN');
    for (const part of ['broken_pre_bn.npy', 'float32 (32, 24, 8, 8)', 'LayerNorm', 'BatchNorm', '6 NaN', 'Open in Normoscope']) {
      assert.ok(text.includes(part), `${part} is not in ${text}`);
    }
    await workbench.screenshot('hover');
    await workbench.page.locator('.monaco-hover:visible').getByText('Open in Normoscope').first().click();
    await workbench.editor().locator('.findings li').nth(2).waitFor();
  });

  it('offers its commands in the palette', async () => {
    const rows = await workbench.paletteRows('Normoscope: ');
    await workbench.screenshot('palette');
    await workbench.closePalette();
    for (const title of ['Open Tensor…', 'Compare LayerNorm and BatchNorm', 'Copy Statistics as JSON', 'Show Log']) {
      assert.ok(rows.some((row) => row.includes(title)), `${title} is not among ${rows.join(', ')}`);
    }
  });
});
