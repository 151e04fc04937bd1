import type { Window } from '../../src/core/engine/tilePlan';
import type { HeatmapLayer } from '../gpu/renderer';
import type { HeatmapRange } from './heatmap';
import type { TileCells } from './tiles';

/** How a tensor is taken apart into planes. Numbers are axes. */
export interface PlaneAxes {
  readonly down: number;
  readonly along: number;
  /** Of a volume: which slice is shown is chosen. */
  readonly depth: number | null;
  /** One plane for each step of these, the last fastest. */
  readonly over: readonly number[];
  /** Channels that make the colours of a picture; null where there are not three. */
  readonly colours: number | null;
}

/** Null for a tensor without two spatial axes. */
export function planeAxes(roles: string, shape: readonly number[]): PlaneAxes | null {
  const [down, along, depth, channels] = [...'HWDC'].map((letter) => roles.indexOf(letter)) as [number, number, number, number];
  if (down < 0 || along < 0 || shape.includes(0)) return null;
  return {
    down,
    along,
    depth: depth < 0 ? null : depth,
    over: [...roles].flatMap((_, axis) => (axis === down || axis === along || axis === depth ? [] : [axis])),
    colours: channels >= 0 && shape[channels] === 3 ? channels : null,
  };
}

/** The index of a plane along every axis; 0 along its own. @param index counted over `over` */
export function placeOfPlane(shape: readonly number[], over: readonly number[], index: number): number[] {
  const place = shape.map(() => 0);
  let rest = index;
  for (const axis of over.toReversed()) {
    place[axis] = rest % (shape[axis] ?? 1);
    rest = Math.floor(rest / (shape[axis] ?? 1));
  }
  return place;
}

/** `n 3 · c 17`. */
export function planeLabel(roles: string, over: readonly number[], place: readonly number[]): string {
  return over.map((axis) => `${roles[axis]?.toLowerCase() ?? ''} ${place[axis] ?? 0}`).join(' · ') || 'all';
}

/** CSS pixels of a plane's longer side: small ones are enlarged by whole numbers up to it, large ones shrunk. */
const side = 96;
/** A plane of any form is at least so wide and high. */
const least = 16;

export interface PlaneSize {
  /** CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** Elements of a pixel's side. */
  readonly perPixel: number;
}

export function planeSize(tall: number, wide: number): PlaneSize {
  const longer = Math.max(tall, wide);
  const scale = longer > side ? side / longer : Math.max(1, Math.min(8, Math.floor(side / longer)));
  const fit = (elements: number) => Math.max(least, Math.round(elements * scale));
  return { width: fit(wide), height: fit(tall), perPixel: Math.max(1, Math.ceil(longer / side)) };
}

/** What is asked for to draw a plane. */
export function planeWindow(shape: readonly number[], { down, along }: Pick<PlaneAxes, 'down' | 'along'>, place: readonly number[], perPixel: number): Window {
  return {
    rowAxes: [down],
    columnAxes: [along],
    fixed: place,
    row: 0,
    rows: shape[down] ?? 1,
    column: 0,
    columns: shape[along] ?? 1,
    rowsPerPixel: perPixel,
    columnsPerPixel: perPixel,
  };
}

/** A range of its own for a plane: symmetric, to the value farthest from zero. */
export function ownRange({ mean }: Pick<TileCells, 'mean'>): Pick<HeatmapRange, 'low' | 'high'> {
  let most = 0;
  for (const value of mean) if (Math.abs(value) > most) most = Math.abs(value);
  return { low: -(most || 1), high: most || 1 };
}

export function planeLayer(cells: TileCells, rect: HeatmapLayer['rect'], { low, high }: Pick<HeatmapRange, 'low' | 'high'>, look: Pick<HeatmapLayer, 'map' | 'colours'>): HeatmapLayer {
  return { kind: 'heatmap', rect, rows: cells.rows, columns: cells.columns, values: cells.mean, flags: cells.flags, low, high, rescaling: null, ...look };
}

/** Values that black and full colour stand for. */
export interface ColourRange {
  readonly low: number;
  readonly high: number;
}

/** From the least to the greatest finite value of three planes. */
export function ownColours(planes: readonly Pick<TileCells, 'mean'>[]): ColourRange {
  let [low, high] = [Infinity, -Infinity];
  for (const { mean } of planes) {
    for (const value of mean) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return high > low ? { low, high } : { low: (Number.isFinite(low) ? low : 0) - 0.5, high: (Number.isFinite(low) ? low : 0) + 0.5 };
}

/** RGBA of red, green and blue planes of one size; values beyond the range at its ends, magenta where one has no value. */
export function colourPixels(planes: readonly [TileCells, TileCells, TileCells], { low, high }: ColourRange): Uint8ClampedArray<ArrayBuffer> {
  const [{ rows, columns }] = planes;
  const pixels = new Uint8ClampedArray(rows * columns * 4);
  for (let pixel = 0; pixel < rows * columns; pixel++) {
    const values = planes.map(({ mean }) => mean[pixel] ?? NaN);
    const isKnown = !values.some(Number.isNaN);
    pixels.set(isKnown ? values.map((value) => ((value - low) / (high - low)) * 255) : [255, 0, 255], pixel * 4);
    pixels[pixel * 4 + 3] = 255;
  }
  return pixels;
}
