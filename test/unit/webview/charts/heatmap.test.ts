import assert from 'node:assert/strict';
import { heatmapChart, sharedRange, type HeatmapOptions } from '../../../../webview/charts/heatmap';
import type { BarsLayer, HeatmapLayer } from '../../../../webview/gpu/renderer';
import { picture } from '../../../support/charts';

function options(rest: Partial<HeatmapOptions> = {}): HeatmapOptions {
  return {
    ...{ width: 80, height: 40, dpr: 1, map: new Uint8Array(1024), mark: [1, 1, 1, 1] },
    range: { low: -1, high: 1, beyond: 0 },
    colours: { nan: [1, 0, 1, 1], infinite: [0, 0, 0, 1], infiniteHatch: [1, 1, 1, 1], unseen: [0, 0, 0, 1], unseenHatch: [1, 1, 1, 1] },
    ...rest,
  };
}

describe('the range of a heatmap', () => {
  it('is symmetric, so that the middle of the map is zero', () => {
    assert.deepEqual(sharedRange([picture(1, 3, [-0.5, 0.1, 2])]), { low: -2, high: 2, beyond: 0 });
  });

  it('is one for several pictures', () => {
    assert.equal(sharedRange([picture(1, 2, [1, 1.2]), picture(1, 2, [-1.4, 0])]).high, Math.fround(1.4));
  });

  it('is not set by a few outliers, and counts them', () => {
    const values = Array.from({ length: 1000 }, (_, index) => (index < 3 ? 1000 : (index % 10) / 10));
    assert.deepEqual(sharedRange([picture(10, 100, values)]), { low: -Math.fround(0.9), high: Math.fround(0.9), beyond: 3 });
  });

  it('reaches all where the farthest is not far from the others', () => {
    const values = Array.from({ length: 1000 }, (_, index) => (index === 0 ? 1.4 : 1));
    assert.deepEqual(sharedRange([picture(10, 100, values)]), { low: -Math.fround(1.4), high: Math.fround(1.4), beyond: 0 });
  });

  it('has a width where there is nothing to show', () => {
    for (const shown of [[], [picture(0, 0, [])], [picture(1, 2, [NaN, NaN])], [picture(1, 2, [0, 0])]]) {
      assert.deepEqual(sharedRange(shown), { low: -1, high: 1, beyond: 0 });
    }
  });

  it('is that of the values even where nearly all of them are zero', () => {
    const values = Array.from({ length: 1000 }, (_, index) => (index === 0 ? -7 : 0));
    assert.equal(sharedRange([picture(1, 1000, values)]).high, 7);
  });
});

describe('a heatmap', () => {
  const shown = picture(2, 4, [0, 1, 2, 3, 4, 5, 6, NaN]);

  it('tells the cell under a place, to the corners', () => {
    const { cellAt } = heatmapChart(shown, options());
    assert.deepEqual(cellAt(0, 0), { row: 0, rows: 1, column: 0, columns: 1, mean: 0, min: 0, max: 0, flags: 0 });
    assert.equal(cellAt(79.9, 0)?.mean, 3);
    assert.equal(cellAt(0, 39.9)?.mean, 4);
    assert.deepEqual(cellAt(79.9, 39.9), { row: 1, rows: 1, column: 3, columns: 1, mean: NaN, min: NaN, max: NaN, flags: 1 });
    assert.equal(cellAt(20, 20)?.mean, 5, 'an edge belongs to the cell after it');
  });

  it('tells none outside', () => {
    const { cellAt } = heatmapChart(shown, options());
    for (const [x, y] of [[-0.1, 0], [0, -0.1], [80, 0], [0, 40]] as const) assert.equal(cellAt(x, y), null);
    assert.equal(heatmapChart(picture(0, 0, []), options()).cellAt(1, 1), null);
  });

  it('fills its place in device pixels', () => {
    const [layer] = heatmapChart(shown, options({ dpr: 1.25, width: 81 })).layers as [HeatmapLayer];
    assert.deepEqual(layer.rect, { x: 0, y: 0, width: 101, height: 50 });
  });

  it('marks a pixel whose mean hides an element far out, in the middle of it, and no other', () => {
    const mean = Float32Array.of(0, 0, 0, 5, NaN);
    const hidden = picture(1, 5, [...mean], { min: Float32Array.of(-1, 0, -9, 5, NaN), max: Float32Array.of(1, 2, 0, 5, NaN), flags: new Uint8Array(5) });
    for (const dpr of [1, 2]) {
      const [, marks] = heatmapChart(hidden, options({ width: 50, dpr })).layers as [HeatmapLayer, BarsLayer];
      assert.deepEqual([...marks.x0, ...marks.x1], [24 * dpr, 26 * dpr], 'of the third pixel alone');
      assert.deepEqual([...marks.y0, ...marks.y1], [19 * dpr, 21 * dpr]);
    }
  });
});
