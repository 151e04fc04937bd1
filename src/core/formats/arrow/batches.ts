import { NormoscopeError } from '../../errors';
import { readBytes, type ByteSource } from '../../tensor/byteSource';
import { bitsPerElement, type DType } from '../../tensor/dtype';
import { formatBytes } from '../../text/numbers';
import { asFloat64, missingWriter, type Stretch } from '../columns';
import { unpackLz4Frame } from '../unpack/lz4';
import type { Batch } from './messages';
import type { Column } from './schema';

/** Bytes of one compressed buffer that are unpacked, and of all that stay: a batch of eight million float64. */
const mostUnpacked = 64 * 1024 * 1024;
/** Bytes that one byte of LZ4 stands for at most. */
const mostRatio = 255;

/** What was unpacked last, of all columns of a file together. */
export class Unpacked {
  private readonly held = new Map<number, Uint8Array>();
  private bytes = 0;

  constructor(readonly source: ByteSource) {}

  /** @param at where the buffer begins in the file: eight bytes of its length unpacked, then LZ4; -1 for one that is not packed */
  async buffer(at: number, packed: number, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const found = this.held.get(at);
    if (found !== undefined) return found;
    if (packed < 8) throw new NormoscopeError('malformed', `A compressed buffer at byte ${at} has ${packed} bytes, less than its length takes.`, at);
    if (packed > mostUnpacked + 8) throw tooLarge(packed, at);
    const bytes = await readBytes(this.source, at, packed, signal);
    const length = new DataView(bytes.buffer).getBigInt64(0, true);
    if (length > BigInt(packed * mostRatio) || length < -1n) throw new NormoscopeError('malformed', `A buffer at byte ${at} is said to have ${length} bytes, compressed to ${packed}.`, at);
    if (length > mostUnpacked) throw tooLarge(Number(length), at);
    const plain = length === -1n ? bytes.subarray(8) : new Uint8Array(Number(length));
    if (length > 0) unpackLz4Frame(bytes.subarray(8), plain);
    // Another read may have unpacked it meanwhile.
    const meanwhile = this.held.get(at);
    if (meanwhile !== undefined) return meanwhile;
    for (const [key, { length: size }] of this.held) {
      if (this.bytes + plain.length <= mostUnpacked) break;
      this.held.delete(key);
      this.bytes -= size;
    }
    this.held.set(at, plain);
    this.bytes += plain.length;
    return plain;
  }
}

function tooLarge(bytes: number, at: number): NormoscopeError {
  return new NormoscopeError('too-large', `A compressed buffer at byte ${at} has ${formatBytes(bytes)}; it is unpacked whole, up to ${formatBytes(mostUnpacked)}. Write smaller batches, or none compressed.`, at);
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
  if (batch.compression === null) return { most: length, read: (position, target, signal) => unpacked.source.read(start + position, target, signal) };
  return {
    most: length * mostRatio,
    async read(position, target, signal) {
      const bytes = await unpacked.buffer(start, length, signal);
      if (position + target.length > bytes.length) {
        throw new NormoscopeError('malformed', `The compressed buffer at byte ${start} has ${bytes.length} bytes; ${position + target.length} are expected.`, start);
      }
      target.set(bytes.subarray(position, position + target.length));
    },
  };
}
