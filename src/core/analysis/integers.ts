import { storageIndex } from '../tensor/order';
import type { TensorData } from '../tensor/tensor';

/**
 * One 64-bit integer, exact where float64 would round.
 * @param element logical, row-major index
 */
export async function readInteger(data: TensorData, element: number, signal: AbortSignal | undefined): Promise<bigint> {
  const { dtype, littleEndian, offset, stride } = data.encoding;
  const bytes = new Uint8Array(stride);
  await data.read(storageIndex(data.shape, data.axisOrder, element), bytes, signal);
  const view = new DataView(bytes.buffer);
  return dtype === 'int64' ? view.getBigInt64(offset, littleEndian) : view.getBigUint64(offset, littleEndian);
}
