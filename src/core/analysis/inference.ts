import type { MomentTable } from '../engine/moments';
import type { Given } from './given';
import { outputMoments } from './methods';
import type { RunningStatistics } from './parameters';
import { seriesInReport, type Histogram, type Report } from './report';
import { means, variances } from './statistics';

/** A channel whose output in inference is farthest from that in training. */
export interface InferenceChannel {
  readonly channel: number;
  readonly shift: number;
  readonly scale: number;
  /** The tensor's own statistics, the variance biased: those that training normalizes with. */
  readonly mean: number;
  readonly variance: number;
  readonly runningMean: number;
  readonly runningVariance: number;
}

/**
 * BatchNorm in training, with the statistics of this tensor, against BatchNorm in inference, with running ones. A channel's
 * output in inference is that in training times `scale` plus `shift`, before γ and β: `scale = √((v + eps) / (r + eps))`,
 * `shift = (m − q) / √(r + eps)`, with m and v of the tensor and q and r running (from both definitions, by algebra).
 */
export interface Inference {
  /** `given`: a checkpoint's; `own`: the running averages over this tensor's mini-batches, after the last. */
  readonly from: 'given' | 'own';
  /** Channels that the numbers are of: those with finite elements. */
  readonly channels: number;
  /** (channels) each, NaN without elements; null for more than `seriesInReport`. */
  readonly shift: Float64Array | null;
  readonly scale: Float64Array | null;
  /** Of |shift| and |ln scale|; null without a channel that has them. */
  readonly shifts: { readonly median: number; readonly max: number } | null;
  readonly scales: { readonly median: number; readonly max: number } | null;
  /** Up to 8 each, farthest first. */
  readonly worstShifts: readonly InferenceChannel[];
  readonly worstScales: readonly InferenceChannel[];
  /** Mean and standard deviation of the whole output in inference, before γ and β. */
  readonly output: { readonly mean: number | null; readonly std: number | null };
  /** The outputs on one range, where the statistics are given and BatchNorm is looked at. */
  readonly histograms: { readonly training: Histogram; readonly inference: Histogram } | null;
}

const mostWorst = 8;

/**
 * Given running statistics, else the tensor's own after the last mini-batch; null without either.
 * @param channels moments of every channel
 */
export function inferenceFrom({ running }: Given, own: Report['runningAverages'], channels: MomentTable, eps: number): Inference | null {
  if (running !== null) return inferenceOf('given', channels, running, eps);
  if (own === null || 'notApplicable' in own || own.final === null) return null;
  return inferenceOf('own', channels, own.final, eps);
}

/**
 * @param table moments of every channel
 * @param running (channels) each
 */
function inferenceOf(from: Inference['from'], table: MomentTable, running: RunningStatistics, eps: number): Inference {
  const own = { mean: means(table), variance: variances(table) };
  const scaleTo = running.variance.map((variance) => 1 / Math.sqrt(variance + eps));
  const shift = own.mean.map((mean, channel) => ((mean - (running.mean[channel] ?? NaN)) + (table.meanLow[channel] ?? 0)) * (scaleTo[channel] ?? NaN));
  const scale = own.variance.map((variance, channel) => Math.sqrt(variance + eps) * (scaleTo[channel] ?? NaN));
  const kept = table.size <= seriesInReport;
  const channelOf = (channel: number): InferenceChannel => ({
    channel,
    shift: shift[channel] ?? NaN,
    scale: scale[channel] ?? NaN,
    mean: own.mean[channel] ?? NaN,
    variance: own.variance[channel] ?? NaN,
    runningMean: running.mean[channel] ?? NaN,
    runningVariance: running.variance[channel] ?? NaN,
  });
  const shiftSizes = shift.map(Math.abs);
  const scaleSizes = scale.map((factor) => Math.abs(Math.log(factor)));
  return {
    from,
    channels: table.count.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0),
    shift: kept ? shift : null,
    scale: kept ? scale : null,
    shifts: summary(shiftSizes),
    scales: summary(scaleSizes),
    worstShifts: farthest(shiftSizes, mostWorst).map(channelOf),
    worstScales: farthest(scaleSizes, mostWorst).map(channelOf),
    output: outputMoments({ table, shift: running.mean, scale: scaleTo }),
    histograms: null,
  };
}

/** Median and greatest of the values that are numbers; null without any. */
export function summary(values: Float64Array): { median: number; max: number } | null {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  const middle = (sorted.length - 1) / 2;
  const max = sorted.at(-1);
  return max === undefined ? null : { median: ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2, max };
}

/** Places of the greatest values above 0, greatest first; NaN is none. */
export function farthest(values: Float64Array, most: number): number[] {
  const best: number[] = [];
  values.forEach((value, place) => {
    if (!(value > 0) || (best.length === most && value <= (values[best.at(-1) ?? 0] ?? 0))) return;
    const before = best.findIndex((other) => value > (values[other] ?? 0));
    best.splice(before < 0 ? best.length : before, 0, place);
    if (best.length > most) best.pop();
  });
  return best;
}
