import { copy, repeat } from './copies';
import { damagedBy } from './damaged';

const wrong = damagedBy('LZ4');

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
