/** Element types, by the names of the command line's contract (`docs/cli.md`). */
export const dtypes = [
  'bool',
  'int4',
  'uint4',
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
  'float16',
  'bfloat16',
  'float32',
  'float64',
  'float8_e4m3fn',
  'float8_e4m3fnuz',
  'float8_e5m2',
  'float8_e5m2fnuz',
  'complex64',
  'complex128',
  'q4_0',
  'q4_1',
  'q5_0',
  'q5_1',
  'q8_0',
  'q2_k',
  'q3_k',
  'q4_k',
  'q5_k',
  'q6_k',
] as const;

export type DType = (typeof dtypes)[number];

export type DTypeKind = 'bool' | 'integer' | 'float' | 'complex';

/** Several elements in one item of so many bytes. */
export interface Packing {
  readonly elements: number;
  readonly bytes: number;
}

const packings: Partial<Record<DType, Packing>> = {
  int4: { elements: 2, bytes: 1 },
  uint4: { elements: 2, bytes: 1 },
  // ggml's blocks.
  q4_0: { elements: 32, bytes: 18 },
  q4_1: { elements: 32, bytes: 20 },
  q5_0: { elements: 32, bytes: 22 },
  q5_1: { elements: 32, bytes: 24 },
  q8_0: { elements: 32, bytes: 34 },
  q2_k: { elements: 256, bytes: 84 },
  q3_k: { elements: 256, bytes: 110 },
  q4_k: { elements: 256, bytes: 144 },
  q5_k: { elements: 256, bytes: 176 },
  q6_k: { elements: 256, bytes: 210 },
};

/** How elements are packed that do not lie in items of their own; null for those that do. */
export function packing(dtype: DType): Packing | null {
  return packings[dtype] ?? null;
}

/** Bits that one element takes in memory; of packed ones on average. */
export function bitsPerElement(dtype: DType): number {
  const packed = packing(dtype);
  if (packed !== null) return (packed.bytes * 8) / packed.elements;
  if (dtype === 'bool') return 8;
  if (dtype === 'bfloat16') return 16;
  if (dtype.startsWith('float8')) return 8;
  return Number(/\d+$/.exec(dtype)?.[0]);
}

export function dtypeKind(dtype: DType): DTypeKind {
  if (dtype === 'bool') return 'bool';
  if (dtype.startsWith('complex')) return 'complex';
  return dtype.includes('float') || dtype.startsWith('q') ? 'float' : 'integer';
}

const leastNormals: Partial<Record<DType, number>> = {
  float16: 2 ** -14,
  bfloat16: 2 ** -126,
  float32: 2 ** -126,
  float64: 2 ** -1022,
  float8_e4m3fn: 2 ** -6,
  float8_e4m3fnuz: 2 ** -7,
  float8_e5m2: 2 ** -14,
  float8_e5m2fnuz: 2 ** -15,
};

/** Magnitude below which the elements of a float type are subnormal (IEEE 754; OCP 8-bit floating point, 2023). 0 for all others. */
export function leastNormal(dtype: DType): number {
  return leastNormals[dtype] ?? 0;
}
