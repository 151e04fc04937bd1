import type { Engine, PassOptions } from '../engine/engine';
import { elementCount, type TensorData } from '../tensor/tensor';
import type { Evidence } from './evidence';

/** Elements of every feature that are far from zero, as the paper on LLM.int8() counts them. */
export interface OutlierCounts {
  /** (features) each: elements with |x| ≥ 6, and finite elements, among those that were looked at. */
  readonly far: Float64Array;
  readonly looked: Float64Array;
  /** 1: every element was looked at; k: about one in k. */
  readonly sampledEvery: number;
}

/** Dettmers et al. 2022: an element is far from zero from here on, */
export const outlierSize = 6;
/** and a feature an outlier feature where this share of its positions is. */
export const outlierShare = 0.06;
/** Of fewer positions two are no share to speak of. */
const leastPositions = 32;
/** Beyond this many elements they are counted in an even sample: a few ten milliseconds of work. */
const mostElements = 1 << 22;

/**
 * Counts them where some feature may be an outlier feature, which its moments tell: a share of 6 % beyond 6 takes a mean square
 * of 0.06 · 6². Otherwise, and of tensors with spatial axes (the paper is on hidden states), nothing is read and it is null.
 */
export async function countOutliers(engine: Engine, data: TensorData, { tensor, layout, methods }: Pick<Evidence, 'tensor' | 'layout' | 'methods'>, options: PassOptions): Promise<OutlierCounts | null> {
  const batch = methods.get('batch');
  if (batch === undefined || !tensor.dtype?.includes('float') || /[DHW]/.test(layout.roles)) return null;
  const { table, plan } = batch;
  if (elementCount(data.shape) / Math.max(1, plan.groups) < leastPositions) return null;
  const possible = table.count.some((count, c) => {
    const [mean, min, max] = [table.mean[c] ?? 0, table.min[c] ?? 0, table.max[c] ?? 0];
    return count > 0 && Math.max(max, -min) >= outlierSize && mean * mean + (table.m2[c] ?? 0) / count >= outlierShare * outlierSize ** 2 * (1 - 1e-6);
  });
  if (!possible) return null;
  // Everything that is not beyond the range is in its one bin, and 6 itself is beyond.
  const inside = outlierSize * (1 - Number.EPSILON / 2);
  const { groups, sampledEvery } = await engine.distributions(
    data,
    { views: [], groups: [{ grouping: plan.grouping, bins: 1, low: -inside, high: inside }], bins: 1, rowAxes: 0, maxRows: 1, maxColumns: 1, maxElements: mostElements },
    options,
  );
  const [counts] = groups;
  if (counts === undefined) return null;
  const far = Float64Array.from(counts.below, (below, c) => below + (counts.above[c] ?? 0));
  return { far, looked: far.map((count, c) => count + (counts.counts[c] ?? 0)), sampledEvery };
}
