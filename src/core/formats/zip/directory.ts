import { NormoscopeError } from '../../errors';
import type { Limits } from '../../limits';
import { readBytes, type ByteSource } from '../../tensor/byteSource';
import { formatBytes, formatCount } from '../../text/numbers';
import { directoryPlace, safeNumber, type DirectoryPlace } from './end';
import { malformed } from './failures';

/** One file of a ZIP archive, as the archive's directory has it (PKWARE's APPNOTE 6.3.10, section 4.3.12). */
export interface ZipEntry {
  readonly name: string;
  /** 0: stored; 8: deflated. */
  readonly method: number;
  /** Bytes in the archive. */
  readonly packedBytes: number;
  /** Bytes once unpacked. */
  readonly bytes: number;
  /** CRC-32 of the unpacked bytes. */
  readonly crc: number;
  /** Byte of the archive that the entry's own header begins at. */
  readonly headerAt: number;
  /** Bytes of the name in that header. */
  readonly nameBytes: number;
  /** Why it cannot be read; null when it can. One odd entry never costs the others. */
  readonly failure: NormoscopeError | null;
}

export interface ZipDirectory {
  readonly entries: readonly ZipEntry[];
  /** Where the directory begins: no entry reaches beyond. */
  readonly start: number;
}

/** Of an entry's own header, without name and extra field. */
export const localHeaderBytes = 30;
const entryHeaderBytes = 46;
const entrySignature = 0x02014b50;
/** Deflate makes 258 bytes out of two bits at best. */
const mostInflation = 1032;

const methods: Readonly<Record<number, string>> = { 1: 'Shrink', 6: 'Implode', 9: 'Deflate64', 12: 'bzip2', 14: 'LZMA', 93: 'Zstandard', 95: 'xz', 98: 'PPMd', 99: 'AES' };

const known = new WeakMap<ByteSource, Promise<ZipDirectory>>();

/** Whether a file begins as ZIP archives do: with an entry, or, without any, with the end of the directory. */
export function beginsAsZip(head: Uint8Array): boolean {
  const [p, k, a, b] = head;
  return p === 0x50 && k === 0x4b && ((a === 3 && b === 4) || (a === 5 && b === 6));
}

/**
 * The directory of a ZIP archive, read once however often it is asked for.
 * @throws NormoscopeError `malformed`, `truncated`, `too-large` or `unsupported`, with the offset
 */
export function readZipDirectory(source: ByteSource, limits: Limits, signal?: AbortSignal): Promise<ZipDirectory> {
  const before = known.get(source);
  if (before !== undefined) return before;
  const reading = readDirectory(source, limits, signal);
  known.set(source, reading);
  // A cancelled reading is not the archive's fault.
  reading.catch(() => known.delete(source));
  return reading;
}

async function readDirectory(source: ByteSource, limits: Limits, signal: AbortSignal | undefined): Promise<ZipDirectory> {
  const place = await directoryPlace(source, signal);
  if (place.bytes > limits.headerBytes || place.count > limits.archiveEntries) {
    const most = `${formatBytes(limits.headerBytes)} and ${formatCount(limits.archiveEntries)} entries`;
    const found = `${formatBytes(place.bytes)} and ${formatCount(place.count)} entries`;
    throw new NormoscopeError('too-large', `The directory of ${source.name} is said to have ${found}; at most ${most} are read.`, place.start);
  }
  const bytes = await readBytes(source, place.start, place.bytes, signal);
  return { entries: apart(parse(source, bytes, place), place.start), start: place.start };
}

function parse(source: ByteSource, bytes: Uint8Array<ArrayBuffer>, { start, count }: DirectoryPlace): ZipEntry[] {
  const view = new DataView(bytes.buffer);
  const entries: ZipEntry[] = [];
  for (let at = 0; entries.length < count; ) {
    const number = entries.length + 1;
    if (at + entryHeaderBytes > bytes.length || view.getUint32(at, true) !== entrySignature) {
      throw malformed(`Entry ${formatCount(number)} of the directory of ${source.name} does not begin at byte ${start + at}, where it should`, start + at);
    }
    const nameBytes = view.getUint16(at + 28, true);
    const extraBytes = view.getUint16(at + 30, true);
    const next = at + entryHeaderBytes + nameBytes + extraBytes + view.getUint16(at + 32, true);
    if (next > bytes.length) throw malformed(`Entry ${formatCount(number)} of the directory of ${source.name} leads beyond the directory's end`, start + at);
    const extraAt = at + entryHeaderBytes + nameBytes;
    const wide = wideSizes(view, extraAt, extraBytes, {
      bytes: view.getUint32(at + 24, true),
      packedBytes: view.getUint32(at + 20, true),
      headerAt: view.getUint32(at + 42, true),
    });
    const header = {
      name: entryName(bytes.subarray(at + entryHeaderBytes, extraAt)),
      nameBytes,
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      ...wide,
    };
    entries.push({ ...header, failure: failureOf(header, view.getUint16(at + 8, true), start, start + at) });
    at = next;
  }
  return entries;
}

/** Sizes beyond 32 bits are in an extra field (ZIP64), those that are needed and in this order. NaN: beyond 2^53. */
function wideSizes<T extends Record<'bytes' | 'packedBytes' | 'headerAt', number>>(view: DataView, extraAt: number, extraBytes: number, narrow: T): T {
  const wide = { ...narrow };
  const end = extraAt + extraBytes;
  for (let at = extraAt; at + 4 <= end; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue;
    const fieldEnd = Math.min(end, at + 4 + view.getUint16(at + 2, true));
    let field = at + 4;
    for (const key of ['bytes', 'packedBytes', 'headerAt'] as const) {
      if (narrow[key] !== 0xffffffff || field + 8 > fieldEnd) continue;
      wide[key] = safeNumber(view.getBigUint64(field, true));
      field += 8;
    }
    break;
  }
  return wide;
}

/** UTF-8 where it is; older archives have code pages that nobody can tell apart. */
export function entryName(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return String.fromCharCode(...bytes.subarray(0, 4096));
  }
}

function failureOf(entry: Omit<ZipEntry, 'failure'>, flags: number, start: number, at: number): NormoscopeError | null {
  const { name, method, packedBytes, bytes, headerAt, nameBytes } = entry;
  const entryIs = `The entry ${JSON.stringify(name)}`;
  if (!Number.isSafeInteger(bytes + packedBytes + headerAt)) return new NormoscopeError('malformed', `${entryIs} is said to be larger than any file (at byte ${at}).`, at);
  const end = headerAt + localHeaderBytes + nameBytes + packedBytes;
  if (end > start) {
    return new NormoscopeError('truncated', `${entryIs} should end at byte ${end} or later, but the archive's directory begins at byte ${start}.`, at);
  }
  if (flags & 1) return new NormoscopeError('unsupported', `${entryIs} is encrypted (at byte ${at}).`, at);
  if (method !== 0 && method !== 8) {
    const named = methods[method] === undefined ? '' : ` (${methods[method]})`;
    return new NormoscopeError('unsupported', `${entryIs} is compressed by method ${method}${named}; stored and deflated ones are read (at byte ${at}).`, at);
  }
  if (method === 0 && packedBytes !== bytes) {
    return new NormoscopeError('refused', `${entryIs} is stored as it is in ${packedBytes} bytes, and yet said to have ${bytes} (at byte ${at}).`, at);
  }
  if (bytes > packedBytes * mostInflation) {
    return new NormoscopeError('refused', `${entryIs} is said to unpack ${packedBytes} bytes to ${bytes}, more than deflate can (at byte ${at}).`, at);
  }
  return null;
}

/** Entries that share bytes of the archive are how small archives unpack to huge ones; both are refused. */
function apart(entries: ZipEntry[], start: number): ZipEntry[] {
  const order = [...entries.keys()].sort((a, b) => (entries[a]?.headerAt ?? 0) - (entries[b]?.headerAt ?? 0));
  const shared = new Set<number>();
  let longest = -1;
  let end = 0;
  for (const index of order) {
    const { headerAt, nameBytes, packedBytes } = entries[index] as ZipEntry;
    if (!Number.isSafeInteger(headerAt + packedBytes) || headerAt + packedBytes > start) continue;
    if (headerAt < end) shared.add(longest).add(index);
    const until = headerAt + localHeaderBytes + nameBytes + packedBytes;
    if (until > end) [longest, end] = [index, until];
  }
  if (shared.size === 0) return entries;
  return entries.map((entry, index) => {
    if (!shared.has(index) || entry.failure !== null) return entry;
    const message = `The entry ${JSON.stringify(entry.name)} shares bytes of the archive with another entry (at byte ${entry.headerAt}).`;
    return { ...entry, failure: new NormoscopeError('refused', message, entry.headerAt) };
  });
}
