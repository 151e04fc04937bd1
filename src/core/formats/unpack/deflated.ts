import { inflateSync } from 'fflate/browser';
import type { NormoscopeError } from '../../errors';
import type { DeflateWrapping, Unpacking } from '../../tensor/byteSource';
import { crc32 } from '../zip/crc32';
import { damagedBy } from './damaged';

/**
 * Unpacks a deflate stream in its wrapping, and holds it against the checksum behind it.
 * @param bytes that it holds, which the caller has bounded
 * @returns that many
 * @throws NormoscopeError `malformed`
 */
export function unpackDeflated(input: Uint8Array, bytes: number, wrapping: DeflateWrapping, unpacking: Unpacking | undefined): Uint8Array {
  const wrong = damagedBy(wrapping);
  const start = wrapping === 'gzip' ? afterGzipHeader(input, wrong) : afterZlibHeader(input, wrong);
  let output: Uint8Array;
  try {
    output = unpacking?.whole?.(wrapping, input, bytes) ?? unpackedHere(input, start, bytes, wrapping);
  } catch (error) {
    if (error instanceof RangeError) throw wrong(`it goes on beyond the ${bytes} bytes that are expected`);
    throw wrong(error instanceof Error ? error.message : String(error));
  }
  if (output.length !== bytes) throw wrong(`it holds ${output.length} bytes, where ${bytes} are expected`);
  return output;
}

/** Where the platform does not do it. */
function unpackedHere(input: Uint8Array, start: number, bytes: number, wrapping: DeflateWrapping): Uint8Array {
  // Room for one more, to see whether it goes on.
  const output = inflateSync(input.subarray(start, input.length - trailerBytes[wrapping]), { out: new Uint8Array(bytes + 1) });
  const trailer = new DataView(input.buffer, input.byteOffset + input.length - trailerBytes[wrapping]);
  const expected = wrapping === 'gzip' ? trailer.getUint32(0, true) : trailer.getUint32(0, false);
  const found = wrapping === 'gzip' ? crc32(output) : adler32(output);
  if (output.length > bytes) throw new RangeError();
  if (found !== expected) throw new Error('incorrect data check');
  return output;
}

/** Checksum, and for gzip the size. */
const trailerBytes: Readonly<Record<DeflateWrapping, number>> = { gzip: 8, zlib: 4 };

/** RFC 1950: method 8, no dictionary, and a multiple of 31. */
function afterZlibHeader(input: Uint8Array, wrong: (what: string) => NormoscopeError): number {
  const [method = 0, flags = 0] = input;
  if (input.length < 8 || (method & 15) !== 8 || (method * 256 + flags) % 31 !== 0) throw wrong('it does not begin as zlib does');
  if ((flags & 32) !== 0) throw wrong('it was packed with a dictionary, which is not in the file');
  return 2;
}

/** RFC 1952: magic, method, flags, time and system; then, where flagged, more fields, a name, a comment and a checksum. */
function afterGzipHeader(input: Uint8Array, wrong: (what: string) => NormoscopeError): number {
  if (input.length < 18 || input[0] !== 0x1f || input[1] !== 0x8b || input[2] !== 8) throw wrong('it does not begin as gzip does');
  const flags = input[3] ?? 0;
  let at = 10;
  if (flags & 4) at += 2 + (input[10] ?? 0) + (input[11] ?? 0) * 256;
  for (const flag of [8, 16]) {
    if ((flags & flag) === 0) continue;
    const zero = input.indexOf(0, at);
    if (zero < 0) throw wrong('its name has no end');
    at = zero + 1;
  }
  return at + (flags & 2 ? 2 : 0);
}

/** RFC 1950, 8.2. */
export function adler32(bytes: Uint8Array): number {
  let low = 1;
  let high = 0;
  for (let at = 0; at < bytes.length; ) {
    // As many as 32 bits can sum.
    for (const end = Math.min(bytes.length, at + 5552); at < end; at++) {
      low += bytes[at] as number;
      high += low;
    }
    low %= 65521;
    high %= 65521;
  }
  return ((high << 16) | low) >>> 0;
}
