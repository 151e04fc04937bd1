import { Decompress } from 'fzstd';
import { NormoscopeError } from '../../errors';
import { formatBytes } from '../../text/numbers';
import { damagedBy } from './damaged';

const wrong = damagedBy('Zstandard');
/** Bytes that a frame may refer back to: its decoder holds as many. Only `zstd --ultra` and `--long` ask for more. */
const mostWindow = 32 * 1024 * 1024;
/** Of a block's header. */
const blockHeaderBytes = 3;

/**
 * Unpacks one frame of Zstandard (RFC 8878) that holds exactly `output`. Its checksum is not looked at.
 * @throws NormoscopeError `malformed`, `unsupported` for a dictionary, `too-large` for a window beyond 32 MiB
 */
export function unpackZstd(input: Uint8Array, output: Uint8Array): void {
  checkHeader(input);
  let to = 0;
  const decoder = new Decompress((bytes) => {
    if (to + bytes.length > output.length) throw wrong(`it goes on beyond the ${output.length} bytes that are expected`);
    output.set(bytes, to);
    to += bytes.length;
  });
  try {
    decoder.push(input, true);
  } catch (error) {
    if (error instanceof NormoscopeError) throw error;
    throw wrong(error instanceof Error ? error.message : String(error));
  }
  if (to !== output.length) throw wrong(`it holds ${to} bytes, where ${output.length} are expected`);
}

/** What the decoder would allocate by, before it does. */
function checkHeader(input: Uint8Array): void {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  // The longest header has 18 bytes; a frame of nothing has 6 and a block's header.
  if (input.length < 6 + blockHeaderBytes || view.getUint32(0, true) !== 0xfd2fb528) throw wrong('it does not begin as Zstandard does');
  const flags = view.getUint8(4);
  if ((flags & 3) !== 0) throw new NormoscopeError('unsupported', 'A compressed stretch (Zstandard) was packed with a dictionary, which is not in the file.');
  const window = (flags & 32) === 0 ? windowOf(view.getUint8(5)) : sizeOf(view, 5, flags >> 6);
  if (!(window <= mostWindow)) {
    throw new NormoscopeError('too-large', `A compressed stretch (Zstandard) has a window of ${formatBytes(window)}; at most ${formatBytes(mostWindow)} are read.`);
  }
}

function windowOf(byte: number): number {
  const base = 2 ** (10 + (byte >> 3));
  return base + (base / 8) * (byte & 7);
}

/** The content's size, which is the window of a frame of one segment. */
function sizeOf(view: DataView, at: number, width: number): number {
  if (width === 0) return view.getUint8(at);
  if (width === 1) return view.getUint16(at, true) + 256;
  if (width === 2) return view.getUint32(at, true);
  return at + 8 <= view.byteLength ? Number(view.getBigUint64(at, true)) : Infinity;
}
