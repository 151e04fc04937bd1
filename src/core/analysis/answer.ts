import { counted, formatCount, formatNumber, formatPercent } from '../text/numbers';
import type { Padding } from './padding';
import { isApplicable, type MaskEffect, type MaskReport, type MethodReport, type NotApplicable, type Recommendation, type BatchSizePoint } from './report';

/** BatchNorm's variance is called noisy beyond this relative standard deviation (rule A12; the cut is a heuristic). */
export const noisyVariance = 0.25;

type Methods = readonly (MethodReport | NotApplicable)[];

/** What the answer and the recommendation go by. */
export interface Measurements {
  readonly roles: string;
  readonly elements: number;
  /** Whether two finite elements differ. */
  readonly varies: boolean;
  readonly methods: Methods;
  readonly samples: number;
  readonly batchSize: readonly BatchSizePoint[];
  readonly padding: Padding | null;
  readonly mask: MaskReport | null;
}

/** The page's first lines: how LayerNorm and BatchNorm share statistics on this tensor, and what that costs. */
export function answer(measured: Measurements): string[] {
  if (measured.elements === 0) return ['The tensor has no elements: there is nothing to normalize.'];
  return [layerSentence(measured), batchSentence(measured), maskSentence(measured)].filter((sentence) => sentence !== null);
}

function applicable(methods: Methods, id: string): MethodReport | null {
  const method = methods.find((candidate) => candidate.id === id);
  return method !== undefined && isApplicable(method) ? method : null;
}

/** `BatchNorm takes one mean and variance from the 2 048 values of each channel: 24 pairs, with means from −1.2 to 3.4`. */
function sharing(method: MethodReport): string {
  const { label, sharedBy } = method;
  const values = valuesText(method);
  const pairs = method.groups - (method.unmasked?.empty ?? 0);
  if (method.groups === 1) return `${label} takes one mean and variance from ${method.unmasked === undefined ? 'all' : 'the'} ${values}: ${span(method)}`;
  return `${label} takes one mean and variance from the ${values} of ${sharedBy}: ${counted(pairs, 'pair')}, ${span(method)}`;
}

/** `64 values`, `354 unmasked of 768 values`, `12 to 31 unmasked of 64 values`: what a group's statistics are taken from. */
export function valuesText({ elementsPerGroup, unmasked }: MethodReport): string {
  const values = counted(elementsPerGroup, 'value');
  if (unmasked === undefined || unmasked.least === elementsPerGroup) return values;
  const { least, most } = unmasked;
  return `${formatCount(least)}${least === most ? '' : ` to ${formatCount(most)}`} unmasked of ${values}`;
}

function span({ mean, groups }: MethodReport): string {
  if (mean === undefined || mean.min === null || mean.max === null) {
    return groups === 1 ? 'but none is finite' : 'none of them from a finite value';
  }
  if (groups === 1) return `the mean is ${formatNumber(mean.min)}`;
  if (mean.min === mean.max) return `all with the mean ${formatNumber(mean.min)}`;
  return `with means from ${formatNumber(mean.min)} to ${formatNumber(mean.max)}`;
}

function layerSentence({ methods }: Measurements): string | null {
  const layer = applicable(methods, 'layer');
  return layer === null ? missing(methods, 'layer') : `${sharing(layer)}.`;
}

function batchSentence({ methods, padding, batchSize }: Measurements): string | null {
  const batch = applicable(methods, 'batch');
  if (batch === null) return missing(methods, 'batch');
  const last = batchSize.at(-1);
  if (padding !== null) return `${sharing(batch)}; ${paddingClause(padding)}, which ${shift(padding, 'its')}.`;
  if (last === undefined) return `${sharing(batch)}.`;
  return `${sharing(batch)}; a batch of ${formatCount(last.n)} leaves its variances uncertain by ${formatPercent(last.relativeStdOfVariance)}.`;
}

/** `The mask leaves out 53.9 % of the elements; counted in, they would move BatchNorm's means by up to 0.36 σ`. */
function maskSentence({ mask }: Measurements): string | null {
  if (mask === null) return null;
  // A mask that was given is named by nothing else.
  const given = /^an? (.*mask)$/.exec(mask.source)?.[1];
  const left = `The ${given ?? `mask (${mask.source})`} leaves out ${formatCount(mask.maskedPositions)} of ${counted(mask.positions, 'position')}, ${formatPercent(mask.share)} of the elements`;
  if (mask.maskedElements === 0) return `${left}.`;
  const { batch, layer } = mask.withoutMask;
  const moved = [...(batch === undefined ? [] : [effectText('BatchNorm', batch)]), ...(layer === undefined ? [] : [effectText('LayerNorm', layer)])];
  const found = moved.filter((text) => text !== null);
  return found.length === 0 ? `${left}.` : `${left}. Without it ${found.join(', and ')}.`;
}

/** `BatchNorm's means are off by up to 0.36 σ and a variance is 0.47 of what it is`. */
function effectText(label: string, { meanShift, varianceRatio }: MaskEffect): string | null {
  if (meanShift === null || varianceRatio === null) return null;
  if (meanShift < 1e-9 && Math.abs(varianceRatio - 1) < 1e-9) return `${label}'s statistics are the same`;
  return `${label}'s means are off by up to ${formatNumber(meanShift, 2)}\u202fσ and its variances by up to a factor of ${formatNumber(varianceRatio, 3)}`;
}

function paddingClause({ padded, tokens }: Padding): string {
  return `${formatPercent(padded / tokens)} of the tokens are padding`;
}

function shift({ meanShift }: Padding, whose: string): string {
  return `moves ${whose} means by up to ${formatNumber(meanShift, 2)}\u202fσ`;
}

function missing(methods: Methods, id: string): string | null {
  const method = methods.find((candidate) => candidate.id === id);
  return method === undefined || isApplicable(method) ? null : `${method.label} does not apply: ${method.notApplicable}.`;
}

/**
 * Which normalization such a tensor typically gets, with the numbers that speak for it. Typical use, not a law: tokens
 * take LayerNorm (Ba 2016); planes and features take BatchNorm while its batch is large enough, and GroupNorm (planes;
 * Wu & He 2018) or LayerNorm (features) when it is not. Null where nothing speaks for any: no two finite elements
 * that differ, or a vector of features without samples.
 */
export function recommend(measured: Measurements): Recommendation | null {
  const { roles, varies, methods, batchSize, padding, mask } = measured;
  if (!varies || !/[NTDHW]/.test(roles)) return null;
  const layer = applicable(methods, 'layer');
  const batch = applicable(methods, 'batch');
  const group = applicable(methods, 'group');
  const noise = batchSize.at(-1)?.relativeStdOfVariance ?? Infinity;
  const noisy = noise > noisyVariance;

  if (roles.includes('T') && layer !== null) {
    const reasons = [ownStatistics(layer)];
    if (padding !== null) {
      reasons.push(`${paddingClause(padding)}: that ${shift(padding, "BatchNorm's")} and leaves LayerNorm's alone.`);
    }
    const masked = mask?.withoutMask.batch?.meanShift ?? 0;
    if (mask !== null && masked > 0) {
      reasons.push(`${formatPercent(mask.share)} of the elements are masked; counted in, they would move BatchNorm's means by up to ${formatNumber(masked, 2)}\u202fσ.`);
    }
    if (noisy && batchSize.length > 0) reasons.push(noiseReason(measured));
    return { method: 'layer', reasons };
  }
  if (batch !== null && !noisy) {
    const one = batch.sharedBy.replace('each ', '');
    const who = batch.groups === 1 ? `The one ${one}` : `Each of the ${counted(batch.groups, one)}`;
    const enough = `${who} has ${valuesText(batch)} to estimate its statistics from.`;
    return { method: 'batch', reasons: [noiseReason(measured), enough] };
  }
  const planes = /[DHW]/.test(roles);
  const instead = planes && group !== null ? group : layer;
  if (instead === null) return null;
  const { id, label } = instead;
  const alone = `${label} takes its statistics from ${valuesText(instead)} of one sample, so the batch size does not change them.`;
  return { method: id, reasons: [noiseReason(measured), alone] };
}

function ownStatistics({ groups: all, sharedBy, unmasked }: MethodReport): string {
  const groups = all - (unmasked?.empty ?? 0);
  if (all === 1) return 'LayerNorm takes its statistics from this sample alone, whatever else is in the batch.';
  return `LayerNorm gives ${sharedBy} statistics of its own (${formatCount(groups)} in all), whatever else is in the batch.`;
}

function noiseReason({ methods, samples, batchSize }: Measurements): string {
  const noise = batchSize.at(-1)?.relativeStdOfVariance;
  if (noise !== undefined) {
    const side = noise > noisyVariance ? 'more' : 'no more';
    return `At ${counted(samples, 'sample')} BatchNorm's variances scatter by ${formatPercent(noise)}, ${side} than the ${formatPercent(noisyVariance)} beyond which they are called noisy.`;
  }
  const without = missing(methods, 'batch');
  if (without !== null) return without;
  return samples < 2
    ? "One sample does not tell how far BatchNorm's statistics scatter from batch to batch."
    : "How far BatchNorm's statistics scatter from batch to batch cannot be told from this tensor.";
}
