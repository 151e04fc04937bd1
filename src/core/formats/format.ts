import type { Limits } from '../limits';
import type { ByteSource } from '../tensor/byteSource';
import type { Catalog, TensorData } from '../tensor/tensor';

/** A file beside the one that was opened, which tensors of that one are in. */
export interface Part {
  /** From the folder of the opened file on, as that has it. */
  readonly path: string;
  /** As `ByteSource.identity`, when it was looked at; null: it was not there. */
  readonly identity: string | null;
  /** Of which tensors, by their indices in the catalog. */
  readonly tensors: readonly number[];
}

/** A file whose header has been read. */
export interface OpenFile {
  readonly catalog: Catalog;
  /** What numbers depend on beside the file itself. Absent: on nothing. */
  readonly parts?: readonly Part[];
  /**
   * The tensor at `index` of the catalog, ready to be read.
   * @throws NormoscopeError with the catalog's reason for a tensor that is not readable: `unsupported`, `refused`, or
   *   `truncated` where bytes of it are missing.
   */
  tensor(index: number): TensorData;
}

/** What a file may be recognized by. */
export interface Clues {
  /** Its first bytes: up to 4096, fewer for a smaller file. */
  readonly head: Uint8Array;
  /** Without its folder. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Names of the entries, where the file is a zip archive whose directory can be read; else null. */
  readonly entries: readonly string[] | null;
}

/** How sure a format is of a file: it has the format's signature, or only its name and nothing against it. */
export type Claim = 'signature' | 'name' | null;

/** Opens another file, of whichever format it is. */
export type Opener = (source: ByteSource, limits: Limits, signal?: AbortSignal) => Promise<OpenFile>;

/** A file format. One file each, listed in `all.ts`; the registry and its tests take it from there. */
export interface Format {
  /** The word that stands in reports: `npy`. */
  readonly id: string;
  /** For people: `NumPy array`. */
  readonly label: string;
  /** Of files that VS Code has nothing to show with. Lower case, with the dot: `['.npy']`. The manifest and `endings.ts` are written from these. */
  readonly extensions: readonly string[];
  /** Of files that have a home already (text, HDF5, …): the tensor editor is offered for them and not the default. */
  readonly sharedExtensions: readonly string[];
  /** Opening reads the whole file, since its header does not say what is in it: nothing does so unasked. */
  readonly readsWhole?: true;
  /** Tensors of such a file may lie in other files, which only its header names. */
  readonly mayHaveParts?: true;
  /** Any format's signature beats every name, so that detection does not depend on the order of formats. */
  probe(clues: Clues): Claim;
  /**
   * Reads headers only.
   * @param openOther for files that consist of others; those may not consist of further ones
   * @throws NormoscopeError `malformed`, `truncated`, `refused` or `unsupported`: one sentence with the offset.
   */
  open(source: ByteSource, limits: Limits, signal: AbortSignal | undefined, openOther: Opener): Promise<OpenFile>;
}
