import { NormoscopeError, throwIfCancelled } from '../errors';
import { checkSiblingPath, type ByteSource } from './byteSource';

/**
 * A file that is held in memory: standard input, a file of a scheme without range reads, a notebook output.
 * @param identity what a cache may know it by; without one it is known by its size alone
 */
export function memorySource(name: string, bytes: Uint8Array, identity = `memory:${bytes.length}`): ByteSource {
  function readSync(position: number, target: Uint8Array): void {
    if (position + target.length > bytes.length) {
      throw new NormoscopeError(
        'truncated',
        `${name} ends at byte ${bytes.length}; ${target.length} bytes from byte ${position} on were expected.`,
        bytes.length,
      );
    }
    target.set(bytes.subarray(position, position + target.length));
  }
  return {
    name,
    size: bytes.length,
    identity,
    read: async (position, target, signal) => {
      throwIfCancelled(signal);
      readSync(position, target);
    },
    readSync,
    sibling: async (relativePath) => {
      checkSiblingPath(relativePath);
      throw new NormoscopeError('not-found', `${name} refers to ${relativePath}, and was given without the folder that it lies in.`);
    },
    verify: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}
