import assert from 'node:assert/strict';
import type { Picture } from '../../../../src/core/analysis/report';
import { heatmapChart, type HeatmapOptions } from '../../../../webview/charts/heatmap';
import { fitted, spanOf } from '../../../../webview/charts/pictures';
import type { HeatmapLayer } from '../../../../webview/gpu/renderer';

/** As high as the analysis makes them; every pixel's value is its row. */
function picture(flagged: Readonly<Record<number, number>> = {}, columns = 256): Picture {
  const rows = 256;
  const mean = Float32Array.from({ length: rows * columns }, (_, pixel) => Math.floor(pixel / columns));
  const flags = new Uint8Array(mean.length);
  for (const [pixel, flag] of Object.entries(flagged)) flags[Number(pixel)] = flag;
  return { rows, columns, mean: mean.map((value, pixel) => (flags[pixel] === 4 ? NaN : value)), min: mean, max: mean, flags };
}

const options: HeatmapOptions = {
  ...{ width: 100, height: 150, dpr: 1, map: new Uint8Array(1024), mark: [1, 1, 1, 1] },
  range: { low: -256, high: 256, beyond: 0 },
  colours: { nan: [1, 0, 1, 1], infinite: [0, 0, 0, 1], infiniteHatch: [1, 1, 1, 1], unseen: [0, 0, 0, 1], unseenHatch: [1, 1, 1, 1] },
};

describe('a picture larger than its place', () => {
  it('is drawn with a cell to a pixel', () => {
    const [layer] = heatmapChart(picture(), options).layers as [HeatmapLayer];
    assert.deepEqual([layer.rows, layer.columns, layer.values.length], [150, 100, 15000]);
    assert.equal(layer.values[0], 0.5, 'rows 0 and 1');
  });

  it('loses no NaN, wherever it stands, and tells where it is', () => {
    for (let row = 0; row < 256; row++) {
      const chart = heatmapChart(picture({ [row * 8 + 5]: 1 }, 8), { ...options, width: 5 });
      const [{ flags, columns }] = chart.layers as [HeatmapLayer];
      const cell = flags.indexOf(1);
      assert.ok(cell >= 0, `row ${row}`);
      const found = chart.cellAt((cell % columns) + 0.5, Math.floor(cell / columns) + 0.5);
      assert.deepEqual([found?.row, found?.column, found?.flags], [row, 5, 1]);
    }
  });

  it('tells the infinity where there is no NaN, and the NaN where there are both', () => {
    const chart = heatmapChart(picture({ 0: 2, 257: 1, 5: 2 }), options);
    assert.equal(chart.cellAt(0.5, 0.5)?.flags, 1);
    assert.equal(chart.cellAt(1.9, 0.5)?.flags, 2);
  });

  it('has pixels that were not looked at only where none was', () => {
    const { flags, mean } = fitted(picture({ 0: 4, 1: 4, 2: 4, 256: 4, 257: 4, 258: 4, 5: 4 }), 128, 100);
    assert.deepEqual([flags[0], flags[1], flags[2]], [4, 0, 0]);
    assert.ok(Number.isNaN(mean[0]));
    // Columns 3, 4 and 5 of rows 0 and 1, without column 5 of row 0.
    assert.equal(mean[1], Math.fround(3 / 5));
  });

  it('falls into spans that cover every row once', () => {
    for (const [cells, size] of [[150, 256], [1, 7], [7, 7], [97, 131]] as const) {
      const covered = Array.from({ length: cells }, (_, cell) => spanOf(cell, cells, size)).flatMap(([first, last]) =>
        Array.from({ length: last - first + 1 }, (_, offset) => first + offset),
      );
      assert.deepEqual(covered, Array.from({ length: size }, (_, row) => row));
    }
  });
});

describe('a picture that fits', () => {
  it('is drawn as it is', () => {
    const whole = picture();
    assert.equal(fitted(whole, 256, 300), whole);
    const [layer] = heatmapChart(whole, { ...options, width: 300, height: 256 }).layers as [HeatmapLayer];
    assert.equal(layer.values, whole.mean);
  });
});
