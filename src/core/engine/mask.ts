import { elementCount } from '../tensor/tensor';
import type { Stretch } from './chunks';
import { groupSteps } from './grouping';

/** Which elements count: a flag for each position over some of the axes, the same for all elements along the others. */
export interface Mask {
  /** One flag per axis of the tensor, logical order: whether the positions have it. */
  readonly kept: readonly boolean[];
  /** (positions), row-major over those axes: 1 where elements count, 0 where they are left out. */
  readonly counts: Uint8Array;
}

/** A stretch of elements that all count, or that are all left out. */
export interface MaskedStretch extends Stretch {
  readonly counts: boolean;
}

/** The positions of a stretch, in storage order. */
export type CutStretch = (first: number, count: number) => Iterable<MaskedStretch>;

/** Positions that are left out. */
export function maskedPositions({ counts }: Mask): number {
  let masked = 0;
  for (let position = 0; position < counts.length; position++) if (counts[position] === 0) masked++;
  return masked;
}

/** Elements of a tensor that are left out; 0 without a mask. */
export function maskedElements(shape: readonly number[], mask: Mask | undefined): number {
  if (mask === undefined || mask.counts.length === 0) return 0;
  return maskedPositions(mask) * (elementCount(shape) / mask.counts.length);
}

/**
 * Cuts stretches of storage elements where the mask changes. Kernels are given whole stretches that count, and never see
 * the others, so that a mask costs them nothing.
 * @param axisOrder axes from slowest to fastest in storage
 */
export function cutByMask(shape: readonly number[], axisOrder: readonly number[], mask: Mask | undefined): CutStretch {
  if (mask === undefined) return (first, count) => [{ first, count, counts: true }];
  const { strides } = groupSteps(shape, { kept: mask.kept });
  const dims = axisOrder.map((axis) => ({ size: shape[axis] ?? 1, step: strides[axis] ?? 0 }));
  // Along the fastest axes without the mask a position stays the same.
  const outer = dims.slice(0, dims.findLastIndex(({ step }) => step > 0) + 1);
  const inner = elementCount(dims.slice(outer.length).map(({ size }) => size));
  return (first, count) => cut(mask.counts, outer, inner, first, first + count);
}

interface Dim {
  readonly size: number;
  /** Positions from one step along the axis to the next. */
  readonly step: number;
}

/** @param inner elements that follow each other at each position of the `outer` axes */
function* cut(flags: Uint8Array, outer: readonly Dim[], inner: number, first: number, end: number): Generator<MaskedStretch> {
  const coordinates = outer.map(() => 0);
  let position = 0;
  let rest = Math.floor(first / inner);
  for (let dim = outer.length - 1; dim >= 0; dim--) {
    const { size, step } = outer[dim] as Dim;
    coordinates[dim] = rest % size;
    position += (rest % size) * step;
    rest = Math.floor(rest / size);
  }
  // Along the fastest of the axes a loop of its own: its flags are looked at one by one.
  const { size, step } = outer.at(-1) ?? { size: 1, step: 0 };
  let along = coordinates.at(-1) ?? 0;
  let start = first;
  let at = first - (first % inner);
  let flag = flags[position] ?? 0;
  while (at < end) {
    for (; along < size && at < end && flags[position] === flag; along++) {
      position += step;
      at += inner;
    }
    if (along === size) {
      position = turn(outer, coordinates, position - size * step);
      along = 0;
    } else if (at < end) {
      yield { first: start, count: at - start, counts: flag === 1 };
      start = at;
      flag = flags[position] ?? 0;
    }
  }
  if (start < end) yield { first: start, count: end - start, counts: flag === 1 };
}

/** Goes on by one along the axes outside of the fastest. @returns the position there */
function turn(outer: readonly Dim[], coordinates: number[], position: number): number {
  let place = position;
  for (let dim = outer.length - 2; dim >= 0; dim--) {
    const { size, step } = outer[dim] as Dim;
    const next = (coordinates[dim] ?? 0) + 1;
    if (next < size) {
      coordinates[dim] = next;
      return place + step;
    }
    coordinates[dim] = 0;
    place -= (next - 1) * step;
  }
  return place;
}
