import { NormoscopeError } from '../../errors';
import type { ByteSource } from '../../tensor/byteSource';
import type { DType } from '../../tensor/dtype';
import { bitsPerElement } from '../../tensor/dtype';
import { isKind, itemsOf, type PersistentId, type PickleValue } from '../pickle/value';

/** Where the bytes of a storage lie: a run of numbers that tensors are views of. */
export interface Storage {
  /** A new source each time: what a compressed one keeps of its bytes goes with whoever reads it. */
  open(): ByteSource;
  /** Bytes that the file has of it. */
  readonly bytes: number;
  readonly littleEndian: boolean;
  /** What messages call it: `storage 3`. */
  readonly label: string;
}

/** Elements as PyTorch names them: `FloatStorage`, `torch.float8_e5m2`. */
export interface ElementType {
  /** The file's own word. */
  readonly word: string;
  /** null: not computed with. */
  readonly dtype: DType | null;
  readonly bytes: number;
}

/** How a pickle refers to a storage. */
export interface StorageRef {
  readonly key: string;
  readonly type: ElementType;
  /** Elements that it is said to have; null where that is not said. */
  readonly elements: number | null;
  /** Elements that this view of another storage begins behind: in files of before PyTorch 1.0. */
  readonly viewOffset: number;
}

/** What a persistent id stands for. @throws NormoscopeError for what the file does not have */
export type FindStorage = (ref: StorageRef) => Storage;

const storageTypes: Readonly<Record<string, DType>> = {
  Bool: 'bool',
  Char: 'int8',
  Byte: 'uint8',
  Untyped: 'uint8',
  Short: 'int16',
  Int: 'int32',
  Long: 'int64',
  Half: 'float16',
  BFloat16: 'bfloat16',
  Float: 'float32',
  Double: 'float64',
  ComplexFloat: 'complex64',
  ComplexDouble: 'complex128',
};

const torchTypes: Readonly<Record<string, DType>> = {
  bool: 'bool', int8: 'int8', uint8: 'uint8', int16: 'int16', uint16: 'uint16', int32: 'int32', uint32: 'uint32', int64: 'int64', uint64: 'uint64',
  float16: 'float16', bfloat16: 'bfloat16', float32: 'float32', float64: 'float64', half: 'float16', float: 'float32', double: 'float64',
  short: 'int16', int: 'int32', long: 'int64', complex64: 'complex64', complex128: 'complex128',
  float8_e4m3fn: 'float8_e4m3fn', float8_e4m3fnuz: 'float8_e4m3fnuz', float8_e5m2: 'float8_e5m2', float8_e5m2fnuz: 'float8_e5m2fnuz',
};

/** Quantized elements are whole numbers with a scale elsewhere; several of the small ones share a byte. */
const quantized: Readonly<Record<string, number>> = { QInt8: 1, QUInt8: 1, QInt32: 4, QUInt4x2: 1, QUInt2x4: 1 };

/** The elements of a storage class (`torch.FloatStorage`, `torch.cuda.HalfStorage`) or type (`torch.bfloat16`); null for none that is known. */
export function elementType(value: PickleValue | undefined): ElementType | null {
  if (!isKind(value, 'global')) return null;
  const storage = /^torch(?:\.cuda|\.storage)?\.(\w+)Storage$/.exec(value.name)?.[1];
  if (storage !== undefined) {
    const word = `${storage}Storage`;
    if (Object.hasOwn(quantized, storage)) return { word, dtype: null, bytes: quantized[storage] ?? 1 };
    return Object.hasOwn(storageTypes, storage) ? known(word, storageTypes[storage]) : null;
  }
  const type = /^torch\.(\w+)$/.exec(value.name)?.[1];
  return type !== undefined && Object.hasOwn(torchTypes, type) ? known(value.name, torchTypes[type]) : null;
}

function known(word: string, dtype: DType | undefined): ElementType | null {
  return dtype === undefined ? null : { word, dtype, bytes: bitsPerElement(dtype) / 8 };
}

/** `('storage', FloatStorage, '0', 'cpu', 12)`, in older files with a view behind it: `(key, offset, size)` or None. */
export function storageRef({ id }: PersistentId): StorageRef {
  const [kind, type, key, , elements, view] = itemsOf(id) ?? [];
  const found = elementType(type);
  if (kind !== 'storage' || (typeof key !== 'string' && typeof key !== 'number')) {
    throw new NormoscopeError('malformed', 'A tensor refers to something outside of the pickle that is not a storage.');
  }
  if (found === null) {
    const named = isKind(type, 'global') ? type.name : 'something else';
    throw new NormoscopeError('unsupported', `The elements are those of ${named}, a kind of storage that is not known here.`);
  }
  const viewOffset = itemsOf(view)?.[1] ?? 0;
  if (typeof viewOffset !== 'number' || !Number.isSafeInteger(viewOffset) || viewOffset < 0) {
    throw new NormoscopeError('malformed', 'A tensor refers to a view of a storage at a place that makes no sense.');
  }
  return { key: String(key), type: found, elements: typeof elements === 'number' ? elements : null, viewOffset };
}
