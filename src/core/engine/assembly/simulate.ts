// Statistics and outputs as an arithmetic of fewer digits gives them: every operation is done in float64 and rounded to
// the format, which is the same as the format's own operation (twice its digits and two more are enough; Figueroa 1995).
import { cell, inner, length, went } from './walk';

// The format, by `setFormat`.
let dropped: u64 = 0, half: u64 = 0, mask: u64 = 0;
let leastNormal: f64 = 0, magic: f64 = 0, overflowsAt: f64 = 0, overflow: f64 = 0;

/** @param digits of a normal number; the others as in `FloatFormat` */
export function setFormat(digits: i32, least: f64, limit: f64, beyond: f64): void {
  dropped = <u64>(53 - digits);
  half = ((<u64>1) << (dropped - 1)) - 1;
  mask = ~(((<u64>1) << dropped) - 1);
  leastNormal = least;
  // Beside this sum float64 has the step of the subnormal numbers.
  magic = least * reinterpret<f64>(<u64>(1023 + 1 - digits + 52) << 52);
  overflowsAt = limit;
  overflow = beyond;
}

/** To the nearest number of the format, of two to the even one. */
// @ts-ignore: decorator
@inline
function round(value: f64): f64 {
  const magnitude = abs(value);
  if (!(magnitude < overflowsAt)) return value != value ? value : copysign(overflow, value);
  if (magnitude < leastNormal) return copysign(magnitude + magic - magic, value);
  const bits = reinterpret<u64>(value);
  return reinterpret<f64>((bits + half + ((bits >> dropped) & 1)) & mask);
}

// @ts-ignore: decorator
@inline
function isFinite(value: f64): bool {
  return value - value == 0;
}

/**
 * Elements as the format holds them.
 * @param tally float64: how many are beyond the greatest number, how many become 0, how many are subnormal; the first of those beyond
 * (or -1), the least magnitude that is not 0
 */
export function castElements(x: usize, n: i32, target: usize, first: f64, tally: usize): void {
  let beyond: f64 = 0, zero: f64 = 0, subnormal: f64 = 0;
  let least = load<f64>(tally, 32);
  for (let i = 0; i < n; i++, x += 8, target += 8) {
    const value = load<f64>(x);
    const held = round(value);
    store<f64>(target, held);
    if (!isFinite(value) || value == 0) continue;
    least = min(least, abs(value));
    if (!isFinite(held)) {
      beyond += 1;
      if (load<f64>(tally, 24) < 0) store<f64>(tally, first + <f64>i, 24);
    } else if (abs(held) < leastNormal) {
      if (held == 0) zero += 1;
      else subnormal += 1;
    }
  }
  store<f64>(tally, load<f64>(tally) + beyond);
  store<f64>(tally, load<f64>(tally, 8) + zero, 8);
  store<f64>(tally, load<f64>(tally, 16) + subnormal, 16);
  store<f64>(tally, least, 32);
}

// What is simulated, by `setSimulation`: the states (float32 columns of sums or means, sums of squares or statistics, and
// scales, `stride` bytes apart), the true shifts and scales, and the tally.
let states: usize = 0, stride: usize = 0, shifts: usize = 0, scales: usize = 0, tallies: usize = 0;

/**
 * @param tally float64: squares and sums that overflow, the first element of each (or -1); outputs that are not finite, the first;
 * the largest error of an output, and where (or -1)
 */
export function setSimulation(state: usize, size: i32, shift: usize, scale: usize, tally: usize): void {
  states = state;
  stride = <usize>size << 2;
  shifts = shift;
  scales = scale;
  tallies = tally;
}

/** Counts at `place` of the tally; the first stands two places behind. */
function met(place: usize, behind: usize, element: f64): void {
  const count = tallies + (place << 3);
  store<f64>(count, load<f64>(count) + 1);
  const first = count + (behind << 3);
  if (load<f64>(first) < 0) store<f64>(first, element);
}

/** Sums of `n` elements of one cell and of their squares, on top of those before; either alone where the other is not asked for. */
function sumRun(sums: bool, ofSquares: bool, group: usize, x: usize, r: usize, n: i32, first: f64): void {
  const p = states + (group << 2);
  let sum = <f64>load<f32>(p), squares = <f64>load<f32>(p + stride);
  for (let i = 0; i < n; i++, x += 8, r += 8) {
    if (!isFinite(load<f64>(x))) continue;
    const value = load<f64>(r);
    const square = ofSquares ? round(value * value) : 0;
    const nextSum = sums ? round(sum + value) : 0, nextSquares = round(squares + square);
    if (!isFinite(nextSum) || !isFinite(nextSquares)) {
      if (isFinite(value) && !isFinite(square)) met(0, 2, first + <f64>i);
      if (isFinite(value) && isFinite(sum) && !isFinite(nextSum)) met(1, 2, first + <f64>i);
      if (isFinite(square) && isFinite(squares) && !isFinite(nextSquares)) met(1, 2, first + <f64>i);
    }
    sum = nextSum;
    squares = nextSquares;
  }
  store<f32>(p, <f32>sum);
  store<f32>(p + stride, <f32>squares);
}

/** Squares of deviations from the mean, on top of those before. */
function deviationRun(group: usize, x: usize, r: usize, n: i32, first: f64): void {
  const p = states + (group << 2);
  const mean = <f64>load<f32>(p);
  let squares = <f64>load<f32>(p + stride);
  for (let i = 0; i < n; i++, x += 8, r += 8) {
    if (!isFinite(load<f64>(x))) continue;
    const deviation = round(load<f64>(r) - mean);
    const square = round(deviation * deviation);
    const next = round(squares + square);
    if (!isFinite(next)) {
      if (isFinite(deviation) && !isFinite(square)) met(0, 2, first + <f64>i);
      if (isFinite(square) && isFinite(squares)) met(1, 2, first + <f64>i);
    }
    squares = next;
  }
  store<f32>(p + stride, <f32>squares);
}

/** Outputs against what float64 gives. */
function outputRun(group: usize, x: usize, r: usize, n: i32, first: f64): void {
  const p = states + (group << 2);
  const mean = <f64>load<f32>(p), factor = <f64>load<f32>(p + (stride << 1));
  const shift = load<f64>(shifts + (group << 3)), scale = load<f64>(scales + (group << 3));
  let worst = load<f64>(tallies, 48);
  for (let i = 0; i < n; i++, x += 8, r += 8) {
    const truth = (load<f64>(x) - shift) * scale;
    if (!isFinite(truth)) continue;
    const output = round(round(load<f64>(r) - mean) * factor);
    if (!isFinite(output)) {
      met(4, 1, first + <f64>i);
      continue;
    }
    const error = abs(output - truth);
    if (error > worst) {
      worst = error;
      store<f64>(tallies, first + <f64>i, 56);
    }
  }
  store<f64>(tallies, worst, 48);
}

// @ts-ignore: decorator
@inline
function takeRun(step: i32, group: i32, x: usize, r: usize, n: i32, first: f64): void {
  if (step < 3) sumRun(step != 2, step != 1, <usize>group, x, r, n, first);
  else if (step == 3) deviationRun(<usize>group, x, r, n, first);
  else outputRun(<usize>group, x, r, n, first);
}

/**
 * Takes `n` elements in storage order.
 * @param step 0 sums of elements and of squares, 1 of elements alone, 2 of squares alone, 3 of squared deviations, 4 outputs
 * @param table of columns, or 0 for runs that share a cell
 * @param x the elements, float64; `r` as the format holds them
 * @param first place of the first element in storage
 */
export function simulateElements(step: i32, walk: usize, table: usize, x: usize, r: usize, n: i32, first: f64): void {
  const run = length(walk);
  while (n > 0) {
    const at = inner(walk);
    const take = min(n, run - at);
    const base = cell(walk);
    if (table == 0) takeRun(step, base, x, r, take, first);
    else {
      for (let i = 0; i < take; i++) {
        const place = <usize>i << 3;
        takeRun(step, base + load<i32>(table + (<usize>(at + i) << 2)), x + place, r + place, 1, first + <f64>i);
      }
    }
    x += <usize>take << 3;
    r += <usize>take << 3;
    first += <f64>take;
    n -= take;
    went(walk, at + take);
  }
}

/**
 * Sums to means and statistics, in place.
 * @param how 0: variances as E[x²] − E[x]²; 1: the means alone, the squares of deviations come next; 2: those to variances;
 * 3: mean squares, means 0
 * @param counts float64, finite elements of each group
 */
export function finishGroups(how: i32, counts: usize, groups: i32, eps: f64): void {
  const held = round(eps);
  for (let group = 0; group < groups; group++) {
    const p = states + (<usize>group << 2);
    const n = load<f64>(counts + (<usize>group << 3));
    if (how < 2) store<f32>(p, <f32>round(<f64>load<f32>(p) / n));
    if (how == 1) {
      store<f32>(p + stride, 0);
      continue;
    }
    let statistic = round(<f64>load<f32>(p + stride) / n);
    if (how == 0) {
      const mean = <f64>load<f32>(p);
      statistic = round(statistic - round(mean * mean));
    } else if (how == 3) store<f32>(p, n > 0 ? 0 : NaN);
    store<f32>(p + stride, <f32>statistic);
    store<f32>(p + (stride << 1), <f32>round(1 / round(sqrt(round(statistic + held)))));
  }
}
