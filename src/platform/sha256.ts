import { createHash } from 'node:crypto';
import { throwIfCancelled } from '../core/errors';
import type { ByteSource } from '../core/tensor/byteSource';

const chunkBytes = 4 * 1024 * 1024;

/**
 * SHA-256 of all bytes of a source, hexadecimal. A chunk is held at a time.
 * @param onShare hears of the share that is done
 * @throws NormoscopeError as `ByteSource.read`; `changed` when the file became another one meanwhile
 */
export async function sha256(source: ByteSource, { signal, onShare }: { readonly signal?: AbortSignal; onShare?(done: number): void } = {}): Promise<string> {
  const hash = createHash('sha256');
  const buffer = new Uint8Array(Math.min(chunkBytes, source.size));
  for (let position = 0; position < source.size; ) {
    throwIfCancelled(signal);
    const chunk = buffer.subarray(0, Math.min(buffer.length, source.size - position));
    await source.read(position, chunk, signal);
    hash.update(chunk);
    position += chunk.length;
    onShare?.(position / source.size);
  }
  await source.verify();
  return hash.digest('hex');
}
