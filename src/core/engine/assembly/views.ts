// Affine views of a tensor: `(x − shift[cell]) · scale[cell]`, their histograms and pictures.
import { advance, cell, inner, length, setInner } from './walk';

/** Runs of elements that share a cell. */
export function applyRows(walk: usize, shift: usize, scale: usize, x: usize, n: i32, target: usize): void {
  const run = length(walk);
  while (n > 0) {
    const at = inner(walk);
    const take = min(n, run - at);
    const group = <usize>cell(walk) << 3;
    const a = f64x2.splat(load<f64>(shift + group)), b = f64x2.splat(load<f64>(scale + group));
    const pairs = x + ((<usize>take >> 1) << 4), end = x + (<usize>take << 3);
    for (; x < pairs; x += 16, target += 16) v128.store(target, f64x2.mul(f64x2.sub(v128.load(x), a), b));
    for (; x < end; x += 8, target += 8) store<f64>(target, (load<f64>(x) - f64x2.extract_lane(a, 0)) * f64x2.extract_lane(b, 0));
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
    let p = table + (<usize>at << 2);
    const end = p + (<usize>take << 2);
    while (p < end) {
      const place = load<i32>(p), group = <usize>(base + place) << 3;
      // Mostly the cells of neighbours lie side by side.
      if (p + 4 < end && load<i32>(p, 4) == place + 1) {
        v128.store(target, f64x2.mul(f64x2.sub(v128.load(x), v128.load(shift + group)), v128.load(scale + group)));
        p += 8;
        x += 16;
        target += 16;
      } else {
        store<f64>(target, (load<f64>(x) - load<f64>(shift + group)) * load<f64>(scale + group));
        p += 4;
        x += 8;
        target += 8;
      }
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
  const least = f64x2.splat(low), greatest = f64x2.splat(high), scale = f64x2.splat(perUnit), last = f64x2.splat(<f64>(bins - 1));
  const end = y + ((<usize>n >> 1) << 4);
  for (; y < end; y += 16) {
    const value = v128.load(y);
    // Mostly both lie in the range, which leaves out NaN too.
    const inside = i64x2.all_true(v128.and(f64x2.ge(value, least), f64x2.le(value, greatest)));
    const two = inside ? i32x4.trunc_sat_f64x2_s_zero(f64x2.pmin(f64x2.mul(f64x2.sub(value, least), scale), last)) : binsOf(value, low, high, perUnit, bins);
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

/** Fewer neighbours on one pixel are taken one by one. */
const manyOnPixel: usize = 16;

/**
 * Merges n values of a view into its picture.
 * @param picture four float64 a pixel: sum, count, the least value, the least of the negated ones
 */
export function drawView(y: usize, n: i32, pixels: usize, picture: usize): void {
  const one = f64x2.splat(1), sign = i64x2(0, i64.MIN_VALUE), zero = f64x2.splat(0);
  const end = y + (<usize>n << 3);
  while (y < end) {
    // Neighbours mostly fall on one pixel: what is known of it stays in registers.
    const pixel = load<i32>(pixels);
    const p = picture + (<usize>pixel << 5);
    let sum = v128.load(p), least = v128.load(p, 16);
    // Of many on one pixel as many as are finite, by fours.
    if (y + (manyOnPixel << 3) <= end && load<i32>(pixels, (manyOnPixel - 1) << 2) == pixel) {
      const begin = y, same = i32x4.splat(pixel);
      let sums = zero, low = f64x2.splat(Infinity), high = f64x2.splat(-Infinity);
      while (y + 32 <= end && i32x4.all_true(i32x4.eq(v128.load(pixels), same))) {
        const a = v128.load(y), b = v128.load(y, 16), both = f64x2.add(a, b);
        if (!i64x2.all_true(f64x2.eq(f64x2.sub(both, both), zero))) break;
        sums = f64x2.add(sums, both);
        low = f64x2.pmin(low, f64x2.pmin(a, b));
        high = f64x2.pmax(high, f64x2.pmax(a, b));
        y += 32;
        pixels += 16;
      }
      const total = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
      const bottom = min(f64x2.extract_lane(low, 0), f64x2.extract_lane(low, 1)), top = max(f64x2.extract_lane(high, 0), f64x2.extract_lane(high, 1));
      sum = f64x2.add(sum, f64x2.replace_lane(f64x2.splat(<f64>((y - begin) >> 3)), 0, total));
      least = f64x2.pmin(least, f64x2.replace_lane(f64x2.splat(-top), 0, bottom));
    }
    while (y < end && load<i32>(pixels) == pixel) {
      const value = v128.load64_splat(y);
      if (f64x2.extract_lane(value, 0) - f64x2.extract_lane(value, 0) == 0) {
        sum = f64x2.add(sum, i8x16.shuffle(value, one, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
        least = f64x2.pmin(least, v128.xor(value, sign));
      }
      y += 8;
      pixels += 4;
    }
    v128.store(p, sum);
    v128.store(p, least, 16);
  }
}
