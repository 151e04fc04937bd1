import type { Mask } from '../engine/mask';
import { maskedPositions } from '../engine/mask';
import type { MomentTable } from '../engine/moments';
import { maskText, type MaskRequest } from './mask';
import type { Measured } from './methods';
import type { MaskEffect, MaskReport, UnmaskedElements } from './report';
import { rangeOf, seriesOf } from './series';

/** Statistics of a normalization with what the mask leaves out counted in, (groups) each. */
export interface Unmasked {
  readonly means: Float64Array;
  readonly variances: Float64Array;
}

/** Elements of each group that the mask leaves, whatever they are. */
export function unmaskedElements({ size, count, nan, posInf, negInf }: MomentTable): UnmaskedElements {
  let least = Infinity;
  let most = 0;
  let empty = 0;
  for (let group = 0; group < size; group++) {
    const elements = (count[group] ?? 0) + (nan[group] ?? 0) + (posInf[group] ?? 0) + (negInf[group] ?? 0);
    if (elements === 0) empty++;
    else least = Math.min(least, elements);
    most = Math.max(most, elements);
  }
  return { least: empty === size ? 0 : least, most, empty };
}

/**
 * @param shown by normalization: its statistics with the mask, and without
 * @param elements elements of the tensor that the mask leaves out
 */
export function maskReport(
  request: MaskRequest,
  mask: Mask,
  elements: { readonly masked: number; readonly total: number },
  shown: readonly { readonly measured: Measured; readonly unmasked: Unmasked }[],
  full: boolean,
): MaskReport {
  return {
    kind: request.kind,
    source: maskText(request),
    axes: mask.kept.flatMap((kept, axis) => (kept ? [axis] : [])),
    positions: mask.counts.length,
    maskedPositions: maskedPositions(mask),
    maskedElements: elements.masked,
    share: elements.total === 0 ? 0 : elements.masked / elements.total,
    withoutMask: Object.fromEntries(shown.map(({ measured, unmasked }) => [measured.normalization.id, effectOf(measured, unmasked, full)])),
  };
}

function effectOf({ table, statistic, shift }: Measured, { means, variances }: Unmasked, full: boolean): MaskEffect {
  let meanShift: number | null = null;
  let meanShiftGroup = -1;
  let farthest = -1;
  let varianceRatio: number | null = null;
  let varianceRatioGroup = -1;
  for (let group = 0; group < table.size; group++) {
    const variance = statistic[group] ?? NaN;
    const other = variances[group] ?? NaN;
    // A group that is constant under the mask has no deviation to measure in; one that is empty has nothing.
    if (!((table.min[group] ?? 0) < (table.max[group] ?? 0)) || !(variance > 0 && variance < Infinity)) continue;
    const moved = Math.abs((means[group] ?? NaN) - (shift[group] ?? NaN)) / Math.sqrt(variance);
    if (moved > (meanShift ?? -1)) [meanShift, meanShiftGroup] = [moved, group];
    const ratio = other / variance;
    if (ratio > 0 && Math.abs(Math.log(ratio)) > farthest) {
      farthest = Math.abs(Math.log(ratio));
      [varianceRatio, varianceRatioGroup] = [ratio, group];
    }
  }
  return {
    mean: seriesOf(means, rangeOf([means]), full),
    variance: seriesOf(variances, rangeOf([variances]), full),
    meanShift,
    meanShiftGroup,
    varianceRatio,
    varianceRatioGroup,
  };
}
