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

  /**
   * Fills `target` with the bytes from `position` on.
   * @throws NormoscopeError `truncated` when the file ends before `target` is full, `io` when the read fails,
   *   `cancelled` when `signal` is aborted.
   */
  read(position: number, target: Uint8Array, signal?: AbortSignal): Promise<void>;

  /** @throws NormoscopeError `changed` when the file is no longer the one that was opened, `not-found` when it is gone. */
  verify(): Promise<void>;

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
