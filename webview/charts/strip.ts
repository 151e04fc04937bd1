import type { Series } from '../../src/core/analysis/report';
import type { Layer, Rgba } from '../gpu/renderer';
import { barsOf, binAxis, type Bin, type ChartSize } from './bins';
import type { Tick } from './ticks';

export interface StripChart {
  readonly layers: readonly Layer[];
  readonly xTicks: readonly Tick[];
  binAt(x: number): Bin | null;
}

/** One statistic over the groups that have it. The range is the series' own histogram's; the fullest bin reaches the top. */
export function stripChart({ histogram }: Series, options: ChartSize & { readonly colour: Rgba }): StripChart {
  const most = histogram.counts.reduce((a, b) => Math.max(a, b), 1);
  return {
    layers: [barsOf(histogram.counts.map((count) => count / most), options, options.colour)],
    ...binAxis(histogram, options),
  };
}
