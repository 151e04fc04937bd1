import type { Histogram, Picture } from '../../src/core/analysis/report';
import { selectRanks } from '../../src/core/engine/quantiles';
import type { HeatmapColours, HeatmapLayer, Layer, Rect, Rgba } from '../gpu/renderer';
import { factorsAt, rescaled, type Rescaling } from '../gpu/rescale';
import type { ChartSize } from './bins';
import { evenEdges } from './cellGroups';
import { markedPlaces, markLayer, markLimit } from './marks';
import { fitted, spanOf, type DrawnPicture } from './pictures';
import type { PlacedCells } from './rescaling';
import { coarser, keyOf, levelsFor, tileOf, tilesIn, windowOf, type MatrixSize, type TileCells, type TileSpec } from './tiles';
import { isWhole, pixelsOf, whole, type PixelRange, type Zoom } from './zoom';

/** Values that the ends of a colour map stand for: symmetric, so that its middle is zero. */
export interface HeatmapRange {
  readonly low: number;
  readonly high: number;
  /** Pixels whose mean lies outside: drawn in the end's colour. */
  readonly beyond: number;
}

/** What is drawn as one cell. Places are elements of the matrix; without its size they are the picture's pixels. */
export interface HeatmapCell {
  readonly row: number;
  readonly rows: number;
  readonly column: number;
  readonly columns: number;
  /** NaN where no finite element falls on the pixel. */
  readonly mean: number;
  /** Null while they are not known here yet. */
  readonly min: number | null;
  readonly max: number | null;
  readonly flags: number;
}

export interface HeatmapOptions extends ChartSize {
  readonly range: HeatmapRange;
  /** 256 RGBA entries. */
  readonly map: Uint8Array;
  readonly colours: HeatmapColours;
  /** Of the mark on a pixel that hides an outlier. */
  readonly mark: Rgba;
  /** Absent: all is shown. */
  readonly zoom?: Zoom;
  /** Absent: each of the picture's pixels is an element. */
  readonly matrix?: MatrixSize;
  /** Where colours end for single elements, which reach farther than means; absent: where they end for the picture. */
  readonly elementsHigh?: number;
  /** What is known at a finer resolution than the picture's. */
  tile?(spec: TileSpec): TileCells | null;
  /** What is to be done to values that were computed with another eps; absent, or null: nothing. */
  rescaling?(cells: PlacedCells & Partial<Pick<TileCells, 'report'>>): Rescaling | null;
  /** How much farther the colours reach by that; absent: as far. */
  readonly stretch?: number;
}

export interface HeatmapChart {
  readonly layers: readonly Layer[];
  /** What the colours stand for at this resolution. */
  readonly range: HeatmapRange;
  /** What is shown, in whole elements. */
  readonly shown: PixelRange;
  /** The same to the last part of an element, and how many of them are drawn as one. */
  readonly part: PixelRange;
  readonly cell: { readonly rows: number; readonly columns: number };
  /** Tiles that would show it as finely as the screen does, those nearest to its middle first; none where the picture does. */
  readonly wanted: readonly TileSpec[];
  /** Where a part is shown, an arrow key moves by a cell. CSS pixels. */
  readonly step?: { readonly x: number; readonly y: number };
  /**
   * Place in CSS pixels. Where several of the picture's pixels are drawn as one: that with a NaN, else that with an
   * infinity, which the colour is of; else the one under the place.
   */
  cellAt(x: number, y: number): HeatmapCell | null;
  /** The finest known cell that has an element. */
  cellOf(row: number, column: number): HeatmapCell;
}

/** Colours are spread over all but this share of the pixels; fewer outliers than that would leave the others pale. */
const spread = 0.995;
/** Where the outermost pixel is not farther than this from the others, nothing needs to lie beyond. */
const tolerated = 1.5;
/** Device pixels of a picture's side beyond which 32 bits do not tell its cells apart. */
const longestSide = 1 << 22;

/** One range for several pictures, by the means that they show. */
export function sharedRange(pictures: readonly Picture[]): HeatmapRange {
  const all = new Float64Array(pictures.reduce((total, { mean }) => total + mean.length, 0));
  let count = 0;
  for (const { mean } of pictures) {
    for (let cell = 0; cell < mean.length; cell++) {
      const size = Math.abs(mean[cell] ?? NaN);
      if (size >= 0) all[count++] = size;
    }
  }
  const sizes = all.subarray(0, count);
  const high = reachOf(sizes) || 1;
  let beyond = 0;
  for (let at = 0; at < count; at++) if ((sizes[at] ?? 0) > high) beyond++;
  return { low: -high, high, beyond };
}

/** Where colours end for means of these sizes, whose order changes; 0 for none. */
export function reachOf(sizes: Float64Array): number {
  if (sizes.length === 0) return 0;
  const rank = Math.ceil(spread * sizes.length) - 1;
  selectRanks(sizes, 0, sizes.length, [rank]);
  const usual = sizes[rank] ?? 0;
  // None before it is larger.
  let most = usual;
  for (let at = rank + 1; at < sizes.length; at++) most = Math.max(most, sizes[at] ?? 0);
  return most <= tolerated * usual || usual === 0 ? most : usual;
}

/** Where colours end for the elements of several tensors, as for the pixels of pictures. */
export function sharedElementsHigh(histograms: readonly Histogram[]): number {
  return histograms.reduce((most, { low, high, counts, below, above }) => {
    const step = (high - low) / counts.length;
    const farthest = Array.from(counts, (count, bin) => [Math.max(Math.abs(low + bin * step), Math.abs(low + (bin + 1) * step)), count] as const).sort(([a], [b]) => a - b);
    const total = farthest.reduce((sum, [, count]) => sum + count, below + above);
    let within = 0;
    const usual = farthest.find(([, count]) => (within += count) >= spread * total);
    return Math.max(most, total === 0 ? 0 : usual?.[0] ?? Math.max(Math.abs(low), Math.abs(high)));
  }, 0);
}

/** Between the picture's range and the elements', by how many elements a cell has of those that a pixel of the picture has. */
function rangeFor(range: HeatmapRange, elementsHigh: number, cell: number, pixel: number): HeatmapRange {
  if (!(elementsHigh > range.high) || cell >= pixel) return range;
  const share = 1 - Math.log(Math.max(1, cell)) / Math.log(pixel);
  const high = range.high * (elementsHigh / range.high) ** share;
  return { low: -high, high, beyond: 0 };
}

/** The whole picture enlarged so that the window shows its part, and over it the tiles that are known. */
export function heatmapChart(picture: Picture, options: HeatmapOptions): HeatmapChart {
  const { width, height, dpr, map, colours, zoom = whole, matrix = picture, elementsHigh = 0, tile = () => null, rescaling = () => null, stretch = 1, mark } = options;
  const screen = { width: Math.round(width * dpr), height: Math.round(height * dpr) };
  const place = placer(zoom, matrix, screen);
  const drawn = fittedOnce(picture, Math.floor(screen.height / zoom.height), Math.floor(screen.width / zoom.width));
  const perPixel = { rows: matrix.rows / picture.rows, columns: matrix.columns / picture.columns };
  const levels = levelsFor(zoom, matrix, screen);
  const isFiner = 2 ** levels.down < perPixel.rows || 2 ** levels.along < perPixel.columns;
  const computed = isFiner ? rangeFor(options.range, elementsHigh, 2 ** (levels.down + levels.along), perPixel.rows * perPixel.columns) : options.range;
  const range = stretch === 1 ? computed : { ...computed, low: computed.low * stretch, high: computed.high * stretch };
  const layer = (rect: Rect, { rows, columns, mean, flags }: Pick<TileCells, 'rows' | 'columns' | 'mean' | 'flags'>, rescale: Rescaling | null): HeatmapLayer => ({ kind: 'heatmap', rect, rows, columns, values: mean, flags, low: range.low, high: range.high, map, colours, rescaling: rescale });

  const wanted = isFiner ? tilesIn(zoom, matrix, levels) : [];
  const found = wanted.map((spec) => ({ spec, cells: tile(spec) }));
  const isCovered = found.length > 0 && found.every(({ cells }) => cells !== null);
  const standIns = new Map<string, { readonly spec: TileSpec; readonly cells: TileCells }>();
  for (const { spec, cells } of found) {
    if (cells !== null) continue;
    for (const up of coarser(spec)) {
      const known = tile(up);
      if (known === null) continue;
      standIns.set(keyOf(up), { spec: up, cells: known });
      break;
    }
  }
  const over = [
    ...[...standIns.values()].sort((a, b) => b.spec.down - a.spec.down),
    ...found.flatMap(({ spec, cells }) => (cells === null ? [] : [{ spec, cells }])),
  ];
  const rectOf = (spec: TileSpec, { rows, columns }: TileCells) => {
    const { row, column, rowsPerPixel, columnsPerPixel } = windowOf(spec, matrix);
    return place(row, rows * rowsPerPixel, column, columns * columnsPerPixel);
  };
  const hides = (row: number, column: number) => tile(tileOf(row, column, levels)) !== null;
  const limit = markLimit(picture, computed.high);
  const marked = isCovered ? [] : markedPlaces(picture, limit).map(([row, column]) => [(row + 0.5) * perPixel.rows, (column + 0.5) * perPixel.columns] as const).filter(([row, column]) => wanted.length === 0 || !hides(row, column));
  const marksOver = found.flatMap(({ spec, cells }) => {
    if (cells === null) return [];
    const { row, column, rowsPerPixel, columnsPerPixel } = windowOf(spec, matrix);
    return markedPlaces(cells, limit).map(([down, along]) => [row + (down + 0.5) * rowsPerPixel, column + (along + 0.5) * columnsPerPixel] as const);
  });

  const wholeRescaling = () => rescaling({ mean: picture.mean, edges: () => pictureEdges(picture, matrix) });
  const cellOf = (row: number, column: number): HeatmapCell => {
    if (isFiner) {
      const spec = tileOf(row, column, levels);
      for (const look of [spec, ...coarser(spec)]) {
        const cells = tile(look);
        if (cells !== null) return cellOfTile(look, cells, matrix, row, column, rescaling(placedTile(look, cells, matrix)));
      }
    }
    return cellOfPixel(picture, matrix, wholeRescaling(), Math.floor((row + 0.5) / perPixel.rows), Math.floor((column + 0.5) / perPixel.columns));
  };
  const isTiled = found.some(({ cells }) => cells !== null);
  const cell = isTiled ? { rows: 2 ** levels.down, columns: 2 ** levels.along } : perPixel;
  const seen = isTiled ? cell : { rows: matrix.rows / drawn.rows, columns: matrix.columns / drawn.columns };
  return {
    range,
    shown: pixelsOf(zoom, matrix),
    part: { row: zoom.top * matrix.rows, rows: zoom.height * matrix.rows, column: zoom.left * matrix.columns, columns: zoom.width * matrix.columns },
    cell,
    wanted,
    ...(!isWhole(zoom) && {
      step: { x: Math.max(1, (width * seen.columns) / (zoom.width * matrix.columns)), y: Math.max(1, (height * seen.rows) / (zoom.height * matrix.rows)) },
    }),
    layers: [
      ...(isCovered ? [] : [layer(...basePart(drawn, zoom, screen, rescaling({ mean: drawn.mean, edges: () => drawnEdges(drawn, picture, matrix) })))]),
      ...over.map(({ spec, cells }) => layer(rectOf(spec, cells), cells, rescaling(placedTile(spec, cells, matrix)))),
      markLayer([...marked, ...marksOver], (row, column) => place(row, 0, column, 0), dpr, mark),
    ],
    cellOf,
    cellAt(x, y) {
      const [down, along] = [y / height, x / width];
      if (!(down >= 0 && down < 1 && along >= 0 && along < 1) || picture.rows === 0 || picture.columns === 0) return null;
      const [top, left] = [zoom.top + down * zoom.height, zoom.left + along * zoom.width];
      if (over.length > 0) return cellOf(elementAt(top, matrix.rows), elementAt(left, matrix.columns));
      const pixel = pixelUnder(picture, drawn, top, left);
      return cellOfPixel(picture, matrix, wholeRescaling(), Math.floor(pixel / picture.columns), pixel % picture.columns);
    },
  };
}

function elementAt(share: number, size: number): number {
  return Math.min(size - 1, Math.max(0, Math.floor(share * size)));
}

type Placer = (row: number, rows: number, column: number, columns: number) => Rect;

/** Where elements lie on the screen, in device pixels. Of neighbours the edges are the same. */
function placer({ top, left, height, width }: Zoom, matrix: MatrixSize, screen: { readonly width: number; readonly height: number }): Placer {
  const y = (row: number) => Math.round(((row / matrix.rows - top) / height) * screen.height);
  const x = (column: number) => Math.round(((column / matrix.columns - left) / width) * screen.width);
  return (row, rows, column, columns) => ({ x: x(column), y: y(row), width: x(column + columns) - x(column), height: y(row + rows) - y(row) });
}

/** All of the picture, or only the cells that are seen where all would reach too far. */
function basePart(drawn: DrawnPicture, zoom: Zoom, screen: { readonly width: number; readonly height: number }, rescaling: Rescaling | null): [Rect, DrawnPicture, Rescaling | null] {
  const place = placer(zoom, drawn, screen);
  if (screen.height / zoom.height <= longestSide && screen.width / zoom.width <= longestSide) return [place(0, drawn.rows, 0, drawn.columns), drawn, rescaling];
  const all = rescaling === null ? drawn.mean : rescaled(drawn.mean, rescaling);
  const side = (start: number, share: number, cells: number) => {
    const first = Math.max(0, Math.floor(start * cells));
    return [first, Math.min(cells, Math.ceil((start + share) * cells)) - first] as const;
  };
  const [row, rows] = side(zoom.top, zoom.height, drawn.rows);
  const [column, columns] = side(zoom.left, zoom.width, drawn.columns);
  const cells = Array.from({ length: rows * columns }, (_, cell) => (row + Math.floor(cell / columns)) * drawn.columns + column + (cell % columns));
  return [place(row, rows, column, columns), { rows, columns, mean: Float32Array.from(cells, (cell) => all[cell] ?? NaN), flags: Uint8Array.from(cells, (cell) => drawn.flags[cell] ?? 0) }, null];
}

/** The last of each picture: panning changes nothing in it, so that it is not made and sent to the GPU anew. */
const lastFitted = new WeakMap<Picture, { readonly rows: number; readonly columns: number; readonly drawn: DrawnPicture }>();

function fittedOnce(picture: Picture, mostRows: number, mostColumns: number): DrawnPicture {
  const [rows, columns] = [Math.min(picture.rows, mostRows), Math.min(picture.columns, mostColumns)];
  const last = lastFitted.get(picture);
  if (last?.rows === rows && last.columns === columns) return last.drawn;
  const drawn = fitted(picture, rows, columns);
  lastFitted.set(picture, { rows, columns, drawn });
  return drawn;
}

/** The first elements of the picture's cells. */
export function pictureEdges(picture: Picture, matrix: MatrixSize): ReturnType<PlacedCells['edges']> {
  return drawnEdges(picture, picture, matrix);
}

/** The same of those that are drawn. */
function drawnEdges(drawn: DrawnPicture, picture: Picture, matrix: MatrixSize): ReturnType<PlacedCells['edges']> {
  const side = (cells: number, pixels: number, elements: number) =>
    Float64Array.from({ length: cells + 1 }, (_, cell) => firstElement(cell === cells ? pixels : spanOf(cell, cells, pixels)[0], pixels, elements));
  return { rows: side(drawn.rows, picture.rows, matrix.rows), columns: side(drawn.columns, picture.columns, matrix.columns) };
}

function placedTile(spec: TileSpec, { mean, report }: TileCells, matrix: MatrixSize): PlacedCells & Partial<Pick<TileCells, 'report'>> {
  const edges = () => {
    const { row, rows, rowsPerPixel, column, columns, columnsPerPixel } = windowOf(spec, matrix);
    return { rows: evenEdges(row, rows, rowsPerPixel), columns: evenEdges(column, columns, columnsPerPixel) };
  };
  return { mean, edges, ...(report !== undefined && { report }) };
}

function cellOfPixel({ rows, columns, mean, min, max, flags }: Picture, matrix: MatrixSize, rescaling: Rescaling | null, row: number, column: number): HeatmapCell {
  const pixel = row * columns + column;
  const factor = rescaling === null ? 1 : factorsAt(rescaling)(row, column);
  const [top, bottom] = [firstElement(row, rows, matrix.rows), firstElement(row + 1, rows, matrix.rows)];
  const [left, right] = [firstElement(column, columns, matrix.columns), firstElement(column + 1, columns, matrix.columns)];
  return { row: top, rows: bottom - top, column: left, columns: right - left, mean: factor * (mean[pixel] ?? NaN), min: min && factor * (min[pixel] ?? NaN), max: max && factor * (max[pixel] ?? NaN), flags: flags[pixel] ?? 0 };
}

/** The first of the elements whose middle falls on one pixel of a side. */
function firstElement(pixel: number, pixels: number, elements: number): number {
  // Zero and not its negative.
  return Math.ceil((pixel * elements) / pixels - 0.5) + 0;
}

function cellOfTile(spec: TileSpec, { columns, mean, min, max, flags }: TileCells, matrix: MatrixSize, row: number, column: number, rescaling: Rescaling | null): HeatmapCell {
  const window = windowOf(spec, matrix);
  const { rowsPerPixel, columnsPerPixel } = window;
  const [down, along] = [Math.floor((row - window.row) / rowsPerPixel), Math.floor((column - window.column) / columnsPerPixel)];
  const pixel = down * columns + along;
  const [top, left] = [window.row + down * rowsPerPixel, window.column + along * columnsPerPixel];
  const factor = rescaling === null ? 1 : factorsAt(rescaling)(down, along);
  const value = factor * (mean[pixel] ?? NaN);
  return {
    row: top,
    rows: Math.min(rowsPerPixel, matrix.rows - top),
    column: left,
    columns: Math.min(columnsPerPixel, matrix.columns - left),
    mean: value,
    min: min === null ? value : factor * (min[pixel] ?? NaN),
    max: max === null ? value : factor * (max[pixel] ?? NaN),
    flags: flags[pixel] ?? 0,
  };
}

/** @param down, along the place as shares of the picture's height and width, below 1 */
function pixelUnder(picture: Picture, drawn: DrawnPicture, down: number, along: number): number {
  const [top, bottom] = spanOf(Math.floor(down * drawn.rows), drawn.rows, picture.rows);
  const [left, right] = spanOf(Math.floor(along * drawn.columns), drawn.columns, picture.columns);
  for (const flag of [1, 2]) {
    for (let row = top; row <= bottom; row++) {
      for (let column = left; column <= right; column++) {
        const pixel = row * picture.columns + column;
        if ((picture.flags[pixel] ?? 0) & flag) return pixel;
      }
    }
  }
  const within = (value: number, first: number, last: number) => Math.min(last, Math.max(first, Math.floor(value)));
  return within(down * picture.rows, top, bottom) * picture.columns + within(along * picture.columns, left, right);
}
