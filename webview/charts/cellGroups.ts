import type { Grouping } from '../../src/core/engine/engine';
import { groupSteps } from '../../src/core/engine/grouping';
import { elementCount } from '../../src/core/tensor/tensor';
import type { GroupRuns } from '../gpu/rescale';

/** How a side of a picture is cut into cells: the first element of each, and behind the last one where they end. */
export type CellEdges = Float64Array;

/** Cells that are the same number of elements each, but the last. */
export function evenEdges(from: number, elements: number, perCell: number): CellEdges {
  return Float64Array.from({ length: Math.ceil(elements / perCell) + 1 }, (_, cell) => from + Math.min(elements, cell * perCell));
}

/** Groups of a cell's side that are looked at, at most. */
const mostRuns = 64;

/** An axis of a side: its size, and what of a group's number each `run` steps along it add. */
interface Step {
  readonly size: number;
  readonly stride: number;
  readonly run: number;
}

/**
 * The groups under the cells of one side of a tensor's matrix, whose rows run over the first `rowAxes` axes and whose
 * columns over the others.
 */
export function groupRuns(shape: readonly number[], grouping: Grouping, side: 'rows' | 'columns', rowAxes: number, edges: CellEdges): GroupRuns {
  const { strides, runs } = groupSteps(shape, grouping);
  const all = shape.map((size, axis): Step => ({ size, stride: strides[axis] ?? 0, run: runs[axis] ?? 1 }));
  const steps = side === 'rows' ? all.slice(0, rowAxes) : all.slice(rowAxes);
  // Elements that follow each other in one group, wherever on the side.
  const last = steps.findLastIndex(({ stride }) => stride !== 0);
  const unit = elementCount(steps.slice(last + 1).map(({ size }) => size)) * (steps[last]?.run ?? 1);
  const cells = edges.length - 1;
  const start = new Uint32Array(cells + 1);
  const group: number[] = [];
  const share: number[] = [];
  let isWhole = true;
  for (let cell = 0; cell < cells; cell++) {
    const [from, to] = [edges[cell] ?? 0, edges[cell + 1] ?? 0];
    const [first, end] = [Math.floor(from / unit), Math.max(Math.floor(from / unit) + 1, Math.ceil(to / unit))];
    const units = end - first;
    if (units > mostRuns) isWhole = false;
    const found = new Map<number, number>();
    for (let index = 0; index < Math.min(units, mostRuns); index++) {
      // Of many, one of each equal part of them, not always in the same place: groups may come round in step.
      const at = units <= mostRuns ? first + index : first + Math.floor(((index + golden(index)) * units) / mostRuns);
      const elements = units <= mostRuns ? Math.max(0, Math.min(to, (at + 1) * unit) - Math.max(from, at * unit)) : 1;
      const part = partAt(steps, at * unit);
      found.set(part, (found.get(part) ?? 0) + elements);
    }
    const total = [...found.values()].reduce((a, b) => a + b, 0);
    for (const [part, elements] of found) {
      group.push(part);
      share.push(total === 0 ? 1 / found.size : elements / total);
    }
    start[cell + 1] = group.length;
  }
  return { start, group: Uint32Array.from(group), share: Float32Array.from(share), isWhole };
}

/** In 0…1, spread evenly over consecutive whole numbers. */
function golden(index: number): number {
  return (index * 0.6180339887498949) % 1;
}

/** What an element's place on the side adds to the number of its group. */
function partAt(steps: readonly Step[], element: number): number {
  let rest = element;
  let part = 0;
  for (const { size, stride, run } of steps.toReversed()) {
    part += stride * Math.floor((rest % size) / run);
    rest = Math.floor(rest / size);
  }
  return part;
}
