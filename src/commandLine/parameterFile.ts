import fs from 'node:fs';
import path from 'node:path';
import type { Values } from '../core/analysis/values';
import type { Engine } from '../core/engine/engine';
import { NormoscopeError } from '../core/errors';
import type { TensorFile } from '../core/normoscope';
import type { TensorInfo } from '../core/tensor/tensor';
import { tensorNamed, withTensorFile } from './input';

/** `F[:NAME]` as it was written: a file, and a tensor of it. */
export interface ParameterFile {
  readonly file: string;
  readonly tensor: string | undefined;
}

/** Takes as much as is the path of a file, since both paths and names may have colons. */
export function parameterFile(written: string): ParameterFile {
  for (let colon = written.lastIndexOf(':'); colon > 0 && !fs.existsSync(written); colon = written.lastIndexOf(':', colon - 1)) {
    const file = written.slice(0, colon);
    if (fs.existsSync(file)) return { file, tensor: written.slice(colon + 1) };
  }
  return { file: written, tensor: undefined };
}

/**
 * A weight, a bias or a running statistic.
 * @param option for what is said of a failure: `weight`
 * @throws NormoscopeError `usage` when the file holds several tensors and none is named; as the reading does
 */
export async function readParameter(engine: Engine, option: string, from: ParameterFile): Promise<Values> {
  return withParameter(option, from, ({ values }, index) => values(engine, index));
}

/**
 * Reads a tensor that an option names.
 * @throws NormoscopeError as `readParameter`, and whatever `read` throws, with the option before it
 */
export async function withParameter<T>(
  option: string,
  { file, tensor }: ParameterFile,
  read: (opened: TensorFile, index: number) => Promise<T>,
): Promise<T> {
  try {
    return await withTensorFile(file, (opened) => read(opened, tensorOfParameter(opened.catalog.tensors, { file, tensor })));
  } catch (error) {
    if (!(error instanceof NormoscopeError)) throw error;
    throw new NormoscopeError(error.code, `--${option}: ${error.message}`, error.offset);
  }
}

/** @throws NormoscopeError `usage` when the file holds several tensors and none is named, or none of that name */
export function tensorOfParameter(tensors: readonly TensorInfo[], { file, tensor }: ParameterFile): number {
  if (tensor !== undefined) return tensorNamed(tensors, tensor);
  if (tensors.length === 1) return 0;
  throw new NormoscopeError('usage', `${path.basename(file)} holds ${tensors.length} tensors; name one as FILE:NAME.`);
}
