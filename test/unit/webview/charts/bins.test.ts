import assert from 'node:assert/strict';
import { axisHeight, barsOf, binAxis } from '../../../../webview/charts/bins';
import { histogram } from '../../../support/charts';

const black = [0, 0, 0, 1] as const;

describe('bars', () => {
  for (const dpr of [1, 1.25, 2]) {
    it(`stand on whole device pixels without gaps or overlaps at ${dpr} pixels to one`, () => {
      for (const width of [200, 213, 437]) {
        const bins = 48;
        const { x0, x1, y0, y1 } = barsOf(new Float64Array(bins).fill(0.37), { width, height: 64, dpr }, black);
        for (const column of [x0, x1, y0, y1]) for (const edge of column) assert.ok(Number.isInteger(edge), `${edge}`);
        for (let bin = 1; bin < bins; bin++) assert.equal(x0[bin], x1[bin - 1]);
        assert.equal(x0[0], 0);
        assert.equal(x1[bins - 1], Math.round(width * dpr));
        assert.ok(y1.every((edge) => edge === Math.round((64 - axisHeight) * dpr)));
      }
    });
  }

  it('are a pixel high and wide at least, where a bin holds anything at all', () => {
    const { x0, x1, y0, y1 } = barsOf(Float64Array.of(1e-9, 0, 1, 0), { width: 3, height: 100, dpr: 1 }, black);
    assert.equal(x0.length, 2, 'empty bins have none');
    assert.equal((y1[0] ?? 0) - (y0[0] ?? 0), 1);
    assert.deepEqual([...x1].map((edge, bin) => edge - (x0[bin] ?? 0) >= 1), [true, true]);
    assert.equal(y0[1], 0, 'the tallest reaches the top');
  });

  it('never go on above the chart', () => {
    assert.deepEqual([...barsOf(Float64Array.of(7), { width: 10, height: 100, dpr: 2 }, black).y0], [0]);
  });
});

describe('the bin under a place', () => {
  const axis = binAxis(histogram([1, 2, 5], { low: -3, high: 3, below: 1, above: 1 }), { width: 300, height: 100, dpr: 1 });

  it('is told with its edges, its count and its share of all finite values', () => {
    assert.deepEqual(axis.binAt(0), { low: -3, high: -1, count: 1, share: 0.1 });
    assert.deepEqual(axis.binAt(299.9), { low: 1, high: 3, count: 5, share: 0.5 });
    assert.deepEqual(axis.binAt(100)?.low, -1, 'the left edge is its own');
  });

  it('is none outside', () => {
    assert.equal(axis.binAt(-1), null);
    assert.equal(axis.binAt(300), null);
  });

  it('has no share of nothing', () => {
    assert.equal(binAxis(histogram([0, 0]), { width: 10, height: 30, dpr: 1 }).binAt(3)?.share, 0);
  });
});
