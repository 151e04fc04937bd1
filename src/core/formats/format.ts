import type { Limits } from '../limits';
import type { ByteSource } from '../tensor/byteSource';
import type { Catalog, TensorData } from '../tensor/tensor';

/** A file whose header has been read. */
export interface OpenFile {
  readonly catalog: Catalog;
  /**
   * The tensor at `index` of the catalog, ready to be read.
   * @throws NormoscopeError with the catalog's reason for a tensor that is not readable: `unsupported`, `refused`, or
   *   `truncated` where bytes of it are missing.
   */
  tensor(index: number): TensorData;
}

/** A file format. One file each, listed in `all.ts`; the registry and its tests take it from there. */
export interface Format {
  /** The word that stands in reports: `npy`. */
  readonly id: string;
  /** For people: `NumPy array`. */
  readonly label: string;
  /** Lower case, with the dot: `['.npy']`. The manifest's file patterns are written from these. */
  readonly extensions: readonly string[];
  /** Whether the file's first bytes (up to 64, fewer for a smaller file) are this format's. Signature beats extension. */
  probe(head: Uint8Array): boolean;
  /**
   * Reads headers only.
   * @throws NormoscopeError `malformed`, `truncated`, `refused` or `unsupported`: one sentence with the offset.
   */
  open(source: ByteSource, limits: Limits, signal?: AbortSignal): Promise<OpenFile>;
}
