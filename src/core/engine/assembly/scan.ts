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
