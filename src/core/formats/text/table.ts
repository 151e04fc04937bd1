import { NormoscopeError } from '../../errors';
import type { ByteSource } from '../../tensor/byteSource';
import type { Warning } from '../../tensor/tensor';
import { counted, formatCount } from '../../text/numbers';
import { quoted } from '../../text/quoted';
import { comment, detectDialect, splitLine, type Dialect } from './dialect';
import { eachLine } from './lines';
import { parsed, parseField, type FieldKind } from './numbers';

/** What a scan of a whole table found. */
export interface Table {
  readonly dialect: Dialect;
  readonly rows: number;
  /** Columns that hold numbers, (columns): their places among the fields of a line. */
  readonly fields: readonly number[];
  /** Of those columns; absent without a header. */
  readonly names?: readonly string[];
  /** Byte at which every `rowsPerMark`-th row begins. */
  readonly marks: readonly number[];
  /** Why the table cannot be read as numbers; null when it can. */
  readonly failure: NormoscopeError | null;
  readonly warnings: readonly Warning[];
}

export const rowsPerMark = 512;

const decoder = new TextDecoder();
/** Bytes of a field that are kept: names of columns are shown in a sentence. */
const longestWord = 4096;
/** Lines that the dialect is told from. */
const firstLines = 50;
/** Bytes of them, but for the first, which may be longer; and fields of a line, each of which is looked at by itself. */
const firstBytes = 1 << 20;
const mostFields = 1 << 17;

/** Whether a line holds a row: it is neither empty nor a comment. */
export function isRow(line: Uint8Array): boolean {
  for (const byte of line) if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) return byte !== comment;
  return false;
}

interface Field {
  readonly kind: FieldKind;
  readonly text: string;
}

/**
 * Reads a table from front to back, once: every row is looked at, so that none can be a surprise later.
 * @param start byte at which it begins, behind a byte order mark
 * @throws NormoscopeError `not-recognized` for text that is no table of numbers; whatever the source throws
 */
export async function scanTable(source: ByteSource, start: number, signal: AbortSignal | undefined): Promise<Table> {
  const head = await firstRows(source, start, signal);
  const dialect = detectDialect(head);
  const [first = [], second] = head.slice(0, 2).map((line) => fieldsOf(line, dialect));
  const hasHeader = isHeader(first, second);
  const model = hasHeader ? (second ?? []) : first;
  // `1,2,` all the way down: what ends a line is no empty column.
  const trailing = dialect.delimiter !== null && model.length > 1 && model.at(-1)?.text.trim() === '' && (!hasHeader || first.at(-1)?.text.trim() === '');
  const width = trailing ? model.length - 1 : model.length;
  const fields = model.slice(0, width).flatMap(({ kind }, place) => (kind === 'text' ? [] : [place]));
  if (!model.some(({ kind }) => kind === 'number')) throw notATable(source, head[0]);
  const scan = new Scan(dialect, width, trailing, fields, hasHeader);
  await eachLine(source, start, signal, (line, position) => scan.take(line, position));
  const names = hasHeader ? fields.map((place) => first[place]?.text.trim() ?? '') : undefined;
  const left = model.slice(0, width).flatMap(({ kind }, place) => (kind === 'text' ? [nameOf(place, first, hasHeader)] : []));
  return {
    dialect,
    rows: scan.rows,
    fields,
    ...(names && { names }),
    marks: scan.marks,
    failure: scan.failure,
    warnings: [...scan.warnings(), ...textColumns(left)],
  };
}

async function firstRows(source: ByteSource, start: number, signal: AbortSignal | undefined): Promise<Uint8Array[]> {
  const rows: Uint8Array[] = [];
  let bytes = 0;
  await eachLine(source, start, signal, (line) => {
    if (isRow(line)) rows.push(line.slice());
    bytes += line.length;
    return rows.length < firstLines && (bytes < firstBytes || rows.length < 2);
  });
  return rows;
}

function fieldsOf(line: Uint8Array, { delimiter, point }: Dialect): Field[] {
  const fields: Field[] = [];
  splitLine(line, delimiter, (start, end) => {
    if (fields.length >= mostFields) throw new NormoscopeError('too-large', `The first line has more than ${formatCount(mostFields)} fields; tables of as many columns are not read.`, start);
    fields.push({ kind: parseField(line, start, end, point), text: decoder.decode(line.subarray(start, Math.min(end, start + longestWord))) });
  });
  return fields;
}

/** Whether the first row names the columns: it has words where the next has numbers, or nothing but words. */
function isHeader(first: readonly Field[], second: readonly Field[] | undefined): boolean {
  if (second === undefined || !first.some(({ kind }) => kind === 'text')) return false;
  return first.every(({ kind }) => kind !== 'number') || first.some(({ kind }, place) => kind === 'text' && second[place]?.kind === 'number');
}

function nameOf(place: number, header: readonly Field[], hasHeader: boolean): string {
  const name = hasHeader ? header[place]?.text.trim() : undefined;
  return name === undefined || name === '' ? `number ${place + 1}` : quoted(name);
}

function notATable({ name }: ByteSource, line: Uint8Array | undefined): NormoscopeError {
  if (line === undefined) return new NormoscopeError('not-recognized', `${name} has no line that is neither empty nor a comment: it holds no table.`, 0);
  return new NormoscopeError('not-recognized', `${name} is text, not a table of numbers: it begins ${quoted(decoder.decode(line.subarray(0, 200)), 40)}.`, 0);
}

function textColumns(names: readonly string[]): Warning[] {
  if (names.length === 0) return [];
  const listed = names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');
  return [{ code: 'text-columns', message: `${counted(names.length, 'column')} of text ${names.length === 1 ? 'is' : 'are'} left out: ${listed}.` }];
}

/** Counts rows and looks for what does not belong in a table of numbers. */
class Scan {
  rows = 0;
  readonly marks: number[] = [];
  failure: NormoscopeError | null = null;
  private lines = 0;
  private missing = 0;
  private firstMissing = 0;
  private numeric: readonly boolean[];
  private skip: boolean;

  constructor(
    private readonly dialect: Dialect,
    private readonly width: number,
    private readonly trailing: boolean,
    fields: readonly number[],
    hasHeader: boolean,
  ) {
    this.numeric = Array.from({ length: width }, (_, place) => fields.includes(place));
    this.skip = hasHeader;
  }

  /** False ends the scan: what follows cannot be read anyway. */
  take(line: Uint8Array, position: number): boolean {
    this.lines++;
    if (!isRow(line)) return true;
    if (this.skip) {
      this.skip = false;
      return true;
    }
    if (this.rows % rowsPerMark === 0) this.marks.push(position);
    this.rows++;
    let place = 0;
    const closed = splitLine(line, this.dialect.delimiter, (start, end) => {
      if (this.numeric[place] === true && this.failure === null) this.look(line, start, end, place, position);
      place++;
    });
    if (!closed) this.fail(`Line ${formatCount(this.lines)} has a quote that is not closed.`, position);
    const found = this.trailing && place === this.width + 1 ? this.width : place;
    if (found !== this.width) {
      this.fail(`Line ${formatCount(this.lines)} has ${counted(found, 'field')}, where the lines before have ${this.width}.`, position);
    }
    return this.failure === null;
  }

  private look(line: Uint8Array, start: number, end: number, place: number, position: number): void {
    const kind = parseField(line, start, end, this.dialect.point);
    if (kind === 'number') return;
    if (kind === 'missing') {
      if (this.missing++ === 0) this.firstMissing = this.lines;
      return;
    }
    const found = quoted(decoder.decode(line.subarray(start, Math.min(end, start + longestWord))).trim(), 40);
    this.fail(`Line ${formatCount(this.lines)} has ${found} in field ${place + 1}, where numbers are expected.`, position + start);
  }

  private fail(message: string, offset: number): void {
    this.failure ??= new NormoscopeError('malformed', message, offset);
  }

  warnings(): Warning[] {
    if (this.missing === 0) return [];
    const where = `${counted(this.missing, 'field is', 'fields are')} empty or marked as missing, the first in line ${formatCount(this.firstMissing)}`;
    return [{ code: 'missing-values', message: `${where}: they count as NaN, not as zero.` }];
  }
}

/**
 * The numbers of a row, into `target`; missing ones are NaN.
 * @param columns by place among the fields: the column, or -1 for one that is not read
 */
export function readRow(line: Uint8Array, { delimiter, point }: Dialect, columns: readonly number[], target: Float64Array): void {
  let place = 0;
  splitLine(line, delimiter, (start, end) => {
    const column = columns[place++] ?? -1;
    if (column >= 0) target[column] = parseField(line, start, end, point) === 'number' ? parsed : NaN;
  });
}
