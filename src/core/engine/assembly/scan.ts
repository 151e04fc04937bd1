/** Index of the first NaN or infinite of `n` float64 from `from` on, or -1. */
export function findNotFinite(x: usize, n: i32, from: i32): i32 {
  for (let i = from; i < n; i++) {
    const value = load<f64>(x + (<usize>i << 3));
    if (value - value != 0) return i;
  }
  return -1;
}
