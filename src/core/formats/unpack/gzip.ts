import { NormoscopeError } from '../../errors';
import type { Unpacking } from '../../tensor/byteSource';
import { fflateInflater } from '../zip/inflated';

const wrong = (what: string) => new NormoscopeError('malformed', `A compressed stretch (gzip) is damaged: ${what}.`);
/** Compressed bytes that are taken at a time: they become 16 MiB at most. */
const pieceBytes = 16 * 1024;

/**
 * Unpacks one member of gzip (RFC 1952) that holds exactly `output`.
 * @throws NormoscopeError `malformed`
 */
export async function unpackGzip(input: Uint8Array, output: Uint8Array, unpacking: Unpacking | undefined): Promise<void> {
  const start = headerBytes(input);
  const end = input.length - 8;
  const inflater = unpacking?.inflater() ?? fflateInflater();
  let to = 0;
  try {
    for (let at = start; at < end; at += pieceBytes) {
      const piece = input.subarray(at, Math.min(end, at + pieceBytes));
      for (const bytes of await pushed(() => inflater.push(piece, at + pieceBytes >= end))) {
        if (to + bytes.length > output.length) throw wrong(`it goes on beyond the ${output.length} bytes that are expected`);
        output.set(bytes, to);
        to += bytes.length;
      }
    }
  } finally {
    inflater.close();
  }
  if (to !== output.length) throw wrong(`it holds ${to} bytes, where ${output.length} are expected`);
}

async function pushed(push: () => readonly Uint8Array[] | Promise<readonly Uint8Array[]>): Promise<readonly Uint8Array[]> {
  try {
    return await push();
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error));
  }
}

/** Magic, method, flags, time and system; then, where flagged, more fields, a name, a comment and a checksum. */
function headerBytes(input: Uint8Array): number {
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
