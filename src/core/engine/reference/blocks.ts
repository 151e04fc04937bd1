import { NormoscopeError } from '../../errors';
import type { DType } from '../../tensor/dtype';
import { binaryFloat } from './smallFloats';

/** Element number `index` of the block from byte `at` on. */
export type DecodeInBlock = (block: DataView, at: number, index: number) => number;

/**
 * Blocks of quantized weights element by element, from the layouts of ggml's `block_q4_0` … `block_q6_K`. Every product
 * and sum is rounded to float32, as ggml has them.
 * @throws NormoscopeError `unsupported` for a dtype that is no block
 */
export function blockDecoder(dtype: DType, little: boolean): DecodeInBlock {
  const float16 = (view: DataView, at: number) => binaryFloat(view.getUint16(at, little), 5, 10);
  const { fround } = Math;
  /** Nibble `index` of a run of 32: the lower halves of 16 bytes, then their upper halves. */
  const nibble = (view: DataView, at: number, index: number) => (view.getUint8(at + (index % 16)) >> (index < 16 ? 0 : 4)) & 15;
  const fifth = (view: DataView, at: number, index: number) => ((view.getUint32(at, little) >>> index) & 1) * 16;

  switch (dtype) {
    case 'q4_0':
      return (view, at, index) => fround((nibble(view, at + 2, index) - 8) * float16(view, at));
    case 'q4_1':
      return (view, at, index) => fround(fround(nibble(view, at + 4, index) * float16(view, at)) + float16(view, at + 2));
    case 'q5_0':
      return (view, at, index) => fround((nibble(view, at + 6, index) + fifth(view, at + 2, index) - 16) * float16(view, at));
    case 'q5_1':
      return (view, at, index) =>
        fround(fround((nibble(view, at + 8, index) + fifth(view, at + 4, index)) * float16(view, at)) + float16(view, at + 2));
    case 'q8_0':
      return (view, at, index) => fround(view.getInt8(at + 2 + index) * float16(view, at));
    case 'q2_k':
      return (view, at, index) => {
        const packed = view.getUint8(at + Math.floor(index / 16));
        const scale = fround(float16(view, at + 80) * (packed & 15));
        const min = fround(float16(view, at + 82) * (packed >> 4));
        return fround(fround(scale * twoBits(view, at + 16, index)) - min);
      };
    case 'q3_k':
      return (view, at, index) => {
        const scale = fround(float16(view, at + 108) * (scaleOfQ3(view, at + 96, Math.floor(index / 16)) - 32));
        const third = (view.getUint8(at + (index % 32)) >> Math.floor(index / 32)) & 1;
        return fround(scale * (twoBits(view, at + 32, index) + third * 4 - 4));
      };
    case 'q4_k':
      return (view, at, index) => affine(view, at, index, halves(view, at + 16, index));
    case 'q5_k':
      return (view, at, index) => {
        const high = (view.getUint8(at + 16 + (index % 32)) >> Math.floor(index / 32)) & 1;
        return affine(view, at, index, halves(view, at + 48, index) + high * 16);
      };
    case 'q6_k':
      return (view, at, index) => {
        const [side, quarter, place] = [Math.floor(index / 128), Math.floor(index / 32) % 4, index % 32];
        const low = (view.getUint8(at + 64 * side + 32 * (quarter % 2) + place) >> (quarter < 2 ? 0 : 4)) & 15;
        const high = (view.getUint8(at + 128 + 32 * side + place) >> (2 * quarter)) & 3;
        const scale = fround(float16(view, at + 208) * view.getInt8(at + 192 + Math.floor(index / 16)));
        return fround(scale * (low + high * 16 - 32));
      };
    default:
      throw new NormoscopeError('unsupported', `Elements of type ${dtype} are not computed with.`);
  }

  /** d · scale · q − dmin · min, with the 6-bit scale and minimum of the run of 32. */
  function affine(view: DataView, at: number, index: number, q: number): number {
    const run = Math.floor(index / 32);
    const byte = (place: number) => view.getUint8(at + 4 + place);
    const scale = run < 4 ? byte(run) & 63 : (byte(run + 4) & 15) + (byte(run - 4) >> 6) * 16;
    const min = run < 4 ? byte(run + 4) & 63 : (byte(run + 4) >> 4) + (byte(run) >> 6) * 16;
    return fround(fround(fround(float16(view, at) * scale) * q) - fround(float16(view, at + 2) * min));
  }
}

/** Element `index` of 256 in two bits: in each 32 bytes, 32 elements by the lowest bits, then 32 by the next. */
function twoBits(view: DataView, at: number, index: number): number {
  return (view.getUint8(at + 32 * Math.floor(index / 128) + (index % 32)) >> (2 * (Math.floor(index / 32) % 4))) & 3;
}

/** Element `index` of 256 in four bits: in each 32 bytes, 32 elements by the lower halves, then 32 by the upper. */
function halves(view: DataView, at: number, index: number): number {
  return (view.getUint8(at + 32 * Math.floor(index / 64) + (index % 32)) >> (index % 64 < 32 ? 0 : 4)) & 15;
}

/** Scale of one of 16 runs: four bits in the halves of the first 8 bytes, two more in the quarters of the last 4. */
function scaleOfQ3(view: DataView, at: number, run: number): number {
  const low = (view.getUint8(at + (run % 8)) >> (run < 8 ? 0 : 4)) & 15;
  const high = (view.getUint8(at + 8 + (run % 4)) >> (2 * Math.floor(run / 4))) & 3;
  return low + high * 16;
}
