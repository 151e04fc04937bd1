import { NormoscopeError } from '../../errors';
import { readBytes, type ByteSource } from '../../tensor/byteSource';
import type { DType } from '../../tensor/dtype';
import type { Piece } from './wireReader';

/** Pieces of a file, as if they were a file of their own. */
export function joined(source: ByteSource, pieces: readonly Piece[]): ByteSource {
  const starts: number[] = [];
  let size = 0;
  for (const { start, end } of pieces) {
    starts.push(size);
    size += end - start;
  }
  return {
    ...source,
    size,
    async read(position, target, signal) {
      let index = lastAtMost(starts, position);
      for (let done = 0; done < target.length; index++) {
        const piece = pieces[index];
        if (piece === undefined) throw new NormoscopeError('internal', `${target.length} bytes at ${position} of ${size} were asked for.`);
        const from = piece.start + position + done - (starts[index] ?? 0);
        const length = Math.min(piece.end - from, target.length - done);
        await source.read(from, target.subarray(done, done + length), signal);
        done += length;
      }
    },
  };
}

/** Index of the last of `sorted` that is at most `value`. */
function lastAtMost(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low + 1 < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) <= value) low = middle;
    else high = middle;
  }
  return low;
}

/** Bytes read at a time where whole numbers are unpacked. */
const window = 256 * 1024;
/** Items from one place to the next that is remembered: no read starts further before what it wants. */
const remembered = 1 << 16;

/**
 * Whole numbers of 7 bits to a byte, unpacked to items of `itemBytes`, little-endian, as they are read. Their places are not
 * known before: a first pass is made from the beginning, and remembers some.
 * @param items how many there have to be
 * @param dtype that the items are of: a number that it does not hold is refused
 */
export function unpacked(source: ByteSource, items: number, itemBytes: number, dtype: DType): ByteSource {
  const places = new Map([[0, 0]]);
  let furthest = 0;
  const malformed = (what: string) => new NormoscopeError('malformed', `The tensor has ${items} numbers of ${dtype} in ${source.name}, but ${what}.`);
  return {
    ...source,
    size: items * itemBytes,
    async read(position, target, signal) {
      const first = position / itemBytes;
      const last = first + target.length / itemBytes;
      const place = Math.min(Math.floor(first / remembered), furthest);
      let item = place * remembered;
      const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
      let [low, high, index] = [0, 0, 0];
      for (let at = places.get(place) ?? 0; item < last || (last === items && at < source.size); ) {
        if (at >= source.size) throw malformed(`only ${item} are there`);
        if (item >= last) throw malformed('there are more');
        const bytes = await readBytes(source, at, Math.min(window, source.size - at), signal);
        for (let offset = 0; offset < bytes.length && item < last; offset++) {
          const byte = bytes[offset] ?? 0;
          const bits = byte & 127;
          if (index < 5) low |= bits << (7 * index);
          if (index === 4) high = bits >> 4;
          if (index > 4) high |= bits << (7 * index - 32);
          if (++index > 10 || (index === 10 && byte > 1)) throw malformed(`that with index ${item} has more than 64 bits`);
          if (byte > 127) continue;
          if (item >= first && !store(view, (item - first) * itemBytes, dtype, low, high)) throw malformed(`that with index ${item} is none`);
          item++;
          low = high = index = 0;
          if (item % remembered === 0 && item / remembered > furthest) places.set((furthest = item / remembered), at + offset + 1);
          if (item === last) at += offset + 1 - bytes.length;
        }
        at += bytes.length;
      }
    },
  };
}

/** The least and the greatest number that a field of 32 bits may have for an item: bits of a float may be written as signed. */
const ranges: Partial<Record<DType, readonly [number, number]>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  uint16: [0, 65535],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  float16: [-32768, 65535],
  bfloat16: [-32768, 65535],
  float8_e4m3fn: [-128, 255],
  float8_e4m3fnuz: [-128, 255],
  float8_e5m2: [-128, 255],
  float8_e5m2fnuz: [-128, 255],
  int4: [-128, 255],
  uint4: [-128, 255],
};

function store(view: DataView, at: number, dtype: DType, low: number, high: number): boolean {
  if (dtype === 'int64' || dtype === 'uint64') {
    view.setInt32(at, low, true);
    view.setInt32(at + 4, high, true);
    return true;
  }
  if (dtype === 'uint32') {
    view.setInt32(at, low, true);
    return high === 0;
  }
  if (dtype === 'bool') {
    view.setUint8(at, Number(low !== 0));
    return true;
  }
  // Protocol Buffers take the low 32 bits of what is longer.
  const range = ranges[dtype];
  if (range === undefined || low < range[0] || low > range[1]) return false;
  const bits = range[1] > 65535 ? 32 : range[1] > 255 || range[0] < -128 ? 16 : 8;
  if (bits === 8) view.setUint8(at, low);
  else if (bits === 16) view.setUint16(at, low, true);
  else view.setInt32(at, low, true);
  return true;
}
