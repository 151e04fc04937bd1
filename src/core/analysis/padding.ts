import type { Layout } from '../tensor/layout';
import type { MomentTable } from '../engine/moments';

/** What padded positions do to BatchNorm, by algebra from the moments. */
export interface Padding {
  /** Positions (tokens) in all. */
  readonly tokens: number;
  /** Trailing positions of a sequence in which every feature has the same value. */
  readonly padded: number;
  /** The largest shift of a channel's mean by them, in standard deviations of that channel without them. */
  readonly meanShift: number;
}

/**
 * Padding of (…, T, C): tokens at the end of their sequence whose features are all one value. A constant token adds the
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
  const stride = kept.slice(time + 1).reduce((product, { size }) => product * size, 1);

  let padded = 0;
  let sum = 0;
  let squares = 0;
  for (let outer = 0; outer < tokens.size; outer += length * stride) {
    for (let inner = 0; inner < stride; inner++) {
      for (let position = length - 1; position >= 0; position--) {
        const token = outer + position * stride + inner;
        const value = tokens.min[token] ?? 0;
        if (value !== tokens.max[token] || tokens.count[token] !== channels.size) break;
        padded++;
        sum += value;
        squares += value * value;
      }
    }
  }
  if (padded === 0 || padded === tokens.size) return null;
  return { tokens: tokens.size, padded, meanShift: largestShift(channels, padded, sum, squares) };
}

function largestShift(channels: MomentTable, padded: number, sum: number, squares: number): number {
  let largest = 0;
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
    if (m2Left > 1e-9 * (channels.m2[channel] ?? 0)) largest = Math.max(largest, Math.abs(mean - meanLeft) / Math.sqrt(m2Left / left));
  }
  return largest;
}
