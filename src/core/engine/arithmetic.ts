/** Arithmetics that statistics can be simulated in: a floating-point format, and for float32 how the variance is summed. */
export const arithmetics = ['float32-one-pass', 'float32-two-pass', 'float16', 'bfloat16', 'float8_e4m3fn', 'float8_e5m2'] as const;
export type Arithmetic = (typeof arithmetics)[number];

/** A binary floating-point format, by what rounding to it needs. */
export interface FloatFormat {
  /** Binary digits of a normal number, the leading one among them. */
  readonly digits: number;
  /** Magnitude of the least normal number; below it the numbers are as far apart as right above. */
  readonly leastNormal: number;
  readonly max: number;
  /** The least magnitude that is rounded beyond `max`. */
  readonly overflowsAt: number;
  /** What that gives: Infinity, or NaN in a format without infinities. */
  readonly overflow: number;
}

/** IEEE 754 with these widths; a tie beyond the greatest number, which is odd, goes to infinity. */
function binary(digits: number, greatestExponent: number): FloatFormat {
  return {
    digits,
    leastNormal: 2 ** (1 - greatestExponent),
    max: (2 - 2 ** (1 - digits)) * 2 ** greatestExponent,
    overflowsAt: (2 - 2 ** -digits) * 2 ** greatestExponent,
    overflow: Infinity,
  };
}

/**
 * Open Compute Project 8-bit floating point (2023), E4M3 as conversions in PyTorch have it, without saturation: 448 is the
 * greatest number, beyond it comes NaN. The tie at 464 goes to 448, which is even.
 */
const float8E4M3: FloatFormat = { digits: 4, leastNormal: 2 ** -6, max: 448, overflowsAt: 464 + 2 ** -44, overflow: NaN };

const formats: Readonly<Record<Arithmetic, FloatFormat>> = {
  'float32-one-pass': binary(24, 127),
  'float32-two-pass': binary(24, 127),
  float16: binary(11, 15),
  bfloat16: binary(8, 127),
  float8_e4m3fn: float8E4M3,
  float8_e5m2: binary(3, 15),
};

export function formatOf(arithmetic: Arithmetic): FloatFormat {
  return formats[arithmetic];
}

/** Whether the variance is summed from deviations, once the mean is known, and not as E[x²] − E[x]². */
export function isTwoPass(arithmetic: Arithmetic): boolean {
  return arithmetic === 'float32-two-pass';
}

/** The number of a format that is nearest to `value`; of two, the even one. By the definition. */
export function rounded(value: number, { digits, leastNormal, overflowsAt, overflow }: FloatFormat): number {
  const magnitude = Math.abs(value);
  if (Number.isNaN(value)) return NaN;
  if (magnitude >= overflowsAt) return Math.sign(value) * overflow;
  const step = powerBelow(Math.max(magnitude, leastNormal)) * 2 ** (1 - digits);
  // Exact: the step is a power of two.
  const steps = magnitude / step;
  const down = Math.floor(steps);
  const up = steps - down > 0.5 || (steps - down === 0.5 && down % 2 === 1) ? 1 : 0;
  return Math.sign(value) * (down + up) * step;
}

/** The greatest power of two that is at most `value`. */
function powerBelow(value: number): number {
  const power = 2 ** Math.floor(Math.log2(value));
  // The logarithm is rounded.
  if (power > value) return power / 2;
  return power * 2 <= value ? power * 2 : power;
}
