// How often each value occurs, or each span of values that lie close together: counters by 16 bits, for quantiles.
// Which code stands for which values is told in `counters.ts`.

/** Counters of one table; the second lies right behind, so that neighbours of one code do not wait for each other. */
const codes = 65536;

/** Counts a code in a table. */
// @ts-ignore: decorator
@inline
export function countOne(table: usize, code: u32): void {
  const p = table + (<usize>code << 2);
  store<i32>(p, load<i32>(p) + 1);
}

/** Counts the float32 of a vector by their upper halves. */
// @ts-ignore: decorator
@inline
export function countFour(x: usize, counters: usize): void {
  const other = counters + (codes << 2);
  countOne(counters, load<u16>(x, 2));
  countOne(other, load<u16>(x, 6));
  countOne(counters, load<u16>(x, 10));
  countOne(other, load<u16>(x, 14));
}

/**
 * Counts n elements by a 16-bit word of theirs: all of a 16-bit element, or the upper half of a float32.
 * @param source the first element's word; `stride` bytes from each to the next
 * @param counters two tables of 65 536 int32
 */
export function countWords(little: bool, stride: i32, source: usize, n: i32, counters: usize): void {
  const other = counters + (codes << 2);
  if (!little) {
    for (; n > 0; n--, source += stride) countOne(counters, bswap<u16>(load<u16>(source)));
    return;
  }
  if (stride == 4) {
    for (const end = source + (<usize>(n >> 2) << 4); source < end; source += 16) countFour(source - 2, counters);
    n &= 3;
  }
  for (; n > 1; n -= 2) {
    countOne(counters, load<u16>(source));
    countOne(other, load<u16>(source + stride));
    source += stride << 1;
  }
  if (n > 0) countOne(counters, load<u16>(source));
}

/** Counts n elements of a byte each, likewise. */
export function countBytes(stride: i32, source: usize, n: i32, counters: usize): void {
  const other = counters + (codes << 2);
  for (; n > 1; n -= 2) {
    countOne(counters, load<u8>(source));
    countOne(other, load<u8>(source + stride));
    source += stride << 1;
  }
  if (n > 0) countOne(counters, load<u8>(source));
}

/**
 * Codes of two float64, in the lower halves of its lanes: sign, exponent and seven bits of the mantissa, as the upper half of
 * a float32 has them. What is nearer to zero than 2^-126 is 0, what is finite beyond 2^128 is 0x7f80, NaN and infinities are
 * 0x7fff, each with its sign.
 */
// @ts-ignore: decorator
@inline
function codesOf(value: v128): v128 {
  const wide = i64x2.shr_u(value, 45);
  const size = i32x4.sub(v128.and(wide, i32x4.splat(0x3ffff)), i32x4.splat(896 << 7));
  const near = i32x4.min_s(i32x4.max_s(size, i32x4.splat(0)), i32x4.splat(0x7f80));
  const odd = i32x4.gt_s(size, i32x4.splat((1151 << 7) - 1));
  const sign = v128.and(i32x4.shr_u(wide, 3), i32x4.splat(0x8000));
  return v128.or(v128.or(near, sign), v128.and(odd, i32x4.splat(0x7f)));
}

/** Counts n float64, likewise, by their codes. */
export function countValues(x: usize, n: i32, counters: usize): void {
  const other = counters + (codes << 2);
  for (const end = x + (<usize>(n >> 1) << 4); x < end; x += 16) {
    const two = codesOf(v128.load(x));
    countOne(counters, i32x4.extract_lane(two, 0));
    countOne(other, i32x4.extract_lane(two, 2));
  }
  if (n & 1) countOne(counters, i32x4.extract_lane(codesOf(v128.load64_zero(x)), 0));
}
