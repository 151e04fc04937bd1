/** Index of the first NaN or infinite of `n` float64 from `from` on, or -1. */
export function findNotFinite(x: usize, n: i32, from: i32): i32 {
  let i = from;
  // Whole eights without any are passed over: v − v is 0 for finite values alone.
  for (; i + 8 <= n; i += 8) {
    const p = x + (<usize>i << 3);
    const a = v128.load(p), b = v128.load(p, 16), c = v128.load(p, 32), d = v128.load(p, 48);
    const odd = v128.or(
      v128.or(f64x2.sub(a, a), f64x2.sub(b, b)),
      v128.or(f64x2.sub(c, c), f64x2.sub(d, d)),
    );
    if (v128.any_true(odd)) break;
  }
  for (; i < n; i++) {
    const value = load<f64>(x + (<usize>i << 3));
    if (value - value != 0) return i;
  }
  return -1;
}

/** `findNotFinite` of float32. */
export function findNotFiniteFast(x: usize, n: i32, from: i32): i32 {
  let i = from;
  for (; i + 8 <= n; i += 8) {
    const p = x + (<usize>i << 2);
    const a = v128.load(p), b = v128.load(p, 16);
    if (v128.any_true(v128.or(f32x4.sub(a, a), f32x4.sub(b, b)))) break;
  }
  for (; i < n; i++) {
    const value = load<f32>(x + (<usize>i << 2));
    if (value - value != 0) return i;
  }
  return -1;
}

/** How many of `n` float64 are neither 0 nor as far from it as `least`. */
export function countSubnormal(x: usize, n: i32, least: f64): i32 {
  const bound = f64x2.splat(least), none = f64x2.splat(0);
  const pairs = x + (<usize>(n >> 2) << 5);
  const end = x + (<usize>n << 3);
  let a = i64x2.splat(0), b = a;
  for (; x < pairs; x += 32) {
    const u = f64x2.abs(v128.load(x)), v = f64x2.abs(v128.load(x, 16));
    a = i64x2.sub(a, v128.and(f64x2.lt(u, bound), f64x2.gt(u, none)));
    b = i64x2.sub(b, v128.and(f64x2.lt(v, bound), f64x2.gt(v, none)));
  }
  a = i64x2.add(a, b);
  let count = <i32>(i64x2.extract_lane(a, 0) + i64x2.extract_lane(a, 1));
  for (; x < end; x += 8) {
    const value = abs(load<f64>(x));
    if (value < least && value > 0) count++;
  }
  return count;
}
