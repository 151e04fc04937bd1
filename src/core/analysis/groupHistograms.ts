import type { GroupCounts, GroupHistogramRequest } from '../engine/engine';
import { groupCount } from '../engine/grouping';
import { keep } from '../engine/normalizations/axes';
import type { Limits } from '../limits';
import type { Layout } from '../tensor/layout';
import { counted } from '../text/numbers';
import type { GroupHistograms, HistogramKind } from './report';
import type { Range } from './series';

const bins = 64;

/** Axes that stay, by their roles, and what there has to be one of. */
const kinds: Readonly<Record<HistogramKind, { readonly roles: string; readonly axis: string }>> = {
  tensor: { roles: '', axis: '' },
  channel: { roles: 'C', axis: 'channel' },
  sample: { roles: 'N', axis: 'sample' },
};

/** One kind of histograms: what it asks of the engine, or why there is none. */
export type PlannedHistograms = { readonly of: HistogramKind } & ({ readonly request: GroupHistogramRequest } | { readonly notApplicable: string });

/** @param range of the histogram of the whole tensor: all of them share it, so that they can stand above each other */
export function planHistograms(
  wanted: readonly HistogramKind[],
  shape: readonly number[],
  layout: Layout,
  { low, high }: Range,
  { histogramBins }: Limits,
): PlannedHistograms[] {
  return [...new Set(wanted)].map((of) => {
    const { roles, axis } = kinds[of];
    const grouping = { kept: keep(layout, roles) };
    if (roles !== '' && !grouping.kept.includes(true)) return { of, notApplicable: `no ${axis} axis` };
    const groups = groupCount(shape, grouping);
    if (groups * bins > histogramBins) {
      return { of, notApplicable: `${counted(groups, axis)} of ${bins} bins; at most ${counted(histogramBins, 'bin')} are kept in memory` };
    }
    return { of, request: { grouping, bins, low, high } };
  });
}

/** The engine's counts as the report carries them. */
export function groupHistogramsOf(planned: readonly PlannedHistograms[], counts: readonly GroupCounts[]): GroupHistograms[] {
  const found = counts[Symbol.iterator]();
  return planned.map((plan) => {
    if ('notApplicable' in plan) return plan;
    const { low, high } = plan.request;
    const { groups, ...rest } = found.next().value as GroupCounts;
    return { of: plan.of, size: groups, low, high, ...rest };
  });
}
