// What the float32 kernels share: least and greatest by integers, elements told apart, and the merge without third and
// fourth moments.
import { countNotFinite, mergeMoments } from './state';
import { mergeShifted } from './rows';

/**
 * Float32 sums about a shift are taken where `trust · (mean − shift)² ≤ mean of squares`: the variance then is at least 15 of 16
 * parts of that mean, and roundings of the sums weigh little more in it than in themselves (docs/engine.md).
 */
export const trust: f64 = 16;
/**
 * Means of fewer elements than this lie further from the shift. Their sums are kept shorter in float32, four additions instead of
 * six, so that they are trusted where the variance is at least three quarters of the mean of squares.
 */
export const few = 128;
export const trustOfFew: f64 = 4;
/** Below this (2^-100) sums of squares or fourth powers have lost digits to numbers that float32 holds with fewer. */
export const leastSum: f64 = 7.888609052210118e-31;

/** Both halves of four float32 as two float64, added. */
// @ts-ignore: decorator
@inline
export function wide(v: v128): v128 {
  return f64x2.add(f64x2.promote_low_f32x4(v), f64x2.promote_low_f32x4(upper(v)));
}

/** Lanes 2 and 3 in places 0 and 1. */
// @ts-ignore: decorator
@inline
export function upper(v: v128): v128 {
  return i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
}

// Least and greatest come from the bits, since integer maxima have twice the pipes of float ones. `high` is the greatest of the
// bits as int32: the greatest element where one is ≥ 0. `low` is the greatest as uint32: the least element where one is
// negative. `near` is the least of the bits without sign, shifted left by one: the other end where all have one sign, and
// whether there is any zero. None of them means anything where an element is NaN.

/** The greatest of the elements, one per lane. */
// @ts-ignore: decorator
@inline
export function greatestOf(high: v128, near: v128): v128 {
  const negative = v128.or(i32x4.shr_u(near, 1), i32x4.splat(i32.MIN_VALUE));
  return v128.bitselect(high, negative, i32x4.ge_s(high, i32x4.splat(0)));
}

/** The least of the elements, one per lane. */
// @ts-ignore: decorator
@inline
export function leastOf(low: v128, near: v128): v128 {
  return v128.bitselect(low, i32x4.shr_u(near, 1), i32x4.lt_s(low, i32x4.splat(0)));
}

/** `mergeMoments` for cells without third and fourth moments. */
export function mergeSpread(state: usize, size: i32, cell: i32, n: f64, mu: f64, muLow: f64, b2: f64, least: f64, greatest: f64, zeros: f64): void {
  const column = <usize>size << 3;
  const p = state + (<usize>cell << 3);
  const p2 = p + column * 3, pMin = p + column * 6;
  if (zeros > 0) store<f64>(p + column * 11, load<f64>(p + column * 11) + zeros);
  const na = load<f64>(p);
  if (na == 0) {
    store<f64>(p, n);
    store<f64>(p + column, mu);
    store<f64>(p + column * 2, muLow);
    store<f64>(p2, b2);
    store<f64>(pMin, least);
    store<f64>(pMin + column, greatest);
    return;
  }
  if (least < load<f64>(pMin)) store<f64>(pMin, least);
  if (greatest > load<f64>(pMin + column)) store<f64>(pMin + column, greatest);
  const ma = load<f64>(p + column), maLow = load<f64>(p + column * 2);
  const total = na + n;
  // Of float32 every difference and its square are finite.
  const delta = mu - ma + (muLow - maLow);
  const part = delta * (n / total);
  const low = maLow + part;
  const mean = ma + low;
  store<f64>(p, total);
  store<f64>(p + column, mean);
  store<f64>(p + column * 2, low - (mean - ma));
  store<f64>(p2, load<f64>(p2) + b2 + delta * part * na);
}

/** `mergeSpread` of two neighbouring cells, one in each lane: sums `d` and `q` of deviations from k and of their squares. */
// @ts-ignore: decorator
@inline
export function mergePair(p: usize, column: usize, count: f64, k: v128, d: v128, q: v128, least: v128, greatest: v128): void {
  const n = f64x2.splat(count);
  const e = f64x2.mul(d, f64x2.splat(1 / count));
  const mean = f64x2.add(k, e);
  const meanLow = f64x2.sub(e, f64x2.sub(mean, k));
  const b2 = f64x2.pmax(f64x2.splat(0), f64x2.sub(q, f64x2.mul(e, d)));
  const na = v128.load(p), ma = v128.load(p + column), maLow = v128.load(p + column * 2);
  const total = f64x2.add(na, n);
  const delta = f64x2.add(f64x2.sub(mean, ma), f64x2.sub(meanLow, maLow));
  const part = f64x2.mul(delta, f64x2.div(n, total));
  const low = f64x2.add(maLow, part), merged = f64x2.add(ma, low);
  // A cell without elements takes the mean as it is.
  const fresh = f64x2.eq(na, f64x2.splat(0));
  v128.store(p, total);
  v128.store(p + column, v128.bitselect(mean, merged, fresh));
  v128.store(p + column * 2, v128.bitselect(meanLow, f64x2.sub(low, f64x2.sub(merged, ma)), fresh));
  v128.store(p + column * 3, f64x2.add(f64x2.add(v128.load(p + column * 3), b2), f64x2.mul(f64x2.mul(delta, part), na)));
  v128.store(p + column * 6, f64x2.pmin(v128.load(p + column * 6), least));
  v128.store(p + column * 7, f64x2.pmax(v128.load(p + column * 7), greatest));
}

/**
 * Merges n float32, `stride` bytes apart, in float64: what is not finite is told apart, and nothing of the rest
 * overflows or underflows. For the runs and columns of which float32 sums are not to be trusted.
 */
export function mergeCarefully(state: usize, size: i32, cell: i32, x: usize, n: i32, stride: usize): void {
  const column = <usize>size << 3;
  const pNan = state + (<usize>cell << 3) + column * 8;
  const end = x + <usize>n * stride;
  let total: f64 = 0, count: f64 = 0, zeros: f64 = 0;
  let least: f64 = Infinity, greatest: f64 = -Infinity;
  for (let p = x; p < end; p += stride) {
    const a = <f64>load<f32>(p);
    if (a - a != 0) {
      countNotFinite(pNan, column, a);
      continue;
    }
    total += a;
    count += 1;
    if (a == 0) zeros += 1;
    least = min(least, a);
    greatest = max(greatest, a);
  }
  if (count == 0) return;
  const middle = total / count;
  let d1: f64 = 0, d2: f64 = 0, d3: f64 = 0, d4: f64 = 0;
  for (let p = x; p < end; p += stride) {
    const a = <f64>load<f32>(p);
    if (a - a != 0) continue;
    const d = a - middle, q = d * d;
    d1 += d;
    d2 += q;
    d3 += q * d;
    d4 += q * q;
  }
  mergeShifted(state, size, cell, count, middle, d1, d2, d3, d4, least, greatest, zeros);
}
