import { NormoscopeError } from '../../errors';

const wrong = (what: string) => new NormoscopeError('malformed', `A page of the column is damaged: ${what}.`);

/** How the values of a page are written (https://parquet.apache.org/docs/file-format/data-pages/encodings/). */
export const encodingNames: Readonly<Record<number, string>> = {
  0: 'PLAIN', 2: 'PLAIN_DICTIONARY', 3: 'RLE', 4: 'BIT_PACKED', 5: 'DELTA_BINARY_PACKED', 6: 'DELTA_LENGTH_BYTE_ARRAY', 7: 'DELTA_BYTE_ARRAY', 8: 'RLE_DICTIONARY', 9: 'BYTE_STREAM_SPLIT',
};

/**
 * `count` values of `width` bytes each (0: bits, which become a byte each), side by side and little-endian.
 * @param dictionary values that the page has the numbers of
 * @throws NormoscopeError `malformed`, and `unsupported` for an encoding that numbers do not have
 */
export function decodeValues(encoding: number, page: Uint8Array, count: number, width: number, dictionary: Uint8Array | null): Uint8Array {
  switch (encodingNames[encoding]) {
    case 'PLAIN':
      return width === 0 ? plainBits(page, count) : plain(page, count * width);
    case 'PLAIN_DICTIONARY':
    case 'RLE_DICTIONARY':
      return looked(page, count, width, dictionary);
    case 'RLE':
      if (width === 0) return Uint8Array.from(runs(prefixed(page).bytes, 1, count));
      break;
    case 'DELTA_BINARY_PACKED':
      if (width === 4 || width === 8) return deltas(page, count, width);
      break;
    case 'BYTE_STREAM_SPLIT':
      if (width > 0) return gathered(plain(page, count * width), count, width);
      break;
  }
  throw new NormoscopeError('unsupported', `The column is encoded as ${encodingNames[encoding] ?? `type ${encoding}`}, which is not read for its type.`);
}

/** Bytes behind their length, and where the next ones begin. */
export function prefixed(page: Uint8Array): { readonly bytes: Uint8Array; readonly end: number } {
  const length = page.length < 4 ? -1 : new DataView(page.buffer, page.byteOffset).getUint32(0, true);
  if (length < 0 || 4 + length > page.length) throw wrong(`${length} bytes are expected, of ${page.length - 4}`);
  return { bytes: page.subarray(4, 4 + length), end: 4 + length };
}

/**
 * Runs of one value, and stretches of packed bits, of `width` bits each (0 to 32).
 * @returns `count` of them
 */
export function runs(bytes: Uint8Array, width: number, count: number): Uint32Array {
  const values = new Uint32Array(count);
  if (width === 0) return values;
  if (width > 32) throw wrong(`its numbers have ${width} bits`);
  let at = 0;
  let filled = 0;
  while (filled < count) {
    let header = 0;
    for (let shift = 0, next = 0x80; next >= 0x80; shift += 7) {
      if (at >= bytes.length || shift > 35) throw wrong(`it has ${filled} of ${count} numbers`);
      next = bytes[at++] ?? 0;
      header += (next & 0x7f) * 2 ** shift;
    }
    if (header % 2 === 0) {
      const size = Math.ceil(width / 8);
      if (at + size > bytes.length) throw wrong(`it has ${filled} of ${count} numbers`);
      let value = 0;
      for (let byte = 0; byte < size; byte++) value += (bytes[at++] ?? 0) * 2 ** (8 * byte);
      const end = Math.min(count, filled + header / 2);
      values.fill(value, filled, end);
      filled = end;
      continue;
    }
    const length = ((header - 1) / 2) * width;
    const taken = Math.min(count - filled, ((header - 1) / 2) * 8);
    // Writers may leave the last stretch's padding away.
    if (at + Math.ceil((taken * width) / 8) > bytes.length) throw wrong(`it has ${filled} of ${count} numbers`);
    unpackBits(bytes, at, width, values.subarray(filled, filled + taken));
    filled += taken;
    at = Math.min(bytes.length, at + length);
  }
  return values;
}

/** Numbers of `width` bits, from the lowest bit of the byte at `at` on. */
function unpackBits(bytes: Uint8Array, at: number, width: number, values: Uint32Array): void {
  const mask = width === 32 ? 0xffffffff : 2 ** width - 1;
  for (let index = 0, bit = 0; index < values.length; index++, bit += width) {
    const first = at + (bit >>> 3);
    const low = bit & 7;
    const word = (bytes[first] ?? 0) | ((bytes[first + 1] ?? 0) << 8) | ((bytes[first + 2] ?? 0) << 16) | ((bytes[first + 3] ?? 0) << 24);
    const high = low === 0 ? 0 : (bytes[first + 4] ?? 0) << (32 - low);
    values[index] = ((word >>> low) | high) & mask;
  }
}

function plain(page: Uint8Array, bytes: number): Uint8Array {
  if (page.length < bytes) throw wrong(`it has ${page.length} bytes, where ${bytes} are expected`);
  return page.subarray(0, bytes);
}

function plainBits(page: Uint8Array, count: number): Uint8Array {
  const bits = plain(page, Math.ceil(count / 8));
  return Uint8Array.from({ length: count }, (_, index) => ((bits[index >> 3] ?? 0) >> (index & 7)) & 1);
}

function looked(page: Uint8Array, count: number, width: number, dictionary: Uint8Array | null): Uint8Array {
  if (dictionary === null) throw wrong('it refers to a dictionary that the column does not have');
  if (width === 0) throw wrong('truth values have no dictionary');
  if (count === 0) return new Uint8Array(0);
  if (page.length === 0) throw wrong('it has no bytes');
  const size = dictionary.length / width;
  const values = new Uint8Array(count * width);
  const places = runs(page.subarray(1), page[0] ?? 0, count);
  const spread = mover(dictionary, values, width);
  for (let index = 0; index < count; index++) {
    const place = places[index] as number;
    if (place >= size) throw wrong(`it refers to value ${place} of a dictionary of ${size}`);
    spread(place, index);
  }
  return values;
}

/**
 * @param to begins where a buffer does
 * @returns what copies the value of one number to the place of another; both have `width` bytes
 */
export function mover(from: Uint8Array, to: Uint8Array, width: number): (value: number, place: number) => void {
  const words = width / 4;
  if (!Number.isInteger(words)) {
    return (value, place) => {
      for (let byte = 0; byte < width; byte++) to[place * width + byte] = from[value * width + byte] as number;
    };
  }
  const aligned = from.byteOffset % 4 === 0 ? from : from.slice();
  const source = new Uint32Array(aligned.buffer, aligned.byteOffset, Math.floor(aligned.length / 4));
  const target = new Uint32Array(to.buffer, to.byteOffset, Math.floor(to.length / 4));
  if (words === 1) return (value, place) => (target[place] = source[value] as number);
  return (value, place) => {
    for (let word = 0; word < words; word++) target[place * words + word] = source[value * words + word] as number;
  };
}

/** First all lowest bytes, then all of the next, … */
function gathered(bytes: Uint8Array, count: number, width: number): Uint8Array {
  const values = new Uint8Array(bytes.length);
  for (let byte = 0; byte < width; byte++) {
    for (let index = 0; index < count; index++) values[index * width + byte] = bytes[byte * count + index] ?? 0;
  }
  return values;
}

/** Differences in blocks of miniblocks, each with a least difference and what is above it in as few bits as suffice; all of it wraps. */
function deltas(page: Uint8Array, count: number, width: 4 | 8): Uint8Array {
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      if (at >= page.length || shift > 63n) throw wrong('it ends within its differences');
      const next = page[at++] ?? 0;
      value |= BigInt(next & 0x7f) << shift;
      if (next < 0x80) return value;
    }
  };
  const signed = () => {
    const raw = varint();
    return (raw >> 1n) ^ -(raw & 1n);
  };
  const block = Number(varint());
  const miniblocks = Number(varint());
  const total = Number(varint());
  const each = block / miniblocks;
  if (!(each >= 8) || each % 8 !== 0 || block > 1 << 20 || total < count) throw wrong(`its blocks of ${block} differences in ${miniblocks} parts make no sense`);
  const values = new Uint8Array(count * width);
  const view = new DataView(values.buffer);
  let value = signed();
  let filled = 0;
  const put = () => (width === 4 ? view.setInt32(filled++ * 4, Number(BigInt.asIntN(32, value)), true) : view.setBigInt64(filled++ * 8, BigInt.asIntN(64, value), true));
  if (count > 0) put();
  while (filled < count) {
    const least = signed();
    const widths = plain(page.subarray(at), miniblocks);
    at += miniblocks;
    for (let part = 0; part < miniblocks && filled < count; part++) {
      const bits = widths[part] ?? 0;
      const taken = Math.min(each, count - filled);
      if (bits > 64 || at + Math.ceil((taken * bits) / 8) > page.length) throw wrong('it ends within its differences');
      for (let index = 0; index < taken; index++) {
        value += least + bitsAt(page, at, index * bits, bits);
        put();
      }
      at += (each / 8) * bits;
    }
  }
  return values;
}

function bitsAt(bytes: Uint8Array, at: number, bit: number, width: number): bigint {
  let value = 0n;
  const first = at + (bit >>> 3);
  const low = bit & 7;
  for (let byte = Math.ceil((low + width) / 8) - 1; byte >= 0; byte--) value = (value << 8n) | BigInt(bytes[first + byte] ?? 0);
  return (value >> BigInt(low)) & ((1n << BigInt(width)) - 1n);
}
