import type { BarsLayer, Rect, Rgba } from '../gpu/renderer';
import type { TileCells } from './tiles';

/** An element is marked on its pixel when it lies this many times farther out than the colours reach. */
const outlier = 2;
/** CSS pixels. */
const markSize = 2;

type Places = readonly (readonly [row: number, column: number])[];

/** Where more of a picture's pixels than this share, and than so many, hide such an element, it takes a farther one to be marked. */
const share = 0.002;
const few = 16;

type Extremes = Pick<TileCells, 'columns' | 'mean' | 'min' | 'max'>;

/** By the array of least values: looked for once, however often a picture is moved. */
const knownLimits = new WeakMap<object, { readonly high: number; readonly limit: number }>();
const knownPlaces = new WeakMap<object, { readonly limit: number; readonly places: Places }>();

/** How far out an element has to lie to be marked. @param picture of the whole tensor @param high where the colours end */
export function markLimit({ mean, min, max }: Extremes, high: number): number {
  if (min === null || max === null) return high * outlier;
  const before = knownLimits.get(min);
  if (before?.high === high) return before.limit;
  const far: number[] = [];
  for (let cell = 0; cell < mean.length; cell++) {
    const most = Math.max(max[cell] ?? 0, -(min[cell] ?? 0));
    if (most > high * outlier) far.push(most);
  }
  const allowed = Math.max(few, Math.floor(share * mean.length));
  const limit = far.length <= allowed ? high * outlier : Float64Array.from(far).sort()[far.length - allowed - 1] ?? high * outlier;
  knownLimits.set(min, { high, limit });
  return limit;
}

/** Pixels whose mean hides an element far beyond the colours. @param limit as `markLimit` has it */
export function markedPlaces({ columns, mean, min, max }: Extremes, limit: number): Places {
  if (min === null || max === null) return [];
  const before = knownPlaces.get(min);
  if (before?.limit === limit) return before.places;
  const places: [number, number][] = [];
  for (let cell = 0; cell < mean.length; cell++) {
    if (Math.abs(mean[cell] ?? 0) <= limit && Math.max(max[cell] ?? 0, -(min[cell] ?? 0)) > limit) places.push([Math.floor(cell / columns), cell % columns]);
  }
  knownPlaces.set(min, { limit, places });
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
