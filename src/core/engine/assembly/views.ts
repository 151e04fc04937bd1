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

/**
 * Counts n values of a view into its histogram and merges them into its picture.
 * @param counts (bins) then below, above, not finite
 * @param picture sum, count, least, greatest: a column of `area` float64 each
 */
export function drawView(y: usize, n: i32, low: f64, high: f64, bins: i32, counts: usize, pixels: usize, picture: usize, area: i32): void {
  const perUnit = <f64>bins / (high - low);
  const column = <usize>area << 3;
  const tail = counts + (<usize>bins << 3);
  for (let i = 0; i < n; i++) {
    const value = load<f64>(y + (<usize>i << 3));
    if (value - value != 0) {
      store<f64>(tail, load<f64>(tail, 16) + 1, 16);
      continue;
    }
    if (value < low) store<f64>(tail, load<f64>(tail) + 1);
    else if (value > high) store<f64>(tail, load<f64>(tail, 8) + 1, 8);
    else {
      const bin = min(<i32>((value - low) * perUnit), bins - 1);
      const p = counts + (<usize>bin << 3);
      store<f64>(p, load<f64>(p) + 1);
    }
    let p = picture + (<usize>load<i32>(pixels + (<usize>i << 2)) << 3);
    store<f64>(p, load<f64>(p) + value);
    p += column;
    store<f64>(p, load<f64>(p) + 1);
    p += column;
    if (value < load<f64>(p)) store<f64>(p, value);
    p += column;
    if (value > load<f64>(p)) store<f64>(p, value);
  }
}
