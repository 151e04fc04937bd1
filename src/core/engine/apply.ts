import { throwIfCancelled } from '../errors';
import type { Limits } from '../limits';
import type { ByteSink } from '../tensor/byteSink';
import { elementCount, type TensorData } from '../tensor/tensor';
import { WalkArea, type Arena } from './abi';
import { forEachStretch, stretches } from './chunks';
import type { AffineMap, ApplyOptions, ApplyRequest } from './engine';
import { writtenElements, type Session } from './session';
import { checkAxes, planWalk } from './walk';

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
      for (const { walk, shift, scale, offset } of areas) {
        if (walk.plan.table === null) kernels.mapRows(walk.address, shift, scale, offset, x, n);
        else kernels.mapColumns(walk.address, walk.table, shift, scale, offset, x, n);
      }
      if (output === 'float32') kernels.narrow(x, n, narrowed);
      // WebAssembly's memory is little-endian on every machine.
      written.set(arena.bytes(output === 'float32' ? narrowed : x, n * width), at * width);
    }
    await sink.write(written.subarray(0, count * width));
    onProgress?.(first + count, total);
  });
  throwIfCancelled(signal);
}

/** One map and its walk in kernel memory. */
class MapArea {
  readonly walk: WalkArea;
  readonly shift: number;
  readonly scale: number;
  readonly offset: number;

  constructor(
    private readonly arena: Arena,
    { shape, axisOrder }: TensorData,
    private readonly map: AffineMap,
  ) {
    this.walk = new WalkArea(arena, planWalk(shape, axisOrder, map.grouping));
    this.shift = arena.reserve(map.shift.byteLength);
    this.scale = arena.reserve(map.scale.byteLength);
    this.offset = arena.reserve(map.offset.byteLength);
  }

  start(): void {
    const { shift, scale, offset } = this.map;
    this.walk.start();
    this.arena.floats(this.shift, shift.length).set(shift);
    this.arena.floats(this.scale, scale.length).set(scale);
    this.arena.floats(this.offset, offset.length).set(offset);
  }
}
