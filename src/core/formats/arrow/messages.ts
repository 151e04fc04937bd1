import { NormoscopeError, throwIfCancelled } from '../../errors';
import type { Limits } from '../../limits';
import { readBytes, type ByteSource } from '../../tensor/byteSource';
import type { Warning } from '../../tensor/tensor';
import { formatBytes } from '../../text/numbers';
import { readingAt } from '../readingAt';
import { Table } from './flatbuffer';

/** Rows that were written together, as their header has them; nothing of it is checked. */
export interface Batch {
  readonly rows: number;
  /** Of every column and its parts, in order: elements and nulls. */
  readonly nodes: Float64Array;
  /** Of every buffer, in order: offset from the body and bytes. */
  readonly buffers: Float64Array;
  /** Of columns that have a varying number of buffers, in order. */
  readonly variadic: Float64Array;
  readonly compression: 'lz4' | 'zstd' | null;
  /** Where the buffers begin in the file, and their bytes. */
  readonly body: number;
  readonly bodyBytes: number;
  /** Before version 5 unions had a mask of nulls. */
  readonly old: boolean;
}

export interface ArrowFile {
  readonly schema: Table;
  readonly schemaAt: number;
  readonly batches: readonly Batch[];
  readonly warnings: readonly Warning[];
}

export const arrowMagic: readonly number[] = [0x41, 0x52, 0x52, 0x4f, 0x57, 0x31];
const [schemaHeader, batchHeader] = [1, 3];
const continuation = 0xffffffff;
/** A block of the footer: offset, bytes of the header, bytes of the body. */
const blockBytes = 24;

/** @throws NormoscopeError as `Format.open` */
export function readMessages(source: ByteSource, isFile: boolean, limits: Limits, signal: AbortSignal | undefined): Promise<ArrowFile> {
  return isFile ? readFooter(source, limits, signal) : readStream(source, limits, signal);
}

/** The file format: a stream, and behind it a footer that says where everything is (https://arrow.apache.org/docs/format/Columnar.html). */
async function readFooter(source: ByteSource, limits: Limits, signal: AbortSignal | undefined): Promise<ArrowFile> {
  const { name, size } = source;
  const tail = size < 22 ? null : await readBytes(source, size - 10, 10, signal);
  if (tail === null || !arrowMagic.every((byte, index) => tail[4 + index] === byte)) {
    throw new NormoscopeError('truncated', `${name} begins as an Arrow file, but its last bytes are not ARROW1: it is cut off, or was not closed.`, size);
  }
  const footerBytes = new DataView(tail.buffer).getInt32(0, true);
  if (footerBytes < 4 || footerBytes > size - 18) throw new NormoscopeError('malformed', `${name} says that its footer has ${footerBytes} bytes, of ${size} in the file.`, size - 10);
  const at = size - 10 - footerBytes;
  checkHeader(footerBytes, at, limits);
  const bytes = await readBytes(source, at, footerBytes, signal);
  const { schema, blocks, headers } = readingAt(at, 'footer', () => {
    const footer = Table.root(bytes);
    return { schema: footer.table(1), blocks: footer.int64s(3, blockBytes, [0, 16]), headers: footer.int32s(3, blockBytes, 8) };
  });
  if (schema === null) throw new NormoscopeError('malformed', `The footer of ${name} has no schema.`, at);
  const held = new Held(limits);
  const batches: Batch[] = [];
  for (const [index, headerBytes] of headers.entries()) {
    const [offset = -1, bodyBytes = -1] = blocks.subarray(index * 2);
    if (offset < 0 || bodyBytes < 0 || headerBytes < 8 || offset + headerBytes + bodyBytes > at) {
      throw new NormoscopeError('malformed', `Batch ${index} of ${name} is said to lie at byte ${offset}, outside of what is before the footer.`, at);
    }
    const message = await readMessage(source, offset, headerBytes, held, limits, signal);
    if (message?.kind !== batchHeader) throw new NormoscopeError('malformed', `The footer of ${name} has a batch of rows at byte ${offset}; there is none.`, offset);
    batches.push(batchOf(message, offset + headerBytes, bodyBytes, held));
  }
  return { schema, schemaAt: at, batches, warnings: [] };
}

/** The stream format: messages one after the other, the first of them the schema, as Hugging Face's `datasets` keeps its tables. */
async function readStream(source: ByteSource, limits: Limits, signal: AbortSignal | undefined): Promise<ArrowFile> {
  const held = new Held(limits);
  const warnings: Warning[] = [];
  const batches: Batch[] = [];
  let schema: Table | null = null;
  let position = 0;
  while (position + 4 <= source.size) {
    const message = await readMessage(source, position, null, held, limits, signal);
    if (message === null) break;
    const { kind, bodyBytes, end } = message;
    if (bodyBytes < 0 || end + bodyBytes > source.size) {
      if (schema === null) throw new NormoscopeError('truncated', `${source.name} ends at byte ${source.size}, within its first message.`, source.size);
      const text = `The batch of rows at byte ${position} goes beyond the file's end at byte ${source.size}: it and what follows it are not read.`;
      warnings.push({ code: 'cut-short', message: text });
      break;
    }
    if (schema === null) {
      if (kind !== schemaHeader || message.header === null) throw new NormoscopeError('malformed', `The first message of ${source.name} is no schema.`, position);
      schema = message.header;
    } else if (kind === batchHeader) batches.push(batchOf(message, end, bodyBytes, held));
    position = end + bodyBytes;
  }
  if (schema === null) throw new NormoscopeError('truncated', `${source.name} ends before its schema.`, source.size);
  return { schema, schemaAt: 0, batches, warnings };
}

interface Message {
  readonly kind: number;
  readonly header: Table | null;
  readonly bodyBytes: number;
  readonly old: boolean;
  readonly at: number;
  /** Behind its header. */
  readonly end: number;
}

/**
 * The header of one message: `ffffffff`, its length, a FlatBuffer; before 0.15 without the first.
 * @param expected bytes of it, by the footer
 * @returns null for the mark of a stream's end
 */
async function readMessage(source: ByteSource, at: number, expected: number | null, held: Held, limits: Limits, signal: AbortSignal | undefined): Promise<Message | null> {
  throwIfCancelled(signal);
  const start = new DataView((await readBytes(source, at, Math.min(8, source.size - at), signal)).buffer);
  const prefix = start.byteLength === 8 && start.getUint32(0, true) === continuation ? 8 : 4;
  const length = start.getInt32(prefix - 4, true);
  if (length === 0 && expected === null) return null;
  const end = at + prefix + length;
  if (length < 8 || end > source.size || (expected !== null && end > at + expected)) {
    throw new NormoscopeError('malformed', `The header at byte ${at} of ${source.name} is said to have ${length} bytes.`, at);
  }
  checkHeader(length, at, limits);
  held.walked(length, at);
  const bytes = await readBytes(source, at + prefix, length, signal);
  return readingAt(at, 'header', () => {
    const message = Table.root(bytes);
    return { kind: message.uint8(1), header: message.table(2), bodyBytes: message.int64(3), old: message.int16(0) < 4, at, end };
  });
}

function batchOf({ header, at, old }: Message, body: number, bodyBytes: number, held: Held): Batch {
  if (header === null) throw new NormoscopeError('malformed', `The batch of rows at byte ${at} has no header.`, at);
  return readingAt(at, 'header', () => {
    const compression = header.table(3);
    const batch: Batch = {
      rows: header.int64(0),
      nodes: header.int64s(1, 16, [0, 8]),
      buffers: header.int64s(2, 16, [0, 8]),
      variadic: header.int64s(4, 8, [0]),
      compression: compression === null ? null : compression.uint8(0) === 0 ? 'lz4' : 'zstd',
      body,
      bodyBytes,
      old,
    };
    if (batch.rows < 0) throw new NormoscopeError('malformed', `The batch of rows at byte ${at} has no number of rows that a file can have.`, at);
    held.batch(at);
    return batch;
  });
}

function checkHeader(bytes: number, at: number, { headerBytes }: Limits): void {
  if (bytes > headerBytes) throw new NormoscopeError('too-large', `The header at byte ${at} has ${formatBytes(bytes)}; at most ${formatBytes(headerBytes)} are read.`, at);
}

/** What the headers of all batches take in memory together. */
class Held {
  private bytes = 0;
  private batches = 0;

  constructor(private readonly limits: Limits) {}

  walked(bytes: number, at: number): void {
    this.bytes += bytes;
    const { walkedBytes } = this.limits;
    if (this.bytes > walkedBytes / 2) throw new NormoscopeError('too-large', `The headers up to byte ${at} take more than ${formatBytes(walkedBytes / 2)}; that is as much as is held.`, at);
  }

  batch(at: number): void {
    if (++this.batches > this.limits.archiveEntries) throw new NormoscopeError('too-large', `There are more than ${this.limits.archiveEntries} batches of rows before byte ${at}; that is as many as are read.`, at);
  }
}
