import type { Report } from '../../src/core/analysis/report';
import type { Window } from '../../src/core/engine/tilePlan';
import type { Zoom } from './zoom';

/** A tensor as a matrix, in elements. */
export interface MatrixSize {
  readonly rows: number;
  readonly columns: number;
}

/** Pixels of a tile's side. */
export const tileSide = 128;

/** A tile of a fixed grid: a pixel of level (down, along) is 2^down rows by 2^along columns. */
export interface TileSpec {
  readonly down: number;
  readonly along: number;
  /** Which of the level's tiles, from the matrix's first element on. */
  readonly row: number;
  readonly column: number;
}

/** What is known of a tile, of one view; row-major. */
export interface TileCells {
  readonly rows: number;
  readonly columns: number;
  readonly mean: Float32Array | Float64Array;
  /** Null where every pixel is an element. */
  readonly min: Float32Array | null;
  readonly max: Float32Array | null;
  readonly flags: Uint8Array;
  /** By whose statistics; absent: that of the picture. */
  readonly report?: Report;
}

/** How far tiles of a coarser level are looked for to stand in for one that is not known. */
const mostLevels = 10;

export function keyOf({ down, along, row, column }: TileSpec): string {
  return `${down} ${along} ${row} ${column}`;
}

/** The elements that a tile has, and how they make pixels. */
export function windowOf({ down, along, row, column }: TileSpec, size: MatrixSize): Omit<Window, 'rowAxes' | 'columnAxes' | 'fixed'> {
  const [rowsPerPixel, columnsPerPixel] = [2 ** down, 2 ** along];
  const [tall, wide] = [tileSide * rowsPerPixel, tileSide * columnsPerPixel];
  return {
    row: row * tall,
    rows: Math.min(tall, size.rows - row * tall),
    column: column * wide,
    columns: Math.min(wide, size.columns - column * wide),
    rowsPerPixel,
    columnsPerPixel,
  };
}

/** The levels at which a pixel of a tile is at least a pixel of the screen, so that none is left out, and less than two. */
export function levelsFor({ height, width }: Zoom, size: MatrixSize, screen: { readonly height: number; readonly width: number }): Pick<TileSpec, 'down' | 'along'> {
  const level = (elements: number, pixels: number) => Math.max(0, Math.ceil(Math.log2(elements / Math.max(1, pixels)) - 1e-9));
  return { down: level(height * size.rows, screen.height), along: level(width * size.columns, screen.width) };
}

/** The tiles that are seen, those nearest to the middle first. */
export function tilesIn({ top, left, height, width }: Zoom, size: MatrixSize, { down, along }: Pick<TileSpec, 'down' | 'along'>): TileSpec[] {
  const side = (start: number, share: number, elements: number, level: number) => {
    const tile = tileSide * 2 ** level;
    const first = Math.floor((start * elements) / tile + 1e-9);
    const last = Math.min(Math.ceil(elements / tile), Math.ceil(((start + share) * elements) / tile - 1e-9)) - 1;
    const middle = ((start + share / 2) * elements) / tile - 0.5;
    return Array.from({ length: Math.max(1, last - first + 1) }, (_, index) => ({ at: first + index, away: (first + index - middle) ** 2 }));
  };
  const columns = side(left, width, size.columns, along);
  return side(top, height, size.rows, down)
    .flatMap((row) => columns.map((column) => ({ down, along, row: row.at, column: column.at, away: row.away + column.away })))
    .sort((a, b) => a.away - b.away)
    .map(({ away: _, ...spec }) => spec);
}

/** Tiles that show the same place more coarsely, from the next level on. */
export function* coarser({ down, along, row, column }: TileSpec): Generator<TileSpec> {
  for (let by = 1; by <= mostLevels; by++) yield { down: down + by, along: along + by, row: Math.floor(row / 2 ** by), column: Math.floor(column / 2 ** by) };
}

/** The tile of a level that has an element. */
export function tileOf(row: number, column: number, { down, along }: Pick<TileSpec, 'down' | 'along'>): TileSpec {
  return { down, along, row: Math.floor(row / (tileSide * 2 ** down)), column: Math.floor(column / (tileSide * 2 ** along)) };
}
