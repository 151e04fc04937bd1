// Moments of runs of consecutive elements that share a cell.
import { mergeTwo } from './narrow';
import { mergeEach, mergeMoments } from './state';
import { advance, cell, inner, length, neighboursAhead, went } from './walk';

/** Runs up to this long are taken by twos: longer ones lose little to sums across lanes, and read more easily. */
const shortRun = 96;

// @ts-ignore: decorator
@inline
function sum(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1);
}

/**
 * Merges a block of n consecutive float64 into one cell: the mean, then powers of deviations from it, corrected for the
 * mean's own rounding. Two reads of a block that is in the cache, so offsets of any size cost no precision.
 */
export function mergeBlock(state: usize, size: i32, cell: i32, x: usize, n: i32): void {
  if (n == 1) return mergeEach(state, size, cell, x, 1, 8);
  const pairs = x + ((<usize>n >> 2) << 5);
  const end = x + (<usize>n << 3);
  let sumA = f64x2.splat(0), sumB = sumA;
  let low = f64x2.splat(Infinity), high = f64x2.splat(-Infinity);
  let p = x;
  for (; p < pairs; p += 32) {
    const a = v128.load(p), b = v128.load(p, 16);
    sumA = f64x2.add(sumA, a);
    sumB = f64x2.add(sumB, b);
    low = f64x2.pmin(f64x2.pmin(low, a), b);
    high = f64x2.pmax(f64x2.pmax(high, a), b);
  }
  let total = sum(f64x2.add(sumA, sumB));
  let least = min(f64x2.extract_lane(low, 0), f64x2.extract_lane(low, 1));
  let greatest = max(f64x2.extract_lane(high, 0), f64x2.extract_lane(high, 1));
  for (; p < end; p += 8) {
    const a = load<f64>(p);
    total += a;
    least = min(least, a);
    greatest = max(greatest, a);
  }
  // NaN and infinities show in the sum; so does an overflow of finite elements.
  if (total - total != 0) return mergeEach(state, size, cell, x, n, 8);

  const count = <f64>n;
  const middle = total / count;
  const centre = f64x2.splat(middle), zero = f64x2.splat(0);
  let s1 = zero, s2 = zero, s3 = zero, s4 = zero, zeros = i64x2.splat(0);
  let t1 = zero, t2 = zero, t3 = zero, t4 = zero;
  for (p = x; p < pairs; p += 32) {
    const a = v128.load(p), b = v128.load(p, 16);
    zeros = i64x2.sub(zeros, i64x2.add(f64x2.eq(a, zero), f64x2.eq(b, zero)));
    const da = f64x2.sub(a, centre), db = f64x2.sub(b, centre);
    const qa = f64x2.mul(da, da), qb = f64x2.mul(db, db);
    s1 = f64x2.add(s1, da);
    t1 = f64x2.add(t1, db);
    s2 = f64x2.add(s2, qa);
    t2 = f64x2.add(t2, qb);
    s3 = f64x2.add(s3, f64x2.mul(qa, da));
    t3 = f64x2.add(t3, f64x2.mul(qb, db));
    s4 = f64x2.add(s4, f64x2.mul(qa, qa));
    t4 = f64x2.add(t4, f64x2.mul(qb, qb));
  }
  let d1 = sum(f64x2.add(s1, t1)), d2 = sum(f64x2.add(s2, t2)), d3 = sum(f64x2.add(s3, t3)), d4 = sum(f64x2.add(s4, t4));
  let zeroCount = <f64>(i64x2.extract_lane(zeros, 0) + i64x2.extract_lane(zeros, 1));
  for (; p < end; p += 8) {
    const a = load<f64>(p);
    const d = a - middle, q = d * d;
    if (a == 0) zeroCount += 1;
    d1 += d;
    d2 += q;
    d3 += q * d;
    d4 += q * q;
  }
  // Squares that overflow are told apart one by one.
  if (d2 - d2 != 0) return mergeEach(state, size, cell, x, n, 8);
  mergeShifted(state, size, cell, count, middle, d1, d2, d3, d4, least, greatest, zeroCount);
}

/** Sums of powers of deviations from `middle`, as moments about the mean that they tell. */
export function mergeShifted(state: usize, size: i32, cell: i32, count: f64, middle: f64, d1: f64, d2: f64, d3: f64, d4: f64, least: f64, greatest: f64, zeros: f64): void {
  if (least == greatest) return mergeMoments(state, size, cell, count, least, 0, 0, 0, 0, least, greatest, zeros);
  const e = d1 / count;
  const mean = middle + e;
  mergeMoments(
    state, size, cell, count,
    mean, e - (mean - middle),
    max(0, d2 - e * d1),
    d3 - 3 * e * d2 + 2 * e * e * d1,
    max(0, d4 - 4 * e * d3 + 6 * e * e * d2 - 3 * e * e * e * d1),
    least, greatest, zeros,
  );
}

/** `n` further elements in storage order, of which each run of `length(walk)` shares one cell. */
export function accumulateRows(walk: usize, state: usize, size: i32, x: usize, n: i32): void {
  const run = length(walk);
  while (n > 0) {
    const at = inner(walk);
    if (at == 0 && run <= shortRun && n >= 2 * run) {
      const rows = min(n / run, neighboursAhead(walk));
      let row = 0;
      for (; row + 1 < rows; row += 2) {
        const first = cell(walk) + row;
        if (!mergeTwo(state, size, first, x, run)) {
          mergeBlock(state, size, first, x, run);
          mergeBlock(state, size, first + 1, x + (<usize>run << 3), run);
        }
        x += <usize>run << 4;
      }
      if (row > 0) {
        n -= row * run;
        advance(walk, row);
        continue;
      }
    }
    const take = min(n, run - at);
    mergeBlock(state, size, cell(walk), x, take);
    x += <usize>take << 3;
    n -= take;
    went(walk, at + take);
  }
}
