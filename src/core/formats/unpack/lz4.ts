import { NormoscopeError } from '../../errors';
import { copy, repeat } from './copies';

const wrong = (what: string) => new NormoscopeError('malformed', `A compressed stretch (LZ4) is damaged: ${what}.`);

/**
 * Unpacks one LZ4 block (https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md) into `output` from `from` on; matches may
 * reach back to the output's beginning.
 * @returns the place behind what was written
 * @throws NormoscopeError `malformed` where it leaves either array
 */
export function unpackLz4Block(input: Uint8Array, output: Uint8Array, from = 0): number {
  let at = 0;
  let to = from;
  const length = (nibble: number) => {
    let sum = nibble;
    if (nibble < 15) return sum;
    for (let byte = 255; byte === 255; ) {
      if (at >= input.length) throw wrong('it ends within a length');
      byte = input[at++] ?? 0;
      sum += byte;
    }
    return sum;
  };
  while (at < input.length) {
    const token = input[at++] ?? 0;
    const literals = length(token >> 4);
    if (at + literals > input.length || to + literals > output.length) throw wrong(`${literals} bytes are to be copied beyond an end`);
    copy(input, at, output, to, literals);
    at += literals;
    to += literals;
    // The last sequence has no match.
    if (at === input.length) break;
    if (at + 2 > input.length) throw wrong('it ends within a reference');
    const distance = (input[at] ?? 0) | ((input[at + 1] ?? 0) << 8);
    at += 2;
    const matched = length(token & 15) + 4;
    if (distance === 0 || distance > to || to + matched > output.length) throw wrong(`${matched} bytes are to be repeated from ${distance} bytes before byte ${to}`);
    to = repeat(output, to, distance, matched);
  }
  return to;
}

/**
 * Unpacks LZ4 frames (https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md) that hold exactly `output`.
 * @throws NormoscopeError `malformed`
 */
export function unpackLz4Frame(input: Uint8Array, output: Uint8Array): void {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  if (input.length < 7 || view.getUint32(0, true) !== 0x184d2204) throw wrong('it does not begin as a frame does');
  const flags = view.getUint8(4);
  if (flags >> 6 !== 1) throw wrong(`it is of version ${flags >> 6}, not 1`);
  // Flags, block size, the content's size and a dictionary's id where flagged, a checksum.
  let at = 4 + 2 + (flags & 8 ? 8 : 0) + (flags & 1 ? 4 : 0) + 1;
  const blockChecksum = flags & 16 ? 4 : 0;
  let to = 0;
  for (;;) {
    if (at + 4 > input.length) throw wrong('it ends without an end mark');
    const header = view.getUint32(at, true);
    at += 4;
    if (header === 0) break;
    const size = header & 0x7fffffff;
    if (at + size > input.length) throw wrong(`a block of ${size} bytes goes beyond its end`);
    const block = input.subarray(at, at + size);
    if (header >>> 31 === 0) to = unpackLz4Block(block, output, to);
    else if (to + size > output.length) throw wrong('it holds more than is said');
    else {
      output.set(block, to);
      to += size;
    }
    at += size + blockChecksum;
  }
  if (to !== output.length) throw wrong(`it holds ${to} bytes, where ${output.length} are expected`);
}
