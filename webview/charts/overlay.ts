import type { Histogram } from '../../src/core/analysis/report';
import type { Layer, LineLayer, Rgba } from '../gpu/renderer';
import { axisHeight, barsOf, binAxis, type ChartSize } from './bins';
import type { Tick } from './ticks';
import { densitiesOf, densityMax } from './histogram';

export interface OverlayOptions extends ChartSize {
  readonly barColour: Rgba;
  readonly lineColour: Rgba;
}

export interface OverlayChart {
  readonly layers: readonly Layer[];
  readonly xTicks: readonly Tick[];
  /** The bin under a place, which both have. */
  binAt(x: number): number | null;
}

/**
 * Two distributions on one range and the same bins: the first as bars, the second as the outline of its own. Density by area, so
 * that numbers of values may differ.
 */
export function overlayChart(bars: Histogram, line: Histogram, options: OverlayOptions): OverlayChart {
  const most = densityMax([bars, line]);
  const share = (histogram: Histogram) => densitiesOf(histogram).map((density) => Math.min(1, density / most));
  const { counts } = bars;
  const { xTicks } = binAxis(bars, options);
  return {
    layers: [barsOf(share(bars), options, options.barColour), outlineOf(share(line), options)],
    xTicks,
    binAt(x) {
      const bin = Math.floor((x / options.width) * counts.length);
      return bin >= 0 && bin < counts.length ? bin : null;
    },
  };
}

function outlineOf(heights: Float64Array, { width, height, dpr, lineColour }: OverlayOptions): LineLayer {
  const base = (height - axisHeight) * dpr;
  const x = new Float32Array(2 * heights.length);
  const y = new Float32Array(2 * heights.length);
  heights.forEach((share, bin) => {
    for (const end of [0, 1]) {
      x[2 * bin + end] = ((bin + end) / heights.length) * width * dpr;
      y[2 * bin + end] = base * (1 - share);
    }
  });
  return { kind: 'line', x, y, width: 1.5 * dpr, colour: lineColour };
}
