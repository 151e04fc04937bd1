import type { TensorData } from '../tensor/tensor';
import type { ApplyRequest } from './engine';
import { MapArea } from './mapArea';
import { startSession, type Session } from './session';

/** What is applied, and to which tensor: plain data, all that a pass is started from. */
export interface ApplyTask extends Pick<TensorData, 'shape' | 'axisOrder' | 'encoding'> {
  readonly request: ApplyRequest;
}

/** Bytes of an element that is written. */
export function outputBytes({ output }: ApplyRequest): number {
  return output === 'float32' ? 4 : 8;
}

/** Writes whichever elements it is given, under the maps: every map on a block while the block is in the cache. */
export class ApplyPass {
  private readonly session: Session;
  private readonly maps: readonly MapArea[];
  private readonly narrowed: number;

  /** @throws NormoscopeError as `startSession` */
  constructor(
    module: WebAssembly.Module,
    private readonly task: ApplyTask,
  ) {
    this.session = startSession(module, task.encoding);
    const { arena, block, open } = this.session;
    this.maps = task.request.maps.map((map) => new MapArea(arena, task, map));
    this.narrowed = arena.reserve(block * 4);
    open();
    for (const map of this.maps) map.start();
  }

  /**
   * Takes the storage elements `first … first + count`, whose raw bytes `bytes` begins with. They may be any, in any order.
   * @param target where they are written, little-endian, from its first byte on
   */
  take(bytes: Uint8Array, first: number, count: number, target: Uint8Array): void {
    const { kernels, arena, block, x, load } = this.session;
    const { request } = this.task;
    const width = outputBytes(request);
    for (const { walk } of this.maps) walk.seek(first);
    for (let at = 0; at < count; at += block) {
      const n = Math.min(block, count - at);
      load(bytes, at, n);
      for (const map of this.maps) map.map(kernels, x, n);
      if (request.output === 'float32') kernels.narrow(x, n, this.narrowed);
      // WebAssembly's memory is little-endian on every machine.
      target.set(arena.bytes(request.output === 'float32' ? this.narrowed : x, n * width), at * width);
    }
  }

  /** There is nothing to find: all has been written. */
  finish(): null {
    return null;
  }
}
