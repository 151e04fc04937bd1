import type { Grouping } from '../../src/core/engine/engine';
import { groupCoordinates, groupSteps } from '../../src/core/engine/grouping';

/** How a method shares: which logical axes it reduces, and into how many parts it cuts the channels. */
export interface Sharing {
  readonly reducedAxes: readonly number[];
  readonly numGroups?: number;
}

/** An element by its coordinates, one per axis. */
export type Place = readonly number[];

/** Consecutive steps of one axis, both ends included. */
export interface Span {
  readonly size: number;
  readonly first: number;
  readonly last: number;
}

/** The grouping that a method's report speaks of: channels that are cut into parts are reduced and kept at once. */
export function groupingOf(roles: string, { reducedAxes, numGroups }: Sharing): Grouping {
  const channels = roles.indexOf('C');
  const kept = [...roles].map((_, axis) => !reducedAxes.includes(axis) || (axis === channels && numGroups !== undefined));
  return numGroups === undefined || channels < 0 ? { kept } : { kept, split: { axis: channels, parts: numGroups } };
}

/** The group of an element, counted as a `Series` counts. */
export function groupAt(shape: readonly number[], grouping: Grouping, place: Place): number {
  const { strides, runs } = groupSteps(shape, grouping);
  return place.reduce((sum, coordinate, axis) => sum + (strides[axis] ?? 0) * Math.floor(coordinate / (runs[axis] ?? 1)), 0);
}

/** The first element of a group. */
export function firstOf(shape: readonly number[], grouping: Grouping, group: number): Place {
  const { runs } = groupSteps(shape, grouping);
  const coordinates = groupCoordinates(shape, grouping, group);
  return shape.map((_, axis) => (grouping.kept[axis] === true ? (coordinates.shift() ?? 0) * (runs[axis] ?? 1) : 0));
}

/** What shares statistics with an element: a span of every axis. */
export function spansOf(shape: readonly number[], grouping: Grouping, place: Place): Span[] {
  const { runs } = groupSteps(shape, grouping);
  return shape.map((size, axis) => {
    if (grouping.kept[axis] !== true) return { size, first: 0, last: size - 1 };
    const run = runs[axis] ?? 1;
    const first = Math.floor((place[axis] ?? 0) / run) * run;
    return { size, first, last: first + run - 1 };
  });
}

/** Whether some of the elements `first … last`, row-major over these axes, lie in all of the spans. */
export function touches([outer, ...inner]: readonly Span[], first: number, last: number): boolean {
  if (outer === undefined) return true;
  const run = inner.reduce((product, { size }) => product * size, 1);
  if (run === 0) return false;
  const [from, to] = [Math.floor(first / run), Math.floor(last / run)];
  // A step of the outer axis that is there with all that is inside of it.
  if (Math.max(from + 1, outer.first) <= Math.min(to - 1, outer.last)) return true;
  return [...new Set([from, to])].some(
    (step) => step >= outer.first && step <= outer.last && touches(inner, step === from ? first - from * run : 0, step === to ? last - to * run : run - 1),
  );
}

/** Coordinates of the `index`-th element, row-major over axes of these sizes. */
export function coordinatesAt(sizes: readonly number[], index: number): number[] {
  const coordinates: number[] = [];
  let rest = index;
  for (const size of sizes.toReversed()) {
    coordinates.unshift(rest % Math.max(1, size));
    rest = Math.floor(rest / Math.max(1, size));
  }
  return coordinates;
}

/**
 * The stretches `[from, to)` of a side on which some element of the group falls, as it is drawn in cells, in elements.
 * @param axes spans of the side's axes
 * @param cell elements of a cell, of which only those between `first` and `end` are looked at
 */
export function runsIn(axes: readonly Span[], cell: number, first: number, end: number): (readonly [from: number, to: number])[] {
  const elements = axes.reduce((product, { size }) => product * size, 1);
  const runs: [number, number][] = [];
  for (let at = Math.floor(first / cell + rounding); at * cell < Math.min(end, elements) - rounding; at++) {
    if (!touches(axes, firstElement(at, cell), firstElement(at + 1, cell) - 1)) continue;
    const before = runs.at(-1);
    if (before?.[1] === at * cell) before[1] = (at + 1) * cell;
    else runs.push([at * cell, (at + 1) * cell]);
  }
  return runs;
}

/** Cells of a picture are fractions of elements, whose edges are not met exactly. */
const rounding = 1e-9;

/** The first of the elements of a side whose middle falls on a cell. */
function firstElement(at: number, cell: number): number {
  return Math.ceil(at * cell - 0.5 - rounding);
}
