// Moments of rows whose neighbouring elements belong to different cells.
import { addPanel } from './open';
import { mergeEach } from './state';
import { mergeShifted } from './rows';
import { advance, cell, inner, length, runsAhead, setInner } from './walk';

/** Merges two neighbouring columns of `rows` rows, read in pairs; each row is `stride` bytes behind the one before. */
function mergePair(state: usize, size: i32, cellA: i32, cellB: i32, x: usize, rows: i32, stride: usize): void {
  const zero = f64x2.splat(0);
  const end = x + <usize>rows * stride;
  let total = zero, low = f64x2.splat(Infinity), high = f64x2.splat(-Infinity);
  for (let p = x; p < end; p += stride) {
    const a = v128.load(p);
    total = f64x2.add(total, a);
    low = f64x2.pmin(low, a);
    high = f64x2.pmax(high, a);
  }
  const totalA = f64x2.extract_lane(total, 0), totalB = f64x2.extract_lane(total, 1);
  // NaN and infinities show in the sum; so does an overflow of finite elements.
  if (totalA - totalA != 0 || totalB - totalB != 0) {
    mergeEach(state, size, cellA, x, rows, <i32>stride);
    mergeEach(state, size, cellB, x + 8, rows, <i32>stride);
    return;
  }
  const count = <f64>rows;
  const centre = f64x2.div(total, f64x2.splat(count));
  let s1 = zero, s2 = zero, s3 = zero, s4 = zero, zeros = i64x2.splat(0);
  for (let p = x; p < end; p += stride) {
    const a = v128.load(p);
    zeros = i64x2.sub(zeros, f64x2.eq(a, zero));
    const d = f64x2.sub(a, centre), q = f64x2.mul(d, d);
    s1 = f64x2.add(s1, d);
    s2 = f64x2.add(s2, q);
    s3 = f64x2.add(s3, f64x2.mul(q, d));
    s4 = f64x2.add(s4, f64x2.mul(q, q));
  }
  const squares = f64x2.extract_lane(s2, 0) + f64x2.extract_lane(s2, 1);
  if (squares - squares != 0) {
    // Squares that overflow are told apart one by one.
    mergeEach(state, size, cellA, x, rows, <i32>stride);
    mergeEach(state, size, cellB, x + 8, rows, <i32>stride);
    return;
  }
  mergeShifted(
    state, size, cellA, count, f64x2.extract_lane(centre, 0),
    f64x2.extract_lane(s1, 0), f64x2.extract_lane(s2, 0), f64x2.extract_lane(s3, 0), f64x2.extract_lane(s4, 0),
    f64x2.extract_lane(low, 0), f64x2.extract_lane(high, 0), <f64>i64x2.extract_lane(zeros, 0),
  );
  mergeShifted(
    state, size, cellB, count, f64x2.extract_lane(centre, 1),
    f64x2.extract_lane(s1, 1), f64x2.extract_lane(s2, 1), f64x2.extract_lane(s3, 1), f64x2.extract_lane(s4, 1),
    f64x2.extract_lane(low, 1), f64x2.extract_lane(high, 1), <f64>i64x2.extract_lane(zeros, 1),
  );
}

/** Merges a panel of rows by `columns`, from column `first` on, each into its own cell: `base` plus its entry of `table`. */
function mergePanel(state: usize, size: i32, base: i32, table: usize, first: i32, x: usize, rows: i32, columns: i32, stride: usize): void {
  if (table == 0) return addPanel(state, size, base + first, x, rows, columns, stride);
  table += <usize>first << 2;
  let column = 0;
  if (rows > 1) {
    for (; column + 1 < columns; column += 2) {
      const entry = table + (<usize>column << 2);
      mergePair(state, size, base + load<i32>(entry), base + load<i32>(entry, 4), x + (<usize>column << 3), rows, stride);
    }
  }
  for (; column < columns; column++) {
    mergeEach(state, size, base + load<i32>(table + (<usize>column << 2)), x + (<usize>column << 3), rows, <i32>stride);
  }
}

/**
 * `n` further elements in storage order, of which `length(walk)` neighbours belong to as many cells, and the rows
 * ahead, until an outer axis turns over, to the same.
 * @param table (length) cell of each column, counted from the walk's cell; 0 where the cells are neighbours in the
 *   columns' order: their states are then left open (`open.ts`)
 */
export function accumulateColumns(walk: usize, table: usize, state: usize, size: i32, x: usize, n: i32): void {
  const columns = length(walk);
  while (n > 0) {
    const at = inner(walk);
    if (at > 0 || n < columns) {
      const take = min(n, columns - at);
      mergePanel(state, size, cell(walk), table, at, x, 1, take, <usize>columns << 3);
      x += <usize>take << 3;
      n -= take;
      if (at + take < columns) {
        setInner(walk, at + take);
        continue;
      }
      setInner(walk, 0);
      advance(walk, 1);
    } else {
      const rows = min(n / columns, runsAhead(walk));
      mergePanel(state, size, cell(walk), table, 0, x, rows, columns, <usize>columns << 3);
      const done = rows * columns;
      x += <usize>done << 3;
      n -= done;
      advance(walk, rows);
    }
  }
}
