import type { Picture } from '../../src/core/analysis/report';
import type { BarsLayer, HeatmapColours, Layer, Rgba } from '../gpu/renderer';
import type { ChartSize } from './bins';
import { cropped, pixelsOf, whole, type PixelRange, type Zoom } from './zoom';
import { fitted, spanOf, type DrawnPicture } from './pictures';

/** Values that the ends of a colour map stand for: symmetric, so that its middle is zero. */
export interface HeatmapRange {
  readonly low: number;
  readonly high: number;
  /** Pixels whose mean lies outside: drawn in the end's colour. */
  readonly beyond: number;
}

export interface HeatmapCell {
  readonly row: number;
  readonly column: number;
  /** NaN where no finite element falls on the pixel. */
  readonly mean: number;
  readonly min: number;
  readonly max: number;
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
}

export interface HeatmapChart {
  readonly layers: readonly Layer[];
  /** What is shown, in the picture's pixels. */
  readonly shown: PixelRange;
  /** Where a part is shown, an arrow key moves by a pixel of the picture. CSS pixels. */
  readonly step?: { readonly x: number; readonly y: number };
  /**
   * Place in CSS pixels. Where several of the picture's pixels are drawn as one: that with a NaN, else that with an
   * infinity, which the colour is of; else the one under the place.
   */
  cellAt(x: number, y: number): HeatmapCell | null;
}

/** Colours are spread over all but this share of the pixels; fewer outliers than that would leave the others pale. */
const spread = 0.995;
/** Where the outermost pixel is not farther than this from the others, nothing needs to lie beyond. */
const tolerated = 1.5;
/** An element is marked on its pixel when it lies this many times farther out than the colours reach. */
const outlier = 2;
const markSize = 2;

/** One range for several pictures, by the means that they show. */
export function sharedRange(pictures: readonly Picture[]): HeatmapRange {
  const sizes: number[] = [];
  for (const { mean } of pictures) for (const value of mean) if (!Number.isNaN(value)) sizes.push(Math.abs(value));
  const sorted = Float64Array.from(sizes).sort();
  const most = sorted.at(-1) ?? 0;
  const usual = sorted[Math.ceil(spread * sorted.length) - 1] ?? 0;
  const high = (most <= tolerated * usual || usual === 0 ? most : usual) || 1;
  return { low: -high, high, beyond: sorted.filter((size) => size > high).length };
}

export function heatmapChart(all: Picture, options: HeatmapOptions): HeatmapChart {
  const { width, height, dpr, range, map, colours, zoom = whole } = options;
  const shown = pixelsOf(zoom, all);
  const picture = cropped(all, shown);
  const { mean, min, max, flags } = picture;
  const rect = { x: 0, y: 0, width: Math.round(width * dpr), height: Math.round(height * dpr) };
  const drawn = fitted(picture, rect.height, rect.width);
  const { rows, columns } = drawn;
  return {
    shown,
    ...(picture !== all && { step: { x: width / Math.min(columns, width), y: height / Math.min(rows, height) } }),
    layers: [
      { kind: 'heatmap', rect, rows, columns, values: drawn.mean, flags: drawn.flags, low: range.low, high: range.high, map, colours },
      outlierMarks(picture, options),
    ],
    cellAt(x, y) {
      const [down, along] = [y / height, x / width];
      if (!(down >= 0 && down < 1 && along >= 0 && along < 1) || rows === 0 || columns === 0) return null;
      const cell = pixelUnder(picture, drawn, down, along);
      const [row, column] = [Math.floor(cell / picture.columns), cell % picture.columns];
      return { row: shown.row + row, column: shown.column + column, mean: mean[cell] ?? NaN, min: min[cell] ?? NaN, max: max[cell] ?? NaN, flags: flags[cell] ?? 0 };
    },
  };
}

/** @param down, along the place as shares of the height and the width, below 1 */
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

/** A small square on every pixel whose mean hides an element far beyond the colours. */
function outlierMarks({ rows, columns, mean, min, max }: Picture, { width, height, dpr, range, mark }: HeatmapOptions): BarsLayer {
  const far = range.high * outlier;
  const marked: number[] = [];
  for (let cell = 0; cell < mean.length; cell++) {
    if (Math.abs(mean[cell] ?? 0) <= far && Math.max(max[cell] ?? 0, -(min[cell] ?? 0)) > far) marked.push(cell);
  }
  const size = Math.round(markSize * dpr);
  const left = (cell: number) => Math.round((((cell % columns) + 0.5) / columns) * width * dpr - size / 2);
  const top = (cell: number) => Math.round(((Math.floor(cell / columns) + 0.5) / rows) * height * dpr - size / 2);
  return {
    kind: 'bars',
    x0: Float32Array.from(marked, left),
    y0: Float32Array.from(marked, top),
    x1: Float32Array.from(marked, (cell) => left(cell) + size),
    y1: Float32Array.from(marked, (cell) => top(cell) + size),
    colour: mark,
  };
}
