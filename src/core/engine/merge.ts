import type { Grouping } from './engine';
import { groupCount, groupSteps } from './grouping';
import { createMomentTable, type MomentTable } from './moments';

/**
 * Merges cell `source` of `from` into group `target` of `into`: Chan et al. 1979 for the variance, Pébay 2008 for the
 * third and fourth moments.
 */
export function mergeCell(into: MomentTable, target: number, from: MomentTable, source: number): void {
  add(into.nan, target, at(from.nan, source));
  add(into.posInf, target, at(from.posInf, source));
  add(into.negInf, target, at(from.negInf, source));
  add(into.zeros, target, at(from.zeros, source));
  const nb = at(from.count, source);
  if (nb === 0) return;
  into.min[target] = Math.min(at(into.min, target), at(from.min, source));
  into.max[target] = Math.max(at(into.max, target), at(from.max, source));
  const na = at(into.count, target);
  if (na === 0) {
    for (const column of ['count', 'mean', 'meanLow', 'm2', 'm3', 'm4'] as const) into[column][target] = at(from[column], source);
    return;
  }
  const n = na + nb;
  const [ma, a2, a3] = [at(into.mean, target), at(into.m2, target), at(into.m3, target)];
  const [mb, b2, b3] = [at(from.mean, source), at(from.m2, source), at(from.m3, source)];
  // The high parts of close means differ without rounding; the low parts keep what they lack.
  const delta = mb - ma + (at(from.meanLow, source) - at(into.meanLow, target));
  if (!Number.isFinite(delta)) return mergeFarApart(into, target, n, ma * (na / n) + mb * (nb / n));
  const dn = delta / n;
  const product = na * nb;
  const cross = delta * dn * product;
  into.count[target] = n;
  const low = at(into.meanLow, target) + nb * dn;
  into.mean[target] = ma + low;
  into.meanLow[target] = low - (ma + low - ma);
  into.m2[target] = a2 + b2 + cross;
  into.m3[target] = a3 + b3 + cross * dn * (na - nb) + 3 * dn * (na * b2 - nb * a2);
  add(
    into.m4,
    target,
    at(from.m4, source) +
      cross * dn * dn * (na * na - product + nb * nb) +
      6 * dn * dn * (na * na * b2 + nb * nb * a2) +
      4 * dn * (na * b3 - nb * a3),
  );
}

/** Means so far apart that float64 cannot hold their difference: they still have a mean, of finite digits. */
function mergeFarApart(into: MomentTable, target: number, count: number, mean: number): void {
  into.count[target] = count;
  into.mean[target] = mean;
  into.meanLow[target] = 0;
  into.m2[target] = Infinity;
  into.m3[target] = NaN;
  into.m4[target] = Infinity;
}

function at(column: Float64Array, index: number): number {
  return column[index] ?? 0;
}

function add(column: Float64Array, index: number, amount: number): void {
  column[index] = at(column, index) + amount;
}

/** Merges every group of `from` into the same group of `into`, which it returns. */
export function mergeInto(into: MomentTable, from: MomentTable): MomentTable {
  for (let group = 0; group < into.size; group++) mergeCell(into, group, from, group);
  return into;
}

/**
 * Merges consecutive groups into those from `first` on. All but the outermost two are whole, so that `into` has none of
 * their elements yet.
 */
export function mergeRun(into: MomentTable, first: number, from: MomentTable): void {
  const last = from.size - 1;
  if (from.size > 0) mergeCell(into, first, from, 0);
  if (last > 0) mergeCell(into, first + last, from, last);
  copyWhole(into, first, from);
}

/** Copies consecutive groups, all but the outermost two, to their places: the first of all is that of group `first`. */
export function copyWhole(into: MomentTable, first: number, from: MomentTable): void {
  const last = from.size - 1;
  if (last < 2) return;
  for (const name of Object.keys(into) as (keyof MomentTable)[]) {
    const [target, source] = [into[name], from[name]];
    if (typeof target !== 'number' && typeof source !== 'number') target.set(source.subarray(1, last), first + 1);
  }
}

/** Tables of the same groups as one. */
export function mergeTables(tables: readonly MomentTable[], size: number): MomentTable {
  return tables.reduce(mergeInto, createMomentTable(size));
}

/** All groups of a table as one. */
export function mergeAll(table: MomentTable): MomentTable {
  const all = createMomentTable(1);
  for (let group = 0; group < table.size; group++) mergeCell(all, 0, table, group);
  return all;
}

/** Whether every group of `coarse` is a union of groups of `fine`. */
export function refines(shape: readonly number[], fine: Grouping, coarse: Grouping): boolean {
  return shape.every((size, axis) => {
    if (!coarse.kept[axis]) return true;
    if (!fine.kept[axis]) return false;
    const fineParts = partsOf(fine, axis, size);
    const coarseParts = partsOf(coarse, axis, size);
    // Of an empty axis both can have no parts.
    return fineParts === coarseParts || fineParts % coarseParts === 0;
  });
}

function partsOf({ split }: Grouping, axis: number, size: number): number {
  return split?.axis === axis ? split.parts : size;
}

/** The table of `coarse` from the table of `fine`, which refines it. */
export function mergeTable(shape: readonly number[], fine: Grouping, table: MomentTable, coarse: Grouping): MomentTable {
  const merged = createMomentTable(groupCount(shape, coarse));
  const { strides, runs } = groupSteps(shape, coarse);
  // Sizes of the axes in groups of `fine`, and how many elements of the axis each stands for.
  const sizes = shape.map((size, axis) => (fine.kept[axis] ? partsOf(fine, axis, size) : 1));
  const coordinates = shape.map(() => 0);
  for (let source = 0; source < table.size; source++) {
    let target = 0;
    for (let axis = 0; axis < shape.length; axis++) {
      const elements = (shape[axis] ?? 0) / (sizes[axis] ?? 1);
      target += Math.floor(((coordinates[axis] ?? 0) * elements) / (runs[axis] ?? 1)) * (strides[axis] ?? 0);
    }
    mergeCell(merged, target, table, source);
    step(coordinates, sizes);
  }
  return merged;
}

/** The next coordinates in row-major order. */
function step(coordinates: number[], sizes: readonly number[]): void {
  for (let axis = sizes.length - 1; axis >= 0; axis--) {
    const next = (coordinates[axis] ?? 0) + 1;
    if (next < (sizes[axis] ?? 1)) {
      coordinates[axis] = next;
      return;
    }
    coordinates[axis] = 0;
  }
}
