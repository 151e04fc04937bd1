import { elementCount } from '../tensor/tensor';
import type { Distribution, DistributionRequest } from './engine';

/** The picture's size: the tensor as a matrix, and the pixels that it is shrunk to. */
export interface PictureSize {
  readonly matrixRows: number;
  readonly matrixColumns: number;
  readonly rows: number;
  readonly columns: number;
}

export function pictureSize(shape: readonly number[], request: DistributionRequest): PictureSize {
  const matrixRows = elementCount(shape.slice(0, request.rowAxes));
  const matrixColumns = elementCount(shape.slice(request.rowAxes));
  return {
    matrixRows,
    matrixColumns,
    rows: Math.min(matrixRows, request.maxRows),
    columns: Math.min(matrixColumns, request.maxColumns),
  };
}

/** How far one step along each axis goes down a matrix, and along it. */
export interface MatrixSteps {
  readonly row: readonly number[];
  readonly column: readonly number[];
}

/** Of a matrix whose rows run over some axes and whose columns over others, both slowest first; along the rest nothing moves. */
export function matrixSteps(shape: readonly number[], rowAxes: readonly number[], columnAxes: readonly number[]): MatrixSteps {
  const steps = (axes: readonly number[]) =>
    shape.map((_, axis) => (axes.includes(axis) ? elementCount(axes.slice(axes.indexOf(axis) + 1).map((after) => shape[after] ?? 1)) : 0));
  return { row: steps(rowAxes), column: steps(columnAxes) };
}

export function pictureSteps(shape: readonly number[], { rowAxes }: Pick<DistributionRequest, 'rowAxes'>): MatrixSteps {
  const axes = shape.map((_, axis) => axis);
  return matrixSteps(shape, axes.slice(0, rowAxes), axes.slice(rowAxes));
}

/**
 * Elements of storage after which pixels come in the same order again, one row of the matrix further, or one column; 0 where
 * neither lies in one piece.
 */
export function pixelPeriod(shape: readonly number[], axisOrder: readonly number[], { row, column }: MatrixSteps): number {
  const moving = axisOrder.filter((axis) => shape[axis] !== 1).reverse();
  const isAlong = (axis: number) => (row[axis] ?? 0) === 0 && (column[axis] ?? 0) !== 0;
  const isDown = (axis: number) => (row[axis] ?? 0) !== 0;
  const isFastest = [isAlong, isDown].find((of) => of(moving[0] ?? -1));
  if (isFastest === undefined) return 0;
  const end = moving.findIndex((axis) => !isFastest(axis));
  if (end < 0 || moving.slice(end).some(isFastest)) return 0;
  return elementCount(moving.slice(0, end).map((axis) => shape[axis] ?? 1));
}

/** Elements of one sampled stretch: large enough to read fast, small enough to spread, whole items of every type that packs several. */
export const sampledStretch = 16384;

/** Elements that are drawn at a time, at most: some ten milliseconds of work for half a dozen views, so that cancelling is felt. */
export const drawnStretch = 1 << 18;

/** How sparsely a tensor of `total` elements is looked at so that about `maxElements` are. */
export function samplingOf(total: number, maxElements: number): number {
  return total <= maxElements ? 1 : Math.ceil(total / maxElements);
}

/** Flag of a pixel on which no element fell that was looked at. */
export const unseen = 4;
/** Flag of a pixel on which an element falls that the mask leaves out. */
export const maskedPixel = 8;

/** What is known of a pixel: its finite values' sum, count and extremes. */
export interface PixelSum {
  readonly sum: number;
  readonly count: number;
  readonly min: number;
  readonly max: number;
}

/** The picture of `area` pixels. Values that float32 does not reach stand at its largest: an infinity would not be theirs. */
export function picturePixels(area: number, at: (pixel: number) => PixelSum): Pick<Distribution, 'mean' | 'min' | 'max'> {
  const mean = new Float32Array(area).fill(NaN);
  const min = mean.slice();
  const max = mean.slice();
  for (let pixel = 0; pixel < area; pixel++) {
    const known = at(pixel);
    if (known.count === 0) continue;
    mean[pixel] = inFloat32(known.sum / known.count);
    min[pixel] = inFloat32(known.min);
    max[pixel] = inFloat32(known.max);
  }
  return { mean, min, max };
}

const largestFloat32 = 3.4028234663852886e38;

function inFloat32(value: number): number {
  return Math.min(largestFloat32, Math.max(-largestFloat32, value));
}
