import fs from 'node:fs';
import path from 'node:path';
import type { Values } from '../core/analysis/values';
import type { Engine } from '../core/engine/engine';
import { NormoscopeError } from '../core/errors';
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
export async function readParameter(engine: Engine, option: string, { file, tensor }: ParameterFile): Promise<Values> {
  try {
    return await withTensorFile(file, ({ catalog, values }) => values(engine, tensorOfParameter(catalog.tensors, { file, tensor })));
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
