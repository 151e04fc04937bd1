import { NormoscopeError } from '../errors';
import type { Limits } from '../limits';
import type { ByteSource } from '../tensor/byteSource';
import { bitsPerElement } from '../tensor/dtype';
import type { Catalog, TensorData, TensorInfo, Warning } from '../tensor/tensor';
import { formatCount, listed as listText } from '../text/numbers';
import { quoted } from '../text/quoted';
import { columnData, dtypeWithMissing, missingWarnings } from './columns';
import type { Format, OpenFile } from './format';
import { chunkStretch, type Holding, type Place } from './parquet/column';
import { parquetMagic, readFooter, type Chunk, type Footer } from './parquet/footer';
import { codecs } from './parquet/pages';
import { leavesOf, type Leaf } from './parquet/schema';

/** Parquet tables: each column of numbers is a tensor of (rows). Pages are unpacked one at a time, so that size does not matter. */
export const parquet: Format = {
  id: 'parquet',
  label: 'Parquet table',
  extensions: [],
  sharedExtensions: ['.parquet'],
  probe: ({ head }) => (parquetMagic.every((byte, index) => head[index] === byte) || [0x50, 0x41, 0x52, 0x45].every((byte, index) => head[index] === byte) ? 'signature' : null),
  async open(source, limits, signal) {
    return openTable(source, await readFooter(source, limits, signal), limits);
  },
};

interface Entry {
  readonly info: TensorInfo;
  readonly code: 'malformed' | 'refused' | 'unsupported';
  readonly leaf: Leaf;
  readonly places: readonly Place[];
  /** NaN where the file does not say how many there are. */
  readonly nulls: number;
}

function openTable(source: ByteSource, footer: Footer, limits: Limits): OpenFile {
  const { schema, rowGroups, createdBy, at } = footer;
  const leaves = leavesOf(schema, at);
  const rows = rowGroups.reduce((sum, group) => sum + group.rows, 0);
  const broken = rowGroups.findIndex(({ rows: count, chunks }) => !(count >= 0) || chunks.length !== leaves.length);
  if (broken >= 0) throw new NormoscopeError('malformed', `Row group ${broken} of ${source.name} does not have ${leaves.length} columns and a number of rows, as its schema says.`, at);
  if (!Number.isSafeInteger(rows * 8)) throw new NormoscopeError('malformed', `The row groups of ${source.name} are said to have more rows than any file has.`, at);
  const names = new Set<string>();
  const twice = new Set(leaves.map(({ name }) => name).filter((name) => names.size === names.add(name).size));
  const entries = leaves.slice(0, limits.tensors).map((leaf, index) => entryOf(leaf, index, footer, rows, twice));
  const holding: Holding = { release: null };
  const catalog: Catalog = {
    format: parquet.id,
    metadata: { rows, rowGroups: rowGroups.length, ...(createdBy !== '' && { createdBy }) },
    tensors: entries.map(({ info }) => info),
    warnings: warningsOf(entries, leaves.length, limits),
  };
  return {
    catalog,
    tensor(index): TensorData {
      const entry = entries[index];
      if (entry === undefined) throw new NormoscopeError('internal', `The file has no tensor number ${index}.`);
      const { info, code, leaf, places } = entry;
      const { dtype } = info;
      if (info.status !== 'readable' || dtype === null) throw new NormoscopeError(code, info.reason ?? 'The column is not readable.');
      return columnData(info.shape, dtype, places.map((place) => chunkStretch(source, leaf, place, dtype, holding)));
    },
  };
}

function warningsOf(entries: readonly Entry[], columns: number, limits: Limits): Warning[] {
  const readable = entries.filter(({ info }) => info.status === 'readable');
  const missing = new Map(readable.filter(({ nulls }) => nulls > 0).map(({ info, nulls }) => [info.name, nulls]));
  const unsaid = readable.filter(({ nulls }) => Number.isNaN(nulls)).map(({ info }) => quoted(info.name));
  const warnings = missingWarnings(missing);
  if (unsaid.length > 0) {
    const message = `The file does not say how many entries are null in ${listText(unsaid)}: those that are count as NaN, not as zero.`;
    warnings.push({ code: 'missing-values', message });
  }
  if (columns > entries.length) warnings.push({ code: 'tensors-left-out', message: `The table has ${formatCount(columns)} columns; the first ${formatCount(limits.tensors)} are listed.` });
  return warnings;
}

function entryOf(leaf: Leaf, index: number, { rowGroups, at }: Footer, rows: number, twice: ReadonlySet<string>): Entry {
  const info: TensorInfo = { name: leaf.name, dtype: leaf.dtype, storedDtype: leaf.word, shape: [rows], bytes: 0, status: 'refused', reason: null };
  const entry: Entry = { info, code: 'refused', leaf, places: [], nulls: 0 };
  const refused = (reason: string, code: Entry['code']): Entry => ({ ...entry, code, info: { ...info, status: code === 'unsupported' ? code : 'refused', reason } });
  if (twice.has(leaf.name)) return refused('The name stands more than once in the table.', 'refused');
  if (leaf.repeated) return refused('The column has lists, of whatever length; columns of one number to a row are read.', 'unsupported');
  if (leaf.dtype === null) return refused(`A column of type ${leaf.word} has no numbers that are computed with.`, 'unsupported');
  const places: Place[] = [];
  let nulls = 0;
  for (const { rows: count, chunks } of rowGroups) {
    const chunk = chunks[index];
    if (chunk === undefined) return refused('A row group lacks the column.', 'malformed');
    if (chunk.encrypted) return refused('The column is encrypted.', 'unsupported');
    if (chunk.elsewhere) return refused('The column is in a file of its own; nothing but this one is read.', 'unsupported');
    const [codec, read] = codecs[chunk.codec] ?? [`type ${chunk.codec}`, false];
    if (!read) return refused(`The column is compressed with ${codec}; Snappy, gzip, LZ4 and none are read.`, 'unsupported');
    const place = placeOf(chunk, count, at);
    if (place === null) return refused(`A row group of ${count} rows has ${chunk.values} values of the column, in ${chunk.packedBytes} bytes from byte ${chunk.dataAt} on, of ${at}.`, 'malformed');
    if (count > 0) places.push(place);
    if (leaf.optional > 0 && count > 0) nulls += chunk.nulls;
  }
  const dtype = dtypeWithMissing(leaf.dtype, !(nulls === 0));
  const bytes = (rows * bitsPerElement(dtype)) / 8;
  return { ...entry, info: { ...info, dtype, bytes, status: 'readable', reason: null }, places, nulls };
}

/** The dictionary, where there is one, stands before the pages; some writers say that it is at byte 0. */
function placeOf(chunk: Chunk, rows: number, end: number): Place | null {
  const { values, packedBytes, dataAt, dictionaryAt } = chunk;
  const start = dictionaryAt > 0 && dictionaryAt < dataAt ? dictionaryAt : dataAt;
  const fits = values === rows && packedBytes >= 0 && start >= 4 && start + packedBytes <= end;
  return fits || rows === 0 ? { chunk, rows, start, end: start + packedBytes } : null;
}
