import { parseField } from './numbers';

/** How a table is written. */
export interface Dialect {
  /** Byte between fields; null: any run of spaces and tabs. */
  readonly delimiter: number | null;
  /** Byte of the decimal mark. */
  readonly point: number;
}

export const quote = 0x22;
export const comment = 0x23;
const [comma, semicolon, tab, bar, dot] = [0x2c, 0x3b, 0x09, 0x7c, 0x2e];

/** Lines that are looked at. */
const looked = 50;
/** Bytes of each. */
const longest = 64 * 1024;

/**
 * The dialect of a table's first lines (without comments): that which makes the most fields numbers, in rows of one length. A
 * comma is the decimal mark where something else stands between fields and more of them are numbers that way.
 */
export function detectDialect(lines: readonly Uint8Array[]): Dialect {
  // Of a very long line the beginning says as much.
  const sample = lines.slice(0, looked).map((line) => line.subarray(0, longest));
  const dialects: Dialect[] = [
    ...[comma, semicolon, tab, bar, null].map((delimiter) => ({ delimiter, point: dot })),
    ...[semicolon, tab, bar, null].map((delimiter) => ({ delimiter, point: comma })),
  ];
  let best: Dialect = dialects[0] as Dialect;
  let bestScore = -Infinity;
  for (const dialect of dialects) {
    const score = scoreOf(dialect, sample);
    // The first of equals stays: a single column is comma-separated, with a point.
    if (score > bestScore) [best, bestScore] = [dialect, score];
  }
  return best;
}

function scoreOf(dialect: Dialect, lines: readonly Uint8Array[]): number {
  let numbers = 0;
  let texts = 0;
  const widths = new Map<number, number>();
  for (const line of lines) {
    let width = 0;
    splitLine(line, dialect.delimiter, (start, end) => {
      width++;
      const kind = parseField(line, start, end, dialect.point);
      if (kind === 'number') numbers++;
      else if (kind === 'text') texts++;
    });
    widths.set(width, (widths.get(width) ?? 0) + 1);
  }
  // A comma is a decimal mark only beside something else that stands between fields: `1,2` over `3` is a row too short, not 1.2 and 3.
  if (dialect.point === comma && Math.max(...widths.keys()) < 2) return -Infinity;
  const uneven = lines.length - Math.max(0, ...widths.values());
  // A header of words counts little, rows of another length than most more.
  return 2 * numbers - texts - 3 * uneven;
}

/**
 * Tells the fields of a line, quotes taken off.
 * @returns false where a quote is not closed
 */
export function splitLine(line: Uint8Array, delimiter: number | null, field: (start: number, end: number) => void): boolean {
  let length = line.length;
  if (line[length - 1] === 0x0d) length--;
  if (delimiter === null) return splitSpaced(line, length, field);
  let start = 0;
  for (;;) {
    let open = start;
    while (open < length && line[open] === 0x20) open++;
    if (line[open] === quote) {
      const close = line.indexOf(quote, open + 1);
      if (close < 0 || close >= length) return false;
      field(open + 1, close);
      const next = line.indexOf(delimiter, close + 1);
      if (next < 0 || next >= length) return true;
      start = next + 1;
    } else {
      const next = line.indexOf(delimiter, start);
      if (next < 0 || next >= length) {
        field(start, length);
        return true;
      }
      field(start, next);
      start = next + 1;
    }
  }
}

function splitSpaced(line: Uint8Array, length: number, field: (start: number, end: number) => void): boolean {
  const isSpace = (at: number) => line[at] === 0x20 || line[at] === tab;
  for (let at = 0; at < length; ) {
    while (at < length && isSpace(at)) at++;
    const start = at;
    if (line[start] === quote) {
      const close = line.indexOf(quote, start + 1);
      if (close < 0 || close >= length) return false;
      field(start + 1, close);
      at = close + 1;
      continue;
    }
    while (at < length && !isSpace(at)) at++;
    if (at > start) field(start, at);
  }
  return true;
}
