import type { Slice, Span } from '../../../src/core/analysis/slice';

/** Rows and columns of what is asked for and kept together. */
export const blockRows = 64;
export const blockColumns = 32;
/** Blocks that are kept: of complex float64 as many as 8 MiB. */
const mostBlocks = 256;

export interface Window {
  readonly rows: Span;
  readonly columns: Span;
}

/** Elements of cuts that were looked at, by blocks; the ones that were not looked at for longest are forgotten. */
export class Blocks {
  private readonly known = new Map<string, Slice>();

  /** @returns the block that has the element, and its place there; null where it is not known */
  find(cut: string, row: number, column: number): { readonly slice: Slice; readonly place: number } | null {
    const slice = this.known.get(keyOf(cut, Math.floor(row / blockRows), Math.floor(column / blockColumns)));
    return slice === undefined ? null : { slice, place: (row % blockRows) * slice.columns + (column % blockColumns) };
  }

  /**
   * The least window of whole blocks that has all that is not known of another; null when everything is.
   * @param size rows and columns of the cut
   */
  missing(cut: string, { rows, columns }: Window, size: { readonly rows: number; readonly columns: number }): Window | null {
    const lacking: { row: number; column: number }[] = [];
    for (const row of blocksIn(rows, blockRows)) {
      for (const column of blocksIn(columns, blockColumns)) {
        const key = keyOf(cut, row, column);
        const block = this.known.get(key);
        if (block === undefined) lacking.push({ row, column });
        else {
          // What is looked at is the newest.
          this.known.delete(key);
          this.known.set(key, block);
        }
      }
    }
    if (lacking.length === 0) return null;
    return {
      rows: spanOf(lacking.map(({ row }) => row), blockRows, size.rows),
      columns: spanOf(lacking.map(({ column }) => column), blockColumns, size.columns),
    };
  }

  /** @param window as `missing` gave it */
  put(cut: string, window: Window, slice: Slice): void {
    for (const row of blocksIn(window.rows, blockRows)) {
      for (const column of blocksIn(window.columns, blockColumns)) {
        this.known.set(keyOf(cut, row, column), partOf(slice, row * blockRows - window.rows[0], column * blockColumns - window.columns[0]));
      }
    }
    for (const key of this.known.keys()) {
      if (this.known.size <= mostBlocks) return;
      this.known.delete(key);
    }
  }
}

function keyOf(cut: string, row: number, column: number): string {
  return `${cut} ${row} ${column}`;
}

function blocksIn([from, count]: Span, size: number): number[] {
  const first = Math.floor(from / size);
  return count === 0 ? [] : Array.from({ length: Math.floor((from + count - 1) / size) - first + 1 }, (_, place) => first + place);
}

function spanOf(blocks: readonly number[], size: number, whole: number): Span {
  const from = Math.min(...blocks) * size;
  return [from, Math.min(whole, (Math.max(...blocks) + 1) * size) - from];
}

/** The block that begins at a row and a column of a slice. */
function partOf(slice: Slice, firstRow: number, firstColumn: number): Slice {
  const rows = Math.min(blockRows, slice.rows - firstRow);
  const columns = Math.min(blockColumns, slice.columns - firstColumn);
  const { values, integers, imaginary } = slice;
  const cut = <T extends { set(from: T, at: number): void; subarray(from: number, to: number): T }>(all: T, part: T): T => {
    for (let row = 0; row < rows; row++) {
      const from = (firstRow + row) * slice.columns + firstColumn;
      part.set(all.subarray(from, from + columns), row * columns);
    }
    return part;
  };
  const count = rows * columns;
  return {
    rows,
    columns,
    values: cut<Float64Array<ArrayBuffer>>(values, new Float64Array(count)),
    ...(integers instanceof BigInt64Array ? { integers: cut<BigInt64Array<ArrayBuffer>>(integers, new BigInt64Array(count)) } : {}),
    ...(integers instanceof BigUint64Array ? { integers: cut<BigUint64Array<ArrayBuffer>>(integers, new BigUint64Array(count)) } : {}),
    ...(imaginary === undefined ? {} : { imaginary: cut<Float64Array<ArrayBuffer>>(imaginary, new Float64Array(count)) }),
  };
}
