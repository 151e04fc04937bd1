import type { ByteSource } from '../core/tensor/byteSource';
import { memorySource } from '../core/tensor/memorySource';
import { nodeHdf5 } from './hdf5Loader';
import { nodeUnpacking } from './unpacking';

/** A file that is held in memory, with what Node can do for it. Parameters are those of `memorySource`. */
export function memoryFile(name: string, bytes: Uint8Array, identity?: string): ByteSource {
  return { ...memorySource(name, bytes, identity), unpacking: nodeUnpacking, hdf5: nodeHdf5 };
}
