// Elements of any dtype to float64. Codes are the places in `dtypeCodes` of abi.ts.
import { q2k, q3k, q4, q45k, q5, q6k, q8 } from './blocks';
import { half } from './half';

/** float8 with `mantissaBits` bits and `bias`; `nan` says which codes are NaN: 1 S.1111.111, 2 0x80 alone. No infinities. */
function small(bits: u32, mantissaBits: u32, bias: i32, nan: u32): f64 {
  if (nan == 1 && (bits & 0x7f) == 0x7f) return NaN;
  if (nan == 2 && bits == 0x80) return NaN;
  const mantissa: u32 = bits & ((1 << mantissaBits) - 1);
  const exponent: i32 = (bits & 0x7f) >> mantissaBits;
  const fraction: f64 = exponent == 0 ? <f64>mantissa : <f64>(mantissa | (1 << mantissaBits));
  const power: i32 = (exponent == 0 ? 1 : exponent) - bias - <i32>mantissaBits;
  const value: f64 = fraction * reinterpret<f64>(<u64>(power + 1023) << 52);
  return bits & 0x80 ? -value : value;
}

function integers<T>(little: bool, stride: i32, source: usize, count: i32, target: usize): void {
  const end = target + (<usize>count << 3);
  while (target < end) {
    const value = load<T>(source);
    store<f64>(target, <f64>(little ? value : bswap<T>(value)));
    source += stride;
    target += 8;
  }
}

function float32(little: bool, stride: i32, source: usize, count: i32, target: usize): void {
  let left = count;
  if (little && stride == 4) {
    for (; left >= 4; left -= 4) {
      const four = v128.load(source);
      v128.store(target, f64x2.promote_low_f32x4(four));
      v128.store(target, f64x2.promote_low_f32x4(i8x16.shuffle(four, four, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7)), 16);
      source += 16;
      target += 32;
    }
  }
  for (; left > 0; left--) {
    const bits = load<u32>(source);
    store<f64>(target, <f64>reinterpret<f32>(little ? bits : bswap<u32>(bits)));
    source += stride;
    target += 8;
  }
}

/** Two integers of 4 bits in a byte, the first in its lower half. `sign` is 8 where the upper of the four bits is their sign. */
function nibbles(sign: i32, stride: i32, source: usize, count: i32, target: usize): void {
  const end = target + (<usize>count << 3);
  while (target < end) {
    const byte = <i32>load<u8>(source);
    store<f64>(target, <f64>(((byte & 15) ^ sign) - sign));
    target += 8;
    if (target < end) store<f64>(target, <f64>(((byte >> 4) ^ sign) - sign));
    target += 8;
    source += stride;
  }
}

/** Blocks of 32 or 256 elements, `count` of them in all. */
function blocks(dtype: i32, little: bool, stride: i32, source: usize, count: i32, target: usize): void {
  const elements = dtype < 24 ? 32 : 256;
  for (let done = 0; done < count; done += elements, source += stride, target += <usize>elements << 3) {
    switch (dtype) {
      case 19: q4(source, little, target, false); break;
      case 20: q4(source, little, target, true); break;
      case 21: q5(source, little, target, false); break;
      case 22: q5(source, little, target, true); break;
      case 23: q8(source, little, target); break;
      case 24: q2k(source, little, target); break;
      case 25: q3k(source, little, target); break;
      case 26: q45k(source, little, target, false); break;
      case 27: q45k(source, little, target, true); break;
      default: q6k(source, little, target);
    }
  }
}

/**
 * Decodes `count` elements.
 * @param source the first element: the start of its item plus the field's offset
 * @param stride bytes from one item to the next
 * @param target count float64
 */
export function decode(dtype: i32, little: bool, stride: i32, source: usize, count: i32, target: usize): void {
  switch (dtype) {
    case 0: // bool: anything but 0 counts as 1
      for (let i = 0; i < count; i++, source += stride) store<f64>(target + (<usize>i << 3), load<u8>(source) ? 1 : 0);
      return;
    case 1: return integers<i8>(true, stride, source, count, target);
    case 2: return integers<u8>(true, stride, source, count, target);
    case 3: return integers<i16>(little, stride, source, count, target);
    case 4: return integers<u16>(little, stride, source, count, target);
    case 5: return integers<i32>(little, stride, source, count, target);
    case 6: return integers<u32>(little, stride, source, count, target);
    case 7: return integers<i64>(little, stride, source, count, target);
    case 8: return integers<u64>(little, stride, source, count, target);
    case 9: // float16
      for (let i = 0; i < count; i++, source += stride) {
        const bits = load<u16>(source);
        store<f64>(target + (<usize>i << 3), half(little ? bits : bswap<u16>(bits)));
      }
      return;
    case 10: // bfloat16: the upper half of a float32
      for (let i = 0; i < count; i++, source += stride) {
        const bits = load<u16>(source);
        store<f64>(target + (<usize>i << 3), <f64>reinterpret<f32>(<u32>(little ? bits : bswap<u16>(bits)) << 16));
      }
      return;
    case 11: return float32(little, stride, source, count, target);
    case 12: // float64
      for (let i = 0; i < count; i++, source += stride) {
        const bits = load<u64>(source);
        store<u64>(target + (<usize>i << 3), little ? bits : bswap<u64>(bits));
      }
      return;
    case 13: // float8_e4m3fn
      for (let i = 0; i < count; i++, source += stride) store<f64>(target + (<usize>i << 3), small(load<u8>(source), 3, 7, 1));
      return;
    case 14: // float8_e4m3fnuz
      for (let i = 0; i < count; i++, source += stride) store<f64>(target + (<usize>i << 3), small(load<u8>(source), 3, 8, 2));
      return;
    case 15: // float8_e5m2: the upper byte of a float16
      for (let i = 0; i < count; i++, source += stride) store<f64>(target + (<usize>i << 3), half(<u32>load<u8>(source) << 8));
      return;
    case 16: // float8_e5m2fnuz
      for (let i = 0; i < count; i++, source += stride) store<f64>(target + (<usize>i << 3), small(load<u8>(source), 2, 16, 2));
      return;
    case 17: return nibbles(8, stride, source, count, target); // int4
    case 18: return nibbles(0, stride, source, count, target); // uint4
    default:
      if (dtype > 28) unreachable();
      blocks(dtype, little, stride, source, count, target); // q4_0 to q6_k
  }
}
