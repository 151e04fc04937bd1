import type { Span, SliceRequest } from '../../../src/core/analysis/slice';
import { counted, formatShape } from '../../../src/core/text/numbers';

/** Which cut of a tensor is looked at, and where in it. */
export interface Place {
  readonly rowAxis: number | null;
  readonly columnAxis: number | null;
  /** An index for every axis; those of the two axes above are the active cell's. */
  readonly index: readonly number[];
  /** Row and column of the other corner of what is selected; null: the active cell alone. */
  readonly anchor: Cell | null;
}

export interface Cell {
  readonly row: number;
  readonly column: number;
}

/** What the page keeps of it while it is hidden. */
export interface KeptPlace {
  readonly open: boolean;
  /** Of this tensor: an index in the catalog, and its shape. */
  readonly tensor: number;
  readonly shape: readonly number[];
  readonly place: Place | null;
}

/** The last axis goes along, the one before it down. */
export function firstPlace(shape: readonly number[]): Place {
  const rank = shape.length;
  const index = shape.map(() => 0);
  if (rank < 2) return { rowAxis: rank === 0 ? null : 0, columnAxis: null, index, anchor: null };
  return { rowAxis: rank - 2, columnAxis: rank - 1, index, anchor: null };
}

/** Another axis down or along; an axis that was the other one changes places with it. */
export function withAxis(place: Place, side: 'row' | 'column', axis: number | null): Place {
  const { rowAxis, columnAxis, index } = place;
  if (side === 'row') return { ...place, rowAxis: axis, columnAxis: axis === columnAxis ? rowAxis : columnAxis, anchor: null };
  const free = columnAxis ?? index.findIndex((_, other) => other !== axis);
  return { ...place, rowAxis: axis !== null && axis === rowAxis ? free : rowAxis, columnAxis: axis, anchor: null };
}

export function sizeOf(shape: readonly number[], axis: number | null): number {
  return axis === null ? 1 : (shape[axis] ?? 1);
}

export function cellOf({ rowAxis, columnAxis, index }: Place): Cell {
  return { row: rowAxis === null ? 0 : (index[rowAxis] ?? 0), column: columnAxis === null ? 0 : (index[columnAxis] ?? 0) };
}

/** The index of the element that a cell shows. */
export function indexOf({ rowAxis, columnAxis, index }: Place, { row, column }: Cell): number[] {
  return index.map((at, axis) => (axis === rowAxis ? row : axis === columnAxis ? column : at));
}

/** The active cell elsewhere; `extend`: what lies between it and where it was is selected. */
export function movedTo(place: Place, cell: Cell, extend: boolean): Place {
  return { ...place, index: indexOf(place, cell), anchor: extend ? (place.anchor ?? cellOf(place)) : null };
}

/** Rows and columns that are selected: at least the active cell. */
export function selectionOf(place: Place): { readonly rows: Span; readonly columns: Span } {
  const active = cellOf(place);
  const other = place.anchor ?? active;
  const span = (a: number, b: number): Span => [Math.min(a, b), Math.abs(a - b) + 1];
  return { rows: span(active.row, other.row), columns: span(active.column, other.column) };
}

export function requestOf({ rowAxis, columnAxis, index }: Place, rows: Span, columns: Span): SliceRequest {
  return { fixed: index, rowAxis, columnAxis, rows, columns };
}

/** The part of a window that may be read at once, from its beginning on: about as many rows as columns. */
export function bounded([row, rows]: Span, [column, columns]: Span, most: number): { readonly rows: Span; readonly columns: Span } {
  if (rows * columns <= most) return { rows: [row, rows], columns: [column, columns] };
  const fewest = Math.min(rows, Math.floor(Math.sqrt(most)));
  const width = Math.min(columns, Math.floor(most / fewest));
  return { rows: [row, Math.min(rows, Math.floor(most / width))], columns: [column, width] };
}

/**
 * An index as a person writes it: `[3, 5, 7]`, `3,5,7`, `3 5 7`; from the end where it is negative, as Python has it.
 * @returns the index, or a sentence that says what is wrong with it
 */
export function parseIndex(text: string, shape: readonly number[]): readonly number[] | string {
  const inner = text.trim().replace(/^[[(](.*)[\])]$/s, '$1').trim();
  const parts = inner === '' ? [] : inner.split(/[\s,]+/).filter((part) => part !== '');
  const wrong = parts.find((part) => !/^[-−]?\d{1,15}$/.test(part));
  if (wrong !== undefined) return `"${wrong.slice(0, 40)}" is no index; whole numbers are expected, as in ${example(shape)}.`;
  if (parts.length !== shape.length) {
    return `${counted(parts.length, 'index was', 'indices were')} given; ${shape.length} are expected, one for each axis of ${formatShape(shape)}.`;
  }
  const found = parts.map((part, axis) => {
    const at = Number(part.replace('−', '-'));
    return at < 0 ? at + (shape[axis] ?? 0) : at;
  });
  const beyond = found.findIndex((at, axis) => at < 0 || at >= (shape[axis] ?? 0));
  return beyond < 0 ? found : outOfRange(beyond, shape[beyond] ?? 0, parts[beyond] ?? '');
}

/** One sentence. */
export function outOfRange(axis: number, size: number, asked: string): string {
  if (size === 0) return `Axis ${axis} has no elements.`;
  return `Axis ${axis} has ${counted(size, 'element')}, 0 to ${size - 1}; ${asked === '' ? 'no index' : `index ${asked.slice(0, 40)}`} was asked for.`;
}

/** `[31, 196, 767]`: the last element, so that the sizes show. */
export function example(shape: readonly number[]): string {
  return `[${shape.map((size) => Math.max(0, size - 1)).join(', ')}]`;
}
