import type { MomentTable } from '../engine/moments';
import type { Statistics } from './report';

/**
 * The statistics of one group.
 * @param exact whether the table was computed in precise mode
 */
export function statisticsOf(table: MomentTable, group: number, exact: boolean): Statistics {
  const count = table.count[group] ?? 0;
  const min = table.min[group] ?? 0;
  const max = table.max[group] ?? 0;
  const m2 = table.m2[group] ?? 0;
  const has = count > 0;
  const variance = m2 / count;
  const spread = has && m2 > 0;
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
    // Of a constant there is neither: 0 / 0 is not a number.
    skewness: spread ? (table.m3[group] ?? 0) / count / variance ** 1.5 : null,
    excessKurtosis: spread ? (table.m4[group] ?? 0) / count / variance ** 2 - 3 : null,
    exact,
  };
}

/** Biased variance of every group, (groups); NaN for a group without finite elements. */
export function variances(table: MomentTable): Float64Array {
  return Float64Array.from(table.m2, (m2, group) => m2 / (table.count[group] ?? 0));
}

/** Mean of every group, (groups); NaN for a group without finite elements. */
export function means(table: MomentTable): Float64Array {
  return Float64Array.from(table.mean, (mean, group) => ((table.count[group] ?? 0) > 0 ? mean : NaN));
}

/** Mean of the squares of every group, (groups): `variance + mean²`, RMSNorm's statistic. */
export function meanSquares(table: MomentTable): Float64Array {
  return Float64Array.from(table.mean, (mean, group) => (table.m2[group] ?? 0) / (table.count[group] ?? 0) + mean * mean);
}
