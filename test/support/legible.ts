import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { pictureFile } from './browserPage';
import { settled } from './editorPage';
import { measureLayout, noFaults, smallestText, widths } from './layout';

interface Expected {
  /** Of the pictures that are taken. */
  readonly name: string;
  /** So high that every chart is seen, and with it drawn: CSS pixels. */
  readonly height: number;
  /** Charts, at least. */
  readonly charts: number;
}

/** Measures a page at either width with the pointer away from it, for what nobody should see, and takes its picture. @throws AssertionError */
export async function assertLegible(page: Page, { name, height, charts }: Expected): Promise<void> {
  // A plot that has moved under the pointer has its button for exporting over the caption.
  await page.mouse.move(0, 0);
  for (const width of widths) {
    await page.setViewportSize({ width, height });
    await settled(page);
    const { canvases, ...faults } = await page.evaluate(measureLayout, smallestText);
    await page.screenshot({ path: pictureFile(`${name} ${width}`), fullPage: true });
    assert.deepEqual(faults, { ...noFaults, blank: [] }, `${name} at ${width} px`);
    assert.ok(canvases >= charts, `${name} at ${width} px: ${canvases} charts`);
  }
}
