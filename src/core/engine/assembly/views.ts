// Affine views of a tensor: `(x − shift[cell]) · scale[cell]`, their histograms and pictures.
import { cell, inner, length, went } from './walk';

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
    went(walk, at + take);
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
    went(walk, at + take);
  }
}

/** As `applyColumns`, of columns whose cells follow each other. */
export function applyNeighbours(walk: usize, shift: usize, scale: usize, x: usize, n: i32, target: usize): void {
  const columns = length(walk);
  while (n > 0) {
    const at = inner(walk);
    const take = min(n, columns - at);
    let group = <usize>(cell(walk) + at) << 3;
    const end = x + (<usize>take << 3);
    for (const two = x + ((<usize>take >> 1) << 4); x < two; x += 16, group += 16, target += 16) {
      v128.store(target, f64x2.mul(f64x2.sub(v128.load(x), v128.load(shift + group)), v128.load(scale + group)));
    }
    if (x < end) {
      store<f64>(target, (load<f64>(x) - load<f64>(shift + group)) * load<f64>(scale + group));
      x = end;
      target += 8;
    }
    n -= take;
    went(walk, at + take);
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

/** Fewer neighbours on one pixel are taken one by one: to find where each pixel begins would take longer than to merge them. */
const manyOnPixel: usize = 16;
/** Fewer rows on the same pixels are not added up first. */
const fewestRows: usize = 3;

/**
 * Merges n values of a view into its picture.
 * @param period elements after which pixels may come again, all of them in the same order: rows of the picture's matrix; 0 where they do not
 * @param picture four float64 a pixel: sum, count, the least value, the least of the negated ones
 */
export function drawView(y: usize, n: i32, period: usize, pixels: usize, picture: usize): void {
  const end = y + (<usize>n << 3);
  while (y < end) {
    const rows = rowsAlike(pixels, (end - y) >> 3, period);
    const stop = rows == 0 ? end : y + ((rows * period) << 3);
    if (rows >= fewestRows) drawRows(y, rows, period, pixels, picture);
    else drawAlong(y, stop, pixels, picture);
    pixels += (stop - y) >> 1;
    y = stop;
  }
}

/** How many periods have the pixels of the first one; 0 where there is none. */
// @ts-ignore: decorator
@inline
function rowsAlike(pixels: usize, n: usize, period: usize): usize {
  if (period == 0 || n < period) return 0;
  const first = load<i32>(pixels), last = load<i32>(pixels + ((period - 1) << 2));
  let rows: usize = 1;
  for (let p = pixels + (period << 2); (rows + 1) * period <= n; rows++, p += period << 2) {
    if (load<i32>(p) != first || load<i32>(p + ((period - 1) << 2)) != last) break;
  }
  return rows;
}

/** Rows on the same pixels: those below each other are added up before, eight columns at a time. */
function drawRows(y: usize, rows: usize, period: usize, pixels: usize, picture: usize): void {
  const step = period << 3, below = rows * step;
  const end = y + step;
  for (; y + 64 <= end; y += 64, pixels += 32) {
    let a = v128.load(y), b = v128.load(y, 16), c = v128.load(y, 32), d = v128.load(y, 48);
    let lowA = a, lowB = b, lowC = c, lowD = d, highA = a, highB = b, highC = c, highD = d;
    for (let p = y + step; p < y + below; p += step) {
      const e = v128.load(p), f = v128.load(p, 16), g = v128.load(p, 32), h = v128.load(p, 48);
      a = f64x2.add(a, e);
      b = f64x2.add(b, f);
      c = f64x2.add(c, g);
      d = f64x2.add(d, h);
      lowA = f64x2.pmin(lowA, e);
      lowB = f64x2.pmin(lowB, f);
      lowC = f64x2.pmin(lowC, g);
      lowD = f64x2.pmin(lowD, h);
      highA = f64x2.pmax(highA, e);
      highB = f64x2.pmax(highB, f);
      highC = f64x2.pmax(highC, g);
      highD = f64x2.pmax(highD, h);
    }
    drawColumns(y, rows, step, a, lowA, highA, pixels, picture);
    drawColumns(y + 16, rows, step, b, lowB, highB, pixels + 8, picture);
    drawColumns(y + 32, rows, step, c, lowC, highC, pixels + 16, picture);
    drawColumns(y + 48, rows, step, d, lowD, highD, pixels + 24, picture);
  }
  for (; y < end; y += 8, pixels += 4) drawColumn(y, rows, step, picture + (<usize>load<i32>(pixels) << 5));
}

/** What was added up of two columns; element by element where some is not finite, which shows in the sum. */
// @ts-ignore: decorator
@inline
function drawColumns(y: usize, rows: usize, step: usize, sum: v128, low: v128, high: v128, pixels: usize, picture: usize): void {
  const p = picture + (<usize>load<i32>(pixels) << 5), q = picture + (<usize>load<i32>(pixels, 4) << 5);
  if (!i64x2.all_true(f64x2.eq(f64x2.sub(sum, sum), f64x2.splat(0)))) {
    drawColumn(y, rows, step, p);
    drawColumn(y + 8, rows, step, q);
    return;
  }
  const count = f64x2.splat(<f64>rows), negated = f64x2.neg(high);
  merge(p, i8x16.shuffle(sum, count, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23), i8x16.shuffle(low, negated, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
  merge(q, i8x16.shuffle(sum, count, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23), i8x16.shuffle(low, negated, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31));
}

function drawColumn(y: usize, rows: usize, step: usize, p: usize): void {
  for (let row: usize = 0; row < rows; row++, y += step) drawOne(y, p);
}

/** The values `y … end`, along the storage. */
function drawAlong(y: usize, end: usize, pixels: usize, picture: usize): void {
  while (y < end) {
    const many = y + (manyOnPixel << 3);
    const pixel = load<i32>(pixels), p = picture + (<usize>pixel << 5);
    if (many <= end && load<i32>(pixels, (manyOnPixel - 1) << 2) == pixel) {
      const next = drawMany(y, end, pixels, p);
      pixels += (next - y) >> 1;
      for (y = next; y < end && load<i32>(pixels) == pixel; y += 8, pixels += 4) drawOne(y, p);
    } else {
      for (const few = min(many, end); y < few; y += 8, pixels += 4) drawOne(y, picture + (<usize>load<i32>(pixels) << 5));
    }
  }
}

/** As many of neighbours on one pixel as are finite, by fours. @returns where the others begin */
// @ts-ignore: decorator
@inline
function drawMany(y: usize, end: usize, pixels: usize, p: usize): usize {
  const begin = y, same = i32x4.splat(load<i32>(pixels)), zero = f64x2.splat(0);
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
  merge(p, f64x2.replace_lane(f64x2.splat(<f64>((y - begin) >> 3)), 0, total), f64x2.replace_lane(f64x2.splat(-top), 0, bottom));
  return y;
}

// @ts-ignore: decorator
@inline
function drawOne(y: usize, p: usize): void {
  const value = v128.load64_splat(y);
  if (f64x2.extract_lane(value, 0) - f64x2.extract_lane(value, 0) != 0) return;
  merge(p, f64x2.replace_lane(value, 1, 1), v128.xor(value, i64x2(0, i64.MIN_VALUE)));
}

/** @param sum of some elements, and their number; `least` the least of them, and of the negated ones */
// @ts-ignore: decorator
@inline
function merge(p: usize, sum: v128, least: v128): void {
  v128.store(p, f64x2.add(v128.load(p), sum));
  v128.store(p, f64x2.pmin(v128.load(p, 16), least), 16);
}
