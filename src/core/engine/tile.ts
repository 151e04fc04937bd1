import type { AffineView } from './engine';
import type { Window } from './tilePlan';

/** A window of a matrix of a tensor's elements, shrunk to pixels. */
export interface TileRequest extends Window {
  /** As in `DistributionRequest`, without a histogram. */
  readonly views: readonly Pick<AffineView, 'grouping' | 'shift' | 'scale' | 'affine'>[];
  /** Elements to look at, at most, where pixels have several. A larger window is sampled evenly and the result says so. */
  readonly maxElements: number;
  /** Stretches of storage that they lie in, at most, likewise. */
  readonly maxStretches: number;
}

/** What one view shows on the pixels of a tile, row-major (rows, columns), of finite values; NaN where none falls. */
export interface TileView {
  /** Float64 where every pixel is an element: then it is the element. */
  readonly mean: Float32Array | Float64Array;
  /** Least and greatest; null where every pixel is an element. */
  readonly min: Float32Array | null;
  readonly max: Float32Array | null;
}

export interface Tile {
  readonly rows: number;
  readonly columns: number;
  readonly views: readonly TileView[];
  /** Per pixel, bits: 1 some element is NaN, 2 some is infinite, 4 no element was looked at, 8 some is masked. */
  readonly flags: Uint8Array;
  /** 1 when every element was looked at; k when about one in k was. */
  readonly sampledEvery: number;
}
