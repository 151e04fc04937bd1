import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { measureLayout, noFaults, smallestText, widths } from '../support/layout';
import { float32Npy } from '../support/npyFiles';
import { openWorkbench, type themes, type Workbench } from '../support/workbench';

/** Every panel of the page of every sample, in every theme, with and without a GPU, wide and narrow: measured, and for people to look at. */

const samples = ['transformer_block1_pre_ln', 'cnn_conv2_pre_bn', 'broken_pre_bn'] as const;
const looks: readonly (keyof typeof themes)[] = ['dark', 'light', 'highContrast'];
/** CSS pixels beside the page. */
const activityBar = 48;
/** So high that every panel is seen. */
const heights = { 400: 9200, 1600: 6200 } as const;

for (const webgpu of [true, false]) {
  const renderer = webgpu ? 'webgpu' : 'canvas';
  describe(`the page drawn with ${renderer}`, () => {
    let workbench: Workbench;
    before(async () => {
      workbench = await openWorkbench({ webgpu, width: widths[1] + activityBar });
      await workbench.palette('View: Toggle Primary Side Bar Visibility');
    });
    after(() => workbench?.close());

    /** Opens what is folded, and attaches a gradient where there is room for the sixth panel. */
    const unfold = async (sample: (typeof samples)[number]) => {
      const page = workbench.editor();
      await page.locator('footer .renderer', { hasText: webgpu ? 'Drawn with WebGPU' : 'Drawn with Canvas 2D' }).waitFor();
      await page.locator('.coupling canvas').waitFor();
      for (const details of await page.locator('.beforeAfter, .contactSheet, .ridgelines, .precision').all()) {
        if ((await details.getAttribute('open')) === null) await details.locator('summary').first().click();
      }
      // The readout has the plane's numbers once its tile has come.
      if (sample !== 'transformer_block1_pre_ln') await page.locator('.contactSheet', { hasText: /n 0 · c 0: raw −?\d/ }).waitFor();
      await page.getByText('Outputs by batch size').click();
      await page.locator('.batchOutput canvas').first().waitFor();
      if (sample === 'cnn_conv2_pre_bn') await attachGradient([32, 24, 8, 8]);
    };
    const attachGradient = async (shape: readonly number[]) => {
      const values = Array.from({ length: shape.reduce((all, size) => all * size, 1) }, (_, index) => Math.sin(index * 12.9898));
      const file = path.join(workbench.folder, 'upstream.npy');
      fs.writeFileSync(file, float32Npy(values, shape));
      await workbench.editor().getByRole('button', { name: 'upstream gradient…' }).click();
      await workbench.chooseFile(file);
      await workbench.editor().locator('.gradients').waitFor();
    };

    for (const sample of samples) {
      it(`is legible, whole and no wider than its place: ${sample}`, async () => {
        await workbench.resize(widths[1] + activityBar, heights[widths[1]]);
        await workbench.quickOpen(`${sample}.npy`);
        await unfold(sample);
        // A plot that has moved under the pointer has its button for exporting over the caption.
        await workbench.page.mouse.move(0, 0);
        for (const look of looks) {
          await workbench.setTheme(look);
          for (const width of widths) {
            await workbench.resize(width + activityBar, heights[width]);
            await workbench.settled();
            const frame = await workbench.frameWith('.coupling canvas');
            const { canvases, blank, ...faults } = await frame.evaluate(measureLayout, smallestText);
            await workbench.screenshot(`${sample}-${look}-${renderer}-${width}`);
            assert.deepEqual(faults, noFaults, `${look} at ${width} px`);
            // What WebGPU has presented cannot be read back; test/page/gpu.test.ts compares its pixels.
            if (!webgpu) assert.deepEqual(blank, [], `${look} at ${width} px`);
            assert.ok(canvases >= 9, `${canvases} pictures`);
          }
        }
      });
    }
  });
}
