import type { SyncBytes } from './files';

/**
 * What an object's header says that the library does not hand out: the very layout of its numbers, and whether its data is in
 * other files (HDF5 File Format Specification 3.0, IV.A).
 */
export interface ObjectHeader {
  /** The datatype message; null where it is not found. */
  readonly datatype: Uint8Array | null;
  /** Whether there is a list of external files. */
  readonly external: boolean;
  /** Messages of where the numbers lie, by what they are packed, and what stands where none were written; null where there is none. */
  readonly layout: Uint8Array | null;
  readonly filters: Uint8Array | null;
  readonly fill: Uint8Array | null;
  /** Whether one of these three stands elsewhere, or as the oldest files have it. */
  readonly unusual: boolean;
}

const messages = { datatype: 3, oldFill: 4, fill: 5, externalFiles: 7, layout: 8, filters: 11, continuation: 16 };
const placing = [
  [messages.layout, 'layout'],
  [messages.filters, 'filters'],
  [messages.fill, 'fill'],
] as const;
const nothing: { -readonly [K in keyof ObjectHeader]: ObjectHeader[K] } = { datatype: null, external: false, layout: null, filters: null, fill: null, unusual: false };
/** Of one piece; attributes lie in it too, and large ones elsewhere. */
const mostBytes = 1 << 18;
const mostPieces = 32;

/**
 * @param address byte of the file
 * @throws NormoscopeError as `ByteSource.readSync`
 */
export function readObjectHeader(source: SyncBytes, base: number, address: number): ObjectHeader {
  const header = { ...nothing };
  let shared: number | null = null;
  let older = false;
  const pieces = [firstPiece(source, base + address)];
  for (let done = 0; done < pieces.length && done < mostPieces; done++) {
    const piece = pieces[done];
    if (piece === undefined || piece === null) break;
    for (const { type, flags, data } of messagesOf(piece)) {
      if (type === messages.externalFiles) header.external = true;
      if (type === messages.datatype && (flags & 2) === 0) header.datatype = data;
      if (type === messages.datatype && (flags & 2) !== 0) shared = sharedAddress(data);
      const placed = placing.find(([number]) => number === type)?.[1];
      if (placed !== undefined && ((flags & 2) !== 0 || header[placed] !== null)) header.unusual = true;
      else if (placed !== undefined) header[placed] = data;
      if (type === messages.oldFill) older = true;
      if (type === messages.continuation && data.length >= 16) pieces.push(nextPiece(source, base, piece, data));
    }
  }
  // Beside the newer message of the same, the older one says nothing more.
  if (older && header.fill === null) header.unusual = true;
  // A datatype that has a name of its own is an object too, and not of yet another's type.
  if (shared !== null && header.datatype === null && shared !== address) {
    const named = firstPiece(source, base + shared);
    for (const { type, flags, data } of named === null ? [] : messagesOf(named)) {
      if (type === messages.datatype && (flags & 2) === 0) header.datatype = data;
    }
  }
  return header;
}

/** Messages, side by side. */
interface Piece {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly version: 1 | 2;
  /** Bytes before each message. */
  readonly prefix: number;
}

function firstPiece(source: SyncBytes, at: number): Piece | null {
  const head = within(source, at, Math.min(64, source.size - at));
  if (head === null || head.length < 16) return null;
  const view = new DataView(head.buffer);
  if (head[0] === 1) {
    const bytes = within(source, at + 16, view.getUint32(8, true));
    return bytes && { bytes, version: 1, prefix: 8 };
  }
  const [o, h, d, r, version, flags = 0] = head;
  if (o !== 0x4f || h !== 0x48 || d !== 0x44 || r !== 0x52 || version !== 2) return null;
  const sizeAt = 6 + ((flags & 0x20) === 0 ? 0 : 16) + ((flags & 0x10) === 0 ? 0 : 4);
  const width = 1 << (flags & 3);
  if (sizeAt + width > head.length) return null;
  let size = 0;
  for (let index = width - 1; index >= 0; index--) size = size * 256 + (head[sizeAt + index] ?? 0);
  const bytes = within(source, at + sizeAt + width, size);
  return bytes && { bytes, version: 2, prefix: (flags & 4) === 0 ? 4 : 6 };
}

function nextPiece(source: SyncBytes, base: number, { version, prefix }: Piece, data: Uint8Array): Piece | null {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const at = base + Number(view.getBigUint64(0, true));
  const length = Number(view.getBigUint64(8, true));
  // Behind a signature, before a checksum.
  const bytes = version === 1 ? within(source, at, length) : within(source, at + 4, length - 8);
  return bytes && { bytes, version, prefix };
}

function within(source: SyncBytes, at: number, length: number): Uint8Array<ArrayBuffer> | null {
  if (!Number.isSafeInteger(at + length) || at < 0 || length < 0 || length > mostBytes || at + length > source.size) return null;
  const bytes = new Uint8Array(length);
  source.readSync(at, bytes);
  return bytes;
}

function* messagesOf({ bytes, version, prefix }: Piece) {
  const view = new DataView(bytes.buffer);
  for (let at = 0; at + prefix <= bytes.length; ) {
    const type = version === 1 ? view.getUint16(at, true) : view.getUint8(at);
    const size = view.getUint16(at + (version === 1 ? 2 : 1), true);
    const flags = view.getUint8(at + (version === 1 ? 4 : 3));
    const start = at + prefix;
    if (start + size > bytes.length) return;
    yield { type, flags, data: bytes.subarray(start, start + size) };
    at = start + size;
  }
}

/** Of a message that stands elsewhere. */
function sharedAddress(data: Uint8Array): number | null {
  const at = data[0] === 1 ? 8 : 2;
  if (data.length < at + 8) return null;
  return Number(new DataView(data.buffer, data.byteOffset, data.length).getBigUint64(at, true));
}
