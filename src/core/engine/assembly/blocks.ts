// Blocks of quantized weights, as GGUF files hold them: to the float32 that ggml itself gets, operation by operation, then
// to float64. Layouts are those of ggml's `block_q4_0` … `block_q6_K`; d and m (or dmin) are float16.
import { half } from './half';

// @ts-ignore: decorator
@inline
function scaleAt(source: usize, little: bool): f32 {
  const bits = load<u16>(source);
  return <f32>half(little ? bits : bswap<u16>(bits));
}

// @ts-ignore: decorator
@inline
function put(target: usize, index: i32, value: f32): void {
  store<f64>(target + (<usize>index << 3), <f64>value);
}

/** 32 elements: d, for q4_1 m, then 16 bytes with element i in the lower and i + 16 in the upper half. */
export function q4(source: usize, little: bool, target: usize, hasMin: bool): void {
  const d = scaleAt(source, little);
  const m: f32 = hasMin ? scaleAt(source + 2, little) : 0;
  const qs = source + (hasMin ? 4 : 2);
  for (let i = 0; i < 16; i++) {
    const byte = <i32>load<u8>(qs + i);
    if (hasMin) {
      put(target, i, <f32>(byte & 15) * d + m);
      put(target, i + 16, <f32>(byte >> 4) * d + m);
    } else {
      put(target, i, <f32>((byte & 15) - 8) * d);
      put(target, i + 16, <f32>((byte >> 4) - 8) * d);
    }
  }
}

/** As `q4`, with the fifth bit of element i as bit i of 32 before the halves. */
export function q5(source: usize, little: bool, target: usize, hasMin: bool): void {
  const d = scaleAt(source, little);
  const m: f32 = hasMin ? scaleAt(source + 2, little) : 0;
  const bits = load<u32>(source + (hasMin ? 4 : 2));
  const high = little ? bits : bswap<u32>(bits);
  const qs = source + (hasMin ? 8 : 6);
  for (let i = 0; i < 16; i++) {
    const byte = <i32>load<u8>(qs + i);
    const first = (byte & 15) | <i32>(((high >> i) & 1) << 4);
    const second = (byte >> 4) | <i32>(((high >> (i + 16)) & 1) << 4);
    if (hasMin) {
      put(target, i, <f32>first * d + m);
      put(target, i + 16, <f32>second * d + m);
    } else {
      put(target, i, <f32>(first - 16) * d);
      put(target, i + 16, <f32>(second - 16) * d);
    }
  }
}

/** 32 elements: d, then 32 signed bytes. */
export function q8(source: usize, little: bool, target: usize): void {
  const d = scaleAt(source, little);
  for (let i = 0; i < 32; i++) put(target, i, <f32>load<i8>(source + 2 + i) * d);
}

/** 256 elements in 16 runs: 16 bytes with a scale and a minimum in four bits each, 64 bytes of four elements each, d, dmin. */
export function q2k(source: usize, little: bool, target: usize): void {
  const d = scaleAt(source + 80, little), dmin = scaleAt(source + 82, little);
  for (let run = 0; run < 16; run++) {
    const packed = <i32>load<u8>(source + run);
    const scale = d * <f32>(packed & 15), min = dmin * <f32>(packed >> 4);
    const qs = source + 16 + ((run >> 3) << 5) + ((run & 1) << 4);
    const shift = run & 6;
    for (let i = 0; i < 16; i++) put(target, (run << 4) + i, scale * <f32>((load<u8>(qs + i) >> shift) & 3) - min);
  }
}

/** 256 elements in 16 runs: 32 bytes of third bits, 64 bytes of four elements each, 12 bytes of 6-bit scales, d. */
export function q3k(source: usize, little: bool, target: usize): void {
  const d = scaleAt(source + 108, little);
  const scales = source + 96;
  for (let run = 0; run < 16; run++) {
    const low = <i32>load<u8>(scales + (run & 7)) >> (run < 8 ? 0 : 4);
    const high = <i32>load<u8>(scales + 8 + (run & 3)) >> ((run >> 2) << 1);
    const scale = d * <f32>(((low & 15) | ((high & 3) << 4)) - 32);
    const at = (run & 1) << 4;
    const qs = source + 32 + ((run >> 3) << 5) + at;
    const shift = run & 6;
    const bit = 1 << (run >> 1);
    for (let i = 0; i < 16; i++) {
      const q = <i32>((load<u8>(qs + i) >> shift) & 3) - (load<u8>(source + at + i) & bit ? 0 : 4);
      put(target, (run << 4) + i, scale * <f32>q);
    }
  }
}

/**
 * 256 elements in 8 runs: d, dmin, 12 bytes of 6-bit scales and minima, for q5_k 32 bytes of fifth bits, 128 bytes of
 * halves, of which the lower make one run and the upper the next.
 */
export function q45k(source: usize, little: bool, target: usize, hasFifth: bool): void {
  const d = scaleAt(source, little), dmin = scaleAt(source + 2, little);
  const scales = source + 4;
  const high = source + 16;
  const qs = source + (hasFifth ? 48 : 16);
  for (let run = 0; run < 8; run++) {
    let scale: i32, min: i32;
    if (run < 4) {
      scale = load<u8>(scales + run) & 63;
      min = load<u8>(scales + run + 4) & 63;
    } else {
      const both = <i32>load<u8>(scales + run + 4);
      scale = (both & 15) | ((<i32>load<u8>(scales + run - 4) >> 6) << 4);
      min = (both >> 4) | ((<i32>load<u8>(scales + run) >> 6) << 4);
    }
    const ds = d * <f32>scale, dm = dmin * <f32>min;
    const from = qs + ((run >> 1) << 5);
    const shift = (run & 1) << 2;
    for (let i = 0; i < 32; i++) {
      const fifth: i32 = hasFifth ? ((<i32>load<u8>(high + i) >> run) & 1) << 4 : 0;
      put(target, (run << 5) + i, ds * <f32>(((<i32>load<u8>(from + i) >> shift) & 15) + fifth) - dm);
    }
  }
}

/** 256 elements in 16 runs: 128 bytes of lower halves, 64 bytes of upper two bits, 16 signed scales, d. */
export function q6k(source: usize, little: bool, target: usize): void {
  const d = scaleAt(source + 208, little);
  for (let run = 0; run < 16; run++) {
    const quarter = (run >> 1) & 3;
    const at = (run & 1) << 4;
    const scale = d * <f32>load<i8>(source + 192 + run);
    const low = source + ((run >> 3) << 6) + ((quarter & 1) << 5) + at;
    const high = source + 128 + ((run >> 3) << 5) + at;
    const shift = (quarter >> 1) << 2;
    for (let i = 0; i < 16; i++) {
      const q = ((<i32>load<u8>(low + i) >> shift) & 15) | (((<i32>load<u8>(high + i) >> (quarter << 1)) & 3) << 4);
      put(target, (run << 4) + i, scale * <f32>(q - 32));
    }
  }
}
