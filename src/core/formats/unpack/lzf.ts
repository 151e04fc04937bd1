import { damagedBy } from './damaged';

const wrong = damagedBy('LZF');

/**
 * Unpacks LZF, as LibLZF writes it, that holds exactly `output`. A byte below 32 is followed by as many bytes and one more; of any
 * other, three bits are a length (7: the next byte is added) and five the upper bits of a distance, whose lower eight follow.
 * @throws NormoscopeError `malformed`, also where it leaves either array
 */
export function unpackLzf(input: Uint8Array, output: Uint8Array): void {
  const { length } = input;
  const end = output.length;
  let to = 0;
  for (let at = 0; at < length; ) {
    const control = input[at++] as number;
    if (control < 32) {
      const until = at + control + 1;
      if (until > length || to + control >= end) throw wrong(`${control + 1} bytes are to be copied beyond an end`);
      // Of at most 32 bytes: a call of the engine's own copy takes longer.
      while (at < until) output[to++] = input[at++] as number;
      continue;
    }
    let count = (control >> 5) + 2;
    if (count === 9 && at < length) count += input[at++] as number;
    if (at >= length) throw wrong('it ends within a reference');
    let from = to - (control & 31) * 256 - (input[at++] as number) - 1;
    if (from < 0 || to + count > end) throw wrong(`${count} bytes are to be repeated from ${to - from} bytes before byte ${to}`);
    for (const until = to + count; to < until; ) output[to++] = output[from++] as number;
  }
  if (to !== end) throw wrong(`it ends after ${to} of ${end} bytes`);
}
