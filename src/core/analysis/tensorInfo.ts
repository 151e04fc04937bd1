import { NormoscopeError } from '../errors';
import type { OpenFile } from '../formats/format';
import type { TensorInfo } from '../tensor/tensor';

/** @throws NormoscopeError `usage` when the file has no such tensor */
export function tensorInfo(file: OpenFile, index: number): TensorInfo {
  const info = file.catalog.tensors[index];
  if (info !== undefined) return info;
  const count = file.catalog.tensors.length;
  throw new NormoscopeError('usage', `Tensor number ${index} was asked for; the file has ${count}, counted from 0.`);
}
