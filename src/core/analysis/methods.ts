import type { MomentTable } from '../engine/moments';
import type { Normalization, Plan } from '../engine/normalizations/normalization';
import { means, meanSquares, variances } from './statistics';
import { rangeOf, seriesOf, type Range } from './series';
import type { MethodReport } from './report';

/** A normalization that applies, with the moments of its groups. */
export interface Measured {
  readonly normalization: Normalization;
  readonly plan: Plan;
  readonly table: MomentTable;
}

/** The affine map of every group: `(x − shift) · scale`. NaN for a group without finite elements. */
export interface GroupMaps {
  readonly shift: Float64Array;
  readonly scale: Float64Array;
}

/** Means and variances of all methods on ranges they share, so that charts side by side can be compared. */
export interface SharedRanges {
  readonly mean: Range;
  readonly variance: Range;
}

export function sharedRanges(measured: readonly Measured[]): SharedRanges {
  const centred = measured.filter(({ normalization }) => normalization.centred);
  return {
    mean: rangeOf(centred.map(({ table }) => means(table))),
    variance: rangeOf(centred.map(({ table }) => variances(table))),
  };
}

export function methodReport(measured: Measured, eps: number, ranges: SharedRanges, full: boolean): MethodReport {
  const { normalization, plan, table } = measured;
  const base = {
    id: normalization.id,
    label: normalization.label,
    reducedAxes: plan.reducedAxes,
    groups: plan.groups,
    elementsPerGroup: plan.elementsPerGroup,
    sharedBy: plan.sharedBy,
    ...(plan.numGroups === undefined ? {} : { numGroups: plan.numGroups }),
    output: outputMoments(measured, eps),
  };
  if (normalization.centred) {
    return {
      ...base,
      mean: seriesOf(means(table), ranges.mean, full),
      variance: seriesOf(variances(table), ranges.variance, full),
    };
  }
  const squares = meanSquares(table);
  return { ...base, meanSquare: seriesOf(squares, rangeOf([squares]), full) };
}

/** Each group's `(x − mean) / √(variance + eps)`, or `x / √(mean(x²) + eps)`. */
export function groupMaps({ normalization, table }: Measured, eps: number): GroupMaps {
  const statistic = normalization.centred ? variances(table) : meanSquares(table);
  const scale = statistic.map((value) => 1 / Math.sqrt(value + eps));
  const shift = normalization.centred ? means(table) : scale.map((value) => (Number.isNaN(value) ? NaN : 0));
  return { shift, scale };
}

/** Mean and standard deviation of the normalized tensor, over its finite elements, from the groups' moments alone. */
function outputMoments(measured: Measured, eps: number): { mean: number | null; std: number | null } {
  const { table } = measured;
  const { shift, scale } = groupMaps(measured, eps);
  let count = 0;
  let mean = 0;
  let m2 = 0;
  for (let group = 0; group < table.size; group++) {
    const more = table.count[group] ?? 0;
    const factor = scale[group] ?? NaN;
    if (more === 0 || !Number.isFinite(factor)) continue;
    const delta = ((table.mean[group] ?? 0) - (shift[group] ?? 0)) * factor - mean;
    const total = count + more;
    // A variance beyond float64 makes every output 0.
    const spread = factor === 0 ? 0 : (table.m2[group] ?? 0) * factor * factor;
    m2 += spread + (delta * delta * count * more) / total;
    mean += (delta * more) / total;
    count = total;
  }
  return count === 0 ? { mean: null, std: null } : { mean, std: Math.sqrt(m2 / count) };
}
