import type { MomentTable } from '../engine/moments';
import type { Normalization, Plan } from '../engine/normalizations/normalization';
import { groupDetails } from './groupDetails';
import { unmaskedElements } from './maskEffect';
import { means, meanSquares, variances } from './statistics';
import { rangeOf, seriesOf, type Range } from './series';
import { seriesInReport, type AnalysisRequest, type MethodReport } from './report';

/** A normalization that applies, with the moments of its groups and what follows from them, (groups) each. */
export interface Measured {
  readonly normalization: Normalization;
  readonly plan: Plan;
  readonly table: MomentTable;
  /** Variances; mean squares for a normalization that leaves the mean in. NaN for a group without finite elements. */
  readonly statistic: Float64Array;
  /** The affine map of every group: `(x − shift) · scale`. The shift is the mean, or 0; NaN as above. */
  readonly shift: Float64Array;
  readonly scale: Float64Array;
}

/** Each group's `(x − mean) / √(variance + eps)`, or `x / √(mean(x²) + eps)`. Computed once: there may be a million groups. */
export function measure(normalization: Normalization, plan: Plan, table: MomentTable, eps: number): Measured {
  const statistic = normalization.centred ? variances(table) : meanSquares(table);
  const scale = statistic.map((value) => 1 / Math.sqrt(value + eps));
  const shift = normalization.centred ? means(table) : scale.map((value) => (Number.isNaN(value) ? NaN : 0));
  return { normalization, plan, table, statistic, shift, scale };
}

/** So many are told of a method that is not drawn too: 32 KiB a column. */
const fewGroups = 4096;

/** Means and variances of all methods on ranges they share, so that charts side by side can be compared. */
export interface SharedRanges {
  readonly mean: Range;
  readonly variance: Range;
}

export function sharedRanges(measured: readonly Measured[]): SharedRanges {
  const centred = measured.filter(({ normalization }) => normalization.centred);
  return {
    mean: rangeOf(centred.map(({ shift }) => shift)),
    variance: rangeOf(centred.map(({ statistic }) => statistic)),
  };
}

/**
 * The values of every group are in it where they are few, where they are not many and of a method that is drawn, and where all are asked for.
 * @param masked whether a mask leaves elements out
 */
export function methodReport(
  measured: Measured,
  ranges: SharedRanges,
  { full = false, groupDetails: detailed = false, views }: Pick<AnalysisRequest, 'full' | 'groupDetails' | 'views'>,
  masked: boolean,
): MethodReport {
  const { normalization, plan, table, statistic, shift } = measured;
  const hasDetails = detailed && (normalization.id === 'layer' || normalization.id === 'batch');
  const kept = full || (table.size <= seriesInReport && (table.size <= fewGroups || views === undefined || views.includes(normalization.id)));
  const base = {
    id: normalization.id,
    label: normalization.label,
    reducedAxes: plan.reducedAxes,
    groups: plan.groups,
    elementsPerGroup: plan.elementsPerGroup,
    sharedBy: plan.sharedBy,
    ...(plan.numGroups === undefined ? {} : { numGroups: plan.numGroups }),
    ...(hasDetails && { details: full || table.size <= seriesInReport ? groupDetails(table) : null }),
    output: outputMoments(measured),
    ...(masked ? { unmasked: unmaskedElements(measured.table) } : {}),
  };
  if (normalization.centred) {
    return {
      ...base,
      mean: seriesOf(shift, ranges.mean, kept),
      variance: seriesOf(statistic, ranges.variance, kept),
    };
  }
  return { ...base, meanSquare: seriesOf(statistic, rangeOf([statistic]), kept) };
}

/** Mean and standard deviation of the normalized tensor, over its finite elements, from the groups' moments alone. */
export function outputMoments({ table, shift, scale }: Pick<Measured, 'table' | 'shift' | 'scale'>): { mean: number | null; std: number | null } {
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
