import { copy, repeat } from './copies';
import { damagedBy } from './damaged';

const wrong = damagedBy('Snappy');

/**
 * Unpacks Snappy's raw format (https://github.com/google/snappy/blob/main/format_description.txt), that holds exactly `output`.
 * @throws NormoscopeError `malformed`, also where it leaves either array
 */
export function unpackSnappy(input: Uint8Array, output: Uint8Array): void {
  let at = 0;
  const number = (bytes: number) => {
    if (at + bytes > input.length) throw wrong('it ends within a length');
    let value = 0;
    for (let byte = 0; byte < bytes; byte++) value += (input[at++] ?? 0) * 2 ** (8 * byte);
    return value;
  };
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = number(1);
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
    if (shift > 28) throw wrong('its length makes no sense');
  }
  if (length !== output.length) throw wrong(`it holds ${length} bytes, where ${output.length} are expected`);
  let to = 0;
  while (at < input.length) {
    const tag = input[at++] ?? 0;
    const high = tag >> 2;
    if ((tag & 3) === 0) {
      const count = (high < 60 ? high : number(high - 59)) + 1;
      if (at + count > input.length || to + count > output.length) throw wrong(`${count} bytes are to be copied beyond an end`);
      copy(input, at, output, to, count);
      at += count;
      to += count;
      continue;
    }
    const short = (tag & 3) === 1;
    const count = short ? (high & 7) + 4 : high + 1;
    if (at + (short ? 1 : 2) > input.length) throw wrong('it ends within a reference');
    const next = input[at] ?? 0;
    const distance = short ? (tag >> 5) * 256 + next : (tag & 3) === 2 ? next + (input[at + 1] ?? 0) * 256 : number(4);
    if (short) at += 1;
    else if ((tag & 3) === 2) at += 2;
    if (distance === 0 || distance > to || to + count > output.length) throw wrong(`${count} bytes are to be repeated from ${distance} bytes before byte ${to}`);
    to = repeat(output, to, distance, count);
  }
  if (to !== output.length) throw wrong(`it ends after ${to} of ${output.length} bytes`);
}
