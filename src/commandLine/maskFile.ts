import type { MaskRequest } from '../core/analysis/mask';
import type { Engine } from '../core/engine/engine';
import { NormoscopeError } from '../core/errors';
import { numberValue, textValue, type Options, type Values } from './command';
import { parameterFile, readParameter, withParameter, type ParameterFile } from './parameterFile';

/** What leaves padding out of the statistics. */
export const maskOptions = {
  mask: { type: 'string' },
  'mask-inverted': { type: 'boolean' },
  lengths: { type: 'string' },
  'pad-value': { type: 'string' },
} as const satisfies Options;

export const maskSynopsis = '[--mask F[:NAME] [--mask-inverted] | --lengths F[:NAME] | --pad-value V]';

export const maskHelp = [
  ['--mask F[:NAME]', 'leave elements out of the statistics where this tensor is zero: (N, T), or as the tensor'],
  ['--mask-inverted', 'leave them out where it is not zero, as in key_padding_mask'],
  ['--lengths F[:NAME]', 'leave out what lies behind the length of each sample along T'],
  ['--pad-value V', 'leave out the positions at the end of T all of whose elements are V'],
] as const;

/** A mask as it was written; `from` is the file that holds it, where it is in one. */
export type MaskWritten =
  | { readonly kind: 'mask'; readonly from: ParameterFile; readonly inverted: boolean }
  | { readonly kind: 'lengths'; readonly from: ParameterFile }
  | { readonly kind: 'pad-value'; readonly value: number };

/** @throws NormoscopeError `usage` for options that do not go together */
export function maskWritten(values: Values): MaskWritten | null {
  const [mask, lengths, value] = [textValue(values, 'mask'), textValue(values, 'lengths'), numberValue(values, 'pad-value')];
  const given = Object.entries({ mask, lengths, 'pad-value': value }).flatMap(([name, written]) => (written === undefined ? [] : [`--${name}`]));
  if (given.length > 1) {
    throw new NormoscopeError('usage', `${given.slice(0, -1).join(', ')} and ${given.at(-1)} are given; one of them says what is left out.`);
  }
  const inverted = values['mask-inverted'] === true;
  if (inverted && mask === undefined) throw new NormoscopeError('usage', '--mask-inverted is given without --mask, the tensor that it inverts.');
  if (mask !== undefined) return { kind: 'mask', from: parameterFile(mask), inverted };
  if (lengths !== undefined) return { kind: 'lengths', from: parameterFile(lengths) };
  return value === undefined ? null : { kind: 'pad-value', value };
}

/**
 * The request of a mask, with its tensor read.
 * @throws NormoscopeError as `readParameter`
 */
export async function readMask(engine: Engine, written: MaskWritten | null): Promise<{ mask?: MaskRequest }> {
  if (written === null) return {};
  if (written.kind === 'pad-value') return { mask: written };
  if (written.kind === 'lengths') return { mask: { kind: 'lengths', from: await readParameter(engine, 'lengths', written.from) } };
  const from = await withParameter('mask', written.from, ({ flags }, index) => flags(engine, index));
  return { mask: { kind: 'mask', from, inverted: written.inverted } };
}
