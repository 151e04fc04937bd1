import type { Grouping } from '../../src/core/engine/engine';
import { groupCount, groupSteps } from '../../src/core/engine/grouping';
import { createMomentTable, type MomentTable } from '../../src/core/engine/moments';

/**
 * Moments of every group by the definitions, element by element in row-major order: slow, and obviously right.
 * @param counts whether the element of an index is one of those that count
 */
export function momentsByDefinition(
  values: ArrayLike<number>,
  shape: readonly number[],
  grouping: Grouping,
  counts: (index: number) => boolean = () => true,
): MomentTable {
  const table = createMomentTable(groupCount(shape, grouping));
  const groups = Array.from({ length: values.length }, (_, index) => groupOf(index, shape, grouping));
  const each = (visit: (value: number, group: number) => void) => {
    for (let index = 0; index < values.length; index++) if (counts(index)) visit(values[index] as number, groups[index] as number);
  };
  const add = (column: Float64Array, group: number, amount: number) => {
    column[group] = (column[group] as number) + amount;
  };
  each((value, group) => {
    if (Number.isNaN(value)) return add(table.nan, group, 1);
    if (value === Infinity) return add(table.posInf, group, 1);
    if (value === -Infinity) return add(table.negInf, group, 1);
    add(table.count, group, 1);
    add(table.mean, group, value);
    if (value === 0) add(table.zeros, group, 1);
    table.min[group] = Math.min(table.min[group] as number, value);
    table.max[group] = Math.max(table.max[group] as number, value);
  });
  for (let group = 0; group < table.size; group++) {
    if (table.count[group]) table.mean[group] = (table.mean[group] as number) / (table.count[group] as number);
  }
  each((value, group) => {
    if (!Number.isFinite(value)) return;
    const delta = value - (table.mean[group] as number);
    add(table.m2, group, delta ** 2);
    add(table.m3, group, delta ** 3);
    add(table.m4, group, delta ** 4);
  });
  return table;
}

/** The group of a row-major element. */
export function groupOf(index: number, shape: readonly number[], grouping: Grouping): number {
  const { strides, runs } = groupSteps(shape, grouping);
  let group = 0;
  let rest = index;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] as number;
    group += Math.floor((rest % size) / (runs[axis] as number)) * (strides[axis] as number);
    rest = Math.floor(rest / size);
  }
  return group;
}

/** Normal numbers from a seed (mulberry32 and Box–Muller): the same in every run. */
export function seededNormal(seed: number): () => number {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}
