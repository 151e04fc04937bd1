// Moments of runs of float32 that share a cell: float32 sums of powers of deviations from a shift, of 64 elements at
// most, added up in float64. The shift is the mean of the run before; a run that it does not fit is summed again about
// its own mean.
import { few, greatestOf, leastOf, leastSum, mergeCarefully, mergeSpread, trust, trustOfFew, wide } from './fastState';
import { countFour, countOne } from './count';
import { mergeFour } from './fastNarrow';
import { mergeShifted } from './rows';
import { advance, cell, inner, length, neighboursAhead, went } from './walk';

/** Elements that are summed about one shift: 16 KiB, so that a second look finds them in the first-level cache. */
const longest = 4096;
/** Runs up to this long are taken by fours where third and fourth moments are not kept. */
const shortRun = 64;
/**
 * Bytes of the elements whose first and second powers stay in float32: in each lane six sums of two, or four of four, so that six
 * additions round at most (docs/engine.md). Of third and fourth powers no error is promised: those stay for longer.
 */
const bytesByTwo: usize = 192;
const bytesByFour: usize = 256;
/** Of few elements (`few`): three of four, four additions. */
const bytesOfFew: usize = 192;
const powerBytes: usize = 768;

// Scratch, 16 bytes each: sums of the first to fourth powers (two float64), then high, low and near (four int32); and the
// shift (float32).
const atHigh: usize = 64;
const atShift: usize = 112;
/** Where elements are counted too (uint32); 0 for nowhere. */
const atCounters: usize = 116;

/** Sums of powers up to the fourth of `x − k` over n elements, a multiple of 4. A function of its own, exported, so that k is spread over the lanes once. */
export function sumPowers(x: usize, n: i32, k: f32, scratch: usize): void {
  powers(x, n, k, scratch, 0, false);
}

/** `sumPowers`, and counts the elements as `countWords` of their upper halves: integer work beside that of vectors takes half of its own time. */
export function countPowers(x: usize, n: i32, k: f32, scratch: usize, counters: usize): void {
  powers(x, n, k, scratch, counters, true);
}

// @ts-ignore: decorator
@inline
function powers(x: usize, n: i32, k: f32, scratch: usize, counters: usize, counting: bool): void {
  const shift = f32x4.splat(k), none = f32x4.splat(0);
  let high = i32x4.splat(i32.MIN_VALUE), low = i32x4.splat(0), near = i32x4.splat(-1);
  let a1 = f64x2.splat(0), a2 = a1, a3 = a1, a4 = a1;
  const end = x + (<usize>n << 2), pairs = x + (<usize>(n & ~7) << 2);
  while (x < pairs) {
    const stop = min(x + powerBytes, pairs);
    let s3 = none, s4 = none;
    while (x < stop) {
      const to = min(x + bytesByTwo, stop);
      let s1 = none, s2 = none;
      for (; x < to; x += 32) {
        const u = v128.load(x), v = v128.load(x, 16);
        high = i32x4.max_s(i32x4.max_s(high, u), v);
        low = i32x4.max_u(i32x4.max_u(low, u), v);
        near = i32x4.min_u(near, i32x4.min_u(i32x4.shl(u, 1), i32x4.shl(v, 1)));
        const d = f32x4.sub(u, shift), e = f32x4.sub(v, shift);
        s1 = f32x4.add(s1, f32x4.add(d, e));
        const q = f32x4.mul(d, d), r = f32x4.mul(e, e);
        s2 = f32x4.add(s2, f32x4.add(q, r));
        s3 = f32x4.add(s3, f32x4.add(f32x4.mul(q, d), f32x4.mul(r, e)));
        s4 = f32x4.add(s4, f32x4.add(f32x4.mul(q, q), f32x4.mul(r, r)));
        if (counting) {
          countFour(x, counters);
          countFour(x + 16, counters);
        }
      }
      a1 = f64x2.add(a1, wide(s1));
      a2 = f64x2.add(a2, wide(s2));
    }
    a3 = f64x2.add(a3, wide(s3));
    a4 = f64x2.add(a4, wide(s4));
  }
  if (x < end) {
    const u = v128.load(x);
    high = i32x4.max_s(high, u);
    low = i32x4.max_u(low, u);
    near = i32x4.min_u(near, i32x4.shl(u, 1));
    const d = f32x4.sub(u, shift), q = f32x4.mul(d, d);
    if (counting) countFour(x, counters);
    a1 = f64x2.add(a1, wide(d));
    a2 = f64x2.add(a2, wide(q));
    a3 = f64x2.add(a3, wide(f32x4.mul(q, d)));
    a4 = f64x2.add(a4, wide(f32x4.mul(q, q)));
  }
  v128.store(scratch, a1);
  v128.store(scratch, a2, 16);
  v128.store(scratch, a3, 32);
  v128.store(scratch, a4, 48);
  v128.store(scratch, high, 64);
  v128.store(scratch, low, 80);
  v128.store(scratch, near, 96);
}

/** `sumPowers` up to the second. */
export function sumSquares(x: usize, n: i32, k: f32, scratch: usize): void {
  const shift = f32x4.splat(k), none = f32x4.splat(0);
  let high = i32x4.splat(i32.MIN_VALUE), low = i32x4.splat(0), near = i32x4.splat(-1);
  let a1 = f64x2.splat(0), a2 = a1;
  const floats: usize = n < few ? bytesOfFew : bytesByFour;
  const end = x + (<usize>n << 2), fours = x + (<usize>(n & ~15) << 2);
  while (x < fours) {
    const stop = min(x + floats, fours);
    let s1 = none, s2 = none;
    for (; x < stop; x += 64) {
      const t = v128.load(x), u = v128.load(x, 16), v = v128.load(x, 32), w = v128.load(x, 48);
      high = i32x4.max_s(high, i32x4.max_s(i32x4.max_s(t, u), i32x4.max_s(v, w)));
      low = i32x4.max_u(low, i32x4.max_u(i32x4.max_u(t, u), i32x4.max_u(v, w)));
      near = i32x4.min_u(near, i32x4.min_u(i32x4.min_u(i32x4.shl(t, 1), i32x4.shl(u, 1)), i32x4.min_u(i32x4.shl(v, 1), i32x4.shl(w, 1))));
      const a = f32x4.sub(t, shift), b = f32x4.sub(u, shift), c = f32x4.sub(v, shift), d = f32x4.sub(w, shift);
      s1 = f32x4.add(s1, f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
      s2 = f32x4.add(s2, f32x4.add(f32x4.add(f32x4.mul(a, a), f32x4.mul(b, b)), f32x4.add(f32x4.mul(c, c), f32x4.mul(d, d))));
    }
    a1 = f64x2.add(a1, wide(s1));
    a2 = f64x2.add(a2, wide(s2));
  }
  if (x < end) {
    let s1 = none, s2 = none;
    for (; x < end; x += 16) {
      const u = v128.load(x);
      high = i32x4.max_s(high, u);
      low = i32x4.max_u(low, u);
      near = i32x4.min_u(near, i32x4.shl(u, 1));
      const d = f32x4.sub(u, shift);
      s1 = f32x4.add(s1, d);
      s2 = f32x4.add(s2, f32x4.mul(d, d));
    }
    a1 = f64x2.add(a1, wide(s1));
    a2 = f64x2.add(a2, wide(s2));
  }
  v128.store(scratch, a1);
  v128.store(scratch, a2, 16);
  v128.store(scratch, high, 64);
  v128.store(scratch, low, 80);
  v128.store(scratch, near, 96);
}

// @ts-ignore: decorator
@inline
function both(p: usize): f64 {
  return load<f64>(p) + load<f64>(p, 8);
}

/** Elements that are subnormal in the type they are stored in, since the last question. */
let subnormal: f64 = 0;

export function takeSubnormal(): f64 {
  const answer = subnormal;
  subnormal = 0;
  return answer;
}

/** How many of n elements, `stride` bytes apart, are zero; and adds to `subnormal` those closer to zero than `least`. */
function countNear(x: usize, n: i32, least: f32): f64 {
  const bound = f32x4.splat(least), none = f32x4.splat(0);
  let zeros = i32x4.splat(0), tiny = zeros;
  const end = x + (<usize>n << 2);
  for (const vectors = x + (<usize>(n & ~3) << 2); x < vectors; x += 16) {
    const v = v128.load(x);
    zeros = i32x4.sub(zeros, f32x4.eq(v, none));
    tiny = i32x4.sub(tiny, f32x4.lt(f32x4.abs(v), bound));
  }
  let zero = i32x4.extract_lane(zeros, 0) + i32x4.extract_lane(zeros, 1) + i32x4.extract_lane(zeros, 2) + i32x4.extract_lane(zeros, 3);
  let near = i32x4.extract_lane(tiny, 0) + i32x4.extract_lane(tiny, 1) + i32x4.extract_lane(tiny, 2) + i32x4.extract_lane(tiny, 3);
  for (; x < end; x += 4) {
    const a = load<f32>(x);
    if (a == 0) zero++;
    if (abs(a) < least) near++;
  }
  if (least > 0) subnormal += <f64>(near - zero);
  return <f64>zero;
}

/** Merges a run of up to `longest` elements. */
export function mergeRun(state: usize, size: i32, cell: i32, x: usize, n: i32, higher: bool, least: f32, scratch: usize): void {
  const count = <f64>n;
  const whole = n & ~3;
  const tail = x + (<usize>whole << 2), end = x + (<usize>n << 2);
  let k = load<f32>(scratch + atShift);
  const trusted = higher || whole >= few ? trust : trustOfFew;
  let zeros: f64 = -1;
  for (let look = 0; look < 4; look++) {
    const counters: usize = higher && look == 0 ? load<u32>(scratch + atCounters) : 0;
    if (counters != 0) {
      countPowers(x, whole, k, scratch, counters);
      for (let at = tail; at < end; at += 4) countOne(counters, load<u16>(at, 2));
    } else if (higher) sumPowers(x, whole, k, scratch);
    else sumSquares(x, whole, k, scratch);
    const p = scratch + atHigh;
    let near = v128.load(p, 32), high = v128.load(p), low = v128.load(p, 16);
    let d1 = both(scratch), d2 = both(scratch + 16), d3: f64 = 0, d4: f64 = 0;
    if (higher) {
      d3 = both(scratch + 32);
      d4 = both(scratch + 48);
    }
    for (let at = tail; at < end; at += 4) {
      const bits = v128.load32_splat(at);
      high = i32x4.max_s(high, bits);
      low = i32x4.max_u(low, bits);
      near = i32x4.min_u(near, i32x4.shl(bits, 1));
      const d = <f64>load<f32>(at) - <f64>k, q = d * d;
      d1 += d;
      d2 += q;
      d3 += q * d;
      d4 += q * q;
    }
    near = i32x4.min_u(near, i8x16.shuffle(near, near, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
    near = i32x4.min_u(near, i8x16.shuffle(near, near, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
    if (zeros < 0) {
      const bound: u32 = max<u32>(1, reinterpret<u32>(least) << 1);
      zeros = <u32>i32x4.extract_lane(near, 0) < bound ? countNear(x, n, least) : 0;
    }
    // NaN, infinities and powers that overflow all show in the sums.
    const all = higher ? d4 : d2;
    if (all - all != 0) break;
    high = i32x4.max_s(high, i8x16.shuffle(high, high, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
    high = i32x4.max_s(high, i8x16.shuffle(high, high, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
    low = i32x4.max_u(low, i8x16.shuffle(low, low, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
    low = i32x4.max_u(low, i8x16.shuffle(low, low, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
    const lowest = <f64>f32x4.extract_lane(leastOf(low, near), 0), greatest = <f64>f32x4.extract_lane(greatestOf(high, near), 0);
    if (lowest == greatest) {
      store<f32>(scratch + atShift, <f32>lowest);
      return mergeShifted(state, size, cell, count, lowest, 0, 0, 0, 0, lowest, lowest, zeros);
    }
    const e = d1 / count;
    if (trusted * e * d1 <= d2) {
      if (all < leastSum) break;
      const mean = <f64>k + e;
      // Half-way to a mean that is near: nearer to the next than this one is, where they are all of one distribution.
      store<f32>(scratch + atShift, <f32>(look == 0 ? <f64>k + 0.5 * e : mean));
      if (higher) mergeShifted(state, size, cell, count, <f64>k, d1, d2, d3, d4, lowest, greatest, zeros);
      else mergeSpread(state, size, cell, count, mean, e - (mean - <f64>k), d2 - e * d1, lowest, greatest, zeros);
      return;
    }
    const next = <f32>(<f64>k + e);
    // A spread of about float32's own steps: no shift is nearer.
    if (next == k) break;
    k = next;
  }
  mergeCarefully(state, size, cell, x, n, 4);
}

/** Merges `rows` runs, a multiple of four, into as many neighbouring cells. */
function mergeFours(state: usize, size: i32, cell: i32, x: usize, run: i32, rows: i32, least: f32, scratch: usize): void {
  const bytes = <usize>run << 2;
  const pZeros = state + (<usize>size << 3) * 11;
  for (let row = 0; row < rows; row += 4) {
    const found = mergeFour(state, size, cell + row, x, run);
    for (let at = 0; found != 1 && at < 4; at++) {
      const y = x + <usize>at * bytes;
      if (found == 0) {
        mergeRun(state, size, cell + row + at, y, run, false, least, scratch);
      } else {
        const p = pZeros + (<usize>(cell + row + at) << 3);
        store<f64>(p, load<f64>(p) + countNear(y, run, 0));
      }
    }
    x += bytes << 2;
  }
}

/**
 * `n` further float32 in storage order, of which each run of `length(walk)` shares one cell.
 * @param higher whether third and fourth moments are kept
 * @param least elements closer to zero, and not zero, are counted for `takeSubnormal`; 0 for none
 * @param scratch 128 bytes; at the begin of each chunk zero, so that what was before it leaves no trace
 */
export function accumulateFastRows(walk: usize, state: usize, size: i32, higher: bool, least: f32, x: usize, n: i32, scratch: usize): void {
  const run = length(walk);
  while (n > 0) {
    const at = inner(walk);
    if (at == 0 && run <= shortRun && n >= 4 * run && !higher) {
      const rows = min(n / run, neighboursAhead(walk)) & ~3;
      if (rows > 0) {
        mergeFours(state, size, cell(walk), x, run, rows, least, scratch);
        x += <usize>(rows * run) << 2;
        n -= rows * run;
        advance(walk, rows);
        continue;
      }
    }
    const take = min(min(n, run - at), longest);
    mergeRun(state, size, cell(walk), x, take, higher, least, scratch);
    x += <usize>take << 2;
    n -= take;
    went(walk, at + take);
  }
}
