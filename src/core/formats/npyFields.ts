import { NormoscopeError } from '../errors';
import { readBytes, type ByteSource } from '../tensor/byteSource';
import { elementCount, type TensorData } from '../tensor/tensor';
import type { Field } from './npyDescr';

/** Where an array lies in its file. */
export interface ArrayPlace {
  /** Byte that it begins at. */
  readonly start: number;
  /** Row-major, without the axes inside of an item. */
  readonly shape: readonly number[];
  readonly fortranOrder: boolean;
  readonly itemBytes: number;
}

/** Larger items are not read whole for one number in them. */
const longestStride = 4096;
/** Bytes that are read at a time to pick elements out of. */
const windowBytes = 1 << 20;
/** complex128. */
const largestElement = 16;

/** The elements of one field of every item; in a plain array, the items themselves. */
export function fieldData(source: ByteSource, { start, shape, fortranOrder, itemBytes }: ArrayPlace, field: Field): TensorData {
  const { dtype, littleEndian } = field;
  if (dtype === null) throw new NormoscopeError('internal', `Elements of type ${field.word} were asked for.`);
  const whole = [...shape, ...field.inner.map(({ size }) => size)];
  const outer = shape.map((_, axis) => axis);
  const axisOrder = [...(fortranOrder ? outer.reverse() : outer), ...field.inner.map((_, axis) => shape.length + axis)];
  const perItem = elementCount(field.inner.map(({ size }) => size));
  const tensor = { shape: whole, axisOrder };

  if (perItem === 1 && itemBytes <= longestStride) {
    const end = start + elementCount(shape) * itemBytes;
    return {
      ...tensor,
      encoding: { dtype, littleEndian, stride: itemBytes, offset: field.offset },
      read: async (firstElement, target, signal) => {
        const position = start + firstElement * itemBytes;
        if (position + target.length > end) throw beyondTheEnd(firstElement);
        await source.read(position, target, signal);
      },
    };
  }

  const total = elementCount(whole);
  const run = runLength(field);
  const positionOf = (element: number) => {
    let position = start + Math.floor(element / perItem) * itemBytes + field.offset;
    let rest = element % perItem;
    for (let axis = field.inner.length - 1; axis >= 0; axis--) {
      const { size, step } = field.inner[axis] ?? { size: 1, step: 0 };
      position += (rest % size) * step;
      rest = Math.floor(rest / size);
    }
    return position;
  };
  return {
    ...tensor,
    encoding: { dtype, littleEndian, stride: field.bytes, offset: 0 },
    // Elements in storage order lie in the order of their positions, so neighbours are picked out of one window.
    read: async (firstElement, target, signal) => {
      const last = firstElement + target.length / field.bytes;
      if (last > total) throw beyondTheEnd(firstElement);
      let filled = 0;
      for (let element = firstElement; element < last; ) {
        const from = positionOf(element);
        const pieces: { readonly position: number; readonly bytes: number }[] = [];
        let end = from;
        while (element < last) {
          const position = positionOf(element);
          const count = Math.min(run - (element % run), last - element, windowBytes / largestElement);
          const bytes = count * field.bytes;
          if (pieces.length > 0 && position + bytes - from > windowBytes) break;
          pieces.push({ position, bytes });
          element += count;
          end = position + bytes;
        }
        const window = await readBytes(source, from, end - from, signal);
        for (const { position, bytes } of pieces) {
          target.set(window.subarray(position - from, position - from + bytes), filled);
          filled += bytes;
        }
      }
    },
  };
}

/** How many elements lie side by side inside an item. */
function runLength({ inner, bytes }: Field): number {
  return inner.reduceRight((run, { size, step }) => (step === run * bytes ? run * size : run), 1);
}

function beyondTheEnd(element: number): NormoscopeError {
  return new NormoscopeError('internal', `Elements from ${element} on were asked for, beyond the tensor's end.`);
}
