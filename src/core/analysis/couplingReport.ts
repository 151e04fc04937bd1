import type { MethodId } from '../engine/normalizations/normalization';

/** How far the output of one sample moves when another is left out of the tensor. */
export interface Coupling {
  /** The samples that were looked at, counted from 0 in row-major order of the axes named N: all, or 64 evenly spaced. */
  readonly samples: readonly number[];
  /** Channels that were looked at. */
  readonly channels: number;
  /**
   * BatchNorm's, (samples, samples), row-major: row i, column j is the root mean square, over sample i's elements, of what its
   * output changes by when sample j is left out. 0 on the diagonal; NaN where there is no output.
   */
  readonly values: Float64Array;
  /** Mean and largest of those off the diagonal. */
  readonly mean: number;
  readonly max: number;
  /** Of every normalization that applies. 0 where no group has elements of two samples; null where one has and it is not BatchNorm. */
  readonly methods: Readonly<Partial<Record<MethodId, { readonly mean: number; readonly max: number } | null>>>;
}
