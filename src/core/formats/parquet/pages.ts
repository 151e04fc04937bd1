import { NormoscopeError } from '../../errors';
import { readBytes, type ByteSource } from '../../tensor/byteSource';
import { formatBytes } from '../../text/numbers';
import { readingAt } from '../readingAt';
import { unpackDeflated } from '../unpack/deflated';
import { unpackLz4Block } from '../unpack/lz4';
import { unpackSnappy } from '../unpack/snappy';
import { unpackZstd } from '../unpack/zstd';
import { ThriftReader } from './thrift';

/** Bytes of one page, packed or not: it is held whole. Writers make pages of about one MiB. */
export const mostPageBytes = 32 * 1024 * 1024;
/** Values of one page: float64 of as many bytes. */
const mostValues = mostPageBytes / 8;
/** Bytes of a page's header: twenty, and the least and greatest value where it says so; of texts, those may be long. */
const [usualHeader, longestHeader] = [256, 64 * 1024];

export interface PageHeader {
  readonly kind: 'values' | 'dictionary' | 'other';
  readonly count: number;
  readonly encoding: number;
  /** Of levels of values that may be null, before their values; null where these stand in the page with their length before them. */
  readonly levels: { readonly repetition: number; readonly definition: number } | null;
  readonly levelEncoding: number;
  /** Whether what follows the levels is packed. */
  readonly packed: boolean;
  readonly bytes: number;
  readonly packedBytes: number;
  /** Of the page behind the header. */
  readonly at: number;
}

/**
 * @param end of the column's bytes in the file
 * @throws NormoscopeError `malformed` or `too-large`
 */
export async function readPageHeader(source: ByteSource, at: number, end: number, signal: AbortSignal | undefined): Promise<PageHeader> {
  let bytes = await readBytes(source, at, Math.min(usualHeader, end - at), signal);
  let header: PageHeader;
  try {
    header = parse(bytes, at);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    bytes = await readBytes(source, at, Math.min(longestHeader, end - at), signal);
    header = readingAt(at, 'header of a page', () => parse(bytes, at));
  }
  const { count, bytes: plain, packedBytes } = header;
  if (!(count >= 0) || !(plain >= 0) || !(packedBytes >= 0) || header.at + packedBytes > end) {
    throw new NormoscopeError('malformed', `The page at byte ${at} is said to have ${count} values in ${packedBytes} bytes, beyond the column's end at byte ${end}.`, at);
  }
  if (plain > mostPageBytes || packedBytes > mostPageBytes || count > mostValues) {
    const found = count > mostValues ? `${count} values` : formatBytes(Math.max(plain, packedBytes));
    throw new NormoscopeError('too-large', `The page at byte ${at} has ${found}; at most ${count > mostValues ? mostValues : formatBytes(mostPageBytes)} of one page are read.`, at);
  }
  return header;
}

function parse(bytes: Uint8Array, at: number): PageHeader {
  const reader = new ThriftReader(bytes);
  let [type, plain, packedBytes, count, encoding, levelEncoding, definition, repetition] = [NaN, NaN, NaN, 0, NaN, 3, 0, 0];
  let packed = true;
  const values = { 1: () => (count = reader.integer()), 2: () => (encoding = reader.integer()) };
  reader.struct({
    1: () => (type = reader.integer()),
    2: () => (plain = reader.integer()),
    3: () => (packedBytes = reader.integer()),
    5: () => reader.struct({ ...values, 3: () => (levelEncoding = reader.integer()) }),
    7: () => reader.struct(values),
    8: () =>
      reader.struct({
        1: values[1],
        4: () => (encoding = reader.integer()),
        5: () => (definition = reader.integer()),
        6: () => (repetition = reader.integer()),
        7: () => (packed = reader.integer() !== 0),
      }),
  });
  const kind = type === 0 || type === 3 ? 'values' : type === 2 ? 'dictionary' : 'other';
  return { kind, count, encoding, levels: type === 3 ? { repetition, definition } : null, levelEncoding, packed, bytes: plain, packedBytes, at: at + reader.at };
}

/** By number: name, and whether it is read. The LZ4 of number 5 is framed in several ways that cannot be told apart. */
export const codecs: readonly (readonly [name: string, read: boolean])[] = [
  ['no compression', true], ['Snappy', true], ['gzip', true], ['LZO', false], ['Brotli', false], ['LZ4 of before 2021', false], ['Zstandard', true], ['LZ4', true],
];

/** What follows a page's header, unpacked, apart from the levels that version 2 of pages has before it. */
export async function readPage(source: ByteSource, header: PageHeader, codec: number, signal: AbortSignal | undefined): Promise<{ readonly levels: Uint8Array | null; readonly page: Uint8Array }> {
  const { levels, packed, bytes, packedBytes, at } = header;
  const raw = await readBytes(source, at, packedBytes, signal);
  const before = levels === null ? 0 : levels.repetition + levels.definition;
  if (levels !== null && (!(levels.repetition >= 0) || !(levels.definition >= 0) || before > packedBytes || before > bytes)) {
    throw new NormoscopeError('malformed', `The page at byte ${at} has ${before} bytes of levels, of ${packedBytes}.`, at);
  }
  const page = unpacked(raw.subarray(before), bytes - before, packed ? codec : 0, source, at);
  return { levels: levels === null ? null : raw.subarray(levels.repetition, before), page };
}

function unpacked(packed: Uint8Array, bytes: number, codec: number, source: ByteSource, at: number): Uint8Array {
  if (codec === 0) {
    if (packed.length !== bytes) throw new NormoscopeError('malformed', `The page at byte ${at} has ${packed.length} bytes, and is said to have ${bytes}.`, at);
    return packed;
  }
  // Nobody writes values of no bytes packed, but for pages of nulls alone.
  if (bytes === 0) return new Uint8Array(0);
  if (codec === 2) return unpackDeflated(packed, bytes, 'gzip', source.unpacking);
  const page = new Uint8Array(bytes);
  if (codec === 1) unpackSnappy(packed, page);
  else if (codec === 6) unpackZstd(packed, page);
  else if (unpackLz4Block(packed, page) !== bytes) throw new NormoscopeError('malformed', `The page at byte ${at} unpacks to less than the ${bytes} bytes that it is said to have.`, at);
  return page;
}
