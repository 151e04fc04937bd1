/**
 * What is used of h5wasm: the HDF5 library compiled to WebAssembly, an instance with a heap of its own. Its functions throw any
 * error, of which the message is HDF5's stack of what went wrong; an instance that has thrown is of no further use.
 */
export interface Hdf5Library {
  /** The heap; another object after it has grown. */
  readonly HEAPU8: Uint8Array;
  readonly FS: Hdf5Files;
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  UTF8ToString(pointer: number, most?: number): string;
  activate_throwing_error_handler(): number;
  /** @param mode 0: to be read. The versions of the format that it is written in matter to nobody who reads: -1. */
  open(file: string, mode: number, trackOrder: boolean, lowestVersion: number, highestVersion: number): bigint;
  /** Names of the links in a group. */
  get_names(file: bigint, path: string, recursive: boolean): readonly string[];
  /** 0: group; 1: dataset; 2: datatype; 3: link to nothing; 4: external link; -1: nothing at all. */
  get_type(file: bigint, path: string): number;
  /** What a symbolic link leads to; null for what is none. */
  get_symbolic_link(file: bigint, path: string): string | null;
  get_dataset_metadata(file: bigint, path: string): Hdf5Metadata;
  get_dataset_filters(file: bigint, path: string): readonly Hdf5Filter[];
  /** Little-endian, whatever the file has. @returns below 0: nothing that can be relied on was read */
  get_dataset_data(file: bigint, path: string, count: bigint[] | null, offset: bigint[] | null, strides: bigint[] | null, pointer: bigint): number;
  get_attribute_names(file: bigint, path: string): readonly string[];
  get_attribute_metadata(file: bigint, path: string, name: string): Hdf5Metadata;
  get_attribute_data(file: bigint, path: string, name: string, pointer: bigint): number;
  /** Eight bytes: where the object's header begins, from the superblock on. */
  create_object_reference(file: bigint, path: string): Iterable<number>;
}

/** Emscripten's files, of which the instance sees no others. */
export interface Hdf5Files {
  readonly ErrnoError: new (code: number) => Error;
  createFile(folder: string, name: string, properties: object, canRead: boolean, canWrite: boolean): Hdf5Node;
  open(path: string, flags: number | string, mode?: number): unknown;
}

export interface Hdf5Node {
  usedBytes: number;
  stream_ops: object;
}

export interface Hdf5Filter {
  readonly id: number;
  readonly name: string;
}

/** Of a dataset or an attribute. Sizes may be anything that a damaged file says. */
export interface Hdf5Metadata {
  /** Class of the datatype: 0 integer, 1 float, 3 text, 5 opaque, 6 compound, 8 enumeration, … */
  readonly type: number;
  /** Bytes of an element. */
  readonly size: number;
  readonly littleEndian: boolean;
  readonly signed: boolean;
  /** A text of any length. */
  readonly vlen: boolean;
  readonly cset?: number;
  /** Null: no elements, and no shape either. */
  readonly shape: readonly number[] | null;
  readonly total_size: number;
  readonly chunks: readonly number[] | null;
  readonly virtual_sources?: readonly { readonly file_name: string }[];
  readonly enum_type?: { readonly members: Readonly<Record<string, number>> };
  readonly compound_type?: { readonly members: readonly (Hdf5Metadata & { readonly name: string; readonly offset: number })[] };
}

/**
 * Another instance of the library, with an empty file system.
 * @param maximumBytes of its heap: what needs more fails
 */
export type Hdf5Loader = (maximumBytes: number) => Promise<Hdf5Library>;
