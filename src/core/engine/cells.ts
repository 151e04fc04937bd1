import type { Grouping, MomentsResult } from './engine';
import { groupCount } from './grouping';
import { mergeAll, mergeTable, refines } from './merge';
import type { MomentTable } from './moments';
import type { Limits } from '../limits';
import { NormoscopeError } from '../errors';
import { counted } from '../text/numbers';

/** The groupings that are accumulated from the bytes; every other one is a merge of one of these. */
export interface Cells {
  readonly bases: readonly Grouping[];
  /** For each asked grouping, the base that it merges. */
  readonly baseOf: readonly number[];
  /** The base from which the moments of all elements are merged: the one of the fewest groups, or in fast mode the one that can tell them. */
  readonly carrier: number;
}

/**
 * The finest of the asked groupings: those that no other one refines. With none asked, the whole tensor is one cell.
 * @throws NormoscopeError `too-large` for more groups than are kept in memory
 */
export function chooseCells(shape: readonly number[], groupings: readonly Grouping[], limits: Limits): Cells {
  for (const grouping of groupings) {
    const groups = groupCount(shape, grouping);
    if (groups > limits.groupsInMemory) {
      throw new NormoscopeError(
        'too-large',
        `Statistics of ${counted(groups, 'group')} were asked for; at most ${counted(limits.groupsInMemory, 'group')} are kept in memory.`,
      );
    }
  }
  const asked = groupings.length > 0 ? groupings : [{ kept: shape.map(() => false) }];
  const bases = finest(shape, asked);
  const sizes = bases.map((base) => groupCount(shape, base));
  return {
    bases,
    baseOf: groupings.map((grouping) => bases.findIndex((base) => refines(shape, base, grouping))),
    carrier: sizes.indexOf(Math.min(...sizes)),
  };
}

/** Those groupings that no other one refines: what has to be accumulated for all of them. */
export function finest(shape: readonly number[], groupings: readonly Grouping[]): Grouping[] {
  return groupings.filter((grouping, index) =>
    groupings.every((other, at) => {
      if (at === index || !refines(shape, other, grouping)) return true;
      // Of two that are the same, the first stays.
      return refines(shape, grouping, other) && index < at;
    }),
  );
}

/**
 * The asked tables from the accumulated ones. Equal groupings share one table.
 * @param firstNotFinite Infinity where every element is finite
 */
export function mergeCells(
  shape: readonly number[],
  groupings: readonly Grouping[],
  { bases, baseOf, carrier }: Cells,
  tables: readonly MomentTable[],
  firstNotFinite: number,
): Pick<MomentsResult, 'overall' | 'tables' | 'firstNotFinite'> {
  const made = new Map<string, MomentTable>();
  const merged = groupings.map((grouping, index) => {
    const base = baseOf[index] ?? 0;
    const key = JSON.stringify(grouping);
    const table =
      made.get(key) ?? tableOf(shape, bases[base] as Grouping, tables[base] as MomentTable, grouping);
    made.set(key, table);
    return table;
  });
  return { overall: mergeAll(tables[carrier] as MomentTable), tables: merged, firstNotFinite: firstNotFinite === Infinity ? -1 : firstNotFinite };
}

function tableOf(shape: readonly number[], base: Grouping, table: MomentTable, grouping: Grouping): MomentTable {
  return refines(shape, grouping, base) ? table : mergeTable(shape, base, table, grouping);
}
