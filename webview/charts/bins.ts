import type { Histogram } from '../../src/core/analysis/report';
import type { BarsLayer, Rgba } from '../gpu/renderer';
import { xTicks, type Tick } from './ticks';

/** Size of a chart in CSS pixels, and device pixels to one of them. */
export interface ChartSize {
  readonly width: number;
  readonly height: number;
  readonly dpr: number;
}

/** Room for an axis under a chart, in CSS pixels. */
export const axisHeight = 18;

/** One bin, with the share that it holds of all finite values (those beyond the range among them). */
export interface Bin {
  readonly low: number;
  readonly high: number;
  readonly count: number;
  readonly share: number;
}

/** Finite values of a histogram, inside its range and beyond. */
export function totalOf({ counts, below, above }: Histogram): number {
  let total = below + above;
  for (const count of counts) total += count;
  return total;
}

export function binWidth({ low, high, counts }: Histogram): number {
  return (high - low) / counts.length;
}

/**
 * Bars that stand on the chart's axis, their edges on whole device pixels so that neighbours neither overlap nor gape.
 * @param heights (bins) in 0…1 of the chart's height; a bin that holds anything is at least a pixel high
 */
export function barsOf(heights: Float64Array, { width, height, dpr }: ChartSize, colour: Rgba): BarsLayer {
  const base = Math.round((height - axisHeight) * dpr);
  const filled = [...heights.keys()].filter((bin) => (heights[bin] ?? 0) > 0);
  const edge = (bin: number) => Math.round((bin / heights.length) * width * dpr);
  return {
    kind: 'bars',
    x0: Float32Array.from(filled, edge),
    x1: Float32Array.from(filled, (bin) => Math.max(edge(bin + 1), edge(bin) + 1)),
    y0: Float32Array.from(filled, (bin) => base - Math.max(1, Math.round(Math.min(1, heights[bin] ?? 0) * base))),
    y1: Float32Array.from(filled, () => base),
    colour,
  };
}

/** Ticks and the bin under a place, for a histogram drawn over the whole width. */
export function binAxis(histogram: Histogram, { width }: ChartSize): { readonly xTicks: readonly Tick[]; binAt(x: number): Bin | null } {
  const { low, high, counts } = histogram;
  const total = totalOf(histogram);
  return {
    xTicks: xTicks(low, high, width),
    binAt(x) {
      const bin = Math.floor((x / width) * counts.length);
      const count = counts[bin];
      if (count === undefined) return null;
      const step = binWidth(histogram);
      return { low: low + bin * step, high: low + (bin + 1) * step, count, share: total === 0 ? 0 : count / total };
    },
  };
}
