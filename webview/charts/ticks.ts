import { scaleLinear } from 'd3-scale';
import { formatNumber } from '../../src/core/text/numbers';

/** A mark on an axis, in CSS pixels from the axis's start. */
export interface Tick {
  readonly x: number;
  readonly value: number;
  readonly label: string;
}

/** Room that a tick's label takes, in CSS pixels: more ticks than fit are not made. */
const labelWidth = 52;

/** Round values between `low` and `high` on an axis of `width` CSS pixels. */
export function xTicks(low: number, high: number, width: number): Tick[] {
  const scale = scaleLinear([low, high], [0, width]);
  const most = Math.max(2, Math.floor(width / labelWidth));
  // What is asked for is a hint: round steps may give up to twice as many.
  let asked = most;
  while (asked > 1 && scale.ticks(asked).length > most) asked--;
  const values = scale.ticks(asked).map((value) => cleared(value, high - low));
  const digits = digitsFor(values);
  return values.map((value) => ({ x: scale(value), value, label: formatNumber(value, digits) }));
}

/** Four significant digits, or as many as neighbouring ticks need to differ: 9 999.99 beside 10 000. */
function digitsFor(values: readonly number[]): number {
  const [first = 0, second = first] = values;
  const step = Math.abs(second - first);
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  // Double precision has no more than 17.
  return step === 0 ? 4 : Math.min(17, Math.max(4, Math.floor(Math.log10(largest)) - Math.floor(Math.log10(step)) + 1));
}

/** Sums of steps leave residues near zero, which are zero on this axis. */
function cleared(value: number, span: number): number {
  return Math.abs(value) < span * 1e-12 ? 0 : value;
}
