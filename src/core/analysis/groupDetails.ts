import type { MomentTable } from '../engine/moments';
import type { GroupDetails } from './report';
import { excessKurtosisOf, skewnessOf } from './statistics';

/** What the moments tell of every group beside its mean and variance, one column each, (groups). */
export function groupDetails(table: MomentTable): GroupDetails {
  const { size, count, nan, posInf, negInf, zeros, min, max } = table;
  const column = (at: (group: number) => number | null) => {
    const values = new Float64Array(size);
    for (let group = 0; group < size; group++) values[group] = at(group) ?? NaN;
    return values;
  };
  const extreme = (values: Float64Array) => column((group) => ((count[group] ?? 0) > 0 ? (values[group] ?? NaN) : NaN));
  return {
    size,
    // Copies: the table lies in the engine's memory, all of which would stay with them.
    count: count.slice(),
    nan: nan.slice(),
    posInf: posInf.slice(),
    negInf: negInf.slice(),
    zeros: zeros.slice(),
    min: extreme(min),
    max: extreme(max),
    skewness: column((group) => skewnessOf(table, group)),
    excessKurtosis: column((group) => excessKurtosisOf(table, group)),
  };
}
