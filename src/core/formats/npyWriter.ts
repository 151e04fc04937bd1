import { NormoscopeError } from '../errors';
import type { DType } from '../tensor/dtype';

/** NumPy's words for the types that it has, little-endian. */
const descr: Partial<Record<DType, string>> = {
  bool: '|b1',
  int8: '|i1',
  uint8: '|u1',
  int16: '<i2',
  uint16: '<u2',
  int32: '<i4',
  uint32: '<u4',
  int64: '<i8',
  uint64: '<u8',
  float16: '<f2',
  float32: '<f4',
  float64: '<f8',
  complex64: '<c8',
  complex128: '<c16',
};

/** Magic, version 1.0 and the length of what follows. */
const preamble = 10;
/** NumPy aligns the data so, that it can be mapped into memory. */
const alignment = 64;
/** Digits that NumPy leaves room for, so that a file can be appended to and its slowest axis grow. */
const growthDigits = 21;

/**
 * The header of a `.npy` file, version 1.0, byte for byte as NumPy's own writer makes it.
 * @param order how the elements that follow lie: `F` for Fortran order, the first axis fastest
 * @throws NormoscopeError `unsupported` for a type that NumPy lacks
 */
export function npyHeader(dtype: DType, shape: readonly number[], order: 'C' | 'F' = 'C'): Uint8Array {
  const word = descr[dtype];
  if (word === undefined) throw new NormoscopeError('unsupported', `NumPy has no ${dtype}, so there is no .npy of it.`);
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const text = `{'descr': '${word}', 'fortran_order': ${order === 'F' ? 'True' : 'False'}, 'shape': ${tuple}, }`;
  const growth = shape.length === 0 ? 0 : growthDigits - String(order === 'F' ? shape.at(-1) : shape[0]).length;
  const length = Math.ceil((preamble + text.length + growth + 1) / alignment) * alignment - preamble;
  const header = new Uint8Array(preamble + length);
  header.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, length & 0xff, length >> 8]);
  header.set(new TextEncoder().encode(`${text.padEnd(length - 1)}\n`), preamble);
  return header;
}

/** A whole `.npy` file of a tensor that is in memory, row-major. */
export function npyFile(dtype: 'float32' | 'float64', shape: readonly number[], values: Float64Array): Uint8Array {
  const header = npyHeader(dtype, shape);
  const width = dtype === 'float32' ? 4 : 8;
  const bytes = new Uint8Array(header.length + values.length * width);
  bytes.set(header);
  const view = new DataView(bytes.buffer, header.length);
  values.forEach((value, index) => (dtype === 'float32' ? view.setFloat32(4 * index, value, true) : view.setFloat64(8 * index, value, true)));
  return bytes;
}
