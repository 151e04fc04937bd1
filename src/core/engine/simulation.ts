import { NormoscopeError } from '../errors';
import type { Limits } from '../limits';
import { logicalIndex } from '../tensor/order';
import type { TensorData } from '../tensor/tensor';
import { counted } from '../text/numbers';
import { isTwoPass, type Arithmetic } from './arithmetic';
import type { Grouping } from './engine';
import { chunkElements } from './session';

/** A normalization to simulate, with what float64 makes of each group, (groups) each. */
export interface Simulated {
  readonly grouping: Grouping;
  /** Whether the mean is taken out; mean squares otherwise. */
  readonly centred: boolean;
  /** Finite elements. */
  readonly count: Float64Array;
  /** The true outputs are `(x − shift) · scale`. NaN without finite elements. */
  readonly shift: Float64Array;
  readonly scale: Float64Array;
}

export interface SimulateRequest {
  readonly normalizations: readonly Simulated[];
  readonly arithmetics: readonly Arithmetic[];
  readonly eps: number;
}

export interface SimulationOptions {
  readonly signal?: AbortSignal;
  /** Called after every stretch of elements, with the share that is done, 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

/** What becomes of the finite elements when they are held in a format, by its rounding. */
export interface Cast {
  /** Beyond the greatest number: infinite, or NaN where the format has no infinities. */
  readonly overflow: number;
  /** Not 0, but 0 in the format. */
  readonly underflow: number;
  /** Held with fewer digits, being near to 0. */
  readonly subnormal: number;
  /** The first that overflows in storage order, by its row-major index; -1 where none does. */
  readonly firstOverflow: number;
  /** The least magnitude of an element that is not 0; Infinity without any. */
  readonly leastMagnitude: number;
}

/** What first left the range of the format. */
export type OverflowKind = 'cast-overflow' | 'square-overflow' | 'sum-overflow';

/**
 * One normalization in one arithmetic. Each operation is rounded to the format, to nearest, ties to even:
 * sums and sums of squares of the cast elements one after the other in storage order, each divided by the exact count, the variance as
 * E[x²] − E[x]² (or, in two passes, from squared deviations), 1 / √(variance + eps), and (x − mean) times that. Elements that
 * are NaN or infinite to begin with are left out.
 */
export interface SimulatedGroups {
  /** Per group; 0 where the mean is left in. NaN for a group without finite elements. */
  readonly mean: Float32Array;
  /** Variances or mean squares, and 1 / √(that + eps). */
  readonly statistic: Float32Array;
  readonly scale: Float32Array;
  /** Squares of elements (of deviations in two passes) that overflow, of elements that the cast leaves finite. */
  readonly squareOverflow: number;
  /** Sums that overflow, two to a group at most, of addends that are finite. */
  readonly sumOverflow: number;
  /** The first element in storage order at which the cast, a square or a sum overflowed, by its row-major index. */
  readonly firstOverflow: { readonly kind: OverflowKind; readonly element: number } | null;
  /** Outputs that are NaN or infinite. */
  readonly outputNotFinite: number;
  /** Largest difference of a finite output from the true one; null without any. And the element (row-major) that has it. */
  readonly outputError: number | null;
  readonly outputErrorAt: number;
}

export interface Simulations {
  /** One per arithmetic. */
  readonly casts: readonly Cast[];
  /** Per normalization, one per arithmetic. */
  readonly groups: readonly (readonly SimulatedGroups[])[];
}

/** What a pass over the elements does, or nothing; the numbers are the kernels'. */
export const steps = { both: 0, sums: 1, squares: 2, deviations: 3, outputs: 4 } as const;
export type Step = (typeof steps)[keyof typeof steps];

/** The steps of one normalization in one arithmetic, one to a read of the bytes; null for a read that it does not need. */
export function stepsOf(centred: boolean, arithmetic: Arithmetic, reads: number): (Step | null)[] {
  const twoPass = centred && isTwoPass(arithmetic);
  const first = !centred ? steps.squares : twoPass ? steps.sums : steps.both;
  return reads === 2 ? [first, steps.outputs] : [first, twoPass ? steps.deviations : null, steps.outputs];
}

export function readsOf({ normalizations, arithmetics }: SimulateRequest): number {
  return arithmetics.some(isTwoPass) && normalizations.some(({ centred }) => centred) ? 3 : 2;
}

/** Elements of a stretch: the more is done with each, the fewer, so that a cancellation takes effect soon. */
export function simulatedElements(data: TensorData, { normalizations, arithmetics }: SimulateRequest, limits: Limits): number {
  const jobs = Math.max(1, normalizations.length * arithmetics.length);
  const chunkBytes = Math.min(limits.chunkBytes, Math.max(leastBytes, limits.chunkBytes / jobs));
  return chunkElements(data.encoding, { ...limits, chunkBytes });
}

/** A smaller read costs more than it spares. */
const leastBytes = 65536;

/** @throws NormoscopeError `too-large` */
export function checkGroups({ normalizations }: SimulateRequest, { groupsInMemory }: Limits): void {
  const groups = normalizations.reduce((sum, { count }) => sum + count.length, 0);
  if (groups <= groupsInMemory) return;
  const most = counted(groupsInMemory, 'group');
  throw new NormoscopeError('too-large', `A simulation of ${counted(groups, 'group')} was asked for; at most ${most} are kept in memory.`);
}

/** The earliest of these places in storage, each -1 where it did not happen. Of several at one element, the first cause. */
export function firstOverflow(
  { shape, axisOrder }: TensorData,
  cast: number,
  square: number,
  sum: number,
): SimulatedGroups['firstOverflow'] {
  const places: readonly (readonly [OverflowKind, number])[] = [['cast-overflow', cast], ['square-overflow', square], ['sum-overflow', sum]];
  const met = places.filter(([, place]) => place >= 0);
  if (met.length === 0) return null;
  const [kind, place] = met.reduce((a, b) => (b[1] < a[1] ? b : a));
  return { kind, element: logicalIndex(shape, axisOrder, place) };
}
