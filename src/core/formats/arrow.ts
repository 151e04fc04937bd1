import { NormoscopeError } from '../errors';
import type { Limits } from '../limits';
import { bitsPerElement } from '../tensor/dtype';
import type { ByteSource } from '../tensor/byteSource';
import type { Catalog, TensorData, TensorInfo } from '../tensor/tensor';
import { formatShape } from '../text/numbers';
import { stretchOf, Unpacked } from './arrow/batches';
import { arrowMagic, readMessages, type ArrowFile, type Batch } from './arrow/messages';
import { columnsOf, type Column } from './arrow/schema';
import { columnData, dtypeWithMissing, missingWarnings, type Stretch } from './columns';
import type { Claim, Clues, Format, OpenFile } from './format';

/**
 * Arrow tables: the file format, which Feather's second version is, and the stream format. Each column of numbers is a tensor of
 * (rows), of lists of a fixed size (rows, size). What is not compressed is read where it lies.
 */
export const arrow: Format = {
  id: 'arrow',
  label: 'Arrow table',
  extensions: [],
  sharedExtensions: ['.arrow', '.feather'],
  probe,
  async open(source, limits, signal) {
    const head = new Uint8Array(Math.min(8, source.size));
    await source.read(0, head, signal);
    return openTable(source, await readMessages(source, isFile(head), limits, signal), limits);
  },
};

const isFile = (head: Uint8Array) => arrowMagic.every((byte, index) => head[index] === byte);

/** A stream begins with a mark, or, of before 0.15, with a length alone, for which its name has to speak. */
function probe({ head, name }: Clues): Claim {
  if (isFile(head)) return 'signature';
  const length = head.length < 12 ? 0 : new DataView(head.buffer, head.byteOffset).getInt32(4, true);
  const marked = head.subarray(0, 4).every((byte) => byte === 0xff) && length > 0 && length % 8 === 0;
  if (marked) return 'signature';
  const small = head.length >= 12 && head[3] === 0 && head[2] === 0 && (head[1] !== 0 || head[0] !== 0);
  return small && arrow.sharedExtensions.some((ending) => name.toLowerCase().endsWith(ending)) ? 'name' : null;
}

interface Entry {
  readonly info: TensorInfo;
  readonly code: 'malformed' | 'refused' | 'unsupported';
  readonly stretches: readonly Stretch[];
}

function openTable(source: ByteSource, file: ArrowFile, limits: Limits): OpenFile {
  const { schema, schemaAt, batches } = file;
  const columns = columnsOf(schema, schemaAt, batches[0]?.old ?? false, limits);
  const rows = batches.reduce((sum, batch) => sum + batch.rows, 0);
  if (!Number.isSafeInteger(rows)) throw new NormoscopeError('malformed', `The batches of ${source.name} are said to have more rows than any file has.`);
  const unpacked = new Unpacked(source);
  const names = new Set<string>();
  const twice = new Set(columns.map(({ name }) => name).filter((name) => names.size === names.add(name).size));
  const missing = new Map<string, number>();
  const entries = columns.map((column) => {
    const nulls = column.dtype === null ? 0 : nullsOf(column, batches);
    const entry = twice.has(column.name) ? refused(infoOf(column, rows), 'The name stands more than once in the table.') : entryOf(column, rows, nulls > 0, batches, unpacked, limits);
    if (nulls > 0 && entry.info.status === 'readable') missing.set(column.name, nulls);
    return entry;
  });
  const compression = batches.find((batch) => batch.compression !== null)?.compression;
  const catalog: Catalog = {
    format: arrow.id,
    metadata: { rows, batches: batches.length, ...(compression && { compression }) },
    tensors: entries.map(({ info }) => info),
    warnings: [...file.warnings, ...missingWarnings(missing)],
  };
  return {
    catalog,
    tensor(index): TensorData {
      const entry = entries[index];
      if (entry === undefined) throw new NormoscopeError('internal', `The file has no tensor number ${index}.`);
      const { info, code, stretches } = entry;
      if (info.status !== 'readable' || info.dtype === null) throw new NormoscopeError(code, info.reason ?? 'The column is not readable.');
      return columnData(info.shape, info.dtype, stretches);
    },
  };
}

function nullsOf({ levels }: Column, batches: readonly Batch[]): number {
  return batches.reduce((sum, { nodes }) => sum + levels.reduce((nulls, { node }) => nulls + Math.max(0, nodes[node * 2 + 1] ?? 0), 0), 0);
}

function infoOf({ name, word, dtype, sizes }: Column, rows: number): TensorInfo {
  return { name, dtype, storedDtype: word, shape: [rows, ...sizes], bytes: 0, status: 'refused', reason: null };
}

function refused(info: TensorInfo, reason: string, code: Entry['code'] = 'refused'): Entry {
  return { info: { ...info, status: code === 'unsupported' ? code : 'refused', reason }, code, stretches: [] };
}

function entryOf(column: Column, rows: number, missing: boolean, batches: readonly Batch[], unpacked: Unpacked, limits: Limits): Entry {
  const info = infoOf(column, rows);
  if (column.dtype === null) return refused(info, `A column of type ${column.word} has no numbers that are computed with.`, 'unsupported');
  if (info.shape.length > limits.rank) return refused({ ...info, shape: [rows] }, `The column has ${info.shape.length} axes; at most ${limits.rank} are read.`, 'unsupported');
  const dtype = dtypeWithMissing(column.dtype, missing);
  const width = bitsPerElement(dtype) / 8;
  // An empty axis makes the column empty, but must not hide the others' sizes from this.
  const most = info.shape.reduce((product, size) => product * (size || 1), width);
  if (most > Number.MAX_SAFE_INTEGER) return refused(info, `A column of shape ${formatShape(info.shape)} takes more bytes than any file has.`);
  const stretches: Stretch[] = [];
  for (const batch of batches) {
    const stretch = stretchOf(batch, column, dtype, unpacked);
    if (stretch instanceof NormoscopeError) return refused(info, stretch.message, 'malformed');
    stretches.push(stretch);
  }
  return { info: { ...info, dtype, bytes: info.shape.reduce((product, size) => product * size, width), status: 'readable', reason: null }, code: 'refused', stretches };
}
