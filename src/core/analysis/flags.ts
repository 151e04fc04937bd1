import type { Engine } from '../engine/engine';
import { NormoscopeError } from '../errors';
import type { OpenFile } from '../formats/format';
import type { Limits } from '../limits';
import { isRowMajor, logicalIndex } from '../tensor/order';
import { elementCount } from '../tensor/tensor';
import { counted } from '../text/numbers';
import { tensorInfo } from './tensorInfo';

/** All elements of a tensor as what is not zero (1) and what is (0), row-major. */
export interface Flags {
  readonly shape: readonly number[];
  readonly counts: Uint8Array;
}

/**
 * Reads a mask.
 * @throws NormoscopeError `too-large` beyond `Limits.maskPositions`, `usage` for an element that is negative or not finite; as `Engine.apply`
 */
export async function readFlags(
  file: OpenFile,
  engine: Engine,
  index: number,
  { maskPositions }: Limits,
  signal: AbortSignal | undefined,
): Promise<Flags> {
  tensorInfo(file, index);
  const data = file.tensor(index);
  const { shape, axisOrder } = data;
  const count = elementCount(shape);
  if (count > maskPositions) {
    throw new NormoscopeError('too-large', `A mask may have ${counted(maskPositions, 'element')}; this tensor has ${counted(count, 'element')}.`);
  }
  const counts = new Uint8Array(count);
  const rowMajor = isRowMajor(axisOrder);
  let stored = 0;
  const sink = {
    write: (bytes: Uint8Array) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (let at = 0; at < bytes.length; at += 8, stored++) {
        const value = view.getFloat64(at, true);
        // A mask that is added to scores has −Infinity, or the least float, for padding: taken as a flag it says the contrary.
        if (!(value >= 0 && value < Infinity)) throw new NormoscopeError('usage', `An element of the mask is ${value}; 0 and numbers above it are expected.`);
        counts[rowMajor ? stored : logicalIndex(shape, axisOrder, stored)] = value === 0 ? 0 : 1;
      }
      return Promise.resolve();
    },
  };
  await engine.apply(data, { maps: [], output: 'float64' }, sink, signal === undefined ? {} : { signal });
  return { shape, counts };
}
