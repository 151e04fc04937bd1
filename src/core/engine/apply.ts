import { throwIfCancelled } from '../errors';
import type { Limits } from '../limits';
import type { ByteSink } from '../tensor/byteSink';
import { elementCount, type TensorData } from '../tensor/tensor';
import { forEachStretch, stretches } from './chunks';
import type { ApplyOptions, ApplyRequest } from './engine';
import { MapArea } from './mapArea';
import { writtenElements, type Session } from './session';
import { checkAxes } from './walk';

/** `Engine.apply` over the kernels: every map on a block while the block is in the cache. */
export async function applyMaps(
  { kernels, arena, block, x, open, load }: Session,
  data: TensorData,
  { maps, output }: ApplyRequest,
  sink: ByteSink,
  limits: Limits,
  { signal, onProgress }: ApplyOptions,
): Promise<void> {
  checkAxes(data.shape);
  const areas = maps.map((map) => new MapArea(arena, data, map));
  const narrowed = arena.reserve(block * 4);
  open();
  for (const area of areas) area.start();

  const total = elementCount(data.shape);
  const width = output === 'float32' ? 4 : 8;
  const longest = writtenElements(data.encoding, limits, width);
  const written = new Uint8Array(Math.min(longest, total) * width);
  await forEachStretch(data, stretches(total, longest), signal, async (bytes, { first, count }) => {
    for (const { walk } of areas) walk.seek(first);
    for (let at = 0; at < count; at += block) {
      const n = Math.min(block, count - at);
      load(bytes, at, n);
      for (const area of areas) area.map(kernels, x, n);
      if (output === 'float32') kernels.narrow(x, n, narrowed);
      // WebAssembly's memory is little-endian on every machine.
      written.set(arena.bytes(output === 'float32' ? narrowed : x, n * width), at * width);
    }
    await sink.write(written.subarray(0, count * width));
    onProgress?.(first + count, total);
  });
  throwIfCancelled(signal);
}
