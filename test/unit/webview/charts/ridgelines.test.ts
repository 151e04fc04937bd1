import assert from 'node:assert/strict';
import { axisHeight } from '../../../../webview/charts/bins';
import { chosenRows, ridgelineChart, ridgeRows, sortedRows, type CountedHistograms } from '../../../../webview/charts/ridgelines';
import type { BarsLayer, LineLayer } from '../../../../webview/gpu/renderer';

/** Rows of four bins from 0 to 4. */
function histograms(rows: readonly (readonly number[])[], rest: Partial<CountedHistograms> = {}): CountedHistograms {
  const none = () => new Uint32Array(rows.length);
  return { of: 'channel', low: 0, high: 4, size: rows.length, bins: 4, counts: Uint32Array.from(rows.flat()), below: none(), above: none(), notFinite: none(), ...rest };
}

const options = { width: 139, height: 100 + axisHeight, dpr: 1, line: [1, 1, 1, 1], background: [0, 0, 0, 1], notFinite: [1, 0, 1, 1] } as const;

describe('rows of ridgelines', () => {
  it('have the moments of their own histogram, values beyond the range on its ends', () => {
    const [even, skewed] = ridgeRows(histograms([[1, 1, 1, 1], [0, 2, 0, 0]], { below: Uint32Array.of(0, 1), above: Uint32Array.of(0, 1) }));
    assert.deepEqual([even?.finite, even?.mean, even?.variance], [4, 2, 1.25]);
    // Fourth central moment (2 · 1.5⁴ + 2 · 0.5⁴) / 4 = 2.5625.
    assert.ok(Math.abs((even?.kurtosis ?? 0) - (2.5625 / 1.25 ** 2 - 3)) < 1e-12);
    assert.deepEqual([skewed?.finite, skewed?.mean], [4, 7 / 4]);
  });

  it('say that they have no spread, or no value at all', () => {
    const [narrow, empty] = ridgeRows(histograms([[0, 0, 9, 0], [0, 0, 0, 0]], { notFinite: Uint32Array.of(0, 3) }));
    assert.deepEqual([narrow?.mean, narrow?.variance, narrow?.kurtosis], [2.5, 0, NaN]);
    assert.deepEqual([empty?.finite, empty?.notFinite, empty?.mean, empty?.variance], [0, 3, NaN, NaN]);
  });

  it('name a bin that stands far above all others', () => {
    const rows = ridgeRows(histograms([[5, 20, 5, 1], [5, 10, 5, 1], [0, 9, 0, 0]]));
    assert.deepEqual(rows.map(({ spike }) => spike), [true, false, false]);
  });

  it('are sorted by what is asked, the greatest first and those without it last', () => {
    const rows = ridgeRows(histograms([[0, 0, 0, 0], [1, 1, 0, 0], [1, 0, 0, 1], [0, 0, 1, 1], [0, 0, 1, 1]]));
    const order = (by: Parameters<typeof sortedRows>[1]) => sortedRows(rows, by).map(({ row }) => row);
    assert.deepEqual(order('index'), [0, 1, 2, 3, 4]);
    assert.deepEqual(order('mean'), [3, 4, 2, 1, 0]);
    assert.deepEqual(order('variance'), [2, 1, 3, 4, 0]);
  });

  it('are chosen evenly where there are more than fit', () => {
    const rows = ridgeRows(histograms(Array.from({ length: 10 }, () => [1, 1, 1, 1])));
    assert.deepEqual([chosenRows(rows, 10).every, chosenRows(rows, 10).rows.length], [1, 10]);
    const { every, rows: chosen } = chosenRows(rows, 4);
    assert.deepEqual([every, chosen.map(({ row }) => row)], [3, [0, 3, 6, 9]]);
  });
});

describe('ridgelines', () => {
  const drawn = histograms([[0, 2, 4, 0], [0, 0, 0, 0], [1, 1, 0, 0]], { notFinite: Uint32Array.of(0, 5, 0), above: Uint32Array.of(0, 0, 2) });
  const chart = ridgelineChart(drawn, ridgeRows(drawn), options);

  it('draw a row over those before it: what hides them, then its line; none for a row without values', () => {
    assert.deepEqual(chart.layers.map(({ kind }) => kind), ['bars', 'line', 'bars', 'line', 'bars', 'bars', 'bars', 'bars']);
    const [hidden, line] = chart.layers as readonly [BarsLayer, LineLayer];
    const [base = 0, next = 0] = [line.y[0], (chart.layers[3] as LineLayer).y[0]];
    assert.ok(next > base);
    // The range takes 100 of the 139 pixels, behind 7 for the rows' numbers and 24 for marks: from the middle of the bin before the first to that after the last.
    assert.deepEqual([...line.x], [43.5, 68.5, 93.5, 118.5]);
    assert.deepEqual([...line.y].map((y) => Math.round(((base - y) / (base - Math.min(...line.y))) * 100)), [0, 50, 100, 0]);
    assert.ok(hidden.y0.every((top, index) => top >= Math.min(...line.y) - 1 && hidden.y1[index] === Math.round(base)));
  });

  it('mark rows with NaN, without spread, and with values beyond the range', () => {
    const [notFinite, narrow, below, above] = chart.layers.slice(4) as BarsLayer[];
    assert.deepEqual([notFinite, narrow, below, above].map((layer) => layer?.x0.length), [1, 0, 0, 1]);
    assert.deepEqual(notFinite?.colour, options.notFinite);
    assert.equal(above?.x1[0], 139);
  });

  it('tell the row and the bin of a place, as arrow keys come by them', () => {
    const last = chart.cellAt(32, 100);
    assert.deepEqual([last?.row.row, last?.low, last?.high, last?.count], [2, 0, 1, 1]);
    const above = chart.cellAt(32 + chart.step.x, 100 - 2 * chart.step.y);
    assert.deepEqual([above?.row.row, above?.low, above?.count], [0, 1, 2]);
    assert.equal(chart.cellAt(32, 1)?.row.row, 0, 'above the first base line stands the first row');
    assert.equal(chart.cellAt(21, 50), null);
    assert.equal(chart.cellAt(135, 50), null);
  });

  it('number as many rows as there is room for, on their base lines', () => {
    const many = histograms(Array.from({ length: 30 }, () => [1, 2, 3, 4]));
    const { rowLabels, step } = ridgelineChart(many, ridgeRows(many), options);
    assert.deepEqual(rowLabels.rows.map(({ label }) => Number(label)), Array.from({ length: rowLabels.rows.length }, (_, index) => index * Math.ceil(14 / step.y)));
    assert.ok(rowLabels.rows.length > 1);
    assert.ok(rowLabels.rows.every(({ y }, index) => index === 0 || y - (rowLabels.rows[index - 1]?.y ?? 0) >= 14));
  });

  it('cut a spike off above all others', () => {
    const spiky = histograms([[0, 100, 10, 5]]);
    const [, line] = ridgelineChart(spiky, ridgeRows(spiky), options).layers as readonly [BarsLayer, LineLayer];
    const heights = [...line.y].map((y) => 100 - y);
    assert.ok(Math.abs((heights[1] ?? 0) / (heights[2] ?? 1) - 1.25) < 1e-6, String(heights));
    assert.ok(heights.every((height) => height >= 0 && height <= 100));
  });

  it('draw nothing of no rows', () => {
    const none = histograms([]);
    const empty = ridgelineChart(none, [], options);
    assert.equal(empty.cellAt(50, 50), null);
    assert.equal(empty.outline(0), '');
  });
});
