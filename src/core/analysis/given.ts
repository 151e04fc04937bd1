import type { AffineMap } from '../engine/engine';
import type { MethodId } from '../engine/normalizations/normalization';
import { keep } from '../engine/normalizations/axes';
import { NormoscopeError } from '../errors';
import type { Layout } from '../tensor/layout';
import { formatShape, listed } from '../text/numbers';
import { affineMap, parameterGrouping, runningStatistics, type RunningStatistics } from './parameters';
import type { Planned } from './plans';
import type { Values } from './values';

/** What a checkpoint knows of a normalization, given to the analysis of its input. */
export interface GivenParameters {
  /** γ and β, of each method whose reduced axes or channels they have an element for. */
  readonly weight?: Values;
  readonly bias?: Values;
  /** The methods that γ and β are of; absent: every one that they fit. */
  readonly methods?: readonly MethodId[];
  /** BatchNorm's, (channels) each; both or none. */
  readonly runningMean?: Values;
  readonly runningVar?: Values;
}

/** The maps `x̂ · γ + β` of the methods that γ and β fit, and BatchNorm's running statistics. */
export interface Given {
  readonly affine: ReadonlyMap<MethodId, AffineMap>;
  /** Null where none are given. */
  readonly running: RunningStatistics | null;
}

type Applicable = Extract<Planned, { plan: unknown }>;

/**
 * Holds what is given against the tensor, before anything of it is read.
 * @throws NormoscopeError `usage` for γ and β that no method takes, and for running statistics that do not fit
 */
export function givenOf(shape: readonly number[], layout: Layout, plans: readonly Applicable[], given: GivenParameters | undefined): Given {
  if (given === undefined) return { affine: new Map(), running: null };
  return { affine: affineMaps(shape, layout, plans, given), running: givenRunning(shape, layout, given) };
}

function affineMaps(shape: readonly number[], layout: Layout, plans: readonly Applicable[], { weight, bias, methods }: GivenParameters): Map<MethodId, AffineMap> {
  const maps = new Map<MethodId, AffineMap>();
  if (weight === undefined && bias === undefined) return maps;
  const parameters = { ...(weight === undefined ? {} : { weight }), ...(bias === undefined ? {} : { bias }) };
  const expected: string[] = [];
  const among = plans.filter(({ normalization: { id } }) => methods === undefined || methods.includes(id));
  for (const { normalization, plan } of among) {
    const grouping = parameterGrouping(shape, layout, normalization.weightOver === 'reduced' ? plan.reducedAxes : null);
    try {
      const map = affineMap(shape, grouping, parameters);
      if (map !== null) maps.set(normalization.id, map);
    } catch (error) {
      // For another method it may be the right shape.
      if (!(error instanceof NormoscopeError) || error.code !== 'usage') throw error;
      expected.push(`${formatShape(shape.filter((_, axis) => grouping.kept[axis]))} for ${normalization.label}`);
    }
  }
  // Found by its name, where its method is left out for having too many groups.
  if (maps.size > 0 || (methods !== undefined && among.length === 0)) return maps;
  const found = Object.entries(parameters).map(([name, values]) => `${name} ${formatShape(values.shape)}`);
  throw new NormoscopeError('usage', `γ and β fit no normalization of this tensor: ${found.join(' and ')}; ${expected.length === 0 ? 'none applies' : `${listed(expected, 6)} is expected`}.`);
}

function givenRunning(shape: readonly number[], layout: Layout, { runningMean, runningVar }: GivenParameters): RunningStatistics | null {
  if (runningMean === undefined && runningVar === undefined) return null;
  if (runningMean === undefined || runningVar === undefined) {
    throw new NormoscopeError('usage', `Running statistics are a mean and a variance; the ${runningMean === undefined ? 'mean' : 'variance'} is missing.`);
  }
  if (!layout.roles.includes('C')) throw new NormoscopeError('usage', `Running statistics are of channels; the layout "${layout.roles}" has none.`);
  return runningStatistics(shape, keep(layout, 'C'), { runningMean, runningVar });
}
