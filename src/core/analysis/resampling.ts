import type { SampleWalk } from './plans';
import type { CellMoments } from './sampleTable';

/** How the statistics of batches that were drawn from the tensor's own samples scatter. */
export interface Resampled {
  /** Batches of each size. */
  readonly draws: number;
  /** Samples that batches were drawn from: all, or one in as many as the bound on work asks. */
  readonly samples: number;
  /** Channels that were looked at: all with spread, or those of as many, evenly spaced, as the bound on work allows. */
  readonly channels: number;
  /** One per batch size that was asked for; null where it cannot be told. */
  readonly points: readonly (ResampledPoint | null)[];
}

/** Root mean squares over channels: the formula's correlation is pooled by squares in units of each channel's σ, too. */
export interface ResampledPoint {
  /** Standard deviation of a batch's biased variance by its own mean. */
  readonly stdOfVariance: number;
  /** Standard deviation of a batch's mean in units of the channel's σ. */
  readonly stdOfMean: number;
}

/** A standard deviation from 200 draws is uncertain by 1/√400 = 5 %. */
const draws = 200;
/** Cells added up, at most: some tens of milliseconds. Beyond it fewer channels, and then no batches so large. */
const mostCells = 1 << 21;
/** Samples drawn from, at most: with one channel they stay in the cache. One in k of more. */
const mostSamples = 1 << 15;
/** Three samples make three pairs: their scatter says little. */
const fewestSamples = 4;

/**
 * How BatchNorm's statistics scatter over batches of whole samples, drawn at random from the tensor's own: without an
 * assumption on how elements are distributed. Seeded, so the same for the same tensor.
 *
 * Drawn without replacement, as the batches of an epoch are: a sample twice in a batch would take from its variance.
 * N samples then scatter less than what they are a sample of, by the finite population correction (N−n)/(N−1) (Cochran,
 * Sampling Techniques, 1977, 2.6), for which results are corrected. It holds of the variance as of the mean: the variance
 * of N is the mean of those of its subsets of n (Hoeffding 1948), so that 2/(n−1) − 2/(N−1) = 2/(n−1) · (N−n)/(N−1) is
 * left of it. (Of the part that varies inside samples it is (N−n)/N.) The batch of all samples does not vary, and has no result.
 * @param cells moments of every (sample, channel)
 * @param sizes numbers of samples n, ascending
 * @returns null with fewer than four samples, no size below theirs, or no channel with spread
 */
export function resample(cells: CellMoments, all: SampleWalk, sizes: readonly number[]): Resampled | null {
  const step = Math.ceil(all.samples / mostSamples);
  const samples = Math.floor(all.samples / step);
  const walk = { ...all, samples, sampleStride: all.sampleStride * step };
  const affordable = Math.floor(mostCells / draws);
  const drawn = sizes.filter((n) => n < samples && n <= affordable);
  const largest = drawn.at(-1);
  if (samples < fewestSamples || largest === undefined) return null;
  const deviations = deviationsOf(cells, walk, Math.floor(affordable / largest));
  if (deviations.channels === 0) return null;
  const scatters = drawn.map(() => new Scatter(deviations.channels));
  const order = inOrder(samples);
  const uniform = seededUniform(1);
  for (let draw = 0; draw < draws; draw++) {
    // The beginnings of one random order are random batches of every size.
    shuffle(order, largest, uniform);
    drawBatches(deviations, order, drawn, scatters);
  }
  const points = sizes.map((n): ResampledPoint | null => {
    const scatter = scatters[drawn.indexOf(n)];
    if (scatter === undefined) return null;
    const correction = Math.sqrt((samples - 1) / (samples - n));
    const stdOfVariance = correction * scatter.ofVariance();
    const stdOfMean = correction * scatter.ofMean();
    return Number.isFinite(stdOfVariance) && Number.isFinite(stdOfMean) ? { stdOfVariance, stdOfMean } : null;
  });
  return { draws, samples, channels: deviations.channels, points };
}

/** Samples about their channel's mean in units of its σ. */
interface Deviations {
  readonly channels: number;
  /** Per (sample, channel), row-major, three numbers: elements, the sum of their deviations, the sum of the squares. */
  readonly sums: Float64Array;
}

const numbersPerCell = 3;

/** Of at most `most` channels, evenly spaced; of those, the ones with spread. */
function deviationsOf(cells: CellMoments, walk: SampleWalk, most: number): Deviations {
  const { samples, sampleStride, channelStride } = walk;
  const candidates = Math.min(walk.channels, most);
  const found = Array.from({ length: candidates }, (_, index) => {
    const first = Math.floor(((index + 0.5) * walk.channels) / candidates) * channelStride;
    return { first, ...channelMoments(cells, walk, first) };
  }).filter(({ variance }) => variance > 0 && variance < Infinity);
  const sums = new Float64Array(samples * found.length * numbersPerCell);
  found.forEach(({ first, mean, variance }, channel) => {
    const std = Math.sqrt(variance);
    for (let sample = 0; sample < samples; sample++) {
      const cell = first + sample * sampleStride;
      const count = cells.count[cell] ?? 0;
      if (count === 0) continue;
      const deviation = (cells.mean[cell] ?? 0) - mean + (cells.meanLow[cell] ?? 0);
      const at = (sample * found.length + channel) * numbersPerCell;
      sums[at] = count;
      sums[at + 1] = (count * deviation) / std;
      sums[at + 2] = ((cells.m2[cell] ?? 0) + count * deviation * deviation) / variance;
    }
  });
  return { channels: found.length, sums };
}

/** Mean and biased variance of a channel, whose first cell is `first`, over all samples. */
export function channelMoments({ count, mean, m2 }: CellMoments, { samples, sampleStride }: SampleWalk, first: number) {
  const end = first + samples * sampleStride;
  let elements = 0;
  let sum = 0;
  for (let cell = first; cell < end; cell += sampleStride) {
    elements += count[cell] ?? 0;
    sum += (count[cell] ?? 0) * (mean[cell] ?? 0);
  }
  const middle = sum / elements;
  let squares = 0;
  for (let cell = first; cell < end; cell += sampleStride) {
    if (count[cell]) squares += (m2[cell] ?? 0) + (count[cell] ?? 0) * ((mean[cell] ?? 0) - middle) ** 2;
  }
  return { mean: middle, variance: squares / elements };
}

/**
 * Adds up the samples in order, and at every size in `sizes` tells that size's scatter of the batch so far. Sums about
 * the channel's own mean, in its σ, lose nothing that shows beside 1, and need no division: Chan's merge does.
 */
function drawBatches({ channels, sums }: Deviations, order: Int32Array, sizes: readonly number[], scatters: readonly Scatter[]): void {
  const width = channels * numbersPerCell;
  const batch = new Float64Array(width);
  let taken = 0;
  sizes.forEach((size, index) => {
    for (; taken < size; taken++) {
      const from = (order[taken] ?? 0) * width;
      for (let at = 0; at < width; at++) batch[at] = (batch[at] ?? 0) + (sums[from + at] ?? 0);
    }
    scatters[index]?.add(batch);
  });
}

/** How the means and the biased variances of batches, both about 1 or less, vary over draws, per channel. */
class Scatter {
  private readonly batches: Float64Array;
  private readonly means: Float64Array;
  private readonly squaredMeans: Float64Array;
  private readonly variances: Float64Array;
  private readonly squaredVariances: Float64Array;

  constructor(private readonly channels: number) {
    this.batches = new Float64Array(channels);
    this.means = new Float64Array(channels);
    this.squaredMeans = new Float64Array(channels);
    this.variances = new Float64Array(channels);
    this.squaredVariances = new Float64Array(channels);
  }

  /** @param batch three sums a channel, as in `Deviations` */
  add(batch: Float64Array): void {
    const { channels, batches, means, squaredMeans, variances, squaredVariances } = this;
    for (let channel = 0, at = 0; channel < channels; channel++, at += numbersPerCell) {
      const elements = batch[at] ?? 0;
      // A batch without a finite element has neither.
      if (elements === 0) continue;
      const mean = (batch[at + 1] ?? 0) / elements;
      const variance = Math.max(0, (batch[at + 2] ?? 0) / elements - mean * mean);
      batches[channel] = (batches[channel] ?? 0) + 1;
      means[channel] = (means[channel] ?? 0) + mean;
      squaredMeans[channel] = (squaredMeans[channel] ?? 0) + mean * mean;
      variances[channel] = (variances[channel] ?? 0) + variance;
      squaredVariances[channel] = (squaredVariances[channel] ?? 0) + variance * variance;
    }
  }

  /** Standard deviation of the means. Root mean square over channels; NaN where there is none. */
  ofMean(): number {
    return this.pooled(this.means, this.squaredMeans, () => 1);
  }

  /** Standard deviation of the variances by their own mean. Root mean square over channels; NaN where there is none. */
  ofVariance(): number {
    return this.pooled(this.variances, this.squaredVariances, (mean) => mean);
  }

  private pooled(sums: Float64Array, squares: Float64Array, unit: (mean: number) => number): number {
    let total = 0;
    let channels = 0;
    for (let channel = 0; channel < this.channels; channel++) {
      const n = this.batches[channel] ?? 0;
      const mean = (sums[channel] ?? 0) / n;
      const scatter = Math.max(0, (squares[channel] ?? 0) - n * mean * mean) / (n - 1) / unit(mean) ** 2;
      if (!Number.isFinite(scatter)) continue;
      total += scatter;
      channels++;
    }
    return Math.sqrt(total / channels);
  }
}

/** 0, 1, 2 …; `from` takes some thirty times as long. */
export function inOrder(length: number): Int32Array {
  const order = new Int32Array(length);
  for (let place = 0; place < length; place++) order[place] = place;
  return order;
}

/** Puts random ones of `order` in its first `length` places (Fisher and Yates). */
export function shuffle(order: Int32Array, length: number, uniform: () => number): void {
  for (let place = 0; place < length; place++) {
    const other = place + Math.floor(uniform() * (order.length - place));
    const taken = order[other] ?? 0;
    order[other] = order[place] ?? 0;
    order[place] = taken;
  }
}

/** Numbers in [0, 1) from a seed: mulberry32. */
export function seededUniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
