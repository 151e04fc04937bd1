import { formatOf, rounded, type Arithmetic } from '../engine/arithmetic';
import type { Engine } from '../engine/engine';
import { groupCoordinates } from '../engine/grouping';
import type { MethodId } from '../engine/normalizations/normalization';
import { groupFinder } from '../engine/reference/groups';
import type { Cast, OverflowKind, SimulatedGroups, SimulationOptions } from '../engine/simulation';
import type { Limits } from '../limits';
import type { TensorData } from '../tensor/tensor';
import type { Measured } from './methods';

/** What one arithmetic makes of this tensor; see `SimulatedGroups` for the order of its operations. */
export interface PrecisionReport {
  readonly arithmetic: Arithmetic;
  /** Whether eps, which is not 0, is 0 in the format. */
  readonly epsFlushed: boolean;
  readonly cast: CastReport;
  /** Of the normalizations that apply, in the order of `methodIds`. */
  readonly methods: readonly MethodPrecision[];
}

/** Of the finite elements. Shares are of `elements`. */
export interface CastReport {
  readonly elements: number;
  /** Beyond the greatest number of the format, by its rounding. */
  readonly overflow: number;
  /** Not 0, but 0 in the format. */
  readonly underflow: number;
  readonly subnormal: number;
  /** Row-major index of the first in storage order that overflows. */
  readonly firstOverflow: number | null;
  /** Powers of two from the least magnitude that is not 0 to the greatest; null without any. */
  readonly dynamicRange: number | null;
  /** The same of the format, from its least subnormal number. */
  readonly formatRange: number;
}

export interface MethodPrecision {
  readonly id: MethodId;
  /** Groups with a finite element. */
  readonly groups: number;
  /** Of these: with a statistic that is NaN or infinite, a scale that is, or no positive variance where it is positive in truth. */
  readonly broken: number;
  readonly notFinite: number;
  readonly notPositive: number;
  /** Largest |v − true v| / true v of the variance (RMSNorm: mean square), over groups whose v is finite; null without any. */
  readonly varianceError: number | null;
  /** The group that has it. */
  readonly varianceErrorGroup: number | null;
  readonly squareOverflow: number;
  readonly sumOverflow: number;
  /** Largest difference of a finite output from that of float64; null without any. And its row-major index. */
  readonly outputError: number | null;
  readonly outputErrorAt: number | null;
  /** Outputs that are NaN or infinite. */
  readonly outputNotFinite: number;
  readonly firstBreak: FirstBreak | null;
}

/** Where an arithmetic breaks first: at an overflow, in storage order; without one, in the first broken group. */
export interface FirstBreak {
  readonly kind: OverflowKind | 'variance-not-positive' | 'not-finite';
  /** Row-major index; null where it is not one element that breaks. */
  readonly element: number | null;
  readonly group: number;
  /** Of the group, along the axes that the normalization does not reduce. */
  readonly coordinates: readonly number[];
}

/**
 * Simulates the arithmetics on every normalization, as many at a time as fit in memory.
 * @param elements finite ones of the tensor; `absMax` the greatest magnitude of them
 * @throws NormoscopeError as `Engine.simulate`
 */
export async function simulatePrecision(
  data: TensorData,
  measured: readonly Measured[],
  arithmetics: readonly Arithmetic[],
  { eps, elements, absMax }: { readonly eps: number; readonly elements: number; readonly absMax: number },
  engine: Engine,
  limits: Limits,
  { signal, onProgress }: SimulationOptions,
): Promise<PrecisionReport[]> {
  const batches = batched(measured, limits);
  const methods: MethodPrecision[][] = arithmetics.map(() => []);
  let casts: readonly Cast[] = [];
  for (const [number, batch] of batches.entries()) {
    const normalizations = batch.map(({ normalization, plan, table, shift, scale }) => ({
      grouping: plan.grouping,
      centred: normalization.centred,
      count: table.count,
      shift,
      scale,
    }));
    const simulations = await engine.simulate(data, { normalizations, arithmetics, eps }, {
      ...(signal === undefined ? {} : { signal }),
      onProgress: (share) => onProgress?.((number + share) / batches.length),
    });
    casts = simulations.casts;
    for (const [place, method] of batch.entries()) {
      const found = simulations.groups[place] ?? [];
      found.forEach((groups, index) => methods[index]?.push(methodPrecision(data.shape, method, groups)));
    }
  }
  return arithmetics.map((arithmetic, index) => {
    const format = formatOf(arithmetic);
    const { overflow, underflow, subnormal, firstOverflow, leastMagnitude } = casts[index] as Cast;
    return {
      arithmetic,
      epsFlushed: eps > 0 && rounded(eps, format) === 0,
      cast: {
        elements,
        overflow,
        underflow,
        subnormal,
        firstOverflow: indexOrNull(firstOverflow),
        dynamicRange: Number.isFinite(leastMagnitude) ? Math.log2(absMax) - Math.log2(leastMagnitude) : null,
        formatRange: Math.log2(format.max) - (Math.log2(format.leastNormal) - format.digits + 1),
      },
      methods: methods[index] ?? [],
    };
  });
}

/** At least one, since what the cast does is told without any normalization too. */
function batched(measured: readonly Measured[], { groupsInMemory }: Limits): Measured[][] {
  const batches: Measured[][] = [[]];
  let groups = 0;
  for (const method of measured) {
    if (groups > 0 && groups + method.table.size > groupsInMemory) {
      batches.push([]);
      groups = 0;
    }
    batches.at(-1)?.push(method);
    groups += method.table.size;
  }
  return batches;
}

function methodPrecision(shape: readonly number[], measured: Measured, found: SimulatedGroups): MethodPrecision {
  const { normalization, plan, table, statistic: truth } = measured;
  let [groups, notFinite, notPositive] = [0, 0, 0];
  let varianceError: number | null = null;
  let varianceErrorGroup: number | null = null;
  let firstBroken: { readonly kind: FirstBreak['kind']; readonly group: number } | null = null;
  for (let group = 0; group < table.size; group++) {
    if (!((table.count[group] ?? 0) > 0)) continue;
    groups++;
    const statistic = found.statistic[group] ?? NaN;
    const exact = truth[group] ?? NaN;
    if (Number.isFinite(statistic) && exact > 0 && exact < Infinity) {
      const error = Math.abs(statistic - exact) / exact;
      if (varianceError === null || error > varianceError) [varianceError, varianceErrorGroup] = [error, group];
    }
    // Of a variance that has become 0 or less the reason is told, not that its root is NaN.
    if (Number.isFinite(statistic) && statistic <= 0 && exact > 0) {
      notPositive++;
      firstBroken ??= { kind: 'variance-not-positive', group };
    } else if (![found.mean[group], statistic, found.scale[group]].every(Number.isFinite)) {
      notFinite++;
      firstBroken ??= { kind: 'not-finite', group };
    }
  }
  return {
    id: normalization.id,
    groups,
    broken: notFinite + notPositive,
    notFinite,
    notPositive,
    varianceError,
    varianceErrorGroup,
    squareOverflow: found.squareOverflow,
    sumOverflow: found.sumOverflow,
    outputError: found.outputError,
    outputErrorAt: indexOrNull(found.outputErrorAt),
    outputNotFinite: found.outputNotFinite,
    firstBreak: firstBreak(shape, plan.grouping, found, firstBroken),
  };
}

function firstBreak(
  shape: readonly number[],
  grouping: Measured['plan']['grouping'],
  { firstOverflow }: SimulatedGroups,
  firstBroken: { readonly kind: FirstBreak['kind']; readonly group: number } | null,
): FirstBreak | null {
  if (firstOverflow !== null) {
    const group = groupFinder(shape, grouping)(firstOverflow.element);
    return { ...firstOverflow, group, coordinates: groupCoordinates(shape, grouping, group) };
  }
  if (firstBroken === null) return null;
  return { ...firstBroken, element: null, coordinates: groupCoordinates(shape, grouping, firstBroken.group) };
}

function indexOrNull(index: number): number | null {
  return index < 0 ? null : index;
}
