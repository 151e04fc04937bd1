import assert from 'node:assert/strict';
import fc from 'fast-check';
import { rangeOf, seriesOf, widened } from '../../../../src/core/analysis/series';
import { seriesInReport } from '../../../../src/core/analysis/report';

const total = (counts: Float64Array) => counts.reduce((a, b) => a + b, 0);

describe('a series over groups', () => {
  it('has its extremes over the groups that have a value', () => {
    const series = seriesOf(Float64Array.of(NaN, 3, -1, NaN), { low: -1, high: 3 }, false);
    assert.deepEqual([series.min, series.max, series.size], [-1, 3, 4]);
    assert.deepEqual([total(series.histogram.counts), series.histogram.notFinite], [2, 2]);
    assert.deepEqual([series.histogram.counts[0], series.histogram.counts.at(-1)], [1, 1]);
  });

  it('has none where no group has', () => {
    const series = seriesOf(Float64Array.of(NaN, NaN), rangeOf([Float64Array.of(NaN)]), false);
    assert.deepEqual([series.min, series.max, series.histogram.notFinite], [null, null, 2]);
    assert.deepEqual(seriesOf(new Float64Array(0), rangeOf([]), true).first, []);
  });

  it('shows the first and last eight, and all only when few or asked for', () => {
    const many = Float64Array.from({ length: seriesInReport + 1 }, (_, group) => group);
    const series = seriesOf(many, rangeOf([many]), false);
    assert.deepEqual(series.first, [0, 1, 2, 3, 4, 5, 6, 7]);
    assert.equal(series.last.at(-1), seriesInReport);
    assert.equal(series.values, null);
    assert.equal(seriesOf(many, rangeOf([many]), true).values?.length, seriesInReport + 1);
  });

  it('counts what a shared range leaves out', () => {
    const { histogram } = seriesOf(Float64Array.of(-5, 0, 5, 6), { low: -1, high: 1 }, false);
    assert.deepEqual([histogram.below, histogram.above, total(histogram.counts)], [1, 2, 1]);
  });
});

describe('a range', () => {
  it('holds all finite values of what shares it', () => {
    assert.deepEqual(rangeOf([Float64Array.of(1, NaN, 4), Float64Array.of(-Infinity, -2)]), { low: -2, high: 4 });
    assert.deepEqual(rangeOf([Float64Array.of(NaN)]), { low: 0, high: 1 });
  });

  it('reaches to both sides of a single value', () => {
    assert.deepEqual(widened(5, 5), { low: 2.5, high: 7.5 });
    assert.deepEqual(widened(-4, -4), { low: -6, high: -2 });
    assert.deepEqual(widened(0, 0), { low: -0.5, high: 0.5 });
  });

  it('keeps small differences at large offsets apart', () => {
    assert.deepEqual(widened(1e6, 1e6 + 1e-5), { low: 1e6, high: 1e6 + 1e-5 });
  });

  it('can be divided into bins for any two numbers, and holds them but for the ends of float64', () => {
    const double = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(double, double, (a, b) => {
        const { low, high } = widened(Math.min(a, b), Math.max(a, b));
        const perUnit = 128 / (high - low);
        assert.ok(high > low && Number.isFinite(perUnit) && perUnit > 0, `${low} to ${high}`);
        for (const value of [a, b]) {
          if (Math.abs(value) < 8e307) assert.ok(value >= low && value <= high, `${value} is outside ${low} to ${high}`);
        }
      }),
      { numRuns: 2000, seed: 5 },
    );
  });
});
