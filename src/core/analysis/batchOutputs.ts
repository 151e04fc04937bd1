import type { Engine, PassOptions } from '../engine/engine';
import type { Layout } from '../tensor/layout';
import { elementCount, type TensorData } from '../tensor/tensor';
import { sampleCount } from './plans';
import { channelMoments, inOrder, seededUniform, shuffle } from './resampling';
import { readElements, singleElements, type SampleElements } from './sampleElements';
import type { SampleTable } from './sampleTable';

/** What BatchNorm's output looks like when as many samples make a batch. Shares are of the finite outputs of a batch. */
export interface BatchOutput {
  /** Samples in a batch. */
  readonly n: number;
  /** (bins) each: the share in a bin, on average over the draws, and in the draws that have least and most there. */
  readonly mean: Float64Array;
  readonly least: Float64Array;
  readonly most: Float64Array;
  /** Shares outside of the range, on average. */
  readonly below: number;
  readonly above: number;
  /** Root mean square, over draws and elements, of how far an output is from what it is with all samples in the batch. In σ. */
  readonly distance: number;
}

/** BatchNorm's output by batch size, over batches of whole samples that were drawn from the tensor's own. */
export interface BatchOutputs {
  /** In σ: the range of the normalized views. */
  readonly low: number;
  readonly high: number;
  /** Batches of each size. There is one batch of all samples. */
  readonly draws: number;
  /** Samples that were drawn from. */
  readonly samples: number;
  /** Elements whose outputs were counted. The statistics are of all elements of a batch. */
  readonly elements: number;
  /** 1, 2, 4 … samples, no more than were drawn from, and all. */
  readonly sizes: readonly BatchOutput[];
  /** The size at which PyTorch raises, since a channel has a single element; null where none does. */
  readonly raisesAt: number | null;
}

/** Bands of so many draws are told; with each the elements are looked at twice. */
const draws = 20;
const bins = 128;
const mostSamples = 256;

export interface OutputsOf {
  readonly layout: Layout;
  readonly eps: number;
  /** Half of the range, in σ. */
  readonly reach: number;
  /** Moments of (sample, channel); null where they are not known. */
  readonly table: SampleTable | null;
  readonly masked: boolean;
}

/**
 * Batches are seeded, so the same for the same tensor. Their means and variances are those of all their elements, merged from
 * the samples' own; outputs are counted of as many elements as are kept, in the same places of every sample.
 * @throws NormoscopeError whatever the reading throws
 */
export async function batchOutputs(
  engine: Engine,
  data: TensorData,
  { layout, eps, reach, table, masked }: OutputsOf,
  options: PassOptions,
): Promise<BatchOutputs | { readonly notApplicable: string }> {
  if (masked) return { notApplicable: 'with a mask, samples have unlike numbers of elements' };
  const all = sampleCount(data.shape, layout);
  if (table === null || all < 2) return { notApplicable: all < 2 ? 'the tensor has a single sample' : 'the statistics of single samples are not known' };
  const { walk, step: known } = table;
  const step = Math.ceil(walk.samples / mostSamples);
  const samples = Math.floor(walk.samples / step);
  const single = elementCount(data.shape) === all * walk.channels;
  const kept = single ? singleElements(table, samples, step) : await readElements(engine, data, layout, { samples, every: step * known, channels: walk.channels }, options);
  if (kept === null) return { notApplicable: 'the samples of this tensor do not lie one behind the other, and are too many to keep' };
  const batches = new Batches(table, samples, step, eps);
  const whole = histogramOf(kept, inOrder(samples), batches.whole(), null, reach);
  const sizes: number[] = [];
  for (let n = single ? 2 : 1; n < all && n <= samples; n *= 2) sizes.push(n);
  const drawn = sizes.map((): Counted[] => []);
  const order = inOrder(samples);
  const uniform = seededUniform(1);
  for (let draw = 0; draw < draws; draw++) {
    // The beginnings of one random order are random batches of every size.
    shuffle(order, sizes.at(-1) ?? 0, uniform);
    batches.draw(order, sizes, (maps, index) => drawn[index]?.push(histogramOf(kept, order.subarray(0, sizes[index]), maps, batches.whole(), reach)));
  }
  return {
    low: -reach,
    high: reach,
    draws,
    samples,
    elements: kept.reduce((sum, { values }) => sum + values.length, 0),
    sizes: [...sizes.map((n, index) => summed(n, drawn[index] ?? [])), summed(all, [whole])],
    raisesAt: single ? 1 : null,
  };
}

/** What BatchNorm does to an element of a channel: `(x − shift) · scale`. */
interface Maps {
  readonly shift: Float64Array;
  readonly scale: Float64Array;
}

/** Statistics of batches, from those of the samples about their channel's mean. */
class Batches {
  private readonly centre: Float64Array;
  private readonly all: Maps;

  constructor(
    private readonly table: SampleTable,
    private readonly samples: number,
    private readonly step: number,
    private readonly eps: number,
  ) {
    const { walk, moments } = table;
    const channels = Array.from({ length: walk.channels }, (_, channel) => channelMoments(moments, walk, channel * walk.channelStride));
    this.centre = Float64Array.from(channels, ({ mean }) => mean);
    this.all = { shift: this.centre, scale: Float64Array.from(channels, ({ variance }) => 1 / Math.sqrt(variance + eps)) };
  }

  /** With all samples in the batch. */
  whole(): Maps {
    return this.all;
  }

  /** Adds up the samples in order, and at every size tells the maps of the batch so far. */
  draw(order: Int32Array, sizes: readonly number[], tell: (maps: Maps, index: number) => void): void {
    const { channels, sampleStride, channelStride } = this.table.walk;
    const { count, mean, meanLow, m2 } = this.table.moments;
    const [elements, sums, squares] = [new Float64Array(channels), new Float64Array(channels), new Float64Array(channels)];
    let taken = 0;
    sizes.forEach((size, index) => {
      for (; taken < Math.min(size, this.samples); taken++) {
        const first = (order[taken] ?? 0) * this.step * sampleStride;
        for (let channel = 0; channel < channels; channel++) {
          const cell = first + channel * channelStride;
          const n = count[cell] ?? 0;
          if (n === 0) continue;
          const deviation = (mean[cell] ?? 0) - (this.centre[channel] ?? 0) + (meanLow[cell] ?? 0);
          elements[channel] = (elements[channel] ?? 0) + n;
          sums[channel] = (sums[channel] ?? 0) + n * deviation;
          squares[channel] = (squares[channel] ?? 0) + (m2[cell] ?? 0) + n * deviation * deviation;
        }
      }
      const [shift, scale] = [new Float64Array(channels), new Float64Array(channels)];
      for (let channel = 0; channel < channels; channel++) {
        const n = elements[channel] ?? 0;
        const offset = (sums[channel] ?? 0) / n;
        shift[channel] = (this.centre[channel] ?? 0) + offset;
        scale[channel] = 1 / Math.sqrt(Math.max(0, (squares[channel] ?? 0) / n - offset * offset) + this.eps);
      }
      tell({ shift, scale }, index);
    });
  }
}

interface Counted {
  /** (bins) shares. */
  readonly shares: Float64Array;
  readonly below: number;
  readonly above: number;
  /** Mean of the squared distances to the other maps' outputs. */
  readonly squared: number;
}

function histogramOf(kept: readonly SampleElements[], samples: Int32Array, { shift, scale }: Maps, other: Maps | null, reach: number): Counted {
  const counts = new Float64Array(bins);
  const perUnit = bins / (2 * reach);
  let [below, above, finite, squares] = [0, 0, 0, 0];
  for (const sample of samples) {
    const { values, channels } = kept[sample] as SampleElements;
    for (let at = 0; at < values.length; at++) {
      const channel = channels[at] ?? 0;
      const value = values[at] ?? NaN;
      const output = (value - (shift[channel] ?? 0)) * (scale[channel] ?? 0);
      if (!Number.isFinite(output)) continue;
      finite++;
      if (other !== null) squares += (output - (value - (other.shift[channel] ?? 0)) * (other.scale[channel] ?? 0)) ** 2;
      if (output < -reach) below++;
      else if (output > reach) above++;
      else {
        const bin = Math.min(bins - 1, Math.floor((output + reach) * perUnit));
        counts[bin] = (counts[bin] ?? 0) + 1;
      }
    }
  }
  return { shares: counts.map((count) => (finite === 0 ? 0 : count / finite)), below: below / (finite || 1), above: above / (finite || 1), squared: squares / (finite || 1) };
}

function summed(n: number, found: readonly Counted[]): BatchOutput {
  const average = (of: (one: Counted) => number) => found.reduce((sum, one) => sum + of(one), 0) / found.length;
  const over = (of: (values: readonly number[]) => number) => Float64Array.from({ length: bins }, (_, bin) => of(found.map(({ shares }) => shares[bin] ?? 0)));
  return {
    n,
    mean: over((values) => values.reduce((a, b) => a + b, 0) / values.length),
    least: over((values) => Math.min(...values)),
    most: over((values) => Math.max(...values)),
    below: average(({ below }) => below),
    above: average(({ above }) => above),
    distance: Math.sqrt(average(({ squared }) => squared)),
  };
}
