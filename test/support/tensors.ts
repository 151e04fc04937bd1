import fs from 'node:fs';
import { createReferenceEngine } from '../../src/core/engine/reference/referenceEngine';
import { createWasmEngine } from '../../src/core/engine/wasmEngine';
import type { Engine } from '../../src/core/engine/engine';
import { defaultLimits, type Limits } from '../../src/core/limits';
import type { DType } from '../../src/core/tensor/dtype';
import { storageIndex } from '../../src/core/tensor/order';
import { elementCount, itemBytes, type TensorData } from '../../src/core/tensor/tensor';
import { inProject } from './root';

let compiled: WebAssembly.Module | null = null;

/** The kernels, as they were built. */
export function kernelModule(): WebAssembly.Module {
  return (compiled ??= new WebAssembly.Module(fs.readFileSync(inProject('dist', 'engine.wasm'))));
}

/** Both engines, with small chunks so that every tensor is read in several. */
export function engines(limits: Partial<Limits> = {}): readonly Engine[] {
  const all = { ...defaultLimits, ...limits };
  return [createReferenceEngine(all), createWasmEngine(kernelModule(), all)];
}

export interface Storage {
  readonly dtype: DType;
  readonly littleEndian?: boolean;
  /** Axes from slowest to fastest; row-major if absent. */
  readonly axisOrder?: readonly number[];
  /** Bytes from item to item, and to the element in it: those of a plain array if absent. */
  readonly stride?: number;
  readonly offset?: number;
}

type Writer = readonly [bytes: number, write: (view: DataView, at: number, value: number, little: boolean) => void];

const writers: Partial<Record<DType, Writer>> = {
  bool: [1, (view, at, value) => view.setUint8(at, value)],
  int8: [1, (view, at, value) => view.setInt8(at, value)],
  uint8: [1, (view, at, value) => view.setUint8(at, value)],
  int16: [2, (view, at, value, little) => view.setInt16(at, value, little)],
  uint16: [2, (view, at, value, little) => view.setUint16(at, value, little)],
  int32: [4, (view, at, value, little) => view.setInt32(at, value, little)],
  uint32: [4, (view, at, value, little) => view.setUint32(at, value, little)],
  int64: [8, (view, at, value, little) => view.setBigInt64(at, BigInt(value), little)],
  uint64: [8, (view, at, value, little) => view.setBigUint64(at, BigInt(value), little)],
  float32: [4, (view, at, value, little) => view.setFloat32(at, value, little)],
  float64: [8, (view, at, value, little) => view.setFloat64(at, value, little)],
};

/** A tensor in memory whose logical (row-major) elements are `values`. */
export function tensorOf(values: ArrayLike<number>, shape: readonly number[], storage: Storage): TensorData {
  const { dtype, littleEndian = true, axisOrder = shape.map((_, axis) => axis), offset = 0 } = storage;
  const [size, write] = writers[dtype] as Writer;
  const stride = storage.stride ?? size;
  const bytes = new Uint8Array(elementCount(shape) * stride).fill(0xa5);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < elementCount(shape); index++) {
    write(view, storageIndex(shape, axisOrder, index) * stride + offset, values[index] as number, littleEndian);
  }
  return rawTensor(bytes, shape, { dtype, littleEndian, stride, offset }, axisOrder);
}

/** A tensor over bytes as they are. */
export function rawTensor(
  bytes: Uint8Array,
  shape: readonly number[],
  encoding: TensorData['encoding'],
  axisOrder: readonly number[] = shape.map((_, axis) => axis),
): TensorData {
  return {
    shape,
    encoding,
    axisOrder,
    read: (first, target) => {
      const start = itemBytes(encoding, first);
      target.set(bytes.subarray(start, start + target.length));
      return Promise.resolve();
    },
  };
}
