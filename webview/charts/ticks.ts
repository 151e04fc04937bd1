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
  return scale.ticks(asked).map((value) => ({ x: scale(value), value, label: formatNumber(cleared(value, high - low)) }));
}

/** Sums of steps leave residues near zero, which are zero on this axis. */
function cleared(value: number, span: number): number {
  return Math.abs(value) < span * 1e-12 ? 0 : value;
}
