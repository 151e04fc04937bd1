// Gradients through a normalization: sums of g and of g · x̂ per cell, and the map that they lead to.
import { cell, inner, length, went } from './walk';

/**
 * Adds to one of a cell's sums. What a sum lacks is kept beside it (Knuth's two-sum), so that neither the number of
 * elements nor an offset that cancels costs digits.
 */
// @ts-ignore: decorator
@inline
function add(p: usize, column: usize, value: f64): void {
  const before = load<f64>(p);
  const after = before + value;
  const part = after - before;
  store<f64>(p, after);
  store<f64>(p + column, load<f64>(p + column) + ((before - (after - part)) + (value - part)));
}

// @ts-ignore: decorator
@inline
function sum(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1);
}

/** One pair; where either is not finite it is left out. Returns how many were. */
// @ts-ignore: decorator
@inline
function addPair(p: usize, column: usize, x: f64, g: f64): i32 {
  if ((x - x) + (g - g) != 0) return 1;
  add(p, column, g);
  add(p + (column << 1), column, g * x);
  return 0;
}

/** Pairs that are summed before what rounding takes is looked at: their sum loses at most some 128 roundings. */
const longestSum: i32 = 512;

/** Pairs of one cell. */
function addRun(p: usize, column: usize, x: usize, g: usize, n: i32): i32 {
  const end = x + (<usize>n << 3);
  const pairs = x + ((<usize>n >> 2) << 5);
  let a = f64x2.splat(0), b = a, c = a, d = a;
  let i = x, j = g;
  for (; i < pairs; i += 32, j += 32) {
    const u = v128.load(j), v = v128.load(j, 16);
    a = f64x2.add(a, u);
    b = f64x2.add(b, v);
    c = f64x2.add(c, f64x2.mul(u, v128.load(i)));
    d = f64x2.add(d, f64x2.mul(v, v128.load(i, 16)));
  }
  let plain = sum(f64x2.add(a, b)), product = sum(f64x2.add(c, d));
  for (; i < end; i += 8, j += 8) {
    plain += load<f64>(j);
    product += load<f64>(j) * load<f64>(i);
  }
  // NaN and infinities of either show in the sum of products; so does an overflow of finite ones.
  if ((plain - plain) + (product - product) == 0) {
    add(p, column, plain);
    add(p + (column << 1), column, product);
    return 0;
  }
  let left = 0;
  for (i = x, j = g; i < end; i += 8, j += 8) left += addPair(p, column, load<f64>(i), load<f64>(j));
  return left;
}

/**
 * Runs of pairs that share a cell.
 * @param sums four columns of `size` float64: Σ g, what it lacks, Σ g · x, what it lacks
 * @returns pairs that were left out, since one of them is NaN or infinite
 */
export function sumRows(walk: usize, sums: usize, size: i32, x: usize, g: usize, n: i32): i32 {
  const run = length(walk);
  const column = <usize>size << 3;
  let left = 0;
  while (n > 0) {
    const at = inner(walk);
    const take = min(min(n, run - at), longestSum);
    left += addRun(sums + (<usize>cell(walk) << 3), column, x, g, take);
    x += <usize>take << 3;
    g += <usize>take << 3;
    n -= take;
    went(walk, at + take);
  }
  return left;
}

/** The same of neighbours that belong to different cells, by `table`. */
export function sumColumns(walk: usize, table: usize, sums: usize, size: i32, x: usize, g: usize, n: i32): i32 {
  const columns = length(walk);
  const column = <usize>size << 3;
  let left = 0;
  while (n > 0) {
    const at = inner(walk);
    const take = min(n, columns - at);
    const base = cell(walk);
    const end = x + (<usize>take << 3);
    for (let entry = table + (<usize>at << 2); x < end; x += 8, g += 8, entry += 4) {
      left += addPair(sums + (<usize>(base + load<i32>(entry)) << 3), column, load<f64>(x), load<f64>(g));
    }
    n -= take;
    went(walk, at + take);
  }
  return left;
}

/** Runs that share a cell: `g ← scale · ((g − mean) − x̂ · slope)`, NaN where x̂ is not finite. */
export function gradientRows(walk: usize, scale: usize, mean: usize, slope: usize, x: usize, g: usize, n: i32): void {
  const run = length(walk);
  while (n > 0) {
    const at = inner(walk);
    const take = min(n, run - at);
    const group = <usize>cell(walk) << 3;
    gradientRun(load<f64>(scale + group), load<f64>(mean + group), load<f64>(slope + group), x, g, take);
    x += <usize>take << 3;
    g += <usize>take << 3;
    n -= take;
    went(walk, at + take);
  }
}

/** Elements of one cell. Exported, so that the three numbers are spread over the lanes outside of the loop. */
export function gradientRun(scale: f64, mean: f64, slope: f64, x: usize, g: usize, n: i32): void {
  const a = f64x2.splat(scale), b = f64x2.splat(mean), c = f64x2.splat(slope);
  const end = x + ((<usize>n >> 1) << 4);
  for (; x < end; x += 16, g += 16) {
    const value = v128.load(x);
    const centred = f64x2.sub(f64x2.sub(v128.load(g), b), f64x2.mul(value, c));
    v128.store(g, f64x2.add(f64x2.mul(a, centred), f64x2.sub(value, value)));
  }
  if (n & 1) store<f64>(g, scale * (load<f64>(g) - mean - load<f64>(x) * slope) + (load<f64>(x) - load<f64>(x)));
}

/** Neighbours that belong to different cells, by `table`. */
export function gradientColumns(walk: usize, table: usize, scale: usize, mean: usize, slope: usize, x: usize, g: usize, n: i32): void {
  const columns = length(walk);
  while (n > 0) {
    const at = inner(walk);
    const take = min(n, columns - at);
    const base = cell(walk);
    const end = x + (<usize>take << 3);
    for (let entry = table + (<usize>at << 2); x < end; x += 8, g += 8, entry += 4) {
      const group = <usize>(base + load<i32>(entry)) << 3;
      const value = load<f64>(x);
      store<f64>(g, load<f64>(scale + group) * (load<f64>(g) - load<f64>(mean + group) - value * load<f64>(slope + group)) + (value - value));
    }
    n -= take;
    went(walk, at + take);
  }
}
