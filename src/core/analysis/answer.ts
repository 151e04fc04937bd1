import { counted, formatCount, formatNumber, formatPercent } from '../text/numbers';
import type { Padding } from './padding';
import { isApplicable, type MethodReport, type NotApplicable, type Recommendation, type BatchSizePoint } from './report';

/** BatchNorm's variance is called noisy beyond this relative standard deviation (rule A12; the cut is a heuristic). */
export const noisyVariance = 0.25;

type Methods = readonly (MethodReport | NotApplicable)[];

/** What the answer and the recommendation go by. */
export interface Measurements {
  readonly roles: string;
  readonly methods: Methods;
  readonly samples: number;
  readonly batchSize: readonly BatchSizePoint[];
  readonly padding: Padding | null;
}

/** The page's first lines: how LayerNorm and BatchNorm share statistics on this tensor, and what that costs. */
export function answer(measured: Measurements): string[] {
  return [layerSentence(measured), batchSentence(measured)].filter((sentence) => sentence !== null);
}

function applicable(methods: Methods, id: string): MethodReport | null {
  const method = methods.find((candidate) => candidate.id === id);
  return method !== undefined && isApplicable(method) ? method : null;
}

function sharing(method: MethodReport): string {
  const one = method.groups === 1 ? 'one mean and variance' : `${formatCount(method.groups)} means and variances`;
  return `${method.label} computes ${one}, over ${counted(method.elementsPerGroup, 'value')} ${method.groups === 1 ? '' : 'each '}(${method.sharedBy})`;
}

function layerSentence({ methods }: Measurements): string | null {
  const layer = applicable(methods, 'layer');
  return layer === null ? missing(methods, 'layer') : `${sharing(layer)}; ${span(layer)}.`;
}

function batchSentence({ methods, padding, batchSize }: Measurements): string | null {
  const batch = applicable(methods, 'batch');
  if (batch === null) return missing(methods, 'batch');
  const clauses = [span(batch)];
  if (padding !== null) {
    const share = formatPercent(padding.padded / padding.tokens);
    clauses.push(`${share} of the tokens are padding, which moves its means by up to ${formatNumber(padding.meanShift, 2)}\u202fσ`);
  } else {
    const last = batchSize.at(-1);
    if (last !== undefined && Number.isFinite(last.relativeStdOfVariance)) {
      clauses.push(`a batch of ${formatCount(last.n)} leaves its variances uncertain by ${formatPercent(last.relativeStdOfVariance)}`);
    }
  }
  return `${sharing(batch)}; ${clauses.join('; ')}.`;
}

function missing(methods: Methods, id: string): string | null {
  const method = methods.find((candidate) => candidate.id === id);
  return method === undefined || isApplicable(method) ? null : `${method.label} does not apply: ${method.notApplicable}.`;
}

function span({ mean }: MethodReport): string {
  if (mean === undefined || mean.min === null || mean.max === null) return 'no group has a finite value';
  if (mean.min === mean.max) return `the mean is ${formatNumber(mean.min)}`;
  return `the means reach from ${formatNumber(mean.min)} to ${formatNumber(mean.max)}`;
}

/**
 * Which normalization such a tensor typically gets, with the numbers that speak for it. Typical use, not a law: tokens
 * take LayerNorm (Ba 2016); planes and features take BatchNorm while its batch is large enough, and GroupNorm (planes;
 * Wu & He 2018) or LayerNorm (features) when it is not.
 */
export function recommend(measured: Measurements): Recommendation | null {
  const { roles, methods, samples, batchSize, padding } = measured;
  const layer = applicable(methods, 'layer');
  const batch = applicable(methods, 'batch');
  const group = applicable(methods, 'group');
  const noise = batchSize.at(-1)?.relativeStdOfVariance;
  const noisy = noise === undefined || !(noise <= noisyVariance);
  const noiseReason =
    noise === undefined
      ? `${counted(samples, 'sample')}: too few to tell how far BatchNorm's statistics would scatter.`
      : `At ${counted(samples, 'sample')} BatchNorm's variances scatter by ${formatPercent(noise)}; beyond ${formatPercent(noisyVariance)} they are called noisy.`;

  if (roles.includes('T') && layer !== null) {
    const reasons = [`Tokens: LayerNorm gives each of ${counted(layer.groups, 'group')} its own statistics, whatever else is in the batch.`];
    if (padding !== null) {
      reasons.push(
        `${formatPercent(padding.padded / padding.tokens)} of the tokens are padding; they move BatchNorm's means by up to ${formatNumber(padding.meanShift, 2)}\u202fσ and leave LayerNorm's alone.`,
      );
    }
    if (noise !== undefined) reasons.push(noiseReason);
    return { method: 'layer', reasons };
  }
  if (batch !== null && !noisy) {
    return { method: 'batch', reasons: [noiseReason, `Each of ${counted(batch.groups, 'channel')} has ${counted(batch.elementsPerGroup, 'value')} to estimate its statistics from.`] };
  }
  const planes = /[DHW]/.test(roles);
  if (planes && group !== null) {
    return { method: 'group', reasons: [noiseReason, `GroupNorm takes its statistics from ${counted(group.elementsPerGroup, 'value')} of one sample, so the batch size does not change them.`] };
  }
  if (layer !== null) {
    return { method: 'layer', reasons: [noiseReason, `LayerNorm takes its statistics from the ${counted(layer.elementsPerGroup, 'value')} of one sample, so the batch size does not change them.`] };
  }
  return null;
}
