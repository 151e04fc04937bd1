// Elements of at most 32 bits that float32 holds exactly, to float32. Codes are the places in `dtypeCodes` of abi.ts.
import { decode } from './decode';

/** Four float16 in the lower halves of four int32. */
// @ts-ignore: decorator
@inline
function half(bits: v128): v128 {
  const size = i32x4.shl(v128.and(bits, i32x4.splat(0x7fff)), 13);
  // Subnormals come out right by the multiplication; the highest exponent becomes that of infinities and NaN.
  const value = f32x4.mul(size, f32x4.splat(reinterpret<f32>(239 << 23)));
  const odd = v128.and(i32x4.gt_s(size, i32x4.splat(0x0f7fffff)), i32x4.splat(0x7f800000));
  return v128.or(v128.or(value, odd), i32x4.shl(v128.and(bits, i32x4.splat(0x8000)), 16));
}

/**
 * Four float8 in the lowest bytes of four int32.
 * @param shift left, to where float32 has its exponent
 * @param scale what then makes up for the difference of the biases
 * @param nan what is NaN: code 0x80 itself, or 0x7f without regard to the sign
 */
// @ts-ignore: decorator
@inline
function small(bits: v128, shift: i32, scale: v128, nan: i32): v128 {
  const size = v128.and(bits, i32x4.splat(0x7f));
  const value = v128.or(f32x4.mul(i32x4.shl(size, shift), scale), i32x4.shl(v128.and(bits, i32x4.splat(0x80)), 24));
  return v128.or(value, v128.and(i32x4.eq(nan == 0x80 ? bits : size, i32x4.splat(nan)), i32x4.splat(0x7fc00000)));
}

/** Sixteen bytes at a time. A whole function for each type, so that nothing is decided inside of its loop. */
function bytes<T>(dtype: i32, source: usize, n: i32, target: usize): void {
  const fine = dtype == 13 || dtype == 14;
  const shift = fine ? 20 : 21;
  // Biases 7, 8 and 16, against 127.
  const scale = f32x4.splat(reinterpret<f32>((127 + 127 - (dtype == 13 ? 7 : dtype == 14 ? 8 : 16)) << 23));
  for (const end = source + <usize>n; source < end; source += 16, target += 64) {
    let v = v128.load(source);
    if (dtype == 0) v = v128.and(i8x16.ne(v, i8x16.splat(0)), i8x16.splat(1));
    const low = isSigned<T>() ? i16x8.extend_low_i8x16_s(v) : i16x8.extend_low_i8x16_u(v);
    const high = isSigned<T>() ? i16x8.extend_high_i8x16_s(v) : i16x8.extend_high_i8x16_u(v);
    for (let part = 0; part < 4; part++) {
      const words = part < 2 ? low : high;
      const four = (part & 1) == 0 ? i32x4.extend_low_i16x8_s(words) : i32x4.extend_high_i16x8_s(words);
      let value: v128;
      if (dtype < 9) value = f32x4.convert_i32x4_s(four);
      else if (dtype == 15) value = half(i32x4.shl(four, 8));
      else value = small(four, shift, scale, dtype == 13 ? 0x7f : 0x80);
      v128.store(target + (<usize>part << 4), value);
    }
  }
}

/** Eight words at a time. */
function words(dtype: i32, source: usize, n: i32, target: usize): void {
  const end = source + (<usize>n << 1);
  if (dtype == 10) {
    for (; source < end; source += 16, target += 32) {
      const v = v128.load(source);
      v128.store(target, i32x4.shl(i32x4.extend_low_i16x8_u(v), 16));
      v128.store(target, i32x4.shl(i32x4.extend_high_i16x8_u(v), 16), 16);
    }
  } else if (dtype == 9) {
    for (; source < end; source += 16, target += 32) {
      const v = v128.load(source);
      v128.store(target, half(i32x4.extend_low_i16x8_u(v)));
      v128.store(target, half(i32x4.extend_high_i16x8_u(v)), 16);
    }
  } else if (dtype == 3) {
    for (; source < end; source += 16, target += 32) {
      const v = v128.load(source);
      v128.store(target, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(v)));
      v128.store(target, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(v)), 16);
    }
  } else {
    for (; source < end; source += 16, target += 32) {
      const v = v128.load(source);
      v128.store(target, f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(v)));
      v128.store(target, f32x4.convert_i32x4_u(i32x4.extend_high_i16x8_u(v)), 16);
    }
  }
}

/** Elements decoded to float64 at a time, where there is no quicker way. */
const some = 64;

/**
 * `decode` to float32.
 * @param target count float32
 * @param scratch 512 bytes
 */
export function decodeFast(dtype: i32, little: bool, stride: i32, source: usize, count: i32, target: usize, scratch: usize): void {
  const size = dtype < 3 || dtype > 12 ? 1 : dtype == 11 ? 4 : 2;
  let done = 0;
  if (stride == size && (little || size == 1) && size < 4) {
    done = size == 1 ? count & ~15 : count & ~7;
    if (size == 2) words(dtype, source, done, target);
    else if (dtype == 1) bytes<i8>(1, source, done, target);
    else if (dtype == 2) bytes<u8>(2, source, done, target);
    else if (dtype == 0) bytes<u8>(0, source, done, target);
    else if (dtype == 13) bytes<u8>(13, source, done, target);
    else if (dtype == 14) bytes<u8>(14, source, done, target);
    else if (dtype == 15) bytes<u8>(15, source, done, target);
    else bytes<u8>(16, source, done, target);
  }
  for (; done < count; done += some) {
    const n = min(some, count - done);
    decode(dtype, little, stride, source + <usize>done * stride, n, scratch);
    for (let at = 0; at < n; at++) store<f32>(target + (<usize>(done + at) << 2), <f32>load<f64>(scratch + (<usize>at << 3)));
  }
}
