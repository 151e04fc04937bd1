// Affine maps in place, `x ← (x − shift[cell]) · scale[cell] + offset[cell]`, and what they give as float32.
import { cell, inner, length, went } from './walk';

/** Elements of one cell. A function of its own, so that the three numbers are spread over the lanes outside of the loop. */
export function mapRun(x: usize, n: i32, shift: f64, scale: f64, offset: f64): void {
  const a = f64x2.splat(shift), b = f64x2.splat(scale), c = f64x2.splat(offset);
  const end = x + ((<usize>n >> 1) << 4);
  for (; x < end; x += 16) v128.store(x, f64x2.add(f64x2.mul(f64x2.sub(v128.load(x), a), b), c));
  if (n & 1) store<f64>(x, (load<f64>(x) - shift) * scale + offset);
}

/** Runs of elements that share a cell. */
export function mapRows(walk: usize, shift: usize, scale: usize, offset: usize, x: usize, n: i32): void {
  const run = length(walk);
  while (n > 0) {
    const at = inner(walk);
    const take = min(n, run - at);
    const group = <usize>cell(walk) << 3;
    mapRun(x, take, load<f64>(shift + group), load<f64>(scale + group), load<f64>(offset + group));
    x += <usize>take << 3;
    n -= take;
    went(walk, at + take);
  }
}

/** Neighbours that belong to different cells, by `table`. */
export function mapColumns(walk: usize, table: usize, shift: usize, scale: usize, offset: usize, x: usize, n: i32): void {
  const columns = length(walk);
  while (n > 0) {
    const at = inner(walk);
    const take = min(n, columns - at);
    const base = cell(walk);
    const end = x + (<usize>take << 3);
    for (let entry = table + (<usize>at << 2); x < end; x += 8, entry += 4) {
      const group = <usize>(base + load<i32>(entry)) << 3;
      store<f64>(x, (load<f64>(x) - load<f64>(shift + group)) * load<f64>(scale + group) + load<f64>(offset + group));
    }
    n -= take;
    went(walk, at + take);
  }
}

/** As `mapColumns`, of columns whose cells follow each other: their numbers are read as the elements are, two at a time. */
export function mapNeighbours(walk: usize, shift: usize, scale: usize, offset: usize, x: usize, n: i32): void {
  const columns = length(walk);
  while (n > 0) {
    const at = inner(walk);
    const take = min(n, columns - at);
    let group = <usize>(cell(walk) + at) << 3;
    const end = x + (<usize>take << 3);
    for (const two = x + ((<usize>take >> 1) << 4); x < two; x += 16, group += 16) {
      const centred = f64x2.sub(v128.load(x), v128.load(shift + group));
      v128.store(x, f64x2.add(f64x2.mul(centred, v128.load(scale + group)), v128.load(offset + group)));
    }
    if (x < end) {
      store<f64>(x, (load<f64>(x) - load<f64>(shift + group)) * load<f64>(scale + group) + load<f64>(offset + group));
      x = end;
    }
    n -= take;
    went(walk, at + take);
  }
}

/** n float64 as float32, each rounded to the nearest. */
export function narrow(x: usize, n: i32, target: usize): void {
  const end = target + (<usize>n << 2);
  for (const four = target + ((<usize>n >> 2) << 4); target < four; target += 16, x += 32) {
    const low = f32x4.demote_f64x2_zero(v128.load(x)), high = f32x4.demote_f64x2_zero(v128.load(x, 16));
    v128.store(target, i8x16.shuffle(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
  }
  for (; target < end; target += 4, x += 8) store<f32>(target, <f32>load<f64>(x));
}
