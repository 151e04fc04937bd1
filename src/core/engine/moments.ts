/**
 * Mergeable moment states, one per group, as columns: what one pass over the bytes leaves behind.
 * `mean`, `m2`, `m3`, `m4` are over finite elements; `m2 = Σ (x - mean)²`, and so on. `min` and `max` are +Infinity and
 * -Infinity for a group without finite elements.
 */
export interface MomentTable {
  readonly size: number;
  /** Finite elements. */
  readonly count: Float64Array;
  readonly mean: Float64Array;
  /**
   * What the mean lacks beside `mean`: together they hold some 30 digits. Without it a common offset of 1e6 against a
   * deviation of 1e-2 would cost the variance half its digits when states are merged.
   */
  readonly meanLow: Float64Array;
  readonly m2: Float64Array;
  readonly m3: Float64Array;
  readonly m4: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly nan: Float64Array;
  readonly posInf: Float64Array;
  readonly negInf: Float64Array;
  readonly zeros: Float64Array;
}

export function createMomentTable(size: number): MomentTable {
  return {
    size,
    count: new Float64Array(size),
    mean: new Float64Array(size),
    meanLow: new Float64Array(size),
    m2: new Float64Array(size),
    m3: new Float64Array(size),
    m4: new Float64Array(size),
    min: new Float64Array(size).fill(Infinity),
    max: new Float64Array(size).fill(-Infinity),
    nan: new Float64Array(size),
    posInf: new Float64Array(size),
    negInf: new Float64Array(size),
    zeros: new Float64Array(size),
  };
}
