import type { Histogram, Series } from './report';

const bins = 48;

export interface Range {
  readonly low: number;
  readonly high: number;
}

/** The least range that holds all finite values; widened where it would be a point, since a histogram needs a width. */
export function rangeOf(columns: readonly Float64Array[]): Range {
  let low = Infinity;
  let high = -Infinity;
  for (const values of columns) {
    for (const value of values) {
      if (!Number.isFinite(value)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return widened(low, high);
}

/** Widths from here on can be divided into bins; the ends stay this far from where float64 ends. */
const narrowest = 1e-290;
const farthest = 8e307;

/** `[low, high]` with a width that floating point can divide into bins; around a single value, half its size to either side. */
export function widened(low: number, high: number): Range {
  if (low > high) return { low: 0, high: 1 };
  const size = Math.min(farthest, Math.max(Math.abs(low), Math.abs(high)));
  if (high - low >= Math.max(size * 1e-12, narrowest)) {
    return { low: Math.max(low, -farthest), high: Math.min(high, farthest) };
  }
  const half = size < narrowest ? 0.5 : size / 2;
  return { low: Math.min(Math.max(low, -farthest), farthest) - half, high: Math.max(Math.min(high, farthest), -farthest) + half };
}

/**
 * One number per group as the report carries it.
 * @param values (groups), row-major over the kept axes; NaN for a group without statistics
 * @param kept whether the values themselves are in it
 */
export function seriesOf(values: Float64Array, range: Range, kept: boolean): Series {
  let min = Infinity;
  let max = -Infinity;
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const any = min <= max;
  return {
    size: values.length,
    first: [...values.subarray(0, 8)],
    last: [...values.subarray(Math.max(0, values.length - 8))],
    min: any ? min : null,
    max: any ? max : null,
    values: kept ? values : null,
    histogram: histogramOf(values, range),
  };
}

function histogramOf(values: Float64Array, { low, high }: Range): Histogram {
  const counts = new Float64Array(bins);
  const perUnit = bins / (high - low);
  let below = 0;
  let above = 0;
  let notFinite = 0;
  for (const value of values) {
    if (!Number.isFinite(value)) notFinite++;
    else if (value < low) below++;
    else if (value > high) above++;
    else {
      // The last bin holds its upper edge.
      const bin = Math.min(bins - 1, Math.floor((value - low) * perUnit));
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
  }
  return { low, high, counts, below, above, notFinite };
}
