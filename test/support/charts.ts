import type { Histogram, Picture } from '../../src/core/analysis/report';

/** Parts of a report for tests of the charts. */

export function histogram(counts: readonly number[], rest: Partial<Histogram> = {}): Histogram {
  return { low: 0, high: 1, counts: Float64Array.from(counts), below: 0, above: 0, notFinite: 0, ...rest };
}

/** A picture whose pixels stand for one element each; NaN for one that is none. */
export function picture(rows: number, columns: number, values: readonly number[], rest: Partial<Picture> = {}): Picture {
  const mean = Float32Array.from(values);
  return { rows, columns, mean, min: mean, max: mean, flags: Uint8Array.from(values, (value) => (Number.isNaN(value) ? 1 : 0)), ...rest };
}
