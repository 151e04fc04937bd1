import { setImmediate } from 'node:timers/promises';
import type { ByteSource } from '../core/tensor/byteSource';
import { memorySource } from '../core/tensor/memorySource';
import { nodeHdf5 } from './hdf5Loader';
import { nodeUnpacking } from './unpacking';

/** Reads from so many bytes on are those of a tensor's stretches. */
const longRead = 64 * 1024;

/**
 * A file that is held in memory, with what Node can do for it. Parameters are those of `memorySource`. Nothing has to be waited
 * for, so between long reads others get their turn: else a cancellation would be heard only when all is done.
 */
export function memoryFile(name: string, bytes: Uint8Array, identity?: string): ByteSource {
  const source = memorySource(name, bytes, identity);
  return {
    ...source,
    async read(position, target, signal) {
      if (target.length >= longRead) await setImmediate();
      await source.read(position, target, signal);
    },
    unpacking: nodeUnpacking,
    hdf5: nodeHdf5,
  };
}
