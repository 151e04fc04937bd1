import { NormoscopeError } from '../../errors';
import { elementCount } from '../../tensor/tensor';
import type { Layout } from '../../tensor/layout';
import { groupCount } from '../grouping';
import type { Grouping } from '../engine';
import type { NormalizationOptions, Plan, PlanResult } from './normalization';

/** One flag per axis: whether its role is one of `roles`. */
export function keep(layout: Layout, roles: string): boolean[] {
  return [...layout.roles].map((role) => roles.includes(role));
}

/**
 * The plan that a grouping makes.
 * @param oneElement what to say instead when every group would be one element, where frameworks refuse that
 */
export function planOf(
  shape: readonly number[],
  grouping: Grouping,
  sharedBy: string,
  oneElement?: string,
): PlanResult {
  const reducedAxes = grouping.kept.flatMap((kept, axis) => (kept ? [] : [axis]));
  const groups = groupCount(shape, grouping);
  const elements = elementCount(shape);
  // An empty tensor has no group that could have a statistic; what is known of its shape is still said.
  const elementsPerGroup = groups === 0 ? 0 : elements / groups;
  if (elementsPerGroup === 1 && oneElement !== undefined) return { notApplicable: oneElement };
  const plan: Plan = { grouping, reducedAxes, groups, elementsPerGroup, sharedBy };
  return plan;
}

/**
 * LayerNorm's and RMSNorm's grouping: from the channel axis to the end, which is over C for NC, NTC, TNC and NHWC, and
 * over C and the axes after it for NCHW, NCT and NCDHW; never over samples, wherever they stand. Or over the last
 * `normalizedDims` axes, whatever they are, or over the axes that `normalizedAxes` names.
 * @throws NormoscopeError `usage` when there are not these axes
 */
export function normalizedGrouping(
  shape: readonly number[],
  layout: Layout,
  { normalizedDims, normalizedAxes }: NormalizationOptions,
): Grouping | null {
  const rank = shape.length;
  if (normalizedAxes !== undefined) {
    if (normalizedDims !== undefined) {
      throw new NormoscopeError('usage', 'normalizedDims and normalizedAxes are both given; either says what is reduced.');
    }
    return { kept: keep(layout, axesNamed(layout, normalizedAxes)).map((reduced) => !reduced) };
  }
  if (normalizedDims !== undefined) {
    if (!Number.isInteger(normalizedDims) || normalizedDims < 1 || normalizedDims > rank) {
      throw new NormoscopeError('usage', `normalizedDims is ${normalizedDims}; the tensor has ${rank} axes, so 1 to ${rank} can be reduced.`);
    }
    return { kept: shape.map((_, axis) => axis < rank - normalizedDims) };
  }
  const channel = layout.roles.indexOf('C');
  return channel < 0 ? null : { kept: shape.map((_, axis) => axis < channel || layout.roles[axis] === 'N') };
}

/**
 * The letters as they stand in layouts.
 * @throws NormoscopeError `usage` for none, for a letter that the layout does not have, and for N: samples are never mixed
 */
function axesNamed(layout: Layout, letters: string): string {
  const named = letters.toUpperCase();
  const missing = [...named].find((letter) => letter === 'N' || !layout.roles.includes(letter));
  if (named !== '' && missing === undefined) return named;
  const there = [...layout.roles].filter((letter) => letter !== 'N').join(' ');
  const found = missing === undefined ? 'names no axis' : `has the letter "${missing}"`;
  throw new NormoscopeError('usage', `normalizedAxes "${letters}" ${found}; of the layout ${layout.roles} there can be ${there || 'none'}.`);
}

/** Who shares LayerNorm's statistics, by the axes that are kept. */
export function sharedByKept(layout: Layout, { kept }: Grouping): string {
  const roles = [...layout.roles].filter((_, axis) => kept[axis]).join('');
  if (roles === '') return 'the whole tensor';
  if (/^N+$/.test(roles)) return 'each sample';
  if (/^[NT]+$/.test(roles)) return roles.includes('N') ? 'each token' : 'each time step';
  if (/[DHW]/.test(roles) && !roles.includes('C')) return 'each position';
  return roles.includes('C') ? 'each sample and channel' : 'each group';
}
