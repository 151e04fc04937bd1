/** The checksum of ZIP entries (ISO 3309, reflected polynomial 0xEDB88320), four bytes at a step. */

const tables: readonly [Int32Array, Int32Array, Int32Array, Int32Array] = makeTables();

/**
 * @param crc of the bytes before; 0 for none
 * @returns an unsigned 32-bit number
 */
export function crc32(bytes: Uint8Array, crc = 0): number {
  const [t0, t1, t2, t3] = tables;
  let state = ~crc;
  let at = 0;
  for (const end = bytes.length - 3; at < end; at += 4) {
    state ^= (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24);
    state =
      (t3[state & 0xff] as number) ^ (t2[(state >>> 8) & 0xff] as number) ^ (t1[(state >>> 16) & 0xff] as number) ^ (t0[state >>> 24] as number);
  }
  for (; at < bytes.length; at++) state = (t0[(state ^ (bytes[at] as number)) & 0xff] as number) ^ (state >>> 8);
  return ~state >>> 0;
}

function makeTables(): [Int32Array, Int32Array, Int32Array, Int32Array] {
  const made: [Int32Array, Int32Array, Int32Array, Int32Array] = [new Int32Array(256), new Int32Array(256), new Int32Array(256), new Int32Array(256)];
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    made[0][byte] = crc;
  }
  for (let byte = 0; byte < 256; byte++) {
    for (let step = 1; step < 4; step++) {
      const before = made[step - 1]?.[byte] ?? 0;
      (made[step] as Int32Array)[byte] = (before >>> 8) ^ (made[0][before & 0xff] ?? 0);
    }
  }
  return made;
}
