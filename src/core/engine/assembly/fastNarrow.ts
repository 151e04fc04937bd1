// Moments of short runs of float32: those of four neighbouring cells at a time, one in each lane, so that nothing is
// summed across lanes and the states are merged by vectors.
import { greatestOf, leastOf, leastSum, mergePair, upper } from './fastState';

/** Bytes of a run of which one sum is made, before it is added to the run's: four sums of four in each lane. */
const floatBytes: usize = 64;

/** One element of each of four runs that are `run` bytes apart. */
// @ts-ignore: decorator
@inline
function gather(p: usize, run: usize): v128 {
  const two = v128.load32_lane(p + run, v128.load32_zero(p), 1);
  return v128.load32_lane(p + run * 3, v128.load32_lane(p + run * 2, two, 2), 3);
}

// Rows of a 4 × 4 matrix to its columns, in two steps.
// @ts-ignore: decorator
@inline
function evens(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
}

// @ts-ignore: decorator
@inline
function odds(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
}

// @ts-ignore: decorator
@inline
function lowers(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
}

// @ts-ignore: decorator
@inline
function uppers(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
}

/** Means of four runs of n elements, one per lane. */
// @ts-ignore: decorator
@inline
function means(x: usize, n: i32): v128 {
  const run = <usize>n << 2, end = x + run;
  let a = f32x4.splat(0), b = a, c = a, d = a;
  let p = x;
  for (const whole = x + (<usize>(n >> 2) << 4); p < whole; p += 16) {
    a = f32x4.add(a, v128.load(p));
    b = f32x4.add(b, v128.load(p + run));
    c = f32x4.add(c, v128.load(p + run * 2));
    d = f32x4.add(d, v128.load(p + run * 3));
  }
  const e = evens(a, b), f = odds(a, b), g = evens(c, d), h = odds(c, d);
  let sum = f32x4.add(f32x4.add(lowers(e, g), uppers(e, g)), f32x4.add(lowers(f, h), uppers(f, h)));
  for (; p < end; p += 4) sum = f32x4.add(sum, gather(p, run));
  return f32x4.div(sum, f32x4.splat(<f32>n));
}

/**
 * Merges four runs of `n` elements each, one right behind the other, into cells from `cell` on.
 * @returns 0, and nothing is merged, where the runs have to be looked at one by one; 1, or 2 where some element is zero
 */
export function mergeFour(state: usize, size: i32, cell: i32, x: usize, n: i32): i32 {
  const run = <usize>n << 2, end = x + run;
  const k = means(x, n);
  const none = f32x4.splat(0);
  let s1 = none, s2 = none, high = i32x4.splat(i32.MIN_VALUE), low = none, near = i32x4.splat(-1);
  let p = x;
  const whole = x + (<usize>(n >> 2) << 4);
  do {
    let t1 = none, t2 = none;
    const stop = min(p + floatBytes, whole);
    for (; p < stop; p += 16) {
      const a = v128.load(p), b = v128.load(p + run), c = v128.load(p + run * 2), d = v128.load(p + run * 3);
      const e = evens(a, b), f = evens(c, d), g = odds(a, b), h = odds(c, d);
      const t = lowers(e, f), u = uppers(e, f), v = lowers(g, h), w = uppers(g, h);
      high = i32x4.max_s(high, i32x4.max_s(i32x4.max_s(t, u), i32x4.max_s(v, w)));
      low = i32x4.max_u(low, i32x4.max_u(i32x4.max_u(t, u), i32x4.max_u(v, w)));
      near = i32x4.min_u(near, i32x4.min_u(i32x4.min_u(i32x4.shl(t, 1), i32x4.shl(u, 1)), i32x4.min_u(i32x4.shl(v, 1), i32x4.shl(w, 1))));
      const dt = f32x4.sub(t, k), du = f32x4.sub(u, k), dv = f32x4.sub(v, k), dw = f32x4.sub(w, k);
      t1 = f32x4.add(t1, f32x4.add(f32x4.add(dt, du), f32x4.add(dv, dw)));
      t2 = f32x4.add(t2, f32x4.add(f32x4.add(f32x4.mul(dt, dt), f32x4.mul(du, du)), f32x4.add(f32x4.mul(dv, dv), f32x4.mul(dw, dw))));
    }
    // The elements behind the last whole vector go with the last and shortest of these sums.
    if (p == whole) {
      for (; p < end; p += 4) {
        const t = gather(p, run), d = f32x4.sub(t, k);
        high = i32x4.max_s(high, t);
        low = i32x4.max_u(low, t);
        near = i32x4.min_u(near, i32x4.shl(t, 1));
        t1 = f32x4.add(t1, d);
        t2 = f32x4.add(t2, f32x4.mul(d, d));
      }
    }
    s1 = f32x4.add(s1, t1);
    s2 = f32x4.add(s2, t2);
  } while (p < end);
  const least = leastOf(low, near), greatest = greatestOf(high, near);
  // Not finite, constant, or with digits lost.
  const odd = v128.or(f32x4.ne(f32x4.sub(s2, s2), f32x4.splat(0)), f32x4.lt(s2, f32x4.splat(<f32>leastSum)));
  if (v128.any_true(odd)) return 0;
  const column = <usize>size << 3;
  const at = state + (<usize>cell << 3);
  const count = <f64>n;
  mergePair(
    at, column, count,
    f64x2.promote_low_f32x4(k), f64x2.promote_low_f32x4(s1), f64x2.promote_low_f32x4(s2),
    f64x2.promote_low_f32x4(least), f64x2.promote_low_f32x4(greatest),
  );
  mergePair(
    at + 16, column, count,
    f64x2.promote_low_f32x4(upper(k)), f64x2.promote_low_f32x4(upper(s1)), f64x2.promote_low_f32x4(upper(s2)),
    f64x2.promote_low_f32x4(upper(least)), f64x2.promote_low_f32x4(upper(greatest)),
  );
  return v128.any_true(i32x4.eq(near, i32x4.splat(0))) ? 2 : 1;
}
