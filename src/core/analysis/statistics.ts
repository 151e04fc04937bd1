import type { MomentTable } from '../engine/moments';
import type { MomentsResult } from '../engine/engine';
import { quantileLevels, type Quantiles } from '../engine/quantiles';
import { formatPercent } from '../text/numbers';
import type { Statistics } from './report';

/** The statistics of a whole tensor: its moments and what else its pass has told. */
export function statisticsOfAll({ overall, quantiles, subnormal, integers, exact }: MomentsResult): Statistics {
  return {
    ...statisticsOf(overall, 0, exact),
    ...(quantiles !== null && quantileFields(quantiles)),
    subnormal,
    integers,
  };
}

function quantileFields({ values, from, error }: Quantiles) {
  return {
    quantiles: Object.fromEntries(quantileLevels.map((level, index) => [String(level), values[index] ?? NaN])),
    quantilesExact: error === 0,
    quantilesFrom: from,
    quantileError: error,
  };
}

/** Least, greatest and farthest from zero, exact for integers of any size. */
export function extremesOf({ integers, min, max, absMax }: Statistics): Readonly<Record<'min' | 'max' | 'absMax', number | bigint | null>> {
  if (integers === null) return { min, max, absMax };
  const size = (value: bigint) => (value < 0n ? -value : value);
  const [low, high] = [size(integers.min), size(integers.max)];
  return { ...integers, absMax: low > high ? low : high };
}

/** What to say beside quantiles that are not exact; empty for those that are. */
export function quantileNote({ quantiles, quantilesExact, quantileError }: Statistics): string {
  if (quantiles === null || quantilesExact) return '';
  return quantileError === null ? 'quantiles without a bound' : `quantiles to ${formatPercent(quantileError)}`;
}

/**
 * The statistics of one group, by its moments alone.
 * @param exact whether the table was computed in precise mode
 */
export function statisticsOf(table: MomentTable, group: number, exact: boolean): Statistics {
  const count = table.count[group] ?? 0;
  const min = table.min[group] ?? 0;
  const max = table.max[group] ?? 0;
  const m2 = table.m2[group] ?? 0;
  const has = count > 0;
  const variance = m2 / count;
  return {
    count,
    nan: table.nan[group] ?? 0,
    posInf: table.posInf[group] ?? 0,
    negInf: table.negInf[group] ?? 0,
    zeros: table.zeros[group] ?? 0,
    mean: has ? (table.mean[group] ?? 0) : null,
    variance: has ? variance : null,
    varianceUnbiased: count > 1 ? m2 / (count - 1) : null,
    std: has ? Math.sqrt(variance) : null,
    min: has ? min : null,
    max: has ? max : null,
    absMax: has ? Math.max(Math.abs(min), Math.abs(max)) : null,
    integers: null,
    skewness: skewnessOf(table, group),
    excessKurtosis: excessKurtosisOf(table, group),
    exact,
    quantiles: null,
    quantilesExact: false,
    quantilesFrom: null,
    quantileError: null,
    subnormal: null,
  };
}

/** Skewness of a group; null of a constant (0 / 0 is not a number), and where the powers leave the range of float64. */
export function skewnessOf({ count, m2, m3 }: MomentTable, group: number): number | null {
  const variance = (m2[group] ?? 0) / (count[group] ?? 0);
  return variance > 0 ? finiteOrNull((m3[group] ?? 0) / (count[group] ?? 0) / variance ** 1.5) : null;
}

/** Excess kurtosis of a group; null as `skewnessOf`. */
export function excessKurtosisOf({ count, m2, m4 }: MomentTable, group: number): number | null {
  const variance = (m2[group] ?? 0) / (count[group] ?? 0);
  return variance > 0 ? finiteOrNull((m4[group] ?? 0) / (count[group] ?? 0) / variance ** 2 - 3) : null;
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Biased variance of every group, (groups); NaN for a group without finite elements. */
export function variances({ size, m2, count }: MomentTable): Float64Array {
  return column(size, (group) => (m2[group] ?? 0) / (count[group] ?? 0));
}

/** Mean of every group, (groups); NaN for a group without finite elements. */
export function means({ size, mean, count }: MomentTable): Float64Array {
  return column(size, (group) => ((count[group] ?? 0) > 0 ? (mean[group] ?? 0) : NaN));
}

/** Mean of the squares of every group, (groups): `variance + mean²`, RMSNorm's statistic; NaN without finite elements. */
export function meanSquares({ size, mean, m2, count }: MomentTable): Float64Array {
  return column(size, (group) => (m2[group] ?? 0) / (count[group] ?? 0) + (mean[group] ?? 0) ** 2);
}

/** A loop, since `Float64Array.from` takes some thirty times as long over a million groups. */
function column(size: number, at: (group: number) => number): Float64Array {
  const values = new Float64Array(size);
  for (let group = 0; group < size; group++) values[group] = at(group);
  return values;
}

/** While none are known. */
export const noStatistics: Statistics = {
  count: 0,
  nan: 0,
  posInf: 0,
  negInf: 0,
  zeros: 0,
  mean: null,
  variance: null,
  varianceUnbiased: null,
  std: null,
  min: null,
  max: null,
  absMax: null,
  integers: null,
  skewness: null,
  excessKurtosis: null,
  exact: true,
  quantiles: null,
  quantilesExact: false,
  quantilesFrom: null,
  quantileError: null,
  subnormal: null,
};
