import { NormoscopeError } from '../../errors';
import type { Limits } from '../../limits';
import { readBytes, type ByteSource } from '../../tensor/byteSource';
import { formatBytes } from '../../text/numbers';
import { PickleEnds } from '../pickle/cursor';
import { unpickle, type Unpickled } from '../pickle/machine';
import type { PickleGlobal } from '../pickle/value';
import type { Root } from './walk';

/** What is in a PyTorch file, of whatever age: pickles, and where the storages lie that they refer to. */
export interface Contents {
  readonly roots: readonly Root[];
  /** Names in each pickle, by the pickle's place. */
  readonly globals: readonly (readonly [place: string, globals: readonly PickleGlobal[]])[];
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Bytes that are read of a pickle at first; of most checkpoints it is all of it. */
const firstBytes = 256 * 1024;

/**
 * A pickle whose length is not known, from `position` on.
 * @throws NormoscopeError as `unpickle`, `too-large` for a longer one than is held
 */
export async function readPickle(source: ByteSource, position: number, limits: Limits, signal?: AbortSignal): Promise<Unpickled> {
  const present = source.size - position;
  for (let length = Math.min(firstBytes, present); ; length = Math.min(length * 8, present, limits.pickleBytes)) {
    const bytes = await readBytes(source, position, length, signal);
    try {
      return unpickle(bytes, source.name, position);
    } catch (error) {
      if (!(error instanceof PickleEnds) || length === present) throw error;
      if (length >= limits.pickleBytes) {
        throw new NormoscopeError('too-large', `The pickle at byte ${position} of ${source.name} is longer than ${formatBytes(limits.pickleBytes)}.`, position);
      }
    }
  }
}

/** A part of a source, as a source. */
export function partOf(source: ByteSource, start: number, size: number): ByteSource {
  return {
    ...source,
    size,
    async read(position, target, signal) {
      if (position + target.length > size) {
        throw new NormoscopeError('truncated', `A storage in ${source.name} ends at byte ${start + size}; ${target.length} bytes from byte ${start + position} on were expected.`, start + size);
      }
      await source.read(start + position, target, signal);
    },
  };
}
