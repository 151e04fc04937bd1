import type { BatchOutput, BatchOutputs } from '../../src/core/analysis/batchOutputs';
import type { Histogram } from '../../src/core/analysis/report';
import type { LineLayer, Rgba } from '../gpu/renderer';
import { axisHeight, binWidth, totalOf, type ChartSize } from './bins';
import { densityMax, histogramChart, type HistogramChart } from './histogram';
import type { Numbers } from './numbers';

export interface BatchOutputOptions extends ChartSize {
  /** Density at the top of the chart. */
  readonly yMax: number;
  readonly colour: Rgba;
  readonly layer: Rgba;
  /** Of the lines through the least and the most of all draws. */
  readonly band: Rgba;
}

/** Shares of a batch's outputs as a histogram. */
export function outputHistogram({ low, high }: BatchOutputs, { mean, below, above }: BatchOutput): Histogram {
  return { low, high, counts: mean, below, above, notFinite: 0 };
}

/** One top for every batch size, so that they can be compared: that of all samples in one batch, and of LayerNorm. */
export function outputMax(outputs: BatchOutputs, layer: Histogram | null): number {
  const all = outputs.sizes.at(-1);
  return headroom * densityMax([...(all === undefined ? [] : [outputHistogram(outputs, all)]), ...(layer === null ? [] : [layer])]);
}

const headroom = 1.25;

/** The mean over draws as bars, least and most of them as thin lines, LayerNorm's output as a line over them. */
export function batchOutputChart(outputs: BatchOutputs, output: BatchOutput, layer: Histogram | null, options: BatchOutputOptions): HistogramChart {
  const { yMax, colour, dpr } = options;
  const chart = histogramChart(outputHistogram(outputs, output), { ...options, yMax, logY: false, colour, reference: null });
  const { least, most, n } = output;
  const width = binWidth(outputHistogram(outputs, output));
  const isOne = n === outputs.sizes.at(-1)?.n;
  const through = (shares: Float64Array) => shares.map((share) => share / width);
  return {
    ...chart,
    layers: [
      ...chart.layers,
      ...(isOne ? [] : [line(through(least), options, options.band, dpr), line(through(most), options, options.band, dpr)]),
      ...(layer === null ? [] : [line(layer.counts.map((count) => count / totalOf(layer) / binWidth(layer)), options, options.layer, 2 * dpr)]),
    ],
  };
}

/** Through the middles of the bins. */
function line(densities: Float64Array, { width, height, dpr, yMax }: BatchOutputOptions, colour: Rgba, thick: number): LineLayer {
  const base = (height - axisHeight) * dpr;
  return {
    kind: 'line',
    x: Float32Array.from(densities, (_, bin) => ((bin + 0.5) / densities.length) * width * dpr),
    y: Float32Array.from(densities, (density) => base * (1 - Math.min(1, density / yMax))),
    width: thick,
    colour,
  };
}

/** A row per bin of every batch size. */
export function batchOutputNumbers({ low, high, sizes }: BatchOutputs): Numbers {
  const bins = sizes[0]?.mean.length ?? 0;
  const width = (high - low) / bins;
  return {
    columns: ['samples', 'low', 'high', 'share', 'least', 'most'],
    rows: sizes.length * bins,
    cell(row, column) {
      const [size, bin] = [sizes[Math.floor(row / bins)], row % bins];
      return [size?.n, low + bin * width, low + (bin + 1) * width, size?.mean[bin], size?.least[bin], size?.most[bin]][column] ?? NaN;
    },
  };
}
