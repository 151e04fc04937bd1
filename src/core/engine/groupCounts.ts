import { NormoscopeError } from '../errors';
import type { Limits } from '../limits';
import type { TensorData } from '../tensor/tensor';
import { counted } from '../text/numbers';
import { WalkArea, type Arena, type Kernels } from './abi';
import type { GroupCounts, GroupHistogramRequest } from './engine';
import { groupCount } from './grouping';
import { planWalk } from './walk';

/** Below, above and not finite follow the bins of each group. */
const tails = 3;

/**
 * Groups of a request, of which each has its own bins.
 * @throws NormoscopeError `too-large` for more bins than are kept in memory
 */
export function checkGroups(shape: readonly number[], { grouping, bins }: GroupHistogramRequest, { histogramBins }: Limits): number {
  const groups = groupCount(shape, grouping);
  if (groups * bins > histogramBins) {
    throw new NormoscopeError(
      'too-large',
      `Histograms of ${counted(groups, 'group')} with ${counted(bins, 'bin')} each were asked for; at most ${counted(histogramBins, 'bin')} are kept in memory.`,
    );
  }
  return groups;
}

/** Counts as they are accumulated, (groups, bins + 3) row-major, in the columns of the result. */
export function groupCounts(groups: number, bins: number, accumulated: ArrayLike<number>): GroupCounts {
  const width = bins + tails;
  const counts = new Uint32Array(groups * bins);
  const tail = (place: number) => Uint32Array.from({ length: groups }, (_, group) => accumulated[group * width + bins + place] ?? 0);
  for (let group = 0; group < groups; group++) {
    for (let bin = 0; bin < bins; bin++) counts[group * bins + bin] = accumulated[group * width + bin] ?? 0;
  }
  return { groups, bins, counts, below: tail(0), above: tail(1), notFinite: tail(2) };
}

/** The walk of one request and its counts in kernel memory. */
export class GroupCountsArea {
  readonly walk: WalkArea;
  private readonly size: number;
  private readonly counts: number;

  constructor(
    private readonly arena: Arena,
    { shape, axisOrder }: Pick<TensorData, 'shape' | 'axisOrder'>,
    private readonly request: GroupHistogramRequest,
  ) {
    this.size = groupCount(shape, request.grouping) * (request.bins + tails);
    this.walk = new WalkArea(arena, planWalk(shape, axisOrder, request.grouping));
    this.counts = arena.reserve(this.size * 4);
  }

  /** Takes `n` further elements in storage order. */
  count(kernels: Kernels, x: number, n: number): void {
    const { walk, counts, request } = this;
    const { low, high, bins } = request;
    if (walk.plan.table === null) kernels.countGroupRows(walk.address, x, n, low, high, bins, counts);
    else kernels.countGroupColumns(walk.address, walk.table, x, n, low, high, bins, counts);
  }

  /** (groups, bins + 3), where they lie. */
  read(): Int32Array {
    return this.arena.integers(this.counts, this.size);
  }
}
