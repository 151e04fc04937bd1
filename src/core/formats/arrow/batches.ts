import { NormoscopeError } from '../../errors';
import { readBytes, type ByteSource } from '../../tensor/byteSource';
import { bitsPerElement, type DType } from '../../tensor/dtype';
import { formatBytes } from '../../text/numbers';
import { asFloat64, missingWriter, type Stretch } from '../columns';
import { Lz4Frame } from '../unpack/lz4Frame';
import { unpackZstd } from '../unpack/zstd';
import type { Batch } from './messages';
import type { Column } from './schema';

/** Bytes that one byte of LZ4 stands for at most. One of Zstandard may stand for 128 KiB. */
const mostRatio = { lz4: 255, zstd: 131072 } as const;
/** Bytes of a buffer that is held whole, unpacked. Writers make batches of less than one MiB. */
const mostWhole = 32 * 1024 * 1024;

/** A buffer, unpacked as it is read. */
interface Frame {
  read(position: number, target: Uint8Array, signal: AbortSignal | undefined): Promise<void>;
}
/** Buffers that are being unpacked at a time, of at most 4 MiB each: those of one column, and some more. */
const mostOpen = 8;

/** The compressed buffers that were read last. */
export class Unpacked {
  private readonly open = new Map<number, Promise<Frame | null>>();

  constructor(readonly source: ByteSource) {}

  /** @param at where a compressed buffer begins in the file: eight bytes of its length unpacked, then LZ4 */
  async read(at: number, packed: number, codec: 'lz4' | 'zstd', position: number, target: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    const opening = this.open.get(at) ?? this.opened(at, packed, codec, signal);
    // The one that was used last goes to the end.
    this.open.delete(at);
    this.open.set(at, opening);
    for (const [first] of this.open) if (this.open.size > mostOpen) this.open.delete(first);
    try {
      const frame = await opening;
      if (frame !== null) await frame.read(position, target, signal);
      else if (position + target.length <= packed - 8) await this.source.read(at + 8 + position, target, signal);
      else throw new NormoscopeError('malformed', `The buffer at byte ${at} has ${packed - 8} bytes; ${position + target.length} are expected.`, at);
    } catch (error) {
      this.open.delete(at);
      throw error;
    }
  }

  /** Null for one that was not compressed, since that did not pay. */
  private async opened(at: number, packed: number, codec: 'lz4' | 'zstd', signal: AbortSignal | undefined): Promise<Frame | null> {
    if (packed < 8) throw new NormoscopeError('malformed', `A compressed buffer at byte ${at} has ${packed} bytes, less than its length takes.`, at);
    const length = new DataView((await readBytes(this.source, at, 8, signal)).buffer).getBigInt64(0, true);
    if (length === -1n) return null;
    if (length < 0n || length > BigInt(packed) * BigInt(mostRatio[codec])) {
      throw new NormoscopeError('malformed', `A buffer at byte ${at} is said to have ${length} bytes, compressed to ${packed}.`, at);
    }
    if (codec === 'lz4') return new Lz4Frame(this.source, at + 8, packed - 8, Number(length));
    return this.whole(at, packed, Number(length), signal);
  }

  /** Zstandard refers back as far as a whole batch: it is unpacked at once. */
  private async whole(at: number, packed: number, length: number, signal: AbortSignal | undefined): Promise<Frame> {
    if (length > mostWhole || packed > mostWhole) {
      throw new NormoscopeError('too-large', `The buffer at byte ${at} has ${formatBytes(Math.max(length, packed))}; at most ${formatBytes(mostWhole)} of one compressed with Zstandard are read.`, at);
    }
    // Those that were unpacked before go first: one may take as much as all of LZ4's.
    this.open.clear();
    const bytes = new Uint8Array(length);
    unpackZstd(await readBytes(this.source, at + 8, packed - 8, signal), bytes);
    return {
      read: (position, target) => {
        if (position + target.length > length) return Promise.reject(new NormoscopeError('malformed', `The buffer at byte ${at} has ${length} bytes; ${position + target.length} are expected.`, at));
        target.set(bytes.subarray(position, position + target.length));
        return Promise.resolve();
      },
    };
  }
}

interface Bytes {
  /** Of a compressed one, the most that it can unpack to. */
  readonly most: number;
  read(position: number, target: Uint8Array, signal: AbortSignal | undefined): Promise<void>;
}

/** A column of one batch, or the reason why it cannot be read. */
export function stretchOf(batch: Batch, column: Column, dtype: DType, unpacked: Unpacked): Stretch | NormoscopeError {
  const stored = column.dtype;
  if (stored === null) return new NormoscopeError('internal', 'A column without numbers was to be read.');
  const wrong = (what: string) => new NormoscopeError('malformed', `A batch of ${batch.rows} rows at byte ${batch.body} does not fit the column: ${what}.`, batch.body);
  const elements = column.sizes.reduce((product, size) => product * size, batch.rows);
  let items = batch.rows;
  const masks: { readonly bits: Bytes; readonly repeat: number }[] = [];
  for (const [level, place] of column.levels.entries()) {
    const [length = -1, nulls = -1] = batch.nodes.subarray(place.node * 2, place.node * 2 + 2);
    if (length !== items || nulls < 0) return wrong(`it has ${length} entries, where ${items} are expected`);
    if (nulls > 0) {
      const bits = bufferOf(batch, place, unpacked);
      if (bits === null || bits.most * 8 < items) return wrong(`${nulls} of its entries are null, but not said which`);
      masks.push({ bits, repeat: items === 0 ? 1 : elements / items });
    }
    items *= column.sizes[level] ?? 1;
  }
  const width = bitsPerElement(stored) / 8;
  const values = bufferOf(batch, column.values, unpacked);
  const needed = stored === 'bool' ? Math.ceil(elements / 8) : elements * width;
  if (elements > 0 && (values === null || values.most < needed)) {
    return wrong(`its ${elements} elements take ${needed} bytes, but the buffer has ${values?.most ?? 0}`);
  }
  return {
    elements,
    async read(first, target, signal) {
      if (values === null) return;
      const count = target.length / (bitsPerElement(dtype) / 8);
      const plain = dtype === stored ? target : new Uint8Array(count * width);
      if (stored === 'bool') await eachBit(values, first, count, signal, (index, set) => (plain[index] = set ? 1 : 0));
      else await values.read(first * width, plain, signal);
      if (dtype !== stored) asFloat64(stored, plain, target);
      for (const { bits, repeat } of masks) {
        const miss = missingWriter(dtype, target);
        const from = Math.floor(first / repeat);
        await eachBit(bits, from, Math.ceil((first + count) / repeat) - from, signal, (index, set) => {
          if (set) return;
          const start = Math.max(0, (from + index) * repeat - first);
          const end = Math.min(count, (from + index + 1) * repeat - first);
          for (let element = start; element < end; element++) miss(element);
        });
      }
    },
  };
}

/** Bits are packed from the lowest of each byte on. */
async function eachBit(bits: Bytes, first: number, count: number, signal: AbortSignal | undefined, see: (index: number, set: boolean) => void): Promise<void> {
  const begin = Math.floor(first / 8);
  const bytes = new Uint8Array(Math.ceil((first + count) / 8) - begin);
  await bits.read(begin, bytes, signal);
  for (let index = 0; index < count; index++) {
    const bit = first + index - begin * 8;
    see(index, (((bytes[bit >> 3] ?? 0) >> (bit & 7)) & 1) === 1);
  }
}

function bufferOf(batch: Batch, place: Column['values'], unpacked: Unpacked): Bytes | null {
  const extra = batch.variadic.subarray(0, place.variadic).reduce((sum, count) => sum + count, 0);
  const at = (place.buffer + extra) * 2;
  const [offset = -1, length = 0] = batch.buffers.subarray(at, at + 2);
  if (offset < 0 || length <= 0 || offset + length > batch.bodyBytes) return null;
  const start = batch.body + offset;
  const codec = batch.compression;
  if (codec === null) return { most: length, read: (position, target, signal) => unpacked.source.read(start + position, target, signal) };
  return { most: length * mostRatio[codec], read: (position, target, signal) => unpacked.read(start, length, codec, position, target, signal) };
}
