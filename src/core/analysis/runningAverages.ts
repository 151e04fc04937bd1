import type { MomentTable } from '../engine/moments';
import { selectRanks } from '../engine/quantiles';
import { counted, formatNumber, formatPercent } from '../text/numbers';
import { seriesInReport, type RunningAverages, type RunningChannel, type RunningDistance } from './report';
import type { SampleTable } from './sampleTable';

/** Mini-batches in order: cells of (sample, channel), of which each `perBatch` consecutive samples are one. */
export interface MiniBatches {
  readonly table: SampleTable;
  readonly perBatch: number;
}

export interface RunningOptions {
  /** The weight of the new statistics, PyTorch's convention; `cumulative`: their average so far (PyTorch's `None`). */
  readonly momentum: number | 'cumulative';
  /** Samples of a mini-batch; the last one may have fewer. */
  readonly batchSize: number;
  /** Samples that are walked over, and those of an incomplete batch that are left out. */
  readonly samples: number;
  readonly leftOut: number;
}

/** Steps that are told of, at most, and channels. */
const mostPoints = 64;
const mostWorst = 8;
/** Channels times points, at most: each looks for their median. */
const mostWork = 1 << 22;
/** Less of the initial values is said to be forgotten. */
const forgotten = 0.01;

/**
 * What BatchNorm's running statistics are after each mini-batch: from 0 and 1, `r ← (1 − m)·r + m·b`, b being the batch's
 * mean and unbiased variance (PyTorch's convention). A channel with fewer than two finite elements in a batch keeps its
 * own. Distances are to the mean and the unbiased variance of the whole tensor, over the channels that have spread.
 * @param channels moments of every channel, over all samples
 * @returns null where no channel has spread
 */
export function trackRunning(batches: readonly MiniBatches[], channels: MomentTable, options: RunningOptions): RunningAverages | null {
  const { momentum, batchSize, samples, leftOut } = options;
  const population = populationOf(channels);
  if (population.channels.length === 0) return null;
  const steps = Math.ceil(samples / batchSize);
  const told = toldSteps(steps, Math.floor(mostWork / population.channels.length));
  const running = { mean: new Float64Array(channels.size), variance: new Float64Array(channels.size).fill(1) };
  const points: RunningAverages['points'][number][] = [];
  let step = 0;
  let updates = 0;
  let initialWeight = 1;
  let last = distancesOf(running, population);
  for (const { table, perBatch } of batches) {
    for (let first = 0; first < table.walk.samples; first += perBatch) {
      step++;
      const weight = momentum === 'cumulative' ? 1 / (updates + 1) : momentum;
      // A batch of which a mask leaves nothing is not seen by any channel.
      if (update(running, table, first, Math.min(first + perBatch, table.walk.samples), weight)) {
        updates++;
        initialWeight *= 1 - weight;
      }
      if (!told.has(step)) continue;
      last = distancesOf(running, population);
      points.push({ step, samples: Math.min(step * batchSize, samples), initialWeight, mean: summary(last.mean), variance: summary(last.variance) });
    }
  }
  const stepsToForget = stepsToForgetOf(momentum);
  return {
    momentum,
    batchSize,
    steps,
    lastBatch: samples - (steps - 1) * batchSize,
    leftOut,
    channels: population.channels.length,
    initialWeight,
    stepsToForget,
    points,
    worstMeans: worst(last.mean, population, running.mean, population.mean),
    worstVariances: worst(last.variance, population, running.variance, population.variance),
    final: channels.size <= seriesInReport ? running : null,
    note: noteOf(steps, initialWeight, stepsToForget),
  };
}

/** Steps until less than 1 % is left of the initial values; null where they stay. */
function stepsToForgetOf(momentum: RunningOptions['momentum']): number | null {
  if (momentum === 'cumulative' || momentum === 1) return 1;
  // The next one where a rounded logarithm falls on a whole number.
  return momentum === 0 ? null : Math.floor(Math.log(forgotten) / Math.log1p(-momentum)) + 1;
}

function noteOf(steps: number, initialWeight: number, stepsToForget: number | null): string | null {
  if (initialWeight <= forgotten) return null;
  const after = stepsToForget === null ? 'and stays: the momentum is 0' : `less than 1 % is after ${counted(stepsToForget, 'step')}`;
  return `After ${counted(steps, 'step')} ${formatPercent(initialWeight)} of the running statistics is still their initial 0 and 1; ${after}.`;
}

/** Evenly spaced steps, at most `most` and 64 of them, the last among them. */
function toldSteps(steps: number, most: number): ReadonlySet<number> {
  const count = Math.min(steps, mostPoints, Math.max(1, most));
  return new Set(Array.from({ length: count }, (_, index) => Math.ceil(((index + 1) * steps) / count)));
}

interface Running {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

interface Population extends Running {
  /** The channels with spread, ascending. */
  readonly channels: Int32Array;
  /** Of each of those: its deviation, and the logarithm of its variance. */
  readonly std: Float64Array;
  readonly logVariance: Float64Array;
}

function populationOf({ size, count, mean, m2 }: MomentTable): Population {
  const variance = m2.map((sum, channel) => sum / ((count[channel] ?? 0) - 1));
  const found: number[] = [];
  for (let channel = 0; channel < size; channel++) {
    const value = variance[channel] ?? NaN;
    if (value > 0 && value < Infinity) found.push(channel);
  }
  const channels = Int32Array.from(found);
  const [std, logVariance] = [new Float64Array(found.length), new Float64Array(found.length)];
  for (let place = 0; place < channels.length; place++) {
    const value = variance[channels[place] ?? 0] ?? NaN;
    std[place] = Math.sqrt(value);
    logVariance[place] = Math.log(value);
  }
  return { channels, mean, variance, std, logVariance };
}

/** One step of every channel, by the samples `first … end` of a table. @returns whether any has two elements among them */
function update({ mean, variance }: Running, { moments, walk }: SampleTable, first: number, end: number, weight: number): boolean {
  const { count: counts, mean: means, meanLow, m2 } = moments;
  const { sampleStride } = walk;
  let some = false;
  for (let channel = 0; channel < walk.channels; channel++) {
    const start = channel * walk.channelStride + first * sampleStride;
    const stop = start + (end - first) * sampleStride;
    let elements = 0;
    let centre: number | null = null;
    let sum = 0;
    // About the mean of the first cell that has one: an offset of all of them costs no digits.
    for (let cell = start; cell < stop; cell += sampleStride) {
      const count = counts[cell] ?? 0;
      if (count === 0) continue;
      centre ??= means[cell] ?? 0;
      elements += count;
      sum += count * ((means[cell] ?? 0) - centre + (meanLow[cell] ?? 0));
    }
    if (elements < 2 || centre === null) continue;
    some = true;
    const moved = sum / elements;
    let squares = 0;
    for (let cell = start; cell < stop; cell += sampleStride) {
      const count = counts[cell] ?? 0;
      if (count === 0) continue;
      const deviation = (means[cell] ?? 0) - centre + (meanLow[cell] ?? 0) - moved;
      squares += (m2[cell] ?? 0) + count * deviation * deviation;
    }
    mean[channel] = (1 - weight) * (mean[channel] ?? 0) + weight * (centre + moved);
    variance[channel] = (1 - weight) * (variance[channel] ?? 0) + (weight * squares) / (elements - 1);
  }
  return some;
}

/** |r − μ| in σ, and |ln(r / σ²)|, of every channel with spread. */
function distancesOf(running: Running, { channels, mean: own, std, logVariance }: Population): Running {
  const mean = new Float64Array(channels.length);
  const variance = new Float64Array(channels.length);
  for (let place = 0; place < channels.length; place++) {
    const channel = channels[place] ?? 0;
    mean[place] = Math.abs((running.mean[channel] ?? 0) - (own[channel] ?? 0)) / (std[place] ?? NaN);
    variance[place] = Math.abs(Math.log(running.variance[channel] ?? 0) - (logVariance[place] ?? NaN));
  }
  return { mean, variance };
}

/** Both NaN where a distance is: of a batch beyond float64. */
function summary(distances: Float64Array): RunningDistance {
  let max = 0;
  for (const distance of distances) max = Math.max(max, distance);
  if (Number.isNaN(max)) return { median: NaN, max };
  const values = distances.slice();
  const middle = (values.length - 1) / 2;
  const [below, above] = [Math.floor(middle), Math.ceil(middle)];
  selectRanks(values, 0, values.length, [below, above]);
  return { median: ((values[below] ?? 0) + (values[above] ?? 0)) / 2, max };
}

function worst(distances: Float64Array, { channels }: Population, running: Float64Array, own: Float64Array): RunningChannel[] {
  const best: number[] = [];
  distances.forEach((distance, place) => {
    if (best.length === mostWorst && distance <= (distances[best.at(-1) ?? 0] ?? 0)) return;
    const before = best.findIndex((other) => distance > (distances[other] ?? 0));
    best.splice(before < 0 ? best.length : before, 0, place);
    if (best.length > mostWorst) best.pop();
  });
  return best.map((place) => {
    const channel = channels[place] ?? 0;
    return { channel, running: running[channel] ?? 0, population: own[channel] ?? 0, distance: distances[place] ?? 0 };
  });
}

/** For people: where the running statistics are after the last step. */
export function runningText({ momentum, batchSize, steps, points, note }: RunningAverages): string[] {
  const last = points.at(-1);
  if (last === undefined) return [];
  const by = momentum === 'cumulative' ? 'their average so far' : `momentum ${formatNumber(momentum)}`;
  const factor = (distance: number) => formatNumber(Math.exp(distance), 3);
  return [
    `Running statistics after ${counted(steps, 'step')} of ${counted(batchSize, 'sample')}, ${by}: means off by ${formatNumber(last.mean.median, 2)} σ (median), at most ${formatNumber(last.mean.max, 2)} σ; ` +
      `variances by a factor of ${factor(last.variance.median)}, at most ${factor(last.variance.max)}.`,
    ...(note === null ? [] : [note]),
  ];
}
