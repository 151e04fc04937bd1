import type { BarsLayer, Rect, Rgba } from '../gpu/renderer';
import type { TileCells } from './tiles';

/** An element is marked on its pixel when it lies this many times farther out than the colours reach. */
const outlier = 2;
/** CSS pixels. */
const markSize = 2;

type Places = readonly (readonly [row: number, column: number])[];

/** By the array of least values: looked for once, however often a picture is moved. */
const known = new WeakMap<object, { readonly high: number; readonly places: Places }>();

/** Pixels whose mean hides an element far beyond the colours. */
export function markedPlaces({ columns, mean, min, max }: Pick<TileCells, 'columns' | 'mean' | 'min' | 'max'>, high: number): Places {
  if (min === null || max === null) return [];
  const before = known.get(min);
  if (before?.high === high) return before.places;
  const far = high * outlier;
  const places: [number, number][] = [];
  for (let cell = 0; cell < mean.length; cell++) {
    if (Math.abs(mean[cell] ?? 0) <= far && Math.max(max[cell] ?? 0, -(min[cell] ?? 0)) > far) places.push([Math.floor(cell / columns), cell % columns]);
  }
  known.set(min, { high, places });
  return places;
}

/** A small square on each place. @param at where a place lies, in device pixels */
export function markLayer(places: Places, at: (row: number, column: number) => Pick<Rect, 'x' | 'y'>, dpr: number, colour: Rgba): BarsLayer {
  const size = Math.round(markSize * dpr);
  const corners = places.map(([row, column]) => at(row, column)).map(({ x, y }) => [x - size / 2, y - size / 2] as const);
  return {
    kind: 'bars',
    x0: Float32Array.from(corners, ([x]) => Math.round(x)),
    y0: Float32Array.from(corners, ([, y]) => Math.round(y)),
    x1: Float32Array.from(corners, ([x]) => Math.round(x) + size),
    y1: Float32Array.from(corners, ([, y]) => Math.round(y) + size),
    colour,
  };
}
