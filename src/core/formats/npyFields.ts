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
      for (let element = firstElement; element < last; ) {
        const from = positionOf(element);
        const positions = [from];
        while (element + positions.length < last) {
          const next = positionOf(element + positions.length);
          if (next + field.bytes - from > windowBytes) break;
          positions.push(next);
        }
        const window = await readBytes(source, from, (positions.at(-1) ?? from) + field.bytes - from, signal);
        for (const position of positions) {
          const bytes = window.subarray(position - from, position - from + field.bytes);
          target.set(bytes, (element - firstElement) * field.bytes);
          element++;
        }
      }
    },
  };
}

function beyondTheEnd(element: number): NormoscopeError {
  return new NormoscopeError('internal', `Elements from ${element} on were asked for, beyond the tensor's end.`);
}
