import type { Evidence } from './evidence';
import type { Layout } from '../tensor/layout';
import type { MomentTable } from '../engine/moments';

/** What padded positions do to BatchNorm, by algebra from the moments. */
export interface Padding {
  /** Positions (tokens) in all. */
  readonly tokens: number;
  /** Positions at the end of a sequence in which every feature has the padding value. */
  readonly padded: number;
  /** The value that most positions of one value at the end of sequences have. */
  readonly value: number;
  /**
   * How many there would be if tokens of that value came about at random, as often as they are found before the end of a
   * sequence: after a ReLU tokens of few features are all zero now and then.
   */
  readonly byChance: number;
  /** The largest shift of a channel's mean by them, in standard deviations of that channel without them, and the channel; -1 for none. */
  readonly meanShift: number;
  readonly meanShiftChannel: number;
  /** Of a channel's variance with them to that without, the one farthest from 1 by its logarithm; 1 and -1 for none. */
  readonly varianceRatio: number;
  readonly varianceRatioChannel: number;
}

/**
 * Padding of (…, T, C): tokens at the end of their sequence whose features are all one value. Such a token adds the
 * same to every channel's sum, so the channels' moments without it follow exactly.
 * @param tokens moments of every token, row-major over the axes that are not C
 * @param channels moments of every channel
 * @returns null where there is no such token, or nothing else
 */
export function findPadding(
  shape: readonly number[],
  layout: Layout,
  tokens: MomentTable,
  channels: MomentTable,
): Padding | null {
  const kept = [...layout.roles].map((role, axis) => ({ role, size: shape[axis] ?? 0 })).filter(({ role }) => role !== 'C');
  const time = kept.findIndex(({ role }) => role === 'T');
  // A token of one feature is all one value without being padding.
  if (time < 0 || channels.size < 2) return null;
  const length = kept[time]?.size ?? 0;
  // One token has no end that it could be at.
  if (length < 2) return null;
  const stride = kept.slice(time + 1).reduce((product, { size }) => product * size, 1);

  /** The value of all features of a token; NaN where they have several. */
  const valueOf = (token: number) =>
    tokens.min[token] === tokens.max[token] && tokens.count[token] === channels.size ? (tokens.min[token] ?? NaN) : NaN;
  const ends = trailingRuns(tokens.size, length, stride, valueOf);
  const value = commonest(ends);
  if (value === null) return null;
  let padded = 0;
  let inside = 0;
  let insideAlike = 0;
  for (const { last, run, value: found } of ends) {
    const own = found === value ? run : 0;
    padded += own;
    // The token before the padding is none by its definition: it says nothing of how often they come about.
    for (let position = length - own - 2; position >= 0; position--) {
      inside++;
      if (valueOf(last - (length - 1 - position) * stride) === value) insideAlike++;
    }
  }
  if (padded === tokens.size) return null;
  // By Laplace's rule of succession: none in a few is not never. A run of them at an end is q / (1 − q) long on average.
  const often = (insideAlike + 1) / (inside + 2);
  const byChance = (ends.length * often) / (1 - often);
  return { tokens: tokens.size, padded, value, byChance, ...effectOn(channels, padded, padded * value, padded * value * value) };
}

/** The tokens of one value at the end of a sequence. */
interface TrailingRun {
  /** The sequence's last token. */
  readonly last: number;
  readonly run: number;
  /** NaN, of no tokens, where the last has several values. */
  readonly value: number;
}

/**
 * One for each sequence.
 * @param stride tokens from one of a sequence to the next
 */
function trailingRuns(tokens: number, length: number, stride: number, valueOf: (token: number) => number): TrailingRun[] {
  const ends: TrailingRun[] = [];
  for (let outer = 0; outer < tokens; outer += length * stride) {
    for (let inner = 0; inner < stride; inner++) {
      const last = outer + (length - 1) * stride + inner;
      const value = valueOf(last);
      let run = 0;
      while (run < length && valueOf(last - run * stride) === value) run++;
      ends.push({ last, run, value });
    }
  }
  return ends;
}

/** The value that most tokens at ends have; null where there are none. */
function commonest(ends: readonly TrailingRun[]): number | null {
  const counts = new Map<number, number>();
  let common: number | null = null;
  for (const { run, value } of ends) {
    if (run === 0) continue;
    counts.set(value, (counts.get(value) ?? 0) + run);
    if (common === null || (counts.get(value) ?? 0) > (counts.get(common) ?? 0)) common = value;
  }
  return common;
}

type Effect = Pick<Padding, 'meanShift' | 'meanShiftChannel' | 'varianceRatio' | 'varianceRatioChannel'>;

function effectOn(channels: MomentTable, padded: number, sum: number, squares: number): Effect {
  let effect: Effect = { meanShift: 0, meanShiftChannel: -1, varianceRatio: 1, varianceRatioChannel: -1 };
  for (let channel = 0; channel < channels.size; channel++) {
    const count = channels.count[channel] ?? 0;
    const mean = channels.mean[channel] ?? 0;
    const left = count - padded;
    if (left < 2) continue;
    const meanLeft = (mean * count - sum) / left;
    // Sums of squares about the mean that stays, so that a large common offset does not cancel.
    const m2Left =
      (channels.m2[channel] ?? 0) + count * (mean - meanLeft) ** 2 - (squares - 2 * meanLeft * sum + padded * meanLeft * meanLeft);
    // Less is rounding: a channel that is constant but for the padding has no deviation to measure a shift in.
    if (!(m2Left > 1e-9 * (channels.m2[channel] ?? 0))) continue;
    const shift = Math.abs(mean - meanLeft) / Math.sqrt(m2Left / left);
    if (shift > effect.meanShift) effect = { ...effect, meanShift: shift, meanShiftChannel: channel };
    const ratio = (channels.m2[channel] ?? 0) / count / (m2Left / left);
    if (Math.abs(Math.log(ratio)) > Math.abs(Math.log(effect.varianceRatio))) effect = { ...effect, varianceRatio: ratio, varianceRatioChannel: channel };
  }
  return effect;
}

/** Where LayerNorm has a group to each token, and BatchNorm one to each channel; null elsewhere. */
export function paddingOf(methods: Evidence['methods'], layout: Layout, shape: readonly number[]): Padding | null {
  const layer = methods.get('layer');
  const batch = methods.get('batch');
  if (layer === undefined || batch === undefined) return null;
  const perToken = layer.plan.reducedAxes.length === 1 && layer.plan.reducedAxes[0] === layout.roles.indexOf('C');
  return perToken ? findPadding(shape, layout, layer.table, batch.table) : null;
}
