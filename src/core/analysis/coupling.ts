import type { MomentTable } from '../engine/moments';
import type { Plan } from '../engine/normalizations/normalization';
import type { Layout } from '../tensor/layout';
import type { Coupling } from './report';
import type { SampleTable } from './sampleTable';

/** Samples whose outputs are looked at, at most: a matrix of them is in the report. */
const mostSamples = 64;
/** Pairs of samples times channels, at most: some tens of milliseconds. 1024 channels of 64 samples. */
const mostWork = 1 << 22;

/** Whether a normalization takes no statistic of several samples: no output depends on another sample. */
export function keepsSamples(layout: Layout, { grouping }: Plan): boolean {
  return [...layout.roles].every((role, axis) => role !== 'N' || (grouping.kept[axis] === true && grouping.split?.axis !== axis));
}

/** Samples that have an element in some channel. */
function samplesLeft({ moments, walk }: SampleTable): number[] {
  const left: number[] = [];
  for (let sample = 0; sample < walk.samples; sample++) {
    let elements = 0;
    for (let channel = 0; channel < walk.channels && elements === 0; channel++) {
      elements = moments.count[sample * walk.sampleStride + channel * walk.channelStride] ?? 0;
    }
    if (elements > 0) left.push(sample);
  }
  return left;
}

/**
 * How far BatchNorm's output of one sample moves when another is left out of the batch: root mean square over the elements
 * of the sample, in the output's own unit. By algebra from the moments of every (sample, channel): with
 * `r = 1/√(variance + eps)`, and μ', r' of the batch without sample j (Chan et al. 1979, backwards), each element x of a
 * channel moves by `(x − μ')·r' − (x − μ)·r`.
 * @param channels moments of every channel, over all samples
 * @param masked whether elements are left out by a mask: a sample of which nothing is left is none
 * @returns null for fewer than two samples, or where no sample has an output without the others
 */
export function batchCoupling(table: SampleTable, channels: MomentTable, eps: number, masked = false): Omit<Coupling, 'methods'> | null {
  const left = masked ? samplesLeft(table) : null;
  const size = left?.length ?? table.walk.samples;
  if (size < 2) return null;
  const samples = evenly(size, mostSamples).map((place) => left?.[place] ?? place);
  const looked = evenly(channels.size, Math.floor(mostWork / samples.length ** 2));
  const squares = new Float64Array(samples.length ** 2);
  const elements = new Float64Array(samples.length ** 2);
  for (const channel of looked) addChannel(table, channels, channel, samples, eps, squares, elements);
  const isOwn = (pair: number) => Math.floor(pair / samples.length) === pair % samples.length;
  const values = squares.map((sum, pair) => (isOwn(pair) ? 0 : Math.sqrt(sum / (elements[pair] ?? 0))));
  let [sum, pairs, max] = [0, 0, 0];
  values.forEach((value, pair) => {
    if (isOwn(pair) || !Number.isFinite(value)) return;
    sum += value;
    pairs++;
    max = Math.max(max, value);
  });
  if (pairs === 0) return null;
  return { samples: samples.map((sample) => sample * table.step), channels: looked.length, values, mean: sum / pairs, max };
}

/** Adds, for every pair (i, j), the squared changes of sample i's elements of one channel when sample j is left out. */
function addChannel(
  { moments, walk }: SampleTable,
  channels: MomentTable,
  channel: number,
  samples: readonly number[],
  eps: number,
  squares: Float64Array,
  elements: Float64Array,
): void {
  const count = channels.count[channel] ?? 0;
  const mean = channels.mean[channel] ?? 0;
  const meanLow = channels.meanLow[channel] ?? 0;
  const m2 = channels.m2[channel] ?? 0;
  const scale = 1 / Math.sqrt(m2 / count + eps);
  const size = samples.length;
  const [counts, deviations, squaresInside] = [new Float64Array(size), new Float64Array(size), new Float64Array(size)];
  samples.forEach((sample, place) => {
    const cell = sample * walk.sampleStride + channel * walk.channelStride;
    counts[place] = moments.count[cell] ?? 0;
    deviations[place] = (moments.mean[cell] ?? 0) - mean + ((moments.meanLow[cell] ?? 0) - meanLow);
    squaresInside[place] = moments.m2[cell] ?? 0;
  });
  for (let j = 0; j < size; j++) {
    const [without, deviationOfIt] = [counts[j] ?? 0, deviations[j] ?? 0];
    const left = count - without;
    if (left === 0) continue;
    // What the mean moves by, and the sum of squares about the new one. Of the whole less than 1e-13 is rounding.
    const moved = (-without * deviationOfIt) / left;
    const m2Left = m2 - (squaresInside[j] ?? 0) - (without * deviationOfIt ** 2 * count) / left;
    const scaleLeft = 1 / Math.sqrt((m2Left > 1e-13 * m2 ? m2Left : 0) / left + eps);
    const stretch = (scaleLeft - scale) ** 2;
    for (let i = 0; i < size; i++) {
      const n = counts[i] ?? 0;
      if (n === 0 || i === j) continue;
      const deviation = deviations[i] ?? 0;
      const output = (deviation - moved) * scaleLeft - deviation * scale;
      const change = (squaresInside[i] ?? 0) * stretch + n * output * output;
      // A channel without spread has no output without eps.
      if (!Number.isFinite(change)) continue;
      const pair = i * size + j;
      squares[pair] = (squares[pair] ?? 0) + change;
      elements[pair] = (elements[pair] ?? 0) + n;
    }
  }
}

/** All of `size` places, or `most` of them, evenly spaced. */
function evenly(size: number, most: number): number[] {
  const count = Math.min(size, Math.max(1, most));
  return Array.from({ length: count }, (_, index) => Math.floor((index * size) / count));
}
