/**
 * Cells of normalized values for another eps, without reading an element again. A group's values are all
 * `√((variance + from) / (variance + eps))` times what they were, and a cell's mean is the mean of its groups' parts: exact
 * where a cell lies in one group or its groups vary alike, constant ones beside them. Both back ends do this by the layout
 * that stands here.
 */

/** Which groups fall on each cell of one side (rows or columns) of a picture. A group's number is the sum of both sides' parts. */
export interface GroupRuns {
  /** (cells + 1): which of the runs are each cell's; every cell has one. */
  readonly start: Uint32Array;
  /** (runs) each: the side's part of the group's number, and the run's share of the cell's side. */
  readonly group: Uint32Array;
  readonly share: Float32Array;
  /** Whether every element's group is among the runs: of many an even choice is. */
  readonly isWhole: boolean;
}

/** Where the groups of a picture's cells lie, and what is known of them. Kept as the same object by who draws by it often. */
export interface CellGroups {
  readonly rows: GroupRuns;
  readonly columns: GroupRuns;
  /** (groups): variance, or mean square where the mean is left in; NaN for a group without finite elements. */
  readonly variances: Float32Array;
}

export interface Rescaling {
  readonly groups: CellGroups;
  /** What was added to the variances of the values that are there, and what is to be. */
  readonly from: number;
  readonly eps: number;
}

/** What a group's values are multiplied by; NaN of one without statistics. */
function factorOf(variance: number, { from, eps }: Omit<Rescaling, 'groups'>): number {
  // Without eps a constant group has no values that could be told from one another.
  return variance + from === 0 ? 0 : Math.sqrt((variance + from) / (variance + eps));
}

/** How far a group's values lie apart as they are, 1 without eps. What is constant makes no part of a mean. */
function spreadOf(variance: number, { from }: Pick<Rescaling, 'from'>): number {
  return variance + from === 0 ? 0 : Math.sqrt(variance / (variance + from));
}

/** The factor of each group and its weight, made once for all cells. */
interface Table {
  readonly factors: Float32Array;
  readonly spreads: Float32Array;
}

function tableOf({ groups: { variances }, ...by }: Rescaling): Table {
  return { factors: variances.map((variance) => factorOf(variance, by)), spreads: variances.map((variance) => spreadOf(variance, by)) };
}

/** The mean factor of a cell's groups, weighted by their shares and by how far they spread; 0 where nothing does. */
function meanFactor({ factors, spreads }: Table, { rows, columns }: CellGroups, row: number, column: number): number {
  const [top, bottom] = [rows.start[row] as number, rows.start[row + 1] as number];
  const [left, right] = [columns.start[column] as number, columns.start[column + 1] as number];
  if (bottom - top === 1 && right - left === 1) return factors[(rows.group[top] as number) + (columns.group[left] as number)] as number;
  let sum = 0;
  let weight = 0;
  for (let down = top; down < bottom; down++) {
    for (let along = left; along < right; along++) {
      const group = (rows.group[down] as number) + (columns.group[along] as number);
      const spread = spreads[group] as number;
      // Nothing, or no statistics.
      if (!(spread > 0)) continue;
      const share = spread * (rows.share[down] as number) * (columns.share[along] as number);
      sum += share * (factors[group] as number);
      weight += share;
    }
  }
  return weight === 0 ? 0 : sum / weight;
}

/** Whether all cells of a side have the same one group, so that the side makes no difference. */
function isAlike({ start, group }: GroupRuns): boolean {
  return start.length - 1 === group.length && group.every((part) => part === group[0]);
}

/** @param values (rows, columns), row-major */
export function rescaled(values: Float32Array | Float64Array, rescaling: Rescaling): Float32Array | Float64Array {
  const { groups } = rescaling;
  const [rows, columns] = [groups.rows.start.length - 1, groups.columns.start.length - 1];
  const table = tableOf(rescaling);
  const made = values.slice();
  const [rowsAlike, columnsAlike] = [isAlike(groups.rows), isAlike(groups.columns)];
  const along = rowsAlike ? Float32Array.from({ length: columns }, (_, column) => meanFactor(table, groups, 0, column)) : null;
  for (let row = 0, cell = 0; row < rows; row++) {
    const down = columnsAlike ? meanFactor(table, groups, row, 0) : 0;
    for (let column = 0; column < columns; column++, cell++) {
      const factor = columnsAlike ? down : along === null ? meanFactor(table, groups, row, column) : (along[column] as number);
      made[cell] = (values[cell] as number) * factor;
    }
  }
  return made;
}

/** What the values of single cells are multiplied by. */
export function factorsAt(rescaling: Rescaling): (row: number, column: number) => number {
  const { groups, ...by } = rescaling;
  let table: Table | null = null;
  return (row, column) => {
    const { rows, columns, variances } = groups;
    const [down, along] = [rows.start[row] as number, columns.start[column] as number];
    // Of one cell in one group nothing else needs to be known.
    if (rows.start[row + 1] === down + 1 && columns.start[column + 1] === along + 1) {
      return factorOf(variances[(rows.group[down] as number) + (columns.group[along] as number)] as number, by);
    }
    table ??= tableOf(rescaling);
    return meanFactor(table, groups, row, column);
  };
}

/**
 * How far a rescaled cell may be from the truth, at most: no part of a cell is farther out than its extremes, and each has a
 * factor among those of its groups that are not constant. 0 where every cell lies in one group; infinite where not all of its groups were looked at.
 * @param extremes (rows, columns) each: the least and the greatest value of a cell; null while they are not known, and so neither is this
 */
export function largestError({ min, max }: { readonly min: Float32Array | null; readonly max: Float32Array | null }, rescaling: Rescaling): number {
  const { groups: { rows, columns, variances } } = rescaling;
  if (!rows.isWhole || !columns.isWhole || min === null || max === null) return Infinity;
  const { factors } = tableOf(rescaling);
  const width = columns.start.length - 1;
  let most = 0;
  for (let row = 0; row + 1 < rows.start.length; row++) {
    const [top, bottom] = [rows.start[row] as number, rows.start[row + 1] as number];
    for (let column = 0; column < width; column++) {
      const [left, right] = [columns.start[column] as number, columns.start[column + 1] as number];
      if (bottom - top === 1 && right - left === 1) continue;
      let [least, greatest] = [Infinity, -Infinity];
      for (let down = top; down < bottom; down++) {
        for (let along = left; along < right; along++) {
          const group = (rows.group[down] as number) + (columns.group[along] as number);
          if (!((variances[group] as number) > 0)) continue;
          least = Math.min(least, factors[group] as number);
          greatest = Math.max(greatest, factors[group] as number);
        }
      }
      const cell = row * width + column;
      const farthest = Math.max(Math.abs(min[cell] as number), Math.abs(max[cell] as number));
      // Without a finite element there is nothing to be wrong about.
      if (greatest > least && farthest >= 0) most = Math.max(most, (greatest - least) * farthest);
    }
  }
  return most;
}
