import type { ObjectHeader } from './objectHeader';

/** A filter of a dataset's chunks, by its number and its own numbers. */
export interface Filter {
  readonly id: number;
  readonly values: readonly number[];
}

/** Where a dataset's numbers lie, in bytes of the file. */
export type Layout =
  | { readonly kind: 'contiguous'; readonly start: number; readonly bytes: number }
  | {
      readonly kind: 'chunked';
      /** Elements along each axis. */
      readonly chunk: readonly number[];
      /** As they were applied: the last is the first to be undone. */
      readonly filters: readonly Filter[];
      /** Root of a B-tree of version 1, or the only chunk that there is; null: none was ever written. */
      readonly index: { readonly tree: number } | { readonly only: StoredChunk } | null;
    };

/** A chunk as the file has it. */
export interface StoredChunk {
  readonly start: number;
  /** Null: as many as without filters. */
  readonly bytes: number | null;
  /** Bit n: filter n was left out. */
  readonly leftOut: number;
}

const classes = { contiguous: 1, chunked: 2 };
/** Indices of chunks, of which the other kinds are left to the library. */
const single = 1;
const nowhere = 0xffff_ffff_ffff_ffffn;
const mostFilters = 32;

/**
 * How a dataset lies in the file, where it does so in one of the usual ways (HDF5 File Format Specification 3.0, IV.A.2.i and l);
 * null for any other, which the library reads.
 * @param base where addresses count from
 */
export function layoutOf({ layout, filters: pipeline, unusual }: ObjectHeader, base: number): Layout | null {
  if (layout === null || unusual) return null;
  const view = new DataView(layout.buffer, layout.byteOffset, layout.length);
  const filters = pipeline === null ? [] : filtersOf(pipeline);
  if (filters === null) return null;
  try {
    const version = view.getUint8(0);
    const kind = view.getUint8(1);
    if (version !== 3 && version !== 4) return null;
    if (kind === classes.contiguous && filters.length === 0) {
      const start = place(view, 2, base);
      return start === null ? null : { kind: 'contiguous', start, bytes: Number(view.getBigUint64(10, true)) };
    }
    if (kind !== classes.chunked) return null;
    return version === 3 ? byTree(view, filters, base) : bySingle(view, filters, base);
  } catch (error) {
    // Beyond the message's end.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Sizes along each axis, and the bytes of an element behind them. */
function byTree(view: DataView, filters: readonly Filter[], base: number): Layout {
  const axes = view.getUint8(2) - 1;
  const chunk = Array.from({ length: Math.max(0, axes) }, (_, axis) => view.getUint32(11 + 4 * axis, true));
  const tree = place(view, 3, base);
  return { kind: 'chunked', chunk, filters, index: tree === null ? null : { tree } };
}

function bySingle(view: DataView, filters: readonly Filter[], base: number): Layout | null {
  const flags = view.getUint8(2);
  const axes = view.getUint8(3) - 1;
  const width = view.getUint8(4);
  if (width < 1 || width > 8) return null;
  const chunk: number[] = [];
  for (let axis = 0; axis < axes; axis++) {
    let size = 0;
    for (let byte = width - 1; byte >= 0; byte--) size = size * 256 + view.getUint8(5 + axis * width + byte);
    chunk.push(size);
  }
  const at = 5 + (axes + 1) * width;
  // A chunk beyond the shape without its filters is unheard of, where there is one chunk.
  if (view.getUint8(at) !== single || (flags & 1) !== 0) return null;
  const packed = (flags & 2) !== 0;
  if (packed !== filters.length > 0) return null;
  const start = place(view, at + 1 + (packed ? 12 : 0), base);
  const only = { bytes: packed ? Number(view.getBigUint64(at + 1, true)) : null, leftOut: packed ? view.getUint32(at + 9, true) : 0 };
  return { kind: 'chunked', chunk, filters, index: start === null ? null : { only: { start, ...only } } };
}

/** Null: nowhere. */
function place(view: DataView, at: number, base: number): number | null {
  const address = view.getBigUint64(at, true);
  return address === nowhere ? null : base + Number(address);
}

/** Both versions of the message; null for what makes no sense. */
function filtersOf(message: Uint8Array): readonly Filter[] | null {
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  try {
    const version = view.getUint8(0);
    const count = view.getUint8(1);
    if ((version !== 1 && version !== 2) || count > mostFilters) return null;
    let at = version === 1 ? 8 : 2;
    const filters: Filter[] = [];
    for (let index = 0; index < count; index++) {
      const id = view.getUint16(at, true);
      const named = version === 1 || id >= 256;
      const nameBytes = named ? view.getUint16(at + 2, true) : 0;
      const values = view.getUint16(at + (named ? 6 : 4), true);
      at += (named ? 8 : 6) + (version === 1 ? Math.ceil(nameBytes / 8) * 8 : nameBytes);
      filters.push({ id, values: Array.from({ length: values }, (_, value) => view.getUint32(at + 4 * value, true)) });
      at += 4 * (version === 1 ? values + (values % 2) : values);
    }
    return filters;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/**
 * What stands where nothing was written: the bytes of one element, or null for zeros; undefined where that is said in another way.
 * @param bytes of an element
 */
export function fillOf({ fill }: ObjectHeader, bytes: number): Uint8Array | null | undefined {
  if (fill === null) return null;
  const version = fill[0] ?? 0;
  if (version !== 2 && version !== 3) return undefined;
  const flags = fill[1] ?? 0;
  const defined = version === 2 ? fill[3] === 1 : (flags & 0x20) !== 0;
  const never = version === 2 ? fill[2] === 1 : ((flags >> 2) & 3) === 1;
  if (!defined || never) return null;
  const at = version === 2 ? 4 : 2;
  if (fill.length < at + 4) return undefined;
  const size = new DataView(fill.buffer, fill.byteOffset + at, 4).getUint32(0, true);
  if (size === 0) return null;
  if (size !== bytes || fill.length < at + 4 + bytes) return undefined;
  const value = fill.slice(at + 4, at + 4 + bytes);
  return value.some((byte) => byte !== 0) ? value : null;
}
