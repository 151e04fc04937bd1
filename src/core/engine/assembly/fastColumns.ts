// Moments of neighbouring columns of float32 whose cells are neighbours too. Up to 256 rows of up to 512 columns make a
// panel. Its sums about a shift per column are float32 over 32 rows, then float64; at its end they are merged into the states.
import { few, greatestOf, leastOf, leastSum, mergeCarefully, mergePair, mergeSpread, trust, trustOfFew, upper } from './fastState';
import { accumulateFastRows, mergeRun } from './fastRows';
import { advance, cell, inner, length, neighboursAhead, runsAhead, setInner } from './walk';

/** Rows whose sums stay in float32: four sums of eight, so that six additions round (docs/engine.md). */
const floatRows = 32;
/** Of few rows (`few`): two sums of eight, four additions. */
const floatRowsOfFew = 16;
/** Rows of a panel: merging it costs as much as summing some 40 rows. */
const panelRows = 256;
/** Rows of which a first shift is the mean: of 16 of them one column of three would be too far from its mean, of 64 one of twenty. */
const firstRows = 64;
/** Columns of a panel: its sums are 24 KiB, in the first-level cache. */
const panelColumns = 512;
/** Narrower rows are taken four at a time, as one row of four times as many columns. */
const narrow = 16;

// A panel is 192 bytes for four columns: shift, sums of first and second powers (float32), high, low, near and zeros
// (int32), nothing; from here the sums in float64, first powers and second.
const quad: usize = 192;
const atFirst: usize = 128;
const atSecond: usize = 160;

/** Adds eight rows, `stride` bytes apart, to a panel of `quads`. The last quad ends with the row, over some columns of the one before. */
export function addEight(panel: usize, x: usize, stride: usize, quads: i32, last: usize): void {
  const end = panel + <usize>quads * quad, x4 = x + 4 * stride;
  const s2 = stride * 2, s3 = stride * 3;
  for (let at: usize = 0; panel < end; panel += quad, at += 16) {
    const from = min(at, last);
    const p = x + from, o = x4 + from;
    const k = v128.load(panel);
    const a = v128.load(p), b = v128.load(p + stride);
    let high = i32x4.max_s(a, b), low = i32x4.max_u(a, b), near = i32x4.min_u(i32x4.shl(a, 1), i32x4.shl(b, 1));
    const da = f32x4.sub(a, k), db = f32x4.sub(b, k);
    let d = f32x4.add(da, db), q = f32x4.add(f32x4.mul(da, da), f32x4.mul(db, db));
    const e = v128.load(p + s2), f = v128.load(p + s3);
    high = i32x4.max_s(high, i32x4.max_s(e, f));
    low = i32x4.max_u(low, i32x4.max_u(e, f));
    near = i32x4.min_u(near, i32x4.min_u(i32x4.shl(e, 1), i32x4.shl(f, 1)));
    const de = f32x4.sub(e, k), df = f32x4.sub(f, k);
    d = f32x4.add(d, f32x4.add(de, df));
    q = f32x4.add(q, f32x4.add(f32x4.mul(de, de), f32x4.mul(df, df)));
    const g = v128.load(o), h = v128.load(o + stride);
    high = i32x4.max_s(high, i32x4.max_s(g, h));
    low = i32x4.max_u(low, i32x4.max_u(g, h));
    near = i32x4.min_u(near, i32x4.min_u(i32x4.shl(g, 1), i32x4.shl(h, 1)));
    const dg = f32x4.sub(g, k), dh = f32x4.sub(h, k);
    let d2 = f32x4.add(dg, dh), q2 = f32x4.add(f32x4.mul(dg, dg), f32x4.mul(dh, dh));
    const i = v128.load(o + s2), j = v128.load(o + s3);
    high = i32x4.max_s(high, i32x4.max_s(i, j));
    low = i32x4.max_u(low, i32x4.max_u(i, j));
    near = i32x4.min_u(near, i32x4.min_u(i32x4.shl(i, 1), i32x4.shl(j, 1)));
    const di = f32x4.sub(i, k), dj = f32x4.sub(j, k);
    d2 = f32x4.add(d2, f32x4.add(di, dj));
    q2 = f32x4.add(q2, f32x4.add(f32x4.mul(di, di), f32x4.mul(dj, dj)));
    v128.store(panel, f32x4.add(v128.load(panel, 16), f32x4.add(d, d2)), 16);
    v128.store(panel, f32x4.add(v128.load(panel, 32), f32x4.add(q, q2)), 32);
    v128.store(panel, i32x4.max_s(v128.load(panel, 48), high), 48);
    v128.store(panel, i32x4.max_u(v128.load(panel, 64), low), 64);
    v128.store(panel, i32x4.min_u(v128.load(panel, 80), near), 80);
  }
}

/** Counts the zeros of eight rows in a panel. */
export function countEight(panel: usize, x: usize, stride: usize, quads: i32, last: usize): void {
  const end = panel + <usize>quads * quad, x4 = x + 4 * stride;
  const s2 = stride * 2, s3 = stride * 3;
  const none = f32x4.splat(0);
  for (let at: usize = 0; panel < end; panel += quad, at += 16) {
    const from = min(at, last);
    const p = x + from, o = x4 + from;
    const a = i32x4.add(f32x4.eq(v128.load(p), none), f32x4.eq(v128.load(p + stride), none));
    const b = i32x4.add(f32x4.eq(v128.load(p + s2), none), f32x4.eq(v128.load(p + s3), none));
    const c = i32x4.add(f32x4.eq(v128.load(o), none), f32x4.eq(v128.load(o + stride), none));
    const d = i32x4.add(f32x4.eq(v128.load(o + s2), none), f32x4.eq(v128.load(o + s3), none));
    v128.store(panel, i32x4.sub(v128.load(panel, 96), i32x4.add(i32x4.add(a, b), i32x4.add(c, d))), 96);
  }
}

/** `addEight` and `countEight` of one row. */
function addOne(panel: usize, x: usize, quads: i32, last: usize): void {
  const end = panel + <usize>quads * quad;
  const none = f32x4.splat(0);
  for (let at: usize = 0; panel < end; panel += quad, at += 16) {
    const a = v128.load(x + min(at, last)), d = f32x4.sub(a, v128.load(panel));
    v128.store(panel, f32x4.add(v128.load(panel, 16), d), 16);
    v128.store(panel, f32x4.add(v128.load(panel, 32), f32x4.mul(d, d)), 32);
    v128.store(panel, i32x4.max_s(v128.load(panel, 48), a), 48);
    v128.store(panel, i32x4.max_u(v128.load(panel, 64), a), 64);
    v128.store(panel, i32x4.min_u(v128.load(panel, 80), i32x4.shl(a, 1)), 80);
    v128.store(panel, i32x4.sub(v128.load(panel, 96), f32x4.eq(a, none)), 96);
  }
}

/** Empties a quad. */
// @ts-ignore: decorator
@inline
function empty(panel: usize, k: v128): void {
  const none = i32x4.splat(0);
  v128.store(panel, k);
  v128.store(panel, none, 16);
  v128.store(panel, none, 32);
  v128.store(panel, i32x4.splat(i32.MIN_VALUE), 48);
  v128.store(panel, none, 64);
  v128.store(panel, i32x4.splat(-1), 80);
  v128.store(panel, none, 96);
  v128.store(panel, none, 128);
  v128.store(panel, none, 144);
  v128.store(panel, none, 160);
  v128.store(panel, none, 176);
}

/** Adds float32 sums to those in float64, and empties them. */
function drain(panel: usize, quads: i32): void {
  const none = f32x4.splat(0);
  for (const end = panel + <usize>quads * quad; panel < end; panel += quad) {
    const d = v128.load(panel, 16), q = v128.load(panel, 32);
    v128.store(panel, none, 16);
    v128.store(panel, none, 32);
    v128.store(panel, f64x2.add(v128.load(panel, 128), f64x2.promote_low_f32x4(d)), 128);
    v128.store(panel, f64x2.add(v128.load(panel, 144), f64x2.promote_low_f32x4(upper(d))), 144);
    v128.store(panel, f64x2.add(v128.load(panel, 160), f64x2.promote_low_f32x4(q)), 160);
    v128.store(panel, f64x2.add(v128.load(panel, 176), f64x2.promote_low_f32x4(upper(q))), 176);
  }
}

/** What a panel's first int32 says of the panel before: some element was zero; most shifts were too far from the means. */
const hadZeros = 1;
const wasFar = 2;

/** Empties a panel. Shifts are the columns' means so far; those of the first rows where there are none yet, or where that does not serve. */
function begin(panel: usize, state: usize, size: i32, cell: i32, columns: i32, x: usize, rows: i32, stride: usize, quads: i32, last: usize, far: bool): void {
  const column = <usize>size << 3;
  for (let at = 0; at < quads; at++, panel += quad) {
    const from = min(<usize>at << 4, last);
    let k: v128;
    const first = <i32>(from >> 2);
    // Only where the four columns are four neighbouring cells.
    const p = state + (<usize>(cell + first) << 3);
    if (!far && first + 4 <= columns && i64x2.all_true(v128.load(p)) && i64x2.all_true(v128.load(p, 16))) {
      const mean = p + column;
      const one = f32x4.demote_f64x2_zero(v128.load(mean)), two = f32x4.demote_f64x2_zero(v128.load(mean, 16));
      k = i8x16.shuffle(one, two, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    } else {
      // Of deviations from one of them, or those of a large mean would lose the digits that matter.
      const one = v128.load(x + from);
      let sum = f32x4.splat(0);
      const some = min(firstRows, rows);
      for (let row = 1; row < some; row++) sum = f32x4.add(sum, f32x4.sub(v128.load(x + <usize>row * stride + from), one));
      k = f32x4.add(one, f32x4.div(sum, f32x4.splat(<f32>some)));
      // Whatever is not finite would be in every sum.
      k = v128.and(k, f32x4.eq(f32x4.sub(k, k), f32x4.splat(0)));
    }
    empty(panel, k);
  }
}

/** Which of two columns' sums are not to be trusted: not finite, too small, or about a shift too far from the mean. */
// @ts-ignore: decorator
@inline
function doubted(d: v128, q: v128, count: f64): v128 {
  const far = f64x2.gt(f64x2.mul(f64x2.splat((count < <f64>few ? trustOfFew : trust) / count), f64x2.mul(d, d)), q);
  const small = f64x2.lt(q, f64x2.splat(leastSum));
  return v128.or(v128.or(far, small), f64x2.ne(f64x2.sub(q, q), f64x2.splat(0)));
}

/** `doubted` of a quad, one per lane. */
// @ts-ignore: decorator
@inline
function doubts(panel: usize, count: f64): v128 {
  const one = doubted(v128.load(panel, 128), v128.load(panel, 160), count), two = doubted(v128.load(panel, 144), v128.load(panel, 176), count);
  return i8x16.shuffle(one, two, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
}

/** Sums the four columns of a quad again, in float64, about the means that its sums tell. */
function again(panel: usize, x: usize, rows: i32, stride: usize): void {
  const most = f32x4.splat(f32.MAX_VALUE);
  const n = f64x2.splat(<f64>rows);
  const one = f32x4.demote_f64x2_zero(f64x2.div(v128.load(panel, 128), n)), two = f32x4.demote_f64x2_zero(f64x2.div(v128.load(panel, 144), n));
  let k = f32x4.add(v128.load(panel), i8x16.shuffle(one, two, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
  k = v128.and(k, f32x4.le(f32x4.abs(k), most));
  v128.store(panel, k);
  const ka = f64x2.promote_low_f32x4(k), kb = f64x2.promote_low_f32x4(upper(k));
  let da = f64x2.splat(0), db = da, qa = da, qb = da;
  for (const end = x + <usize>rows * stride; x < end; x += stride) {
    const v = v128.load(x);
    const a = f64x2.sub(f64x2.promote_low_f32x4(v), ka), b = f64x2.sub(f64x2.promote_low_f32x4(upper(v)), kb);
    da = f64x2.add(da, a);
    db = f64x2.add(db, b);
    qa = f64x2.add(qa, f64x2.mul(a, a));
    qb = f64x2.add(qb, f64x2.mul(b, b));
  }
  v128.store(panel, da, 128);
  v128.store(panel, db, 144);
  v128.store(panel, qa, 160);
  v128.store(panel, qb, 176);
}

/** Zeros of the four columns at x. */
function zerosOf(x: usize, rows: i32, stride: usize): v128 {
  const none = f32x4.splat(0);
  const end = x + <usize>rows * stride;
  let zeros = none;
  for (; x < end; x += stride) zeros = i32x4.sub(zeros, f32x4.eq(v128.load(x), none));
  return zeros;
}

/** Merges one lane of a quad in which least and greatest stand as float32. */
function mergeLane(panel: usize, lane: usize, state: usize, size: i32, cell: i32, x: usize, rows: i32, stride: usize): void {
  const p = panel + (lane << 2), sums = panel + (lane << 3);
  const count = <f64>rows;
  const k = <f64>load<f32>(p), d = load<f64>(sums, atFirst), q = load<f64>(sums, atSecond);
  const greatest = <f64>load<f32>(p, 48), least = <f64>load<f32>(p, 64), zeros = <f64>load<i32>(p, 96);
  const e = d / count;
  // NaN and infinities are told apart.
  if (q - q != 0) return mergeCarefully(state, size, cell, x, rows, stride);
  if (least == greatest) return mergeSpread(state, size, cell, count, least, 0, 0, least, least, zeros);
  // The mean that the sums told was none: they overflowed, or cancelled. These are of float64, or trusted as they were.
  if (e * d > 0.75 * q) return mergeCarefully(state, size, cell, x, rows, stride);
  const mean = k + e;
  mergeSpread(state, size, cell, count, mean, e - (mean - k), max(0, q - e * d), least, greatest, zeros);
}

/** Merges a panel of `rows` into the states from `cell` on; column c of it belongs to cell c modulo `columns`. Returns what the next is to know of it. */
function merge(panel: usize, state: usize, size: i32, cell: i32, columns: i32, x: usize, rows: i32, stride: usize, quads: i32, last: usize, counted: bool): i32 {
  const column = <usize>size << 3;
  const count = <f64>rows;
  let met = 0, redone = 0;
  for (let at = 0; at < quads; at++, panel += quad) {
    const from = min(<usize>at << 4, last);
    const y = x + from;
    const first = <i32>(from >> 2);
    let alone = first + 4 > columns || first < at << 2;
    const high = v128.load(panel, 48), low = v128.load(panel, 64), near = v128.load(panel, 80);
    const least = leastOf(low, near), greatest = greatestOf(high, near);
    const doubt = doubts(panel, count);
    if (v128.any_true(doubt)) {
      // Constant columns and those with NaN are looked at one by one.
      alone = true;
      if (v128.any_true(v128.and(doubt, f32x4.ne(least, greatest)))) {
        again(panel, y, rows, stride);
        redone++;
      }
    }
    const zero = v128.any_true(i32x4.eq(near, i32x4.splat(0)));
    if (zero) {
      met = hadZeros;
      if (!counted) v128.store(panel, zerosOf(y, rows, stride), 96);
    }
    if (alone) {
      v128.store(panel, greatest, 48);
      v128.store(panel, least, 64);
      for (let lane = (at << 2) - first; lane < 4; lane++) {
        mergeLane(panel, <usize>lane, state, size, cell + (first + lane) % columns, y + (<usize>lane << 2), rows, stride);
      }
      continue;
    }
    const p = state + (<usize>(cell + first) << 3);
    if (zero) {
      const zeros = v128.load(panel, 96), pZeros = p + column * 11;
      v128.store(pZeros, f64x2.add(v128.load(pZeros), f64x2.convert_low_i32x4_s(zeros)));
      v128.store(pZeros, f64x2.add(v128.load(pZeros, 16), f64x2.convert_low_i32x4_s(upper(zeros))), 16);
    }
    const k = v128.load(panel);
    mergePair(
      p, column, count,
      f64x2.promote_low_f32x4(k), v128.load(panel, 128), v128.load(panel, 160),
      f64x2.promote_low_f32x4(least), f64x2.promote_low_f32x4(greatest),
    );
    mergePair(
      p + 16, column, count,
      f64x2.promote_low_f32x4(upper(k)), v128.load(panel, 144), v128.load(panel, 176),
      f64x2.promote_low_f32x4(upper(least)), f64x2.promote_low_f32x4(upper(greatest)),
    );
  }
  return redone > quads >> 1 ? met | wasFar : met;
}

/**
 * Merges `rows` rows of `width` columns, 4 at least, `stride` bytes apart.
 * @param panel its first int32 says what the panel before was like: zeros are counted as they come, shifts taken from these rows
 * @param rowState where not 0, each row is merged into a cell of its own too, from `rowCell` on (`mergeRun`)
 */
function mergePanels(
  panel: usize, state: usize, size: i32, cell: i32, columns: i32, x: usize, rows: i32, width: i32, stride: usize,
  rowState: usize, rowSize: i32, rowCell: i32, higher: bool, tiny: f32, scratch: usize,
): void {
  const quads = (width + 3) >> 2;
  const last = <usize>(width - 4) << 2;
  const sums = panel + 16;
  while (rows > 0) {
    const take = min(rows, panelRows);
    const floats = take < few ? floatRowsOfFew : floatRows;
    const before = load<i32>(panel), counting = (before & hadZeros) != 0;
    begin(sums, state, size, cell, columns, x, take, stride, quads, last, (before & wasFar) != 0);
    for (let row = 0; row < take; ) {
      const y = x + <usize>row * stride;
      const some = min(8, take - row);
      if (rowState != 0) {
        for (let at = 0; at < some; at++) mergeRun(rowState, rowSize, rowCell + at, y + <usize>at * stride, width, higher, tiny, scratch);
        rowCell += some;
      }
      if (some == 8) {
        addEight(sums, y, stride, quads, last);
        if (counting) countEight(sums, y, stride, quads, last);
      } else {
        for (let at = 0; at < some; at++) addOne(sums, y + <usize>at * stride, quads, last);
      }
      row += some;
      if (row == take || row % floats == 0) drain(sums, quads);
    }
    store<i32>(panel, merge(sums, state, size, cell, columns, x, take, stride, quads, last, counting));
    x += <usize>take * stride;
    rows -= take;
  }
}

/** Merges `rows` whole rows of `columns` columns, the first into cell `cell`. */
function mergeRows(
  panel: usize, state: usize, size: i32, cell: i32, x: usize, rows: i32, columns: i32,
  rowState: usize, rowSize: i32, rowCell: i32, higher: bool, tiny: f32, scratch: usize,
): void {
  const stride = <usize>columns << 2;
  if (columns < narrow) {
    const fours = rows >> 2;
    if (fours > 0) mergePanels(panel, state, size, cell, columns, x, fours, columns << 2, stride << 2, 0, 0, 0, false, 0, 0);
    const left = rows & 3;
    const y = x + <usize>(fours << 2) * stride;
    if (left > 0) for (let at = 0; at < columns; at++) mergeCarefully(state, size, cell + at, y + (<usize>at << 2), left, stride);
    return;
  }
  for (let first = 0; first < columns; ) {
    // What is left behind the last whole panel is at least as wide as a quad.
    const rest = columns - first;
    const width = rest <= panelColumns ? rest : rest < panelColumns + 4 ? panelColumns - 4 : panelColumns;
    mergePanels(
      panel, state, size, cell + first, width, x + (<usize>first << 2), rows, width, stride,
      rowState, rowSize, rowCell, higher, tiny, scratch,
    );
    first += width;
  }
}

/** Merges some of the columns of one row, each into its own cell. */
function mergePart(state: usize, size: i32, cell: i32, x: usize, columns: i32): void {
  for (let at = 0; at < columns; at++, x += 4) {
    const a = <f64>load<f32>(x);
    if (a - a == 0) mergeSpread(state, size, cell + at, 1, a, 0, 0, a, a, a == 0 ? 1 : 0);
    else mergeCarefully(state, size, cell + at, x, 1, 4);
  }
}

/**
 * `n` further float32 in storage order, of which `length(walk)` neighbours belong to as many neighbouring cells; third and
 * fourth moments are not kept. And `accumulateFastRows` of rows as long as all columns, each with the cell behind the one
 * before: both see a few rows while they are in the cache.
 * @param rowWalk 0 for no rows
 * @param panel 24 592 bytes of scratch; at the begin of each chunk zero
 */
export function accumulateFastBoth(
  walk: usize, state: usize, size: i32, rowWalk: usize, rowState: usize, rowSize: i32, higher: bool, tiny: f32,
  x: usize, n: i32, panel: usize, scratch: usize,
): void {
  const columns = length(walk);
  while (n > 0) {
    const at = inner(walk);
    if (at > 0 || n < columns) {
      const take = min(n, columns - at);
      mergePart(state, size, cell(walk) + at, x, take);
      if (rowWalk != 0) accumulateFastRows(rowWalk, rowState, rowSize, higher, tiny, x, take, scratch);
      x += <usize>take << 2;
      n -= take;
      if (at + take < columns) {
        setInner(walk, at + take);
        continue;
      }
      setInner(walk, 0);
      advance(walk, 1);
    } else {
      let rows = min(n / columns, runsAhead(walk));
      let rowCell = 0;
      if (rowWalk != 0) {
        rows = min(rows, neighboursAhead(rowWalk));
        rowCell = cell(rowWalk);
        advance(rowWalk, rows);
      }
      mergeRows(panel, state, size, cell(walk), x, rows, columns, rowState, rowSize, rowCell, higher, tiny, scratch);
      x += <usize>(rows * columns) << 2;
      n -= rows * columns;
      advance(walk, rows);
    }
  }
}
