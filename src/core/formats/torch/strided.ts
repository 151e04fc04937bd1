import { NormoscopeError } from '../../errors';
import type { DType } from '../../tensor/dtype';
import { readBytes, type ByteSource } from '../../tensor/byteSource';
import { elementCount, type TensorData } from '../../tensor/tensor';

/** A view of a storage, as PyTorch and NumPy describe one. */
export interface View {
  /** Row-major, outermost first. */
  readonly shape: readonly number[];
  /** Elements from one to the next along each axis, zero or more. */
  readonly strides: readonly number[];
  /** Byte of the storage that the first element is at. */
  readonly start: number;
  readonly itemBytes: number;
  readonly dtype: DType;
  readonly littleEndian: boolean;
}

/** Bytes that are read at a time to pick elements out of. */
const windowBytes = 1 << 20;

/** Some elements that lie at equal distances, where they go, and how far they reach, bytes. */
interface Piece {
  readonly position: number;
  readonly count: number;
  readonly step: number;
}

/**
 * The elements of a view, from the axis of the largest step to that of the smallest: where that makes them lie side by side
 * (a contiguous tensor, or a transposed one) they are read as they lie, else picked out of what lies between. The caller
 * has made sure that the view is within its storage.
 */
export function stridedData(storage: ByteSource, view: View): TensorData {
  const { shape, strides, start, itemBytes, dtype, littleEndian } = view;
  const axisOrder = orderOf(shape, strides);
  const long = axisOrder.filter((axis) => shape[axis] !== 1);
  const sizes = long.map((axis) => shape[axis] ?? 1);
  const steps = long.map((axis) => (strides[axis] ?? 0) * itemBytes);
  const total = elementCount(shape);
  const tensor = { shape, axisOrder, encoding: { dtype, littleEndian, stride: itemBytes, offset: 0 } };
  const check = (firstElement: number, target: Uint8Array) => {
    if (firstElement + target.length / itemBytes > total) throw new NormoscopeError('internal', `Elements from ${firstElement} on were asked for, beyond the tensor's end.`);
  };
  if (isDense(sizes, steps, itemBytes)) {
    return {
      ...tensor,
      read: async (firstElement, target, signal) => {
        check(firstElement, target);
        await storage.read(start + firstElement * itemBytes, target, signal);
      },
    };
  }
  return {
    ...tensor,
    read: async (firstElement, target, signal) => {
      check(firstElement, target);
      const end = firstElement + target.length / itemBytes;
      let filled = 0;
      for (let element = firstElement; element < end; ) {
        const pieces: Piece[] = [];
        let from = Infinity;
        let to = 0;
        while (element < end) {
          const piece = pieceAt(element, end);
          const last = piece.position + (piece.count - 1) * piece.step + itemBytes;
          if (pieces.length > 0 && Math.max(to, last) - Math.min(from, piece.position) > windowBytes) break;
          pieces.push(piece);
          [from, to] = [Math.min(from, piece.position), Math.max(to, last)];
          element += piece.count;
        }
        const window = await readBytes(storage, from, to - from, signal);
        for (const { position, count, step } of pieces) {
          pick(window, position - from, step, target, filled, count, itemBytes);
          filled += count * itemBytes;
        }
      }
    },
  };

  /** From an element on to the end of the innermost axis, of the window or of what is asked for. */
  function pieceAt(element: number, end: number): Piece {
    let position = start;
    let rest = element;
    for (let dim = sizes.length - 1; dim >= 0; dim--) {
      const size = sizes[dim] ?? 1;
      position += (rest % size) * (steps[dim] ?? 0);
      rest = Math.floor(rest / size);
    }
    const size = sizes.at(-1) ?? 1;
    const step = steps.at(-1) ?? 0;
    const most = step === 0 ? Math.floor(windowBytes / itemBytes) : Math.max(1, Math.floor(windowBytes / step));
    return { position, count: Math.min(size - (element % size), end - element, most), step };
  }
}

function pick(window: Uint8Array, from: number, step: number, target: Uint8Array, to: number, count: number, itemBytes: number): void {
  if (step === itemBytes) {
    target.set(window.subarray(from, from + count * itemBytes), to);
    return;
  }
  for (let index = 0; index < count; index++, from += step) {
    for (let byte = 0; byte < itemBytes; byte++) target[to++] = window[from + byte] as number;
  }
}

/** Axes from the largest step to the smallest; as they are where nothing is gained. Axes of one element lie anywhere. */
function orderOf(shape: readonly number[], strides: readonly number[]): number[] {
  const axes = shape.map((_, axis) => axis);
  const long = axes.filter((axis) => shape[axis] !== 1);
  const step = (axis: number) => strides[axis] ?? 0;
  if (long.every((axis, place) => place === 0 || step(long[place - 1] ?? 0) >= step(axis))) return axes;
  return [...axes.filter((axis) => shape[axis] === 1), ...long.sort((a, b) => step(b) - step(a) || a - b)];
}

function isDense(sizes: readonly number[], steps: readonly number[], itemBytes: number): boolean {
  let expected = itemBytes;
  for (let dim = sizes.length - 1; dim >= 0; dim--) {
    if (steps[dim] !== expected) return false;
    expected *= sizes[dim] ?? 1;
  }
  return true;
}
