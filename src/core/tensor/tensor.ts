import { packing, type DType } from './dtype';

/** What stands between the bytes of a tensor and its numbers. The kernels decode by it. */
export interface Encoding {
  readonly dtype: DType;
  readonly littleEndian: boolean;
  /** Bytes from one item to the next in storage order: the item size, or a whole record for a structured field. */
  readonly stride: number;
  /** Bytes from the start of an item to the element: 0, or the field's offset in its record. */
  readonly offset: number;
}

/**
 * A tensor's bytes, readable at any place. Elements are counted in STORAGE order: `axisOrder` lists the axes from
 * slowest to fastest (`[0, 1, 2]` for C order, `[2, 1, 0]` for Fortran order), so formats never transpose.
 */
export interface TensorData {
  readonly shape: readonly number[];
  readonly encoding: Encoding;
  readonly axisOrder: readonly number[];
  /**
   * Raw bytes of `target.length / encoding.stride` consecutive items, from the one that begins with `firstElement` on.
   * @param firstElement begins an item: a multiple of `unitOf(encoding)`; of the last item, the tensor may have but a part
   * @throws NormoscopeError as `ByteSource.read`
   */
  read(firstElement: number, target: Uint8Array, signal?: AbortSignal): Promise<void>;
}

export type TensorStatus = 'readable' | 'unsupported' | 'refused';

/** One entry of a catalog: what the file's header says of a tensor. Nothing is decoded yet. */
export interface TensorInfo {
  /** Empty for a format that holds one unnamed tensor. */
  readonly name: string;
  readonly dtype: DType | null;
  /** The format's own word: `<f4`, `BF16`, `Q4_0`. */
  readonly storedDtype: string;
  /** Row-major, outermost first, whatever the storage order. */
  readonly shape: readonly number[];
  /** Bytes that the elements take in the file, decompressed. */
  readonly bytes: number;
  readonly status: TensorStatus;
  /** Why not readable, in one sentence; null when readable. */
  readonly reason: string | null;
}

/** Something odd that does not stop the reading: `{ code: 'trailing-bytes', message: '…' }`. */
export interface Warning {
  readonly code: string;
  readonly message: string;
  /** Of `unsafe-pickle`: what loading the file in Python would call. */
  readonly call?: PickleCall;
}

/** A function that a pickle names, and where. */
export interface PickleCall {
  /** `posix.system` */
  readonly name: string;
  /** The pickle's place in the file: `archive/data.pkl`, or the file's own name. */
  readonly pickle: string;
  /** Byte of the pickle. */
  readonly at: number;
}

/** What is in a file, from its header alone. */
export interface Catalog {
  readonly format: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly tensors: readonly TensorInfo[];
  readonly warnings: readonly Warning[];
}

/** Elements of one item: 1 but for types that pack several into it. */
export function unitOf({ dtype }: Encoding): number {
  return packing(dtype)?.elements ?? 1;
}

/** Bytes of the items that hold the first `count` elements. */
export function itemBytes(encoding: Encoding, count: number): number {
  return Math.ceil(count / unitOf(encoding)) * encoding.stride;
}

/** Product of a shape: 1 for a scalar, 0 with an empty axis. Formats have made sure that it is a safe integer. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
