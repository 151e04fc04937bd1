import { finest } from '../engine/cells';
import type { Grouping } from '../engine/engine';
import { groupCount } from '../engine/grouping';
import type { MomentTable } from '../engine/moments';
import type { Normalization, Plan } from '../engine/normalizations/normalization';
import { normalizations } from '../engine/normalizations/registry';
import type { Limits } from '../limits';
import { elementCount } from '../tensor/tensor';
import { axisOf, type Layout } from '../tensor/layout';
import { counted } from '../text/numbers';
import type { AnalysisRequest } from './report';

/** A normalization on this tensor: its plan, or why it has none. */
export type Planned = { readonly normalization: Normalization } & (
  | { readonly plan: Plan }
  | { readonly notApplicable: string }
);

/**
 * Every normalization's plan, in the order of the registry. One with more groups than fit in memory, alone or beside
 * those before it, is left out, and says so, rather than costing the others.
 * @throws NormoscopeError `usage` for options that the shape cannot have
 */
export function planAll(shape: readonly number[], layout: Layout, request: AnalysisRequest, limits: Limits): Planned[] {
  const accepted: Grouping[] = [];
  return normalizations.map((normalization) => {
    const result = normalization.plan(shape, layout, request);
    if ('notApplicable' in result) return { normalization, notApplicable: result.notApplicable };
    const { groups, grouping } = result;
    if (groups > limits.groupsInMemory) {
      const limit = counted(limits.groupsInMemory, 'group');
      return { normalization, notApplicable: `${counted(groups, 'group')}; at most ${limit} are kept in memory` };
    }
    if (!fits(shape, [...accepted, grouping], limits)) {
      const limit = counted(limits.cellsInMemory, 'group');
      return { normalization, notApplicable: `${counted(groups, 'group')} beside those of the others; at most ${limit} are kept in memory together` };
    }
    accepted.push(grouping);
    return { normalization, plan: result };
  });
}

/** Whether an analysis needs the precise mode whatever the size. What other arithmetics are held against has to be better than they are. */
export function isPrecise({ exact, groupDetails, precision = [] }: AnalysisRequest): boolean {
  return exact === true || groupDetails === true || precision.length > 0;
}

/** Whether what these groupings accumulate fits in memory together: those that no other one refines. */
function fits(shape: readonly number[], groupings: readonly Grouping[], { cellsInMemory }: Limits): boolean {
  const cells = finest(shape, groupings).reduce((sum, grouping) => sum + groupCount(shape, grouping), 0);
  return cells <= cellsInMemory;
}

/** How to walk cells of (sample, channel). */
export interface SampleWalk {
  readonly samples: number;
  readonly channels: number;
  readonly sampleStride: number;
  readonly channelStride: number;
}

/** Cells of (sample, channel), and how to walk them. */
export interface SampleCells extends SampleWalk {
  readonly grouping: Grouping;
}

/** The walk over (sample, channel), row-major over those axes; null where the axes named N lie on both sides of C. */
export function sampleWalk(shape: readonly number[], layout: Layout): SampleWalk | null {
  const letters = layout.roles.replace(/[TDHW]/g, '');
  const channelsLast = /^N+C$/.test(letters);
  if (!channelsLast && !/^CN+$/.test(letters)) return null;
  const samples = sampleCount(shape, layout);
  const channels = shape[axisOf(layout, 'C')] ?? 0;
  return { samples, channels, sampleStride: channelsLast ? channels : 1, channelStride: channelsLast ? 1 : samples };
}

/**
 * What the correlation inside a sample is estimated from. Null where a cell would be one element, where the axes named
 * N lie on both sides of C, or where there are too many cells to keep beside those of the plans.
 */
export function sampleCells(
  shape: readonly number[],
  layout: Layout,
  plans: readonly { readonly plan: Plan }[],
  limits: Limits,
): SampleCells | null {
  const walk = sampleWalk(shape, layout);
  if (walk === null) return null;
  const cells = walk.samples * walk.channels;
  const grouping = { kept: [...layout.roles].map((role) => role === 'N' || role === 'C') };
  if (cells >= elementCount(shape) || cells > limits.groupsInMemory) return null;
  if (!fits(shape, [...plans.map(({ plan }) => plan.grouping), grouping], limits)) return null;
  return { grouping, ...walk };
}

/** Samples that have a finite element in any cell. */
export function samplesWithElements(
  { count }: Pick<MomentTable, 'count'>,
  { samples, channels, sampleStride, channelStride }: SampleWalk,
): number {
  let found = 0;
  for (let sample = 0; sample < samples; sample++) {
    let elements = 0;
    for (let channel = 0; channel < channels && elements === 0; channel++) {
      elements = count[sample * sampleStride + channel * channelStride] ?? 0;
    }
    if (elements > 0) found++;
  }
  return found;
}

/** Samples N: the product of the axes named N. */
export function sampleCount(shape: readonly number[], layout: Layout): number {
  return elementCount(shape.filter((_, axis) => layout.roles[axis] === 'N'));
}
