import { isApplicable, type MethodReport, type Report, type View } from '../../src/core/analysis/report';
import { elementCount } from '../../src/core/tensor/tensor';
import { factorsAt, type CellGroups, type Rescaling } from '../gpu/rescale';
import { groupRuns, type CellEdges } from './cellGroups';
import { groupingOf } from './groups';
import { pictureEdges, reachOf } from './heatmap';

/** What values are to be of, where that is not what they were computed with. */
export interface Wanted {
  readonly eps: number;
}

/** Cells and their places in the tensor's matrix. */
export interface PlacedCells {
  /** (rows, columns), by which they are known. */
  readonly mean: Float32Array | Float64Array;
  edges(): { readonly rows: CellEdges; readonly columns: CellEdges };
}

/** By the report, the view and the array of means: pictures are drawn more often than their groups are looked up. */
const known = new WeakMap<PlacedCells['mean'], { readonly report: Report; readonly groups: CellGroups }>();
const variancesKnown = new WeakMap<Float64Array, Float32Array>();

/** Variances, or mean squares, of all groups of a method; null where the page is not told of every group. */
export function variancesOf(report: Report, id: View['id']): { readonly method: MethodReport; readonly variances: Float32Array } | null {
  const method = report.methods.find((candidate) => candidate.id === id);
  if (method === undefined || !isApplicable(method)) return null;
  const values = (method.variance ?? method.meanSquare)?.values ?? null;
  if (values === null) return null;
  const variances = variancesKnown.get(values) ?? Float32Array.from(values);
  variancesKnown.set(values, variances);
  return { method, variances };
}

/** Whether the values of a view follow another eps: those that γ and β were done to have lost what they would follow by. */
export function canFollow(report: Report, { id, affine }: Pick<View, 'id' | 'affine'>): boolean {
  return id === 'raw' || (affine === undefined && variancesOf(report, id) !== null);
}

/** What is still to be done to cells of a view of this report; null where nothing is, and where it cannot be told. */
export function rescalingOf(report: Report, view: Pick<View, 'id' | 'affine'>, wanted: Wanted, cells: PlacedCells): Rescaling | null {
  if (view.id === 'raw' || wanted.eps === report.eps || !canFollow(report, view)) return null;
  const groups = groupsOf(report, view.id, cells);
  return groups === null ? null : { groups, from: report.eps, ...wanted };
}

function groupsOf(report: Report, id: View['id'], { mean, edges }: PlacedCells): CellGroups | null {
  const before = known.get(mean);
  if (before?.report === report) return before.groups;
  const of = variancesOf(report, id);
  if (of === null) return null;
  const { tensor: { shape }, layout, pictureRowAxes } = report;
  const grouping = groupingOf(layout.roles, of.method);
  const { rows, columns } = edges();
  const groups = {
    rows: groupRuns(shape, grouping, 'rows', pictureRowAxes, rows),
    columns: groupRuns(shape, grouping, 'columns', pictureRowAxes, columns),
    variances: of.variances,
  };
  known.set(mean, { report, groups });
  return groups;
}

/** Cells of a picture that say how far its colours reach. */
const sampled = 4096;

/** How much farther the colours of the normalized pictures reach than those of the report, by a sample of their cells. */
export function stretchOf(report: Report, wanted: Wanted): number {
  const before: number[] = [];
  const after: number[] = [];
  for (const view of report.views) {
    if (view.id === 'raw') continue;
    const { columns, mean } = view.picture;
    const rescaling = rescalingOf(report, view, wanted, placedPicture(report, view));
    const factorAt = rescaling === null ? () => 1 : factorsAt(rescaling);
    // A step that shares no factor with the columns comes to all of them.
    for (let cell = 0; cell < mean.length; cell += stepOver(mean.length, columns)) {
      const size = Math.abs(mean[cell] ?? NaN);
      if (Number.isNaN(size)) continue;
      before.push(size);
      after.push(size * factorAt(Math.floor(cell / columns), cell % columns));
    }
  }
  const reach = (sizes: readonly number[]) => reachOf(Float64Array.from(sizes));
  const ratio = reach(after) / reach(before);
  return ratio > 0 && Number.isFinite(ratio) ? ratio : 1;
}

function stepOver(cells: number, columns: number): number {
  const step = Math.max(1, Math.floor(cells / sampled));
  return step > 1 && columns % step === 0 ? step + 1 : step;
}

/** A view's picture where it lies in the tensor's matrix. */
export function placedPicture({ tensor: { shape }, pictureRowAxes }: Report, { picture }: View): PlacedCells {
  const matrix = { rows: elementCount(shape.slice(0, pictureRowAxes)), columns: elementCount(shape.slice(pictureRowAxes)) };
  return { mean: picture.mean, edges: () => pictureEdges(picture, matrix) };
}
