import { throwIfCancelled } from '../../errors';
import type { Limits } from '../../limits';
import type { ByteSink } from '../../tensor/byteSink';
import { logicalIndex } from '../../tensor/order';
import { elementCount, type TensorData } from '../../tensor/tensor';
import { forEachStretch, stretches } from '../chunks';
import type { ApplyOptions, ApplyRequest } from '../engine';
import { writtenElements } from '../session';
import { elementReader } from './decode';
import { groupFinder } from './groups';

/** `Engine.apply` by its definition, element by element. */
export async function applyMaps(
  data: TensorData,
  { maps, output }: ApplyRequest,
  sink: ByteSink,
  limits: Limits,
  { signal, onProgress }: ApplyOptions,
): Promise<void> {
  const { shape, axisOrder, encoding } = data;
  const read = elementReader(encoding);
  const found = maps.map((map) => ({ ...map, groupOf: groupFinder(shape, map.grouping) }));
  const total = elementCount(shape);
  const width = output === 'float32' ? 4 : 8;
  await forEachStretch(data, stretches(total, writtenElements(encoding, limits, width)), signal, async (bytes, { first, count }) => {
    const from = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const written = new Uint8Array(count * width);
    const to = new DataView(written.buffer);
    for (let index = 0; index < count; index++) {
      let value = read(from, index);
      const logical = logicalIndex(shape, axisOrder, first + index);
      for (const { groupOf, shift, scale, offset } of found) {
        const group = groupOf(logical);
        value = (value - (shift[group] ?? NaN)) * (scale[group] ?? NaN) + (offset[group] ?? NaN);
      }
      if (output === 'float32') to.setFloat32(index * width, value, true);
      else to.setFloat64(index * width, value, true);
    }
    await sink.write(written);
    onProgress?.(first + count, total);
  });
  throwIfCancelled(signal);
}
