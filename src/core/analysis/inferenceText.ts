import { formatCount, formatNumber } from '../text/numbers';
import type { Inference } from './inference';

/** For people: how far BatchNorm's output in inference is from that in training. */
export function inferenceText({ from, channels, shifts, scales, output }: Inference): string[] {
  if (shifts === null || scales === null) return [];
  const which = from === 'given' ? 'the running statistics' : 'its own running averages';
  const factor = (distance: number) => formatNumber(Math.exp(distance), 3);
  const whole = output.mean === null || output.std === null ? '' : ` The whole output has mean ${formatNumber(output.mean, 3)} and deviation ${formatNumber(output.std, 3)}.`;
  return [
    `With ${which} BatchNorm's output moves by ${formatNumber(shifts.median, 2)} σ (median of ${formatCount(channels)} channels), at most ${formatNumber(shifts.max, 2)} σ, and is scaled by a factor of ${factor(scales.median)} (median), at most ${factor(scales.max)} either way.${whole}`,
  ];
}
