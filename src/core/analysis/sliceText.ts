import { bitsPerElement, dtypeKind, type DType } from '../tensor/dtype';
import { formatShape } from '../text/numbers';
import type { Slice, SliceRequest } from './slice';

/** The elements of a slice as text: every digit that tells a number from its neighbours, in three languages and for people. */

export type TextFormat = 'python' | 'csv' | 'json' | 'tsv';

export interface SliceSource {
  /** What the tensor is called: a file's name, or a name in it. */
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly request: SliceRequest;
}

/**
 * @returns Python: an assignment of a NumPy array, with a comment that says what it is; CSV: a line for each row, NaN as
 *   nothing; TSV: the same as people write it; JSON: rows of numbers, or one list for a cut of one axis, with NaN, infinities and integers beyond 2⁵³ as
 *   strings and complex numbers as pairs
 */
export function sliceText(slice: Slice, source: SliceSource, format: TextFormat): string {
  if (format === 'python') return pythonText(slice, source);
  const element = format === 'json' ? jsonElement : format === 'csv' ? csvElement : elementText;
  const rows = rowsOf(slice, (place) => element(slice, place, source.dtype));
  if (format === 'json') {
    const lines = source.request.columnAxis === null ? rows.flat() : rows.map((row) => `[${row.join(', ')}]`);
    return source.request.rowAxis === null ? lines.join('') : `[${lines.join(source.request.columnAxis === null ? ', ' : ',\n ')}]`;
  }
  return rows.map((row) => `${row.join(format === 'csv' ? ',' : '\t')}\n`).join('');
}

/** One element with all of its digits, as people write it: `0.1`, `-1.5e-7`, `NaN`, `1+2j`. */
export function elementText(slice: Slice, place: number, dtype: DType): string {
  const { values, integers, imaginary } = slice;
  if (integers !== undefined) return String(integers[place]);
  const real = exactText(values[place] ?? NaN, dtype);
  if (imaginary === undefined) return real;
  const other = exactText(imaginary[place] ?? NaN, dtype);
  return `${real}${other.startsWith('-') ? '' : '+'}${other}j`;
}

/** Of the fewest digits that read back as the same number, in float32 where its type's numbers are: 0.1 is not `0.10000000149011612`. */
export function exactText(value: number, dtype: DType): string {
  if (Object.is(value, -0)) return '-0';
  if (!Number.isFinite(value) || Number.isInteger(value) || !isNarrow(dtype)) return String(value);
  for (let digits = 1; digits < 9; digits++) {
    const text = Number(value.toPrecision(digits));
    if (Math.fround(text) === value) return String(text);
  }
  return String(Number(value.toPrecision(9)));
}

/** Whether all numbers of a type are float32's too. */
function isNarrow(dtype: DType): boolean {
  return dtype === 'complex64' || (dtypeKind(dtype) === 'float' && bitsPerElement(dtype) <= 32);
}

function rowsOf<T>({ rows, columns }: Slice, element: (place: number) => T): T[][] {
  return Array.from({ length: rows }, (_, row) => Array.from({ length: columns }, (__, column) => element(row * columns + column)));
}

/** As NumPy's and pandas's readers of text take it. */
function csvElement(slice: Slice, place: number, dtype: DType): string {
  const { values, imaginary } = slice;
  if (imaginary === undefined && Number.isNaN(values[place])) return '';
  return elementText(slice, place, dtype).replace(/NaN/g, 'nan').replace(/Infinity/g, 'inf');
}

function jsonElement({ values, integers, imaginary }: Slice, place: number, dtype: DType): string {
  const number = (value: number) => (Number.isFinite(value) ? exactText(value, dtype) : `"${String(value)}"`);
  const whole = integers?.[place];
  if (whole !== undefined) return Number.isSafeInteger(Number(whole)) ? String(whole) : `"${whole}"`;
  const real = number(values[place] ?? NaN);
  if (dtypeKind(dtype) === 'bool') return String(values[place] !== 0);
  return imaginary === undefined ? real : `[${real}, ${number(imaginary[place] ?? NaN)}]`;
}

function pythonText(slice: Slice, { name, dtype, shape, request }: SliceSource): string {
  const elements = rowsOf(slice, (place) => pythonElement(slice, place, dtype));
  const { rowAxis, columnAxis } = request;
  const rows = elements.map((row) => (columnAxis === null ? row.join('') : `[${row.join(', ')}]`));
  const body = rowAxis === null ? rows.join('') : `[${rows.join(columnAxis === null ? ', ' : ',\n              ')}]`;
  const type = numpyType(dtype);
  const kept = type === dtype ? dtype : `${dtype} as ${type}`;
  return `import numpy as np\n\n# ${commented(name)}${indexText(shape, request)} of shape ${formatShape(shape)}, ${kept}\nx = np.array(${body}, dtype=np.${type === 'bool' ? 'bool_' : type})\n`;
}

/** `[3, 0:64, :]`: as NumPy would cut the window, but for the order of its axes. */
export function indexText(shape: readonly number[], { fixed, rowAxis, columnAxis, rows, columns }: SliceRequest): string {
  const parts = shape.map((size, axis) => {
    if (axis !== rowAxis && axis !== columnAxis) return String(fixed[axis]);
    const [from, count] = axis === rowAxis ? rows : columns;
    return from === 0 && count === size ? ':' : `${from}:${from + count}`;
  });
  return `[${parts.join(', ')}]${rowAxis !== null && columnAxis !== null && columnAxis < rowAxis ? '.T' : ''}`;
}

/** A name out of a file must not end its comment. */
function commented(name: string): string {
  return name.replace(/\p{C}|\u2028|\u2029/gu, '?');
}

function pythonElement({ values, integers, imaginary }: Slice, place: number, dtype: DType): string {
  const whole = integers?.[place];
  if (whole !== undefined) return String(whole);
  const value = values[place] ?? NaN;
  if (dtypeKind(dtype) === 'bool') return value === 0 ? 'False' : 'True';
  const isFloat = dtypeKind(dtype) !== 'integer';
  return imaginary === undefined ? pythonNumber(value, dtype, isFloat) : `complex(${pythonNumber(value, dtype, true)}, ${pythonNumber(imaginary[place] ?? NaN, dtype, true)})`;
}

function pythonNumber(value: number, dtype: DType, isFloat: boolean): string {
  if (Number.isNaN(value)) return 'float("nan")';
  if (!Number.isFinite(value)) return `float("${value > 0 ? '' : '-'}inf")`;
  const text = exactText(value, dtype);
  return isFloat && /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/** NumPy's own type that holds all numbers of a type. */
function numpyType(dtype: DType): string {
  if (dtype === 'int4' || dtype === 'uint4') return dtype.replace('4', '8');
  return dtypeKind(dtype) === 'float' && dtype !== 'float16' && dtype !== 'float64' ? 'float32' : dtype;
}
