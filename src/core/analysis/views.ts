import type { AffineMap, AffineView, Distribution, DistributionRequest, Distributions } from '../engine/engine';
import type { MomentTable } from '../engine/moments';
import type { MethodId } from '../engine/normalizations/normalization';
import type { Layout } from '../tensor/layout';
import type { Given, GivenParameters } from './given';
import type { Measured } from './methods';
import type { Histogram, Report, View } from './report';
import { widened, type Range } from './series';

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

/** Raw first, then one view per method, the normalized ones on one range: in units of sigma, or of what γ and β make of them. */
export function viewRequest(
  layout: Layout,
  overall: MomentTable,
  measured: readonly Measured[],
  affine: ReadonlyMap<MethodId, AffineMap>,
): DistributionRequest & { readonly views: readonly [AffineView, ...AffineView[]] } {
  const range = sharedRange(measured, affine);
  return {
    views: [
      rawView(layout, overall),
      ...measured.map(({ normalization: { id }, plan, shift, scale }) => ({
        grouping: plan.grouping,
        shift,
        scale,
        ...affineOf(affine.get(id)),
        ...range,
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

function affineOf(affine: AffineMap | undefined): { readonly affine?: AffineMap } {
  return affine === undefined ? {} : { affine };
}

/** What holds the normalized values of all views, γ and β done to those that have them. */
function sharedRange(measured: readonly Measured[], affine: ReadonlyMap<MethodId, AffineMap>): Range {
  const reach = sigmaReach(measured);
  const maps = measured.flatMap(({ normalization: { id } }) => affine.get(id) ?? []);
  const plain = maps.length === measured.length && maps.length > 0 ? [] : [{ low: -reach, high: reach }];
  const ranges = [...plain, ...maps.map((map) => affineRange(map, reach))];
  return widened(Math.min(...ranges.map(({ low }) => low)), Math.max(...ranges.map(({ high }) => high)));
}

/** What `x̂ · γ + β` reaches for |x̂| up to `reach`, and no farther than the histograms of other values do, x̂ having mean 0 and variance 1. */
function affineRange({ scale, offset }: AffineMap, reach: number): Range {
  let [low, high, count, mean, square] = [Infinity, -Infinity, 0, 0, 0];
  scale.forEach((weight, place) => {
    const bias = offset[place] ?? 0;
    const far = Math.abs(weight) * reach;
    if (!Number.isFinite(far + bias)) return;
    low = Math.min(low, bias - far);
    high = Math.max(high, bias + far);
    count++;
    mean += (bias - mean) / count;
    square += (weight * weight + bias * bias - square) / count;
  });
  const std = Math.sqrt(Math.max(0, square - mean * mean));
  return { low: Math.max(low, mean - widestInSigmas * std), high: Math.min(high, mean + widestInSigmas * std) };
}

/** BatchNorm in inference beside BatchNorm in training, on its range, where running statistics are given and it is shown. */
export function inferenceView(views: readonly AffineView[], measured: readonly Measured[], { running }: Given, eps: number): AffineView[] {
  const batch = views[measured.findIndex(({ normalization: { id } }) => id === 'batch') + 1];
  if (running === null || batch === undefined || batch === views[0]) return [];
  return [{ ...batch, shift: running.mean, scale: running.variance.map((variance) => 1 / Math.sqrt(variance + eps)) }];
}

/** The report's inference with the histograms of both outputs, where `inferenceView` gave a view, which is the last of them. */
export function withHistograms(
  inference: Report['inference'],
  drawn: readonly AffineView[],
  views: readonly AffineView[],
  measured: readonly Measured[],
  result: Distributions,
): Report['inference'] {
  const [view] = drawn;
  if (inference === null || view === undefined) return inference;
  const training = measured.findIndex(({ normalization: { id } }) => id === 'batch') + 1;
  const histogram = (index: number) => histogramOf(view, result.views[index] as Distribution);
  return { ...inference, histograms: { training: histogram(training), inference: histogram(views.length) } };
}

function histogramOf({ low, high }: AffineView, { counts, below, above, notFinite }: Distribution): Histogram {
  return { low, high, counts, below, above, notFinite };
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
export function viewsOf(views: readonly AffineView[], measured: readonly Measured[], result: Distributions, given: GivenParameters | undefined): View[] {
  const ids = ['raw', ...measured.map(({ normalization }) => normalization.id)] as const;
  return views.map((view, index) => {
    const id = ids[index] ?? 'raw';
    const drawn = result.views[index] as Distribution;
    const { mean, min, max } = drawn;
    return {
      id,
      ...(view.affine === undefined ? {} : { affine: affineName(given) }),
      histogram: histogramOf(view, drawn),
      picture: { rows: result.rows, columns: result.columns, mean, min, max, flags: result.flags },
    };
  });
}

/** What of γ and β is given, where something is. */
function affineName({ weight, bias }: GivenParameters = {}): NonNullable<View['affine']> {
  if (weight === undefined) return 'β';
  return bias === undefined ? 'γ' : 'γ and β';
}
