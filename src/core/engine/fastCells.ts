import type { Limits } from '../limits';
import type { TensorData } from '../tensor/tensor';
import type { Cells } from './cells';
import type { Grouping } from './engine';
import { groupCount } from './grouping';
import { refines } from './merge';
import { planWalk } from './walk';

/** Shorter runs are left without third and fourth moments: another look at all elements costs less than merging those. */
const carriedRun = 256;

/**
 * The cells of the fast mode, in which one base, the carrier, keeps third and fourth moments for the whole tensor. It is one
 * whose cells' elements lie side by side in long runs; where none is, the whole tensor is accumulated too. And several such
 * bases (samples and channels of NCHW) are merges of the runs that they have in common.
 */
export function fastCells({ shape, axisOrder }: Pick<TensorData, 'shape' | 'axisOrder'>, cells: Cells, limits: Limits): Cells {
  const joined = joinRuns(shape, axisOrder, cells, limits);
  const carrier = joined.bases.findIndex((base) => isCarried(shape, axisOrder, base));
  if (carrier >= 0) return { ...joined, carrier };
  const whole: Grouping = { kept: shape.map(() => false) };
  return { ...joined, bases: [...joined.bases, whole], carrier: joined.bases.length };
}

function isCarried(shape: readonly number[], axisOrder: readonly number[], base: Grouping): boolean {
  const { table, length } = planWalk(shape, axisOrder, base);
  return table === null && length >= carriedRun;
}

function joinRuns(shape: readonly number[], axisOrder: readonly number[], cells: Cells, limits: Limits): Cells {
  const runs = cells.bases.filter((base) => isCarried(shape, axisOrder, base));
  // Groups of channels are not cut further.
  if (runs.length < 2 || runs.some(({ split }) => split !== undefined)) return cells;
  const union: Grouping = { kept: shape.map((_, axis) => runs.some(({ kept }) => kept[axis])) };
  if (!isCarried(shape, axisOrder, union) || groupCount(shape, union) > limits.groupsInMemory) return cells;
  const bases = [union, ...cells.bases.filter((base) => !runs.includes(base))];
  const baseOf = cells.baseOf.map((base) => bases.findIndex((finer) => refines(shape, finer, cells.bases[base] as Grouping)));
  return { bases, baseOf, carrier: 0 };
}
