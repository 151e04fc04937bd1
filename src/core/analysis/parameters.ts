import type { AffineMap, Grouping } from '../engine/engine';
import { keep } from '../engine/normalizations/axes';
import { NormoscopeError } from '../errors';
import type { Layout } from '../tensor/layout';
import { elementCount } from '../tensor/tensor';
import { formatShape } from '../text/numbers';
import type { NormalizeRequest } from './normalize';
import type { Values } from './values';

/**
 * What γ and β have an element for.
 * @param reducedAxes the axes that they lie over; null: over the channels
 */
export function parameterGrouping(shape: readonly number[], layout: Layout, reducedAxes: readonly number[] | null): Grouping {
  return { kept: reducedAxes === null ? keep(layout, 'C') : shape.map((_, axis) => reducedAxes.includes(axis)) };
}

/**
 * `x̂ · γ + β`; null without either.
 * @throws NormoscopeError `usage` for a parameter of another shape
 */
export function affineMap(
  shape: readonly number[],
  grouping: Grouping,
  { weight, bias }: Pick<NormalizeRequest, 'weight' | 'bias'>,
): AffineMap | null {
  if (weight === undefined && bias === undefined) return null;
  const expected = shape.filter((_, axis) => grouping.kept[axis]);
  const size = elementCount(expected);
  return {
    grouping,
    shift: new Float64Array(size),
    scale: weight === undefined ? new Float64Array(size).fill(1) : fitting('weight', weight, expected),
    offset: bias === undefined ? new Float64Array(size) : fitting('bias', bias, expected),
  };
}

/**
 * BatchNorm in inference: `(x − running mean) / √(running variance + eps)`; null for every other method.
 * @throws NormoscopeError `usage` for a statistic that is missing, that is given to another method, or that does not fit, and for a mask
 */
export function runningMap(
  shape: readonly number[],
  layout: Layout,
  eps: number,
  { method, mask, runningMean, runningVar }: NormalizeRequest,
): AffineMap | null {
  if (method !== 'batch-eval') {
    if (runningMean === undefined && runningVar === undefined) return null;
    throw new NormoscopeError('usage', `A running mean or variance is given; "${method}" takes the tensor's own, "batch-eval" these.`);
  }
  if (mask !== undefined) {
    throw new NormoscopeError('usage', 'A mask is given; "batch-eval" takes the running statistics, from which nothing is left out.');
  }
  if (runningMean === undefined || runningVar === undefined) {
    throw new NormoscopeError('usage', '"batch-eval" needs both a running mean and a running variance.');
  }
  const kept = keep(layout, 'C');
  const { mean, variance } = runningStatistics(shape, kept, { runningMean, runningVar });
  return { grouping: { kept }, shift: mean, scale: variance.map((value) => 1 / Math.sqrt(value + eps)), offset: new Float64Array(mean.length) };
}

/** BatchNorm's running statistics, (channels) each. The variance is the one that is divided by. */
export interface RunningStatistics {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

/**
 * @param kept the axis of channels
 * @throws NormoscopeError `usage` for a statistic of another shape, and for a negative variance
 */
export function runningStatistics(
  shape: readonly number[],
  kept: readonly boolean[],
  { runningMean, runningVar }: { readonly runningMean: Values; readonly runningVar: Values },
): RunningStatistics {
  const expected = shape.filter((_, axis) => kept[axis]);
  const mean = fitting('running mean', runningMean, expected);
  const variance = fitting('running variance', runningVar, expected);
  const negative = variance.findIndex((value) => value < 0);
  if (negative >= 0) {
    throw new NormoscopeError('usage', `The running variance of channel ${negative} is ${variance[negative]}; a variance is zero or more.`);
  }
  return { mean, variance };
}

/** The elements of a parameter whose shape is the expected one, or that one flat. */
function fitting(what: string, { shape, values }: Values, expected: readonly number[]): Float64Array {
  const size = elementCount(expected);
  const isSame = shape.length === expected.length && shape.every((length, axis) => length === expected[axis]);
  if (isSame || (shape.length === 1 && shape[0] === size)) return values;
  const wanted = expected.length === 1 ? asTuple(expected) : `${asTuple([size])} or ${asTuple(expected)}`;
  throw new NormoscopeError('usage', `The ${what} has the shape ${asTuple(shape)}; ${wanted} is expected.`);
}

/** As NumPy writes a shape: `(64,)`. */
function asTuple(shape: readonly number[]): string {
  return shape.length === 1 ? `(${shape[0]},)` : formatShape(shape);
}
