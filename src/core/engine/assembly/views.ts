// Affine views of a tensor: `(x − shift[cell]) · scale[cell]`, their histograms and pictures.
import { advance, cell, inner, length, setInner } from './walk';

/** Runs of elements that share a cell. */
export function applyRows(walk: usize, shift: usize, scale: usize, x: usize, n: i32, target: usize): void {
  const run = length(walk);
  while (n > 0) {
    const at = inner(walk);
    const take = min(n, run - at);
    const group = <usize>cell(walk) << 3;
    const a = load<f64>(shift + group), b = load<f64>(scale + group);
    const end = x + (<usize>take << 3);
    for (; x < end; x += 8, target += 8) store<f64>(target, (load<f64>(x) - a) * b);
    n -= take;
    if (at + take < run) setInner(walk, at + take);
    else {
      setInner(walk, 0);
      advance(walk, 1);
    }
  }
}

/** Neighbours that belong to different cells, by `table`. */
export function applyColumns(walk: usize, table: usize, shift: usize, scale: usize, x: usize, n: i32, target: usize): void {
  const columns = length(walk);
  while (n > 0) {
    const at = inner(walk);
    const take = min(n, columns - at);
    const base = cell(walk);
    for (let i = 0; i < take; i++, x += 8, target += 8) {
      const group = <usize>(base + load<i32>(table + (<usize>(at + i) << 2))) << 3;
      store<f64>(target, (load<f64>(x) - load<f64>(shift + group)) * load<f64>(scale + group));
    }
    n -= take;
    if (at + take < columns) setInner(walk, at + take);
    else {
      setInner(walk, 0);
      advance(walk, 1);
    }
  }
}

/** The bins of two values, as two int32: values beyond the range, NaN and infinities have bins behind the others. */
// @ts-ignore: decorator
@inline
export function binsOf(value: v128, low: f64, high: f64, perUnit: f64, bins: i32): v128 {
  const inside = f64x2.pmin(f64x2.mul(f64x2.sub(value, f64x2.splat(low)), f64x2.splat(perUnit)), f64x2.splat(<f64>(bins - 1)));
  const below = v128.bitselect(f64x2.splat(<f64>bins), inside, f64x2.lt(value, f64x2.splat(low)));
  const above = v128.bitselect(f64x2.splat(<f64>(bins + 1)), below, f64x2.gt(value, f64x2.splat(high)));
  const odd = f64x2.ne(f64x2.sub(value, value), f64x2.splat(0));
  return i32x4.trunc_sat_f64x2_s_zero(v128.bitselect(f64x2.splat(<f64>(bins + 2)), above, odd));
}

/**
 * Counts n values of a view into its histogram.
 * @param counts (bins + 3) float64: the bins, then below, above, not finite
 * @param tally two columns of bins + 3 int32, zero before and after: neighbours of one bin do not wait for each other
 */
export function countView(y: usize, n: i32, low: f64, high: f64, bins: i32, counts: usize, tally: usize): void {
  const perUnit = <f64>bins / (high - low);
  const other = tally + (<usize>(bins + 3) << 2);
  const end = y + ((<usize>n >> 1) << 4);
  for (; y < end; y += 16) {
    const two = binsOf(v128.load(y), low, high, perUnit, bins);
    const p = tally + (<usize>i32x4.extract_lane(two, 0) << 2), q = other + (<usize>i32x4.extract_lane(two, 1) << 2);
    store<i32>(p, load<i32>(p) + 1);
    store<i32>(q, load<i32>(q) + 1);
  }
  if (n & 1) {
    const p = tally + (<usize>i32x4.extract_lane(binsOf(v128.load64_splat(y), low, high, perUnit, bins), 0) << 2);
    store<i32>(p, load<i32>(p) + 1);
  }
  for (let bin: usize = 0; bin < <usize>(bins + 3); bin++) {
    const p = counts + (bin << 3), a = tally + (bin << 2), b = other + (bin << 2);
    store<f64>(p, load<f64>(p) + <f64>(load<i32>(a) + load<i32>(b)));
    store<i32>(a, 0);
    store<i32>(b, 0);
  }
}

/**
 * Merges n values of a view into its picture.
 * @param picture four float64 a pixel: sum, count, the least value, the least of the negated ones
 */
export function drawView(y: usize, n: i32, pixels: usize, picture: usize): void {
  const one = f64x2.splat(1), sign = i64x2(0, i64.MIN_VALUE);
  const end = y + (<usize>n << 3);
  while (y < end) {
    // Neighbours mostly fall on one pixel: what is known of it stays in registers.
    const pixel = load<i32>(pixels);
    const p = picture + (<usize>pixel << 5);
    let sum = v128.load(p), least = v128.load(p, 16);
    do {
      const value = v128.load64_splat(y);
      if (f64x2.extract_lane(value, 0) - f64x2.extract_lane(value, 0) == 0) {
        sum = f64x2.add(sum, i8x16.shuffle(value, one, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
        least = f64x2.pmin(least, v128.xor(value, sign));
      }
      y += 8;
      pixels += 4;
    } while (y < end && load<i32>(pixels) == pixel);
    v128.store(p, sum);
    v128.store(p, least, 16);
  }
}
