// Moments of neighbouring columns whose cells are neighbours too, summed in place: many columns leave only a few rows to
// a block, and merging two states for every few elements would cost more than the sums themselves.
//
// While columns are summed their states are OPEN. The columns of memory are the same, but hold sums about a shift that is
// near the mean: `mean` the shift k, `meanLow` Σ(x − k), `m2` Σ(x − k)², `m3` and `m4` likewise. A cell starts with its
// first element as shift and takes its mean as shift each time its elements have doubled. So (mean − k)² is at most
// four times the variance (64 times among the first 64 elements), and the sums lose a digit or two to k, not all of them.
import { countNotFinite, mergeMoments } from './state';

/** The shift is the first element until a cell has about this many. */
const firstElements = 32;
/** Rows summed before the shift is looked at again, while a cell has few. */
const fewRows = 64;

// @ts-ignore: decorator
@inline
function both(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1);
}

/** Takes the means as shifts: the binomial formulae, in place, for `cells` cells from `p` on. */
function recentre(p: usize, column: usize, cells: i32): void {
  const end = p + (<usize>cells << 3);
  const zero = f64x2.splat(0), three = f64x2.splat(3);
  for (; p + 8 < end; p += 16) {
    const n = v128.load(p), k = v128.load(p + column);
    const s1 = v128.load(p + column * 2), s2 = v128.load(p + column * 3);
    const s3 = v128.load(p + column * 4), s4 = v128.load(p + column * 5);
    // Without elements nothing moves. What rounding leaves of the mean stays in the sums.
    const moved = f64x2.add(k, v128.and(f64x2.div(s1, n), f64x2.gt(n, zero)));
    const t = f64x2.sub(moved, k), nt = f64x2.mul(n, t);
    const t2 = f64x2.mul(t, t), ts1 = f64x2.mul(t, s1), t3 = f64x2.mul(three, t);
    v128.store(p + column, moved);
    v128.store(p + column * 2, f64x2.sub(s1, nt));
    v128.store(p + column * 3, f64x2.add(f64x2.sub(s2, f64x2.add(ts1, ts1)), f64x2.mul(nt, t)));
    v128.store(p + column * 4, f64x2.sub(f64x2.add(f64x2.sub(s3, f64x2.mul(t3, s2)), f64x2.mul(t3, ts1)), f64x2.mul(nt, t2)));
    const inner = f64x2.add(f64x2.sub(f64x2.splat(0), f64x2.mul(f64x2.splat(4), s3)), f64x2.mul(f64x2.splat(6), f64x2.mul(t, s2)));
    const outer = f64x2.sub(f64x2.mul(nt, t), f64x2.mul(f64x2.splat(4), ts1));
    v128.store(p + column * 5, f64x2.add(f64x2.add(s4, f64x2.mul(t, inner)), f64x2.mul(t2, outer)));
  }
  if (p < end) {
    const n = load<f64>(p);
    if (n == 0) return;
    const k = load<f64>(p + column), s1 = load<f64>(p + column * 2), s2 = load<f64>(p + column * 3), s3 = load<f64>(p + column * 4);
    const moved = k + s1 / n, t = moved - k;
    store<f64>(p + column, moved);
    store<f64>(p + column * 2, s1 - n * t);
    store<f64>(p + column * 3, s2 - 2 * t * s1 + n * t * t);
    store<f64>(p + column * 4, s3 - 3 * t * s2 + 3 * t * t * s1 - n * t * t * t);
    store<f64>(p + column * 5, load<f64>(p + column * 5) + t * (6 * t * s2 - 4 * s3) + t * t * (n * t * t - 4 * t * s1));
  }
}

/** Open states to moments about the mean, in place. */
export function closeStates(state: usize, size: i32, cells: i32): void {
  const column = <usize>size << 3;
  const end = state + (<usize>cells << 3);
  for (let p = state; p < end; p += 8) close(p, column);
}

function close(p: usize, column: usize): void {
  const n = load<f64>(p);
  if (n == 0) return;
  const k = load<f64>(p + column), s1 = load<f64>(p + column * 2), s2 = load<f64>(p + column * 3), s3 = load<f64>(p + column * 4);
  const e = s1 / n, mean = k + e;
  const m2 = s2 - s1 * e;
  const m4 = load<f64>(p + column * 5) - 4 * e * s3 + 6 * e * e * s2 - 3 * n * e * e * e * e;
  store<f64>(p + column, mean);
  store<f64>(p + column * 2, e - (mean - k));
  // Squares that overflow: the variance is infinite, never NaN.
  const finite = m2 - m2 == 0;
  store<f64>(p + column * 3, finite ? max(0, m2) : Infinity);
  store<f64>(p + column * 4, finite ? s3 - 3 * e * s2 + 2 * n * e * e * e : NaN);
  store<f64>(p + column * 5, m4 - m4 == 0 ? max(0, m4) : Infinity);
}

/** Moments about the mean to open states, in place. */
export function openStates(state: usize, size: i32, cells: i32): void {
  const column = <usize>size << 3;
  const end = state + (<usize>cells << 3);
  for (let p = state; p < end; p += 8) open(p, column);
}

function open(p: usize, column: usize): void {
  const low = load<f64>(p + column * 2), s1 = load<f64>(p) * low;
  // The higher powers of the low part are beyond the digits of the moments.
  store<f64>(p + column * 2, s1);
  store<f64>(p + column * 3, load<f64>(p + column * 3) + s1 * low);
}

/** Elements of one column one by one: those that are not finite, or whose squares overflow, are told apart. */
function addEach(state: usize, size: i32, cell: i32, x: usize, rows: i32, stride: usize): void {
  const column = <usize>size << 3;
  const p = state + (<usize>cell << 3);
  const pNan = p + column * 8;
  for (let i = 0; i < rows; i++, x += stride) {
    const a = load<f64>(x);
    if (a - a != 0) {
      countNotFinite(pNan, column, a);
      continue;
    }
    const n = load<f64>(p);
    if (n == 0) store<f64>(p + column, a);
    const d = a - load<f64>(p + column), q = d * d;
    if (q - q != 0) {
      close(p, column);
      mergeMoments(state, size, cell, 1, a, 0, 0, 0, 0, a, a, a == 0 ? 1 : 0);
      open(p, column);
      continue;
    }
    store<f64>(p, n + 1);
    store<f64>(p + column * 2, load<f64>(p + column * 2) + d);
    store<f64>(p + column * 3, load<f64>(p + column * 3) + q);
    store<f64>(p + column * 4, load<f64>(p + column * 4) + q * d);
    store<f64>(p + column * 5, load<f64>(p + column * 5) + q * q);
    if (a < load<f64>(p + column * 6)) store<f64>(p + column * 6, a);
    if (a > load<f64>(p + column * 7)) store<f64>(p + column * 7, a);
    if (a == 0) store<f64>(p + column * 11, load<f64>(p + column * 11) + 1);
  }
}

/** Adds two neighbouring columns of `rows` rows. */
function addPair(state: usize, size: i32, cell: i32, x: usize, rows: i32, stride: usize): void {
  const column = <usize>size << 3;
  const p = state + (<usize>cell << 3);
  const zero = f64x2.splat(0);
  const n = v128.load(p);
  // A cell without elements takes its first as shift. Should that be NaN, so is the sum below, and nothing is kept.
  const k = v128.bitselect(v128.load(x), v128.load(p + column), f64x2.eq(n, zero));
  let s1 = zero, s2 = zero, s3 = zero, s4 = zero, zeros = zero;
  let low = v128.load(p + column * 6), high = v128.load(p + column * 7);
  const end = x + <usize>rows * stride;
  for (let at = x; at < end; at += stride) {
    const a = v128.load(at);
    low = f64x2.pmin(low, a);
    high = f64x2.pmax(high, a);
    zeros = i64x2.sub(zeros, f64x2.eq(a, zero));
    const d = f64x2.sub(a, k), q = f64x2.mul(d, d);
    s1 = f64x2.add(s1, d);
    s2 = f64x2.add(s2, q);
    s3 = f64x2.add(s3, f64x2.mul(q, d));
    s4 = f64x2.add(s4, f64x2.mul(q, q));
  }
  if (v128.any_true(f64x2.sub(s2, s2))) {
    addEach(state, size, cell, x, rows, stride);
    addEach(state, size, cell + 1, x + 8, rows, stride);
    return;
  }
  v128.store(p, f64x2.add(n, f64x2.splat(<f64>rows)));
  v128.store(p + column, k);
  v128.store(p + column * 2, f64x2.add(v128.load(p + column * 2), s1));
  v128.store(p + column * 3, f64x2.add(v128.load(p + column * 3), s2));
  v128.store(p + column * 4, f64x2.add(v128.load(p + column * 4), s3));
  v128.store(p + column * 5, f64x2.add(v128.load(p + column * 5), s4));
  v128.store(p + column * 6, low);
  v128.store(p + column * 7, high);
  if (v128.any_true(zeros)) {
    const pZeros = p + column * 11;
    store<f64>(pZeros, load<f64>(pZeros) + <f64>i64x2.extract_lane(zeros, 0));
    store<f64>(pZeros, load<f64>(pZeros, 8) + <f64>i64x2.extract_lane(zeros, 1), 8);
  }
}

/** Adds the last column where their number is odd: two rows at a time. */
function addLast(state: usize, size: i32, cell: i32, x: usize, rows: i32, stride: usize): void {
  const column = <usize>size << 3;
  const p = state + (<usize>cell << 3);
  const zero = f64x2.splat(0);
  const n = load<f64>(p), k = n == 0 ? load<f64>(x) : load<f64>(p + column);
  const shift = f64x2.splat(k);
  let s1 = zero, s2 = zero, s3 = zero, s4 = zero, zeros = zero;
  let low = f64x2.splat(load<f64>(p + column * 6)), high = f64x2.splat(load<f64>(p + column * 7));
  const even = rows & ~1;
  const end = x + <usize>even * stride;
  for (let at = x; at < end; at += stride << 1) {
    const a = v128.load64_lane(at + stride, v128.load64_splat(at), 1);
    low = f64x2.pmin(low, a);
    high = f64x2.pmax(high, a);
    zeros = i64x2.sub(zeros, f64x2.eq(a, zero));
    const d = f64x2.sub(a, shift), q = f64x2.mul(d, d);
    s1 = f64x2.add(s1, d);
    s2 = f64x2.add(s2, q);
    s3 = f64x2.add(s3, f64x2.mul(q, d));
    s4 = f64x2.add(s4, f64x2.mul(q, q));
  }
  if (v128.any_true(f64x2.sub(s2, s2))) return addEach(state, size, cell, x, rows, stride);
  if (even > 0) {
    store<f64>(p, n + <f64>even);
    store<f64>(p + column, k);
    store<f64>(p + column * 2, load<f64>(p + column * 2) + both(s1));
    store<f64>(p + column * 3, load<f64>(p + column * 3) + both(s2));
    store<f64>(p + column * 4, load<f64>(p + column * 4) + both(s3));
    store<f64>(p + column * 5, load<f64>(p + column * 5) + both(s4));
    store<f64>(p + column * 6, min(f64x2.extract_lane(low, 0), f64x2.extract_lane(low, 1)));
    store<f64>(p + column * 7, max(f64x2.extract_lane(high, 0), f64x2.extract_lane(high, 1)));
    const pZeros = p + column * 11;
    store<f64>(pZeros, load<f64>(pZeros) + <f64>(i64x2.extract_lane(zeros, 0) + i64x2.extract_lane(zeros, 1)));
  }
  if (even < rows) addEach(state, size, cell, end, 1, stride);
}

/** Adds `rows` rows of `columns` neighbours to the open states of as many cells, from `cell` on. */
export function addPanel(state: usize, size: i32, cell: i32, x: usize, rows: i32, columns: i32, stride: usize): void {
  const column = <usize>size << 3;
  const p = state + (<usize>cell << 3);
  while (rows > 0) {
    // All elements that the first column has met, whatever they were.
    const seen = <i64>(load<f64>(p) + load<f64>(p + column * 8) + load<f64>(p + column * 9) + load<f64>(p + column * 10));
    const take = <i32>min<i64>(<i64>rows, max<i64>(fewRows, seen));
    let at = 0;
    for (; at + 1 < columns; at += 2) addPair(state, size, cell + at, x + (<usize>at << 3), take, stride);
    if (at < columns) addLast(state, size, cell + at, x + (<usize>at << 3), take, stride);
    const now = seen + <i64>take;
    if (now >= firstElements && clz<i64>(now) < clz<i64>(seen)) recentre(p, column, columns);
    x += <usize>take * stride;
    rows -= take;
  }
}
