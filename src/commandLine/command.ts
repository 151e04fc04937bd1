import type { ParseArgsConfig } from 'node:util';
import type { NormalizationOptions } from '../core/engine/normalizations/normalization';
import { NormoscopeError } from '../core/errors';
import type { Terminal } from './terminal';

/** Exit codes of the contract. */
export const exitCodes = { done: 0, wrongUsage: 2, unreadable: 3 } as const;

export type Options = NonNullable<ParseArgsConfig['options']>;

/** What was written after the command's name, by the names of its options. */
export type Values = Readonly<Record<string, string | boolean | undefined>>;

/** One command, one file each; `main.ts` lists them. */
export interface Command {
  readonly name: string;
  /** For the list of commands. */
  readonly summary: string;
  /** What stands behind `normoscope` in its help. */
  readonly synopsis: string;
  /** One line per option: what is written, and what it does. */
  readonly help: readonly (readonly [written: string, does: string])[];
  readonly options: Options;
  /**
   * @param file a path, or `-` for standard input
   * @returns the exit code
   * @throws NormoscopeError `usage` for wrong usage, anything else for a file that cannot be read
   */
  run(file: string, values: Values, terminal: Terminal): Promise<number>;
}

/** Options that the commands on one tensor share. */
export const sharedOptions = {
  tensor: { type: 'string' },
  exact: { type: 'boolean' },
  json: { type: 'boolean' },
} as const satisfies Options;

/** Options of how a tensor is normalized. */
export const planOptions = {
  layout: { type: 'string' },
  'normalized-dims': { type: 'string' },
  'normalized-axes': { type: 'string' },
  groups: { type: 'string' },
  eps: { type: 'string' },
} as const satisfies Options;

export const planHelp = [
  ['--layout ROLES', 'a letter per axis: N batch, C channel or feature, T time or token, D H W space'],
  ['--normalized-dims K', 'LayerNorm and RMSNorm reduce over the last K axes'],
  ['--normalized-axes R', 'or over the axes of these letters: C for the channels of each position (LayerNorm2d)'],
  ['--groups G', "GroupNorm's number of groups"],
  ['--eps E', 'added to every variance; 1e-5 if left out'],
] as const;

export const sharedHelp = {
  tensor: ['--tensor NAME', 'the tensor of that name'],
  exact: ['--exact', 'precise mode: float64 throughout, whatever the size'],
  json: ['--json', 'one JSON document instead of text'],
} as const;

/**
 * `planOptions` as the core takes them; what is left out stays out.
 * @throws NormoscopeError `usage`
 */
export function planValues(values: Values): NormalizationOptions & { readonly layout?: string; readonly eps?: number } {
  const layout = textValue(values, 'layout');
  const normalizedDims = numberValue(values, 'normalized-dims');
  const normalizedAxes = textValue(values, 'normalized-axes');
  const numGroups = numberValue(values, 'groups');
  const eps = numberValue(values, 'eps');
  return {
    ...(layout === undefined ? {} : { layout }),
    ...(normalizedDims === undefined ? {} : { normalizedDims }),
    ...(normalizedAxes === undefined ? {} : { normalizedAxes }),
    ...(numGroups === undefined ? {} : { numGroups }),
    ...(eps === undefined ? {} : { eps }),
  };
}

export function textValue(values: Values, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

/**
 * A number as a user wrote it.
 * @throws NormoscopeError `usage`
 */
export function numberValue(values: Values, name: string): number | undefined {
  const written = textValue(values, name);
  if (written === undefined) return undefined;
  const value = Number(written);
  if (written.trim() === '' || Number.isNaN(value)) {
    throw new NormoscopeError('usage', `--${name} is "${written}", which is not a number.`);
  }
  return value;
}
