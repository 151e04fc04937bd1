import { NormoscopeError } from '../../errors';
import type { Unpacking } from '../../tensor/byteSource';
import { unpackDeflated } from '../unpack/deflated';
import { unpackLzf } from '../unpack/lzf';
import type { Filter, StoredChunk } from './layout';

const ids = { deflate: 1, shuffle: 2, fletcher: 3, lzf: 32000 };
const checksumBytes = 4;

const packs = ({ id }: Filter) => id === ids.deflate || id === ids.lzf;

/** Whether chunks are unpacked here; what is packed in another way, or twice, is the library's. */
export function isUnfiltered(filters: readonly Filter[]): boolean {
  return filters.every(({ id }) => Object.values(ids).includes(id)) && filters.filter(packs).length <= 1;
}

/**
 * Undoes the filters of a chunk, the last first.
 * @param packed as it is in the file
 * @param bytes that it has without filters
 * @returns that many, in `packed` or in memory of their own
 * @throws NormoscopeError `malformed`; completes "The dataset … is damaged: "
 */
export function unfiltered(packed: Uint8Array, bytes: number, filters: readonly Filter[], { leftOut }: StoredChunk, unpacking: Unpacking | undefined): Uint8Array {
  const applied = filters.filter((_, index) => (leftOut & (1 << index)) === 0);
  let data = packed;
  for (let index = applied.length - 1; index >= 0; index--) {
    const { id, values } = applied[index] as Filter;
    if (id === ids.fletcher) data = checked(data);
    else if (id === ids.shuffle) data = unshuffled(data, values[0] ?? 1);
    else {
      // Checksums that were put behind the elements before they were packed.
      const inside = applied.slice(0, index).filter((before) => before.id === ids.fletcher).length * checksumBytes;
      data = id === ids.lzf ? unpackedLzf(data, bytes + inside) : unpackDeflated(data, bytes + inside, 'zlib', unpacking);
    }
  }
  if (data.length !== bytes) throw new NormoscopeError('malformed', `a chunk of it has ${data.length} bytes, where ${bytes} are expected`);
  return data;
}

function unpackedLzf(data: Uint8Array, bytes: number): Uint8Array {
  const output = new Uint8Array(bytes);
  unpackLzf(data, output);
  return output;
}

/** First bytes of all elements, then the second of all, …; what is no whole element stands behind them. */
function unshuffled(data: Uint8Array, width: number): Uint8Array {
  const count = Math.floor(data.length / Math.max(1, width));
  if (width <= 1 || count <= 1) return data;
  const output = new Uint8Array(data.length);
  // Four bytes at a time, low ones first as in WebAssembly: five times as fast.
  const lanes = width % 4 === 0 ? width / 4 : 0;
  const words = new Uint32Array(output.buffer, 0, lanes * count);
  for (let lane = 0; lane < lanes; lane++) {
    const [a, b, c, d] = [0, 1, 2, 3].map((byte) => data.subarray((4 * lane + byte) * count, (4 * lane + byte + 1) * count)) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    for (let at = 0, to = lane; at < count; at++, to += lanes) {
      words[to] = (a[at] as number) | ((b[at] as number) << 8) | ((c[at] as number) << 16) | ((d[at] as number) << 24);
    }
  }
  for (let byte = 4 * lanes; byte < width; byte++) {
    for (let from = byte * count, to = byte, end = from + count; from < end; from++, to += width) output[to] = data[from] as number;
  }
  output.set(data.subarray(width * count), width * count);
  return output;
}

/** Without the checksum behind it, which holds it. */
function checked(data: Uint8Array): Uint8Array {
  const body = data.subarray(0, Math.max(0, data.length - checksumBytes));
  const computed = fletcher32(body);
  const said = data.length < checksumBytes ? null : new DataView(data.buffer, data.byteOffset + body.length, checksumBytes).getUint32(0, true);
  // HDF5 before 1.6.3 swapped the bytes of each half on big-endian machines.
  const swapped = (((computed & 0x00ff00ff) << 8) | ((computed >>> 8) & 0x00ff00ff)) >>> 0;
  if (said !== computed && said !== swapped) throw new NormoscopeError('malformed', 'a chunk of it does not fit its checksum, or cannot be unpacked');
  return body;
}

/** Over big-endian words of 16 bits, as HDF5 has it. A last byte counts as the upper half of a word. */
export function fletcher32(data: Uint8Array): number {
  let low = 0;
  let high = 0;
  const even = data.length - (data.length % 2);
  for (let at = 0; at < even; ) {
    // As many as 32 bits can sum.
    for (const end = Math.min(even, at + 720); at < end; at += 2) {
      low += (data[at] as number) * 256 + (data[at + 1] as number);
      high += low;
    }
    low = (low & 0xffff) + (low >>> 16);
    high = (high & 0xffff) + (high >>> 16);
  }
  if (even < data.length) {
    low += (data[even] as number) * 256;
    high += low;
  }
  const folded = (sum: number) => {
    const once = (sum & 0xffff) + (sum >>> 16);
    return (once & 0xffff) + (once >>> 16);
  };
  return ((folded(high) << 16) | folded(low)) >>> 0;
}
