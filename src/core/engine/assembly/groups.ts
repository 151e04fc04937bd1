// Histograms of the elements as they are, one per cell, on one range for all.
import { binsOf } from './views';
import { cell, inner, length, went } from './walk';

// @ts-ignore: decorator
@inline
function one(row: usize, bin: i32): void {
  const p = row + (<usize>bin << 2);
  store<i32>(p, load<i32>(p) + 1);
}

/**
 * Counts n further elements in storage order, of which each run of `length(walk)` shares one cell.
 * @param counts (cells, bins + 3) int32: a cell's bins, then below, above, not finite
 */
export function countGroupRows(walk: usize, x: usize, n: i32, low: f64, high: f64, bins: i32, counts: usize): void {
  const perUnit = <f64>bins / (high - low);
  const width = <usize>(bins + 3) << 2;
  const run = length(walk);
  while (n > 0) {
    const at = inner(walk);
    const take = min(n, run - at);
    const row = counts + <usize>cell(walk) * width;
    const end = x + (<usize>take << 3);
    for (const pairs = x + (<usize>(take >> 1) << 4); x < pairs; x += 16) {
      const two = binsOf(v128.load(x), low, high, perUnit, bins);
      one(row, i32x4.extract_lane(two, 0));
      one(row, i32x4.extract_lane(two, 1));
    }
    for (; x < end; x += 8) one(row, i32x4.extract_lane(binsOf(v128.load64_splat(x), low, high, perUnit, bins), 0));
    n -= take;
    went(walk, at + take);
  }
}

/** The same of neighbours that belong to different cells, by `table`. */
export function countGroupColumns(walk: usize, table: usize, x: usize, n: i32, low: f64, high: f64, bins: i32, counts: usize): void {
  const perUnit = <f64>bins / (high - low);
  const width = <usize>(bins + 3) << 2;
  const columns = length(walk);
  while (n > 0) {
    const at = inner(walk);
    const take = min(n, columns - at);
    const base = cell(walk);
    const end = x + (<usize>take << 3);
    let entry = table + (<usize>at << 2);
    for (const pairs = x + (<usize>(take >> 1) << 4); x < pairs; x += 16, entry += 8) {
      const two = binsOf(v128.load(x), low, high, perUnit, bins);
      one(counts + <usize>(base + load<i32>(entry)) * width, i32x4.extract_lane(two, 0));
      one(counts + <usize>(base + load<i32>(entry, 4)) * width, i32x4.extract_lane(two, 1));
    }
    for (; x < end; x += 8, entry += 4) {
      one(counts + <usize>(base + load<i32>(entry)) * width, i32x4.extract_lane(binsOf(v128.load64_splat(x), low, high, perUnit, bins), 0));
    }
    n -= take;
    went(walk, at + take);
  }
}
