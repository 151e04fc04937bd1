import { NormoscopeError } from '../../errors';
import type { Limits } from '../../limits';
import { readBytes, type ByteSource } from '../../tensor/byteSource';
import { formatBytes } from '../../text/numbers';
import { Allowance, heapCost } from '../allowance';
import { readingAt } from '../readingAt';
import { ThriftReader } from './thrift';

/** One element of the schema, as it stands there. NaN: not said. */
export interface SchemaElement {
  readonly name: string;
  readonly type: number;
  readonly typeLength: number;
  /** 0 required, 1 optional, 2 repeated. */
  readonly repetition: number;
  readonly children: number;
  readonly convertedType: number;
  /** The number of the union's field; 0: none. */
  readonly logicalType: number;
  /** Of a logical integer. */
  readonly bits: number;
  readonly signed: boolean;
}

/** The rows of a column that one row group has; nothing of it is checked. */
export interface Chunk {
  readonly elsewhere: boolean;
  readonly encrypted: boolean;
  readonly codec: number;
  readonly values: number;
  readonly packedBytes: number;
  readonly dataAt: number;
  readonly dictionaryAt: number;
  /** NaN: not said. */
  readonly nulls: number;
}

export interface RowGroup {
  readonly rows: number;
  readonly chunks: readonly Chunk[];
}

export interface Footer {
  readonly schema: readonly SchemaElement[];
  readonly rowGroups: readonly RowGroup[];
  readonly createdBy: string;
  /** Where it begins; everything else is before that. */
  readonly at: number;
}

export const parquetMagic: readonly number[] = [0x50, 0x41, 0x52, 0x31];
const longestName = 4096;
/** Bytes that all of it may take in memory: two hundred thousand parts of columns. */
const mostMemory = 56 * 1024 * 1024;

/**
 * What a Parquet file says of itself at its end (https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift).
 * @throws NormoscopeError `truncated`, `malformed`, `unsupported` or `too-large`
 */
export async function readFooter(source: ByteSource, limits: Limits, signal: AbortSignal | undefined): Promise<Footer> {
  const { name, size } = source;
  const tail = size < 12 ? null : await readBytes(source, size - 8, 8, signal);
  if (tail !== null && 'PARE'.split('').every((letter, index) => tail[4 + index] === letter.charCodeAt(0))) {
    throw new NormoscopeError('unsupported', `${name} is an encrypted Parquet file; those are not read.`, size - 4);
  }
  if (tail === null || !parquetMagic.every((byte, index) => tail[4 + index] === byte)) {
    throw new NormoscopeError('truncated', `${name} begins as a Parquet file, but its last bytes are not PAR1: it is cut off, or was not closed.`, size);
  }
  const length = new DataView(tail.buffer).getUint32(0, true);
  const at = size - 8 - length;
  if (at < 4) throw new NormoscopeError('malformed', `${name} says that its footer has ${length} bytes, of ${size} in the file.`, size - 8);
  if (length > limits.headerBytes) throw new NormoscopeError('too-large', `The footer of ${name} has ${formatBytes(length)}; at most ${formatBytes(limits.headerBytes)} are read.`, at);
  const bytes = await readBytes(source, at, length, signal);
  return readingAt(at, 'footer', () => ({ ...parseFooter(new ThriftReader(bytes), new Allowance(`The footer of ${name}`, mostMemory)), at }));
}

function parseFooter(reader: ThriftReader, memory: Allowance): Omit<Footer, 'at'> {
  const schema: SchemaElement[] = [];
  const rowGroups: RowGroup[] = [];
  let createdBy = '';
  reader.struct({
    2: () => reader.each(() => schema.push(readElement(reader, memory))),
    4: () => reader.each(() => rowGroups.push(readRowGroup(reader, memory))),
    6: () => (createdBy = reader.text(longestName)),
  });
  return { schema, rowGroups, createdBy };
}

function readElement(reader: ThriftReader, memory: Allowance): SchemaElement {
  memory.take(2 * heapCost.object);
  let [type, typeLength, repetition, children, convertedType, logicalType, bits] = [NaN, NaN, 0, 0, NaN, 0, NaN];
  let name = '';
  let signed = false;
  const integer = {
    1: () => (bits = reader.integer()),
    2: () => (signed = reader.integer() === 1),
  };
  const logical = () => Object.fromEntries(Array.from({ length: 32 }, (_, index) => [index + 1, () => ((logicalType = index + 1), reader.pass())]));
  reader.struct({
    1: () => (type = reader.integer()),
    2: () => (typeLength = reader.integer()),
    3: () => (repetition = reader.integer()),
    4: () => memory.text((name = reader.text(longestName))),
    5: () => (children = reader.integer()),
    6: () => (convertedType = reader.integer()),
    10: () => reader.struct({ ...logical(), 10: () => ((logicalType = 10), reader.struct(integer)) }),
  });
  return { name, type, typeLength, repetition, children, convertedType, logicalType, bits, signed };
}

function readRowGroup(reader: ThriftReader, memory: Allowance): RowGroup {
  memory.take(2 * heapCost.list);
  const chunks: Chunk[] = [];
  let rows = NaN;
  reader.struct({
    1: () => reader.each(() => chunks.push(readChunk(reader, memory))),
    3: () => (rows = reader.integer()),
  });
  return { rows, chunks };
}

function readChunk(reader: ThriftReader, memory: Allowance): Chunk {
  memory.take(heapCost.object + heapCost.member);
  let [codec, values, packedBytes, dataAt, dictionaryAt, nulls] = [NaN, NaN, NaN, NaN, NaN, NaN];
  let elsewhere = false;
  let encrypted = false;
  reader.struct({
    1: () => (elsewhere = reader.text(1) !== ''),
    3: () =>
      reader.struct({
        4: () => (codec = reader.integer()),
        5: () => (values = reader.integer()),
        7: () => (packedBytes = reader.integer()),
        9: () => (dataAt = reader.integer()),
        11: () => (dictionaryAt = reader.integer()),
        12: () => reader.struct({ 3: () => (nulls = reader.integer()) }),
      }),
    8: () => ((encrypted = true), reader.pass()),
  });
  return { elsewhere, encrypted, codec, values, packedBytes, dataAt, dictionaryAt, nulls };
}
