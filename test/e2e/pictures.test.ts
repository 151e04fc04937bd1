import assert from 'node:assert/strict';
import { openWorkbench, type themes, type Workbench } from '../support/workbench';

/** The page in every theme, with and without a GPU, wide and narrow: for people to look at, and whole in each of them. */

const looks: readonly (keyof typeof themes)[] = ['dark', 'light', 'highContrast'];
/** Width of the page, beside the activity bar of 48 px. */
const widths = [500, 1400] as const;
const heights = { 500: 2100, 1400: 1370 } as const;

for (const webgpu of [true, false]) {
  const renderer = webgpu ? 'webgpu' : 'canvas';
  describe(`the page drawn with ${renderer}`, () => {
    let workbench: Workbench;
    before(async () => {
      workbench = await openWorkbench({ webgpu });
      await workbench.palette('View: Toggle Primary Side Bar Visibility');
    });
    after(() => workbench?.close());

    for (const look of looks) {
      for (const width of widths) {
        it(`is whole in ${look} at ${width} px`, async () => {
          await workbench.setTheme(look);
          await workbench.resize(width + 48, heights[width]);
          const file = width === 500 ? 'broken_pre_bn.npy' : 'transformer_block1_pre_ln.npy';
          await workbench.quickOpen(file);
          const page = workbench.editor();
          await page.locator(`footer .renderer`, { hasText: webgpu ? 'Drawn with WebGPU' : 'Drawn with Canvas 2D' }).waitFor();
          await page.locator('.columns .plot canvas').nth(width === 500 ? 5 : 9).waitFor();
          const overflow = await page.locator('html').evaluate((root) => root.scrollWidth - root.clientWidth);
          assert.equal(overflow, 0, 'the page is wider than its place');
          await workbench.settled();
          await workbench.screenshot(`page-${look}-${renderer}-${width}`);
        });
      }
    }
  });
}
