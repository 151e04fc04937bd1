import type { AffineView, Grouping } from '../engine';
import { groupSteps } from '../grouping';
import type { Mask } from '../mask';

/** The group of an element, by its logical (row-major) index. */
export function groupFinder(shape: readonly number[], grouping: Grouping): (logical: number) => number {
  const { strides, runs } = groupSteps(shape, grouping);
  return (logical) => {
    let rest = logical;
    let group = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const size = shape[axis] ?? 1;
      group += Math.floor((rest % size) / (runs[axis] ?? 1)) * (strides[axis] ?? 0);
      rest = Math.floor(rest / size);
    }
    return group;
  };
}

/** What a view shows an element as, by its value and its logical index; NaN in a group without statistics. */
export function viewFinder(
  shape: readonly number[],
  view: Pick<AffineView, 'grouping' | 'shift' | 'scale' | 'affine'>,
): (value: number, logical: number) => number {
  const maps = [{ ...view, offset: null }, ...(view.affine === undefined ? [] : [view.affine])].map((map) => ({ ...map, groupOf: groupFinder(shape, map.grouping) }));
  return (value, logical) =>
    maps.reduce((seen, { groupOf, shift, scale, offset }) => {
      const group = groupOf(logical);
      return (seen - (shift[group] ?? NaN)) * (scale[group] ?? NaN) + (offset === null ? 0 : (offset[group] ?? NaN));
    }, value);
}

/** Whether an element is left out, by its logical (row-major) index. */
export function maskFinder(shape: readonly number[], mask: Mask | undefined): (logical: number) => boolean {
  if (mask === undefined) return () => false;
  const positionOf = groupFinder(shape, { kept: mask.kept });
  return (logical) => mask.counts[positionOf(logical)] === 0;
}
