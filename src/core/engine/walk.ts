import { NormoscopeError } from '../errors';
import { formatCount } from '../text/numbers';
import type { Grouping } from './engine';
import { groupSteps } from './grouping';

/** One axis of a walk: `size` steps, each going `step` cells on. */
export interface WalkDim {
  readonly size: number;
  readonly step: number;
}

/**
 * Which cell the elements belong to, in storage order. Innermost is a run: of `length` elements that share a cell, or,
 * with `table`, of `length` neighbours of which number i belongs to the walk's cell plus `table[i]`.
 */
export interface WalkPlan {
  readonly outer: readonly WalkDim[];
  readonly length: number;
  readonly table: Int32Array | null;
  /** Whether `table[i]` is i throughout: neighbouring columns belong to neighbouring cells. */
  readonly neighbours: boolean;
}

/** Sizes are 32-bit in the kernels. */
const longest = 2 ** 31 - 1;
/** Reduced axes are taken together up to this many elements. */
const longestRun = 2 ** 30;

/** @throws NormoscopeError `too-large` for an axis beyond 32 bits */
export function checkAxes(shape: readonly number[]): void {
  const size = shape.find((axis) => axis > longest);
  if (size !== undefined) {
    throw new NormoscopeError('too-large', `An axis has ${formatCount(size)} elements; at most ${formatCount(longest)} are read.`);
  }
}

/** @param axisOrder axes from slowest to fastest in storage */
export function planWalk(shape: readonly number[], axisOrder: readonly number[], grouping: Grouping): WalkPlan {
  const dims = collapse(storageDims(shape, axisOrder, grouping));
  const last = dims.at(-1);
  if (last === undefined) return { outer: [], length: 1, table: null, neighbours: false };
  if (last.step === 0) return { outer: dims.slice(0, -1), length: last.size, table: null, neighbours: false };
  // All innermost kept axes together are the columns: what is outside of them is reduced, so rows of it can be summed.
  const firstKept = dims.findLastIndex(({ step }) => step === 0) + 1;
  return { outer: dims.slice(0, firstKept), ...columns(dims.slice(firstKept)) };
}

/** Elements of a cell where cells follow each other in storage, each as one run; null where they lie otherwise. */
export function sequentialRun({ outer, length, table }: WalkPlan): number | null {
  return table === null && outer.length === 1 && outer[0]?.step === 1 ? length : null;
}

/** Axes in storage order; the split axis is two, its parts and the run inside a part. */
function storageDims(shape: readonly number[], axisOrder: readonly number[], grouping: Grouping): WalkDim[] {
  const { strides, runs } = groupSteps(shape, grouping);
  return axisOrder.flatMap((axis) => {
    const size = shape[axis] ?? 1;
    const step = strides[axis] ?? 0;
    const run = runs[axis] ?? 1;
    return run === 1 ? [{ size, step }] : [{ size: size / run, step }, { size: run, step: 0 }];
  });
}

/** Takes neighbours together that one odometer wheel can count. */
function collapse(dims: readonly WalkDim[]): WalkDim[] {
  const collapsed: WalkDim[] = [];
  for (const dim of dims) {
    if (dim.size === 1) continue;
    const before = collapsed.at(-1);
    const size = (before?.size ?? 0) * dim.size;
    if (before !== undefined && before.step === dim.step * dim.size && size <= longestRun) {
      collapsed[collapsed.length - 1] = { size, step: dim.step };
    } else {
      collapsed.push(dim);
    }
  }
  return collapsed;
}

function columns(dims: readonly WalkDim[]): { length: number; table: Int32Array; neighbours: boolean } {
  let cells = [0];
  for (const { size, step } of dims) {
    const next: number[] = [];
    for (const cell of cells) for (let i = 0; i < size; i++) next.push(cell + i * step);
    cells = next;
  }
  return { length: cells.length, table: Int32Array.from(cells), neighbours: cells.every((cell, i) => cell === i) };
}
