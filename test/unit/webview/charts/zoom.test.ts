import assert from 'node:assert/strict';
import { heatmapChart } from '../../../../webview/charts/heatmap';
import { isWhole, panned, pixelsOf, whole, zoomed } from '../../../../webview/charts/zoom';
import type { HeatmapLayer } from '../../../../webview/gpu/renderer';
import { picture } from '../../../support/charts';

describe('the zoom of a heatmap', () => {
  it('keeps what lies at the place it is zoomed at, and does not leave the picture', () => {
    const closer = zoomed(whole, 4, { x: 0.25, y: 1 });
    assert.deepEqual(closer, { top: 0.75, left: 0.1875, height: 0.25, width: 0.25 });
    assert.equal(closer.left + 0.25 * closer.width, 0.25);
    assert.deepEqual(panned(closer, { x: -1, y: 1 }), { ...closer, left: 0, top: 0.75 });
    assert.deepEqual(zoomed(closer, 1 / 8, { x: 0.5, y: 0.5 }), whole);
  });

  it('ends at one pixel of the picture, and at all of it', () => {
    let zoom = whole;
    for (let step = 0; step < 20; step++) zoom = zoomed(zoom, 2, { x: 0.999, y: 0.001 });
    assert.deepEqual(pixelsOf(zoom, { rows: 256, columns: 256 }), { row: 0, rows: 1, column: 255, columns: 1 });
    assert.deepEqual(pixelsOf(zoom, { rows: 3, columns: 8 }), { row: 0, rows: 1, column: 7, columns: 1 });
    assert.ok(isWhole(zoomed(whole, 1 / 2, { x: 0, y: 0 })));
  });

  it('shows whole pixels, the nearest', () => {
    assert.deepEqual(pixelsOf({ top: 0.3, left: 0.26, height: 0.5, width: 0.5 }, { rows: 10, columns: 4 }), { row: 3, rows: 5, column: 1, columns: 2 });
  });

  it('tells cells by their place in the whole picture', () => {
    const all = picture(4, 4, Array.from({ length: 16 }, (_, index) => index));
    const colour = [0, 0, 0, 1] as const;
    const colours = { nan: colour, infinite: colour, infiniteHatch: colour, unseen: colour, unseenHatch: colour };
    const options = { width: 100, height: 100, dpr: 1, range: { low: -15, high: 15, beyond: 0 }, map: new Uint8Array(1024), colours, mark: colour };
    const chart = heatmapChart(all, { ...options, zoom: { top: 0.5, left: 0.5, height: 0.5, width: 0.5 } });
    const [{ rect, values }] = chart.layers as [HeatmapLayer];
    assert.deepEqual(rect, { x: -100, y: -100, width: 200, height: 200 });
    // The same array each time: what renderers made of it is of use again.
    assert.equal((heatmapChart(all, { ...options, zoom: { top: 0.25, left: 0.5, height: 0.5, width: 0.5 } }).layers[0] as HeatmapLayer).values, values);
    const cell = chart.cellAt(75, 25);
    assert.deepEqual([cell?.row, cell?.column, cell?.mean], [2, 3, 11]);
    assert.deepEqual(chart.step, { x: 50, y: 50 });
    assert.equal(heatmapChart(all, options).step, undefined);
  });
});
