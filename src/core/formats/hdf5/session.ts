import { NormoscopeError, throwIfCancelled } from '../../errors';
import type { Limits } from '../../limits';
import { readBytes, type ByteSource } from '../../tensor/byteSource';
import type { Hdf5Library } from '../../tensor/hdf5Library';
import { formatBytes } from '../../text/numbers';
import type { FindChunk } from './chunkIndex';
import { filePath, mountFile, paged, type SyncBytes, type Watch } from './files';

/** A file, open in an instance of the library. */
interface Running {
  readonly library: Hdf5Library;
  readonly file: bigint;
  readonly watch: Watch;
  /** Elements of a dataset that were read last, in the instance's heap. */
  slab: { readonly key: string; readonly pointer: number } | null;
}

/** An HDF5 file. All that is done with it goes through `call`, so that no failure of the library costs more than that call. */
export interface Session {
  readonly source: ByteSource;
  /** The file's bytes, in calls and beside them. */
  readonly bytes: SyncBytes;
  /** Elements of a dataset that were put together last, without the library. */
  kept: { readonly key: string; readonly bytes: Uint8Array } | null;
  /** Of the dataset whose chunks were looked for last: a file may have tens of thousands, each with nodes that are kept. */
  index: { readonly path: string; readonly find: FindChunk } | null;
  /**
   * @param subject begins the sentence: `The dataset "a/b"`
   * @param work must not wait: the library reads as it runs
   * @throws NormoscopeError one sentence, whatever the library made of it; `unsupported` without the library
   */
  call<T>(subject: string, work: (running: Running) => T, signal?: AbortSignal): Promise<T>;
  /** The file has been listed: what fails from now on is what somebody asks for. */
  listed(): void;
}

/** Milliseconds after which whoever waits for something else of this thread is let in: a cancellation, say. */
const longestTurn = 50;
/** Failures while a file is listed; each costs another instance of the library, some 20 ms. */
const mostFailures = 32;

/** Whether an error is about some part of the file, and costs no more than that. */
export function isDamage(error: unknown): error is NormoscopeError {
  return error instanceof NormoscopeError && error.code !== 'cancelled' && error.code !== 'io' && error.code !== 'internal';
}

export async function openSession(source: ByteSource, limits: Limits, signal?: AbortSignal): Promise<Session> {
  const { name, hdf5: load } = source;
  if (load === undefined) throw new NormoscopeError('unsupported', `${name} is an HDF5 file, and the library that reads those is not here.`);
  const bytes = paged(await syncBytes(source, limits, signal));
  let running: Running | null = null;
  let failures = 0;
  let listing = true;
  let turn = Date.now();

  async function start(): Promise<Running> {
    const library = await (load as NonNullable<typeof load>)(limits.hdf5Bytes);
    const watch = mountFile(library, bytes);
    library.activate_throwing_error_handler();
    return { library, watch, file: library.open(filePath, 0, false, -1, -1), slab: null };
  }

  return {
    source,
    bytes,
    kept: null,
    index: null,
    async call(subject, work, callSignal) {
      if (Date.now() - turn > longestTurn) {
        await new Promise<void>((resolve) => setTimeout(resolve, 0));
        turn = Date.now();
      }
      throwIfCancelled(callSignal);
      if (listing && failures >= mostFailures) {
        throw new NormoscopeError('malformed', `${subject} is not looked at: ${name} is damaged in ${mostFailures} other places.`);
      }
      let watch: Watch | null = null;
      try {
        const now = (running ??= await start());
        watch = now.watch;
        watch.begin();
        return work(now);
      } catch (error) {
        // Errors leave the library in the middle of what it did: what is open stays open, its stack is not unwound.
        running = null;
        failures++;
        throw sentence(subject, error, watch?.otherFile ?? null, limits);
      }
    },
    listed() {
      listing = false;
    },
  };
}

/** Reads in place where the platform can; a file that can only be waited for is held whole. */
async function syncBytes(source: ByteSource, limits: Limits, signal: AbortSignal | undefined): Promise<SyncBytes> {
  const { name, size, readSync } = source;
  if (readSync !== undefined) return { size, readSync };
  if (size > limits.wholeFileBytes) {
    throw new NormoscopeError('too-large', `${name} has to be held whole, and has ${formatBytes(size)}; at most ${formatBytes(limits.wholeFileBytes)} are.`);
  }
  const bytes = await readBytes(source, 0, size, signal);
  return { size, readSync: (position, target) => target.set(bytes.subarray(position, position + target.length)) };
}

function sentence(subject: string, error: unknown, otherFile: string | null, limits: Limits): NormoscopeError {
  if (otherFile !== null) {
    return new NormoscopeError('refused', `${subject} is kept in another file, ${JSON.stringify(otherFile.slice(0, 80))}, and no file is read but this one.`);
  }
  if (error instanceof NormoscopeError) {
    return error.code === 'malformed' ? new NormoscopeError('malformed', `${subject} cannot be read: ${error.message}`) : error;
  }
  const message = error instanceof Error ? error.message : String(error);
  // Of C++, where it has no memory.
  if (message.startsWith('Aborted')) {
    return new NormoscopeError('too-large', `${subject} is damaged, or would take more than the ${formatBytes(limits.hdf5Bytes)} that the HDF5 library is given.`);
  }
  // The innermost of the stack says what it was; those around it, what that made impossible.
  const reasons = [...message.matchAll(/#\d+: .* in \w+\(\): (.*)/g)].map(([, reason]) => (reason ?? '').trim());
  const reason = reasons.at(-1);
  if (reason === 'filter returned failure during read') {
    return new NormoscopeError('malformed', `${subject} is damaged: a chunk of it does not fit its checksum, or cannot be unpacked.`);
  }
  if (reason !== undefined && /alloc|no space/i.test(reason)) {
    return new NormoscopeError('too-large', `${subject} cannot be read in the ${formatBytes(limits.hdf5Bytes)} that the HDF5 library is given ("${short(reason)}").`);
  }
  if (reason !== undefined) return new NormoscopeError('malformed', `${subject} cannot be read: the HDF5 library found "${short(reason)}".`);
  return new NormoscopeError('malformed', `${subject} is damaged in a way that stopped the HDF5 library (${short(message)}).`);
}

function short(text: string): string {
  return text.replace(/\s+/g, ' ').slice(0, 160);
}
