import { elementCount } from '../tensor/tensor';
import type { DistributionRequest } from './engine';

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

/** Elements of one sampled stretch: large enough to read fast, small enough to spread. */
export const sampledStretch = 16384;

/** How sparsely a tensor of `total` elements is looked at so that about `maxElements` are. */
export function samplingOf(total: number, maxElements: number): number {
  return total <= maxElements ? 1 : Math.ceil(total / maxElements);
}

/** Flag of a pixel on which no element fell that was looked at. */
export const unseen = 4;
