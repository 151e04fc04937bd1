import type { Histogram } from '../../src/core/analysis/report';
import type { Layer, LineLayer, Rgba } from '../gpu/renderer';
import { axisHeight, barsOf, binAxis, binWidth, totalOf, type Bin, type ChartSize } from './bins';
import type { Tick } from './ticks';

export interface HistogramOptions extends ChartSize {
  /** Density at the top of the chart. */
  readonly yMax: number;
  readonly logY: boolean;
  readonly colour: Rgba;
  /** Colour of the standard normal's density; null where it has no place. */
  readonly reference: Rgba | null;
}

export interface HistogramChart {
  readonly layers: readonly Layer[];
  readonly xTicks: readonly Tick[];
  /** What goes on above the chart's top, and where in CSS pixels: never cut without being named. Neighbouring bins are one. */
  readonly spikes: readonly { readonly x: number; readonly share: number }[];
  binAt(x: number): Bin | null;
}

/** A bin that holds this share of the values, and stands this many times above all others, is a spike: padding, dead units. */
const spikeShare = 0.1;
const spikeHeight = 2.5;

/** The distribution of values: density by area, so that charts of different ranges and bins can be compared. */
export function histogramChart(histogram: Histogram, options: HistogramOptions): HistogramChart {
  const scale = yScale(histogram, options);
  const heights = Float64Array.from(densitiesOf(histogram), scale);
  const { reference, colour, width } = options;
  const total = totalOf(histogram);
  return {
    spikes: spikesOf(heights).map(({ first, last }) => ({
      x: ((last + 0.5) / heights.length) * width,
      share: histogram.counts.subarray(first, last + 1).reduce((a, b) => a + b, 0) / total,
    })),
    layers: [
      barsOf(heights, options, colour),
      ...(reference === null ? [] : [normalCurve(histogram, options, scale, reference)]),
    ],
    ...binAxis(histogram, options),
  };
}

function spikesOf(heights: Float64Array): { readonly first: number; readonly last: number }[] {
  const spikes: { first: number; last: number }[] = [];
  heights.forEach((height, bin) => {
    if (height <= 1) return;
    const before = spikes.at(-1);
    if (before?.last === bin - 1) before.last = bin;
    else spikes.push({ first: bin, last: bin });
  });
  return spikes;
}

/**
 * Density at the top of a scale that several histograms share: the greatest of all bins but spikes, which would press
 * everything else flat. 1 where there is no value.
 */
export function densityMax(histograms: readonly Histogram[]): number {
  let most = 0;
  let spike = 0;
  for (const histogram of histograms) {
    const width = binWidth(histogram);
    for (const density of densitiesOf(histogram)) {
      if (density * width >= spikeShare) spike = Math.max(spike, density);
      else most = Math.max(most, density);
    }
  }
  return spike > spikeHeight * most && most > 0 ? most * headroom : Math.max(spike, most) || 1;
}

/** Room above the others in which a spike is seen to go on. */
const headroom = 1.25;

/** One per bin: of the values, by the width of a bin. */
export function densitiesOf(histogram: Histogram): Float64Array {
  const unit = totalOf(histogram) * binWidth(histogram);
  return histogram.counts.map((count) => (unit === 0 ? 0 : count / unit));
}

/** Density to 0…1. On a log scale the bottom is half a value in a bin, so that one value is seen. */
function yScale(histogram: Histogram, { yMax, logY }: HistogramOptions): (density: number) => number {
  if (!logY) return (density) => density / yMax;
  const bottom = 0.5 / Math.max(1, totalOf(histogram) * binWidth(histogram));
  const decades = Math.log(yMax / bottom);
  return (density) => (density > bottom && decades > 0 ? Math.log(density / bottom) / decades : 0);
}

function normalCurve(
  { low, high }: Histogram,
  { width, height, dpr }: ChartSize,
  scale: (density: number) => number,
  colour: Rgba,
): LineLayer {
  const base = (height - axisHeight) * dpr;
  const points = Math.max(2, Math.round(width / 2));
  const x = new Float32Array(points);
  const y = new Float32Array(points);
  for (let point = 0; point < points; point++) {
    const value = low + ((high - low) * point) / (points - 1);
    x[point] = (width * dpr * point) / (points - 1);
    y[point] = base * (1 - Math.min(1, scale(Math.exp(-(value * value) / 2) / Math.sqrt(2 * Math.PI))));
  }
  return { kind: 'line', x, y, width: dpr, colour };
}
