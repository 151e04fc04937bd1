import { NormoscopeError } from '../core/errors';
import { defaultLimits } from '../core/limits';
import { openTensorFile, type TensorFile } from '../core/normoscope';
import type { ByteSource } from '../core/tensor/byteSource';
import { dtypeKind } from '../core/tensor/dtype';
import type { TensorInfo } from '../core/tensor/tensor';
import { formatBytes } from '../core/text/numbers';
import { openFileSource } from '../platform/fileByteSource';
import { memoryFile } from '../platform/memoryFile';

/**
 * Opens FILE for a command and closes it behind it.
 * @param file a path, or `-`: standard input, read whole
 * @throws NormoscopeError when it cannot be read, and whatever `work` throws
 */
export async function withTensorFile<T>(file: string, work: (opened: TensorFile, source: ByteSource) => Promise<T>): Promise<T> {
  const source = file === '-' ? memoryFile('standard input', await standardInput()) : await openFileSource(file);
  try {
    return await work(await openTensorFile(source), source);
  } finally {
    await source.close();
  }
}

async function standardInput(): Promise<Uint8Array> {
  const { wholeFileBytes } = defaultLimits;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > wholeFileBytes) {
      throw new NormoscopeError('too-large', `Standard input has more than ${formatBytes(wholeFileBytes)}; name a file instead.`);
    }
  }
  return Buffer.concat(chunks);
}

/**
 * The place in the catalog of the tensor of a name.
 * @throws NormoscopeError `usage`, with some of the names that there are
 */
export function tensorNamed(tensors: readonly TensorInfo[], name: string): number {
  const index = tensors.findIndex((info) => info.name === name);
  if (index >= 0) return index;
  const names = tensors.slice(0, 8).map((info) => JSON.stringify(info.name));
  const more = tensors.length > names.length ? ` and ${tensors.length - names.length} more` : '';
  const there = names.length === 0 ? 'it has none' : `there is ${names.join(', ')}${more}`;
  throw new NormoscopeError('usage', `The file has no tensor ${JSON.stringify(name)}; ${there}.`);
}

/**
 * The place of the tensor that a normalization is of: the one that is named; else the first readable floating one; without
 * one the first readable; without that the first, whose failure is then told.
 * @throws NormoscopeError `usage` for a name that there is not, `unsupported` when the file holds no tensor
 */
export function tensorToNormalize(tensors: readonly TensorInfo[], name: string | undefined): number {
  if (name !== undefined) return tensorNamed(tensors, name);
  if (tensors.length === 0) throw new NormoscopeError('unsupported', 'The file holds no tensor that could be normalized.');
  const isReadable = ({ status }: TensorInfo) => status === 'readable';
  const isFloating = ({ dtype }: TensorInfo) => dtype !== null && dtypeKind(dtype) === 'float';
  const floating = tensors.findIndex((info) => isReadable(info) && isFloating(info));
  return Math.max(0, floating >= 0 ? floating : tensors.findIndex(isReadable));
}
