import assert from 'node:assert/strict';
import { binNumbers, csvOf, curveNumbers, histogramsNumbers, pictureNumbers, seriesNumbers } from '../../../../webview/charts/numbers';
import { isVector, shapesOf } from '../../../../webview/charts/svg';

const histogram = { low: -1, high: 1, counts: Float64Array.of(1, 3), below: 4, above: 0, notFinite: 2 };

describe('numbers of a picture', () => {
  it('of a histogram are its bins and what lies beyond, whose densities add up to one', () => {
    assert.equal(csvOf(binNumbers(histogram)), 'low,high,count,density\r\n-inf,-1,4,0\r\n-1,0,1,0.125\r\n0,1,3,0.375\r\n');
    assert.equal(csvOf(binNumbers({ ...histogram, counts: Float64Array.of(0, 0), below: 0 })), 'low,high,count,density\r\n-1,0,0,0\r\n0,1,0,0\r\n');
  });

  it('of a series are its groups, to the last digit, or its histogram where the page has no more', () => {
    const series = { size: 3, first: [], last: [], min: 0.1, max: 0.3, histogram, values: Float64Array.of(0.1 + 0.2, NaN, -Infinity) };
    assert.equal(csvOf(seriesNumbers(series, 'mean')), 'group,mean\r\n0,0.30000000000000004\r\n1,nan\r\n2,-inf\r\n');
    assert.match(csvOf(seriesNumbers({ ...series, values: null }, 'mean')), /^low,high,count,density\r\n/);
  });

  it('of a picture are its pixels with what hides in them', () => {
    const picture = { rows: 1, columns: 2, mean: Float32Array.of(0.5, NaN), min: Float32Array.of(-1, NaN), max: Float32Array.of(2, NaN), flags: Uint8Array.of(0, 8) };
    assert.equal(csvOf(pictureNumbers(picture)), 'row,column,mean,min,max,flags\r\n0,0,0.5,-1,2,0\r\n0,1,nan,nan,nan,8\r\n');
  });

  it('of histograms are their bins row by row, and what lies beyond with an infinite edge', () => {
    const { columns, rows, cell } = histogramsNumbers({
      of: 'channel',
      low: 0,
      high: 2,
      size: 2,
      bins: 2,
      counts: Uint32Array.of(1, 2, 3, 4),
      below: Uint32Array.of(0, 5),
      above: Uint32Array.of(6, 0),
      notFinite: Uint32Array.of(0, 0),
    });
    assert.deepEqual(Array.from({ length: rows }, (_, row) => columns.map((__, column) => cell(row, column))), [
      [0, 0, 1, 1],
      [0, 1, 2, 2],
      [1, 0, 1, 3],
      [1, 1, 2, 4],
      [0, 2, Infinity, 6],
      [1, -Infinity, 0, 5],
    ]);
    assert.deepEqual(columns, ['channel', 'low', 'high', 'count']);
  });

  it('of curves are a column each, without a value where a curve has none', () => {
    const numbers = curveNumbers('steps', [{ label: 'LayerNorm', x: [1, 2], y: [0, 0] }, { label: 'means, median', x: [2, 4], y: [0.5, null] }]);
    assert.equal(csvOf(numbers), 'steps,LayerNorm,means_median\r\n1,0,nan\r\n2,0,0.5\r\n4,nan,nan\r\n');
  });
});

describe('a drawing as SVG', () => {
  const bars = { kind: 'bars', x0: Float32Array.of(0, 4), y0: Float32Array.of(2, 0), x1: Float32Array.of(4, 8), y1: Float32Array.of(10, 10), colour: [1, 0, 0, 0.5] } as const;
  const line = { kind: 'line', x: Float32Array.of(0, 8), y: Float32Array.of(1, 3), width: 2, colour: [0, 0, 1, 1] } as const;

  it('has its bars and lines in CSS pixels and their colours', () => {
    const [first, second] = shapesOf([bars, line], 2);
    assert.deepEqual(first?.attributes, { d: 'M0 1H2V5H0ZM2 0H4V5H2Z', fill: 'rgb(255, 0, 0)', 'fill-opacity': '0.5' });
    assert.deepEqual([second?.attributes['d'], second?.attributes['stroke'], second?.attributes['stroke-width']], ['M0 0.5L4 1.5', 'rgb(0, 0, 255)', '1']);
    assert.equal(isVector([bars, line]), true);
  });
});
