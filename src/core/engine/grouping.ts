import { elementCount } from '../tensor/tensor';
import type { Grouping } from './engine';

/** How many groups a grouping makes on a shape. */
export function groupCount(shape: readonly number[], { kept, split }: Grouping): number {
  return elementCount(shape.map((size, axis) => (!kept[axis] ? 1 : split?.axis === axis ? split.parts : size)));
}

/**
 * The group of every step of every axis: group index = Σ over axes of `strides[axis] · coordinate`, and for the split
 * axis of `strides[axis] · floor(coordinate / run)`, with `run` consecutive elements to a part. Stride 0 for reduced axes.
 */
export interface GroupSteps {
  readonly strides: readonly number[];
  /** Consecutive elements of each axis that fall in one group step: 1, or the split axis's size / parts. */
  readonly runs: readonly number[];
}

export function groupSteps(shape: readonly number[], { kept, split }: Grouping): GroupSteps {
  const strides = new Array<number>(shape.length).fill(0);
  const runs = new Array<number>(shape.length).fill(1);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (!kept[axis]) continue;
    const size = shape[axis] ?? 1;
    const parts = split?.axis === axis ? split.parts : size;
    strides[axis] = stride;
    runs[axis] = parts === 0 ? 1 : size / parts;
    stride *= parts;
  }
  return { strides, runs };
}

/** Coordinates of a group along the kept axes, in the tensor's order of axes; for the split axis, the number of the part. */
export function groupCoordinates(shape: readonly number[], { kept, split }: Grouping, group: number): number[] {
  const coordinates: number[] = [];
  let rest = group;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (!kept[axis]) continue;
    const size = split?.axis === axis ? split.parts : (shape[axis] ?? 1);
    coordinates.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return coordinates;
}
