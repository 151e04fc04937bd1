import type { Engine } from '../engine/engine';
import { NormoscopeError } from '../errors';
import type { OpenFile } from '../formats/format';
import type { Limits } from '../limits';
import { logicalIndex } from '../tensor/order';
import { elementCount } from '../tensor/tensor';
import { counted } from '../text/numbers';
import { tensorInfo } from './tensorInfo';

/** All elements of a small tensor, row-major, in float64: a weight, a bias, running statistics, lengths. */
export interface Values {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

/** @throws NormoscopeError `too-large` beyond `Limits.groupsInMemory` elements; as `Engine.apply` */
export async function readValues(
  file: OpenFile,
  engine: Engine,
  index: number,
  { groupsInMemory }: Limits,
  signal: AbortSignal | undefined,
): Promise<Values> {
  tensorInfo(file, index);
  const data = file.tensor(index);
  const { shape, axisOrder } = data;
  const count = elementCount(shape);
  if (count > groupsInMemory) {
    throw new NormoscopeError(
      'too-large',
      `A weight, a bias, running statistics or lengths may have ${counted(groupsInMemory, 'element')}; this tensor has ${counted(count, 'element')}.`,
    );
  }
  const values = new Float64Array(count);
  let stored = 0;
  const sink = {
    write: (bytes: Uint8Array) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (let at = 0; at < bytes.length; at += 8) values[logicalIndex(shape, axisOrder, stored++)] = view.getFloat64(at, true);
      return Promise.resolve();
    },
  };
  await engine.apply(data, { maps: [], output: 'float64' }, sink, signal === undefined ? {} : { signal });
  return { shape, values };
}
