// The exact extremes of 64-bit integers, which float64 would round.

/**
 * Widens the range of n 64-bit integers met so far.
 * @param range the least, then the greatest
 */
export function widenSigned(little: bool, stride: i32, source: usize, n: i32, range: usize): void {
  let least = load<i64>(range), greatest = load<i64>(range, 8);
  for (; n > 0; n--, source += stride) {
    const bits = load<i64>(source);
    const value = little ? bits : bswap<i64>(bits);
    least = min(least, value);
    greatest = max(greatest, value);
  }
  store<i64>(range, least);
  store<i64>(range, greatest, 8);
}

/** The same of unsigned ones. */
export function widenUnsigned(little: bool, stride: i32, source: usize, n: i32, range: usize): void {
  let least = load<u64>(range), greatest = load<u64>(range, 8);
  for (; n > 0; n--, source += stride) {
    const bits = load<u64>(source);
    const value = little ? bits : bswap<u64>(bits);
    least = min(least, value);
    greatest = max(greatest, value);
  }
  store<u64>(range, least);
  store<u64>(range, greatest, 8);
}
