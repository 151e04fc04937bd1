import { NormoscopeError } from '../errors';
import type { Hdf5Loader } from './hdf5Library';

/** Takes apart a deflate stream (RFC 1951) from its beginning. */
export interface Inflater {
  /**
   * @param last whether these are the stream's last compressed bytes
   * @returns what came out, in order
   * @throws any error for bytes that are not deflate's, or that end early
   */
  push(bytes: Uint8Array, last: boolean): readonly Uint8Array[] | Promise<readonly Uint8Array[]>;
  close(): void;
}

/** What deflate streams stand in that are no entries of an archive: RFC 1950, RFC 1952. */
export type DeflateWrapping = 'zlib' | 'gzip';

/** What a platform can do faster than JavaScript. */
export interface Unpacking {
  inflater(): Inflater;
  /**
   * A stream that is held whole, against its checksum, without waiting.
   * @param most bytes that come out
   * @throws RangeError for a stream that goes on; any other error for bytes that are not deflate's, that end early, or that do
   *   not fit their checksum
   */
  whole?(wrapping: DeflateWrapping, bytes: Uint8Array, most: number): Uint8Array;
  /** @param crc of the bytes before; 0 for none */
  crc32?(bytes: Uint8Array, crc: number): number;
}

/**
 * Where bytes come from. The core reads files only through this; `src/platform` implements it over Node file
 * handles, and over bytes already in memory.
 */
export interface ByteSource {
  /** The file's name without its folder, for messages and for formats that go by extension. */
  readonly name: string;
  /** Bytes. Known before anything is read. */
  readonly size: number;
  /** Changes when the file may have changed (size and modification time). Equal identities may share a cache entry. */
  readonly identity: string;
  /** For formats that are compressed; without it the core does it itself. */
  readonly unpacking?: Unpacking;
  /** For HDF5 files, which are read by a library that is loaded with the first of them; without it they are not read. */
  readonly hdf5?: Hdf5Loader;

  /**
   * Fills `target` with the bytes from `position` on.
   * @throws NormoscopeError `truncated` when the file ends before `target` is full, `io` when the read fails,
   *   `cancelled` when `signal` is aborted.
   */
  read(position: number, target: Uint8Array, signal?: AbortSignal): Promise<void>;

  /**
   * The same without waiting, where the platform can: for libraries that read as they run.
   * @throws NormoscopeError as `read`
   */
  readSync?(position: number, target: Uint8Array): void;

  /** @throws NormoscopeError `changed` when the file is no longer the one that was opened, `not-found` when it is gone. */
  verify(): Promise<void>;

  /**
   * Another file of the same folder: a shard, a file with external data. The caller closes it.
   * @param relativePath with `/` between its parts, as the file names it
   * @throws NormoscopeError `refused` for a path that leaves the folder (`..`, absolute, a link that leads out),
   *   `not-found` when it is not there or this source has no folder
   */
  sibling(relativePath: string): Promise<ByteSource>;

  close(): Promise<void>;
}

/** `length` bytes from `position`, in memory of their own. The caller has bounded `length`. */
export async function readBytes(
  source: ByteSource,
  position: number,
  length: number,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  await source.read(position, bytes, signal);
  return bytes;
}

/** @throws NormoscopeError `refused` for a path that is not plainly below the folder it starts from */
export function checkSiblingPath(relativePath: string): void {
  const parts = relativePath.split('/');
  const plain = parts.every((part) => part !== '' && part !== '..' && !/[\\\0:]/.test(part));
  if (plain) return;
  const shown = JSON.stringify(relativePath.length > 80 ? `${relativePath.slice(0, 80)}…` : relativePath);
  throw new NormoscopeError('refused', `The file refers to ${shown}, which is not plainly inside its own folder; nothing else is read.`);
}
