import path from 'node:path';
import { normalizeMethods, type NormalizeMethod, type Normalized, type NormalizedMask, type NormalizeRequest } from '../core/analysis/normalize';
import type { Engine } from '../core/engine/engine';
import { NormoscopeError } from '../core/errors';
import { counted, formatCount, formatNumber } from '../core/text/numbers';
import { textValue, type Options, type Values } from './command';
import { parameterFile, readParameter, type ParameterFile } from './parameterFile';

/** What `normalize` and `backward` share: how a tensor is normalized, and the files that are written. */
export const methodOption = { method: { type: 'string' } } as const satisfies Options;

const listed = `${normalizeMethods.slice(0, -1).join(', ')} or ${normalizeMethods.at(-1)}`;

export const methodHelp = ['--method M', `${listed}, BatchNorm with running statistics`] as const;

export const runningHelp = [
  ['--running-mean F[:NAME]', 'for batch-eval: the mean of each channel'],
  ['--running-var F[:NAME]', 'for batch-eval: the variance of each channel'],
] as const;

/** @throws NormoscopeError `usage` */
export function methodOf(values: Values): NormalizeMethod {
  const written = textValue(values, 'method');
  const method = normalizeMethods.find((known) => known === written);
  if (method !== undefined) return method;
  const found = written === undefined ? 'No --method is given' : `--method is "${written}"`;
  throw new NormoscopeError('usage', `${found}; it may be ${listed}.`);
}

/**
 * The `.npy` file that an option names; undefined without the option.
 * @throws NormoscopeError `usage`
 */
export function npyOf(values: Values, option: string): string | undefined {
  const file = textValue(values, option);
  if (file === undefined || file.toLowerCase().endsWith('.npy')) return file;
  throw new NormoscopeError('usage', `--${option} is "${file}"; a .npy file is written, so its name ends in .npy.`);
}

/** @throws NormoscopeError `usage` */
export function outOf(values: Values): string {
  const out = npyOf(values, 'out');
  if (out === undefined) throw new NormoscopeError('usage', 'No --out is given: the .npy file to write.');
  return out;
}

/** @throws NormoscopeError `usage` for two options that name one file */
export function refuseSame(files: readonly (string | undefined)[]): void {
  const given = files.filter((file) => file !== undefined);
  const twice = given.find((file, index) => given.findIndex((other) => path.resolve(other) === path.resolve(file)) < index);
  if (twice !== undefined) throw new NormoscopeError('usage', `${twice} is to be written twice; every output needs a file of its own.`);
}

/** Option and request key of every tensor that a normalization takes beside its own. */
const parameterOptions = [
  ['weight', 'weight'],
  ['bias', 'bias'],
  ['running-mean', 'runningMean'],
  ['running-var', 'runningVar'],
] as const;

type ParameterKey = (typeof parameterOptions)[number][1];

export interface GivenParameter {
  readonly option: string;
  readonly key: ParameterKey;
  readonly from: ParameterFile;
}

export function givenParameters(values: Values): GivenParameter[] {
  return parameterOptions.flatMap(([option, key]) => {
    const written = textValue(values, option);
    return written === undefined ? [] : [{ option, key, from: parameterFile(written) }];
  });
}

/** @throws NormoscopeError as `readParameter` */
export async function readParameters(engine: Engine, parameters: readonly GivenParameter[]): Promise<Pick<NormalizeRequest, ParameterKey>> {
  const read: Partial<Record<ParameterKey, Awaited<ReturnType<typeof readParameter>>>> = {};
  for (const { option, key, from } of parameters) read[key] = await readParameter(engine, option, from);
  return read;
}

/** `LayerNorm with the statistics of each token, layout NTC (as given), eps 1e-5`. */
export function normalizationText({ label, statistics, layout, eps, mask }: Normalized): string {
  const roles = layout.roles === '' ? '' : `, layout ${layout.roles} (${layout.reason})`;
  return `${label} with ${statistics}${roles}, eps ${formatNumber(eps)}${mask === null ? '' : maskClause(mask)}`;
}

function maskClause({ source, positions, maskedPositions, emptyGroups }: NormalizedMask): string {
  const left = `, ${formatCount(maskedPositions)} of ${counted(positions, 'position')} left out (${source})`;
  if (emptyGroups === 0) return left;
  return `${left}; ${counted(emptyGroups, 'group')} of which nothing is left ${emptyGroups === 1 ? 'is' : 'are'} NaN`;
}
