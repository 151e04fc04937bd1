import { NormoscopeError } from '../../errors';
import { readBytes, type ByteSource } from '../../tensor/byteSource';
import { malformed } from './failures';

/** Where an archive's directory lies. */
export interface DirectoryPlace {
  readonly start: number;
  readonly bytes: number;
  /** Entries that it is said to have. */
  readonly count: number;
}

const endBytes = 22;
const endSignature = 0x06054b50;
const locatorBytes = 20;
const locatorSignature = 0x07064b50;
const wideEndBytes = 56;
const wideEndSignature = 0x06064b50;
/** A comment may follow the end of the directory; its length has 16 bits. */
const longestComment = 0xffff;

/**
 * Finds the directory from the record at the archive's end (APPNOTE 4.3.16), and that of ZIP64 before it (4.3.14).
 * @throws NormoscopeError `truncated` when there is none, `malformed` or `unsupported`, with the offset
 */
export async function directoryPlace(source: ByteSource, signal?: AbortSignal): Promise<DirectoryPlace> {
  const { name, size } = source;
  const tailBytes = Math.min(size, endBytes + longestComment + locatorBytes);
  const tailAt = size - tailBytes;
  const view = new DataView((await readBytes(source, tailAt, tailBytes, signal)).buffer);
  const end = findEnd(view);
  if (end === null) {
    throw new NormoscopeError('truncated', `${name} begins as a zip archive, but ends at byte ${size} without the archive's directory: a part of it is missing.`, size);
  }
  if (view.getUint16(end + 4, true) % 0xffff !== 0 || view.getUint16(end + 6, true) % 0xffff !== 0) {
    throw new NormoscopeError('unsupported', `${name} is one part of a zip archive in several files (at byte ${tailAt + end}).`, tailAt + end);
  }
  const narrow = { count: view.getUint16(end + 10, true), bytes: view.getUint32(end + 12, true), start: view.getUint32(end + 16, true) };
  const locator = end - locatorBytes;
  const isWide = locator >= 0 && view.getUint32(locator, true) === locatorSignature;
  const place = isWide ? await widePlace(source, safeNumber(view.getBigUint64(locator + 8, true)), tailAt + locator, signal) : narrow;
  const limit = tailAt + (isWide ? locator : end);
  if (!(place.start + place.bytes <= limit)) {
    throw malformed(`The directory of ${name} is said to take ${place.bytes} bytes from byte ${place.start} on, beyond its end at byte ${limit}`, tailAt + end);
  }
  return place;
}

/** The last one whose comment ends with the file; else the last whose comment is whole: something follows the archive. */
function findEnd(view: DataView): number | null {
  let found: number | null = null;
  for (let at = view.byteLength - endBytes; at >= 0; at--) {
    if (view.getUint32(at, true) !== endSignature) continue;
    const commentEnd = at + endBytes + view.getUint16(at + 20, true);
    if (commentEnd === view.byteLength) return at;
    if (commentEnd < view.byteLength) found ??= at;
  }
  return found;
}

async function widePlace(source: ByteSource, at: number, locatorAt: number, signal: AbortSignal | undefined): Promise<DirectoryPlace> {
  if (!(at + wideEndBytes <= locatorAt)) throw malformed(`The end of the directory of ${source.name} is said to be at byte ${at}, which is not before byte ${locatorAt}`, locatorAt);
  const view = new DataView((await readBytes(source, at, wideEndBytes, signal)).buffer);
  if (view.getUint32(0, true) !== wideEndSignature) throw malformed(`The end of the directory of ${source.name} is not at byte ${at}, where it should be`, at);
  return {
    count: safeNumber(view.getBigUint64(32, true)),
    bytes: safeNumber(view.getBigUint64(40, true)),
    start: safeNumber(view.getBigUint64(48, true)),
  };
}

/** NaN for what is beyond 2^53: every comparison with it fails. */
export function safeNumber(value: bigint): number {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : NaN;
}
