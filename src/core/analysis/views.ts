import type { AffineView, Distribution, DistributionRequest, Distributions } from '../engine/engine';
import type { MomentTable } from '../engine/moments';
import type { Layout } from '../tensor/layout';
import type { Measured } from './methods';
import type { View } from './report';
import { widened } from './series';

const bins = 128;
/** No screen shows a tensor's picture larger than this beside another. */
const pixels = 256;
/** Beyond this many elements the histograms and pictures are of an even sample, and say so. */
export const maxElements = 64 * 1024 * 1024;
/** Histograms reach at most this many standard deviations; what lies beyond is counted at the edge. */
const widestInSigmas = 8;
const narrowestInSigmas = 4;

/** Rows of the pictures: the leading batch and time axes, so that a row is a sample or a token. */
export function pictureRowAxes(layout: Layout): number {
  return /^[NT]*/.exec(layout.roles)?.[0].length ?? 0;
}

/** Raw first, then one view per method, the normalized ones on one range in units of sigma. */
export function viewRequest(
  layout: Layout,
  overall: MomentTable,
  measured: readonly Measured[],
): DistributionRequest & { readonly views: readonly [AffineView, ...AffineView[]] } {
  const reach = sigmaReach(measured);
  return {
    views: [
      rawView(layout, overall),
      ...measured.map(({ plan, shift, scale }) => ({
        grouping: plan.grouping,
        shift,
        scale,
        low: -reach,
        high: reach,
      })),
    ],
    bins,
    rowAxes: pictureRowAxes(layout),
    maxRows: pixels,
    maxColumns: pixels,
    maxElements,
  };
}

function rawView(layout: Layout, overall: MomentTable): AffineView {
  const mean = overall.mean[0] ?? 0;
  const std = Math.sqrt((overall.m2[0] ?? 0) / (overall.count[0] ?? 0)) || 0;
  const low = Math.max(overall.min[0] ?? 0, mean - widestInSigmas * std);
  const high = Math.min(overall.max[0] ?? 0, mean + widestInSigmas * std);
  return {
    grouping: { kept: [...layout.roles].map(() => false) },
    shift: Float64Array.of(0),
    scale: Float64Array.of(1),
    ...widened(low, high),
  };
}

/** How many sigmas the normalized values reach, from the groups' extremes; a whole number within bounds. */
export function sigmaReach(measured: readonly Measured[]): number {
  let farthest = 0;
  for (const { table, shift, scale } of measured) {
    for (let group = 0; group < table.size; group++) {
      if ((table.count[group] ?? 0) === 0) continue;
      const centre = shift[group] ?? 0;
      const reach = (scale[group] ?? 0) * Math.max((table.max[group] ?? 0) - centre, centre - (table.min[group] ?? 0));
      // Of a constant group without eps it is 0 / 0.
      if (reach > farthest) farthest = reach;
    }
  }
  return Math.min(widestInSigmas, Math.max(narrowestInSigmas, Math.ceil(farthest)));
}

/** The engine's distributions as the report carries them. */
export function viewsOf(views: readonly AffineView[], measured: readonly Measured[], result: Distributions): View[] {
  const ids = ['raw', ...measured.map(({ normalization }) => normalization.id)] as const;
  return views.map(({ low, high }, index) => {
    const id = ids[index] ?? 'raw';
    const { counts, below, above, notFinite, mean, min, max } = result.views[index] as Distribution;
    return {
      id,
      histogram: { low, high, counts, below, above, notFinite },
      picture: { rows: result.rows, columns: result.columns, mean, min, max, flags: result.flags },
    };
  });
}
