import { roleLabels } from '../core/analysis/attached';
import type { GivenParameters } from '../core/analysis/given';
import type { MaskRequest } from '../core/analysis/mask';
import type { AnalysisRequest } from '../core/analysis/report';
import type { Engine } from '../core/engine/engine';
import { NormoscopeError } from '../core/errors';
import { openTensorFile, type TensorFile } from '../core/normoscope';
import type { ByteSource } from '../core/tensor/byteSource';
import type { AttachedFile } from '../protocol/attachments';
import type { FileRef } from '../protocol/messages';

/** Where attached tensors are read. */
export interface AttachedReading {
  readonly engine: Engine;
  /** The analyzed file. */
  readonly own: TensorFile;
  readonly signal: AbortSignal;
  withSource<T>(file: FileRef, work: (source: ByteSource) => Promise<T>): Promise<T>;
}

/**
 * The request, with what is attached to it read.
 * @throws NormoscopeError `changed` where a file has another tensor in the place; as the reading does, with the role before it
 */
export async function withAttached(request: AnalysisRequest, attached: readonly AttachedFile[], reading: AttachedReading): Promise<AnalysisRequest> {
  let parameters: GivenParameters = {};
  let mask: MaskRequest | undefined = request.mask;
  const { engine, signal } = reading;
  for (const one of attached) {
    await attachedFile(one, reading, async (file) => {
      const { role, tensor, methods, inverted = false } = one;
      if (role === 'mask') mask = { kind: 'mask', from: await file.flags(engine, tensor, signal), inverted };
      else if (role === 'lengths') mask = { kind: 'lengths', from: await file.values(engine, tensor, signal) };
      else parameters = { ...parameters, [role]: await file.values(engine, tensor, signal), ...(methods && { methods }) };
    });
  }
  return { ...request, ...(Object.keys(parameters).length > 0 && { parameters }), ...(mask !== undefined && { mask }) };
}

/** Opens the file of one of them, if it is not the analyzed one, and makes sure that it still holds what was attached. */
async function attachedFile<T>(one: AttachedFile, { own, signal, withSource }: AttachedReading, work: (file: TensorFile) => Promise<T>): Promise<T> {
  const checked = (file: TensorFile) => {
    if (file.catalog.tensors[one.tensor]?.name === one.tensorName) return work(file);
    throw new NormoscopeError('changed', `there is no "${one.tensorName}" in its place any more; attach it again.`);
  };
  try {
    if (one.file === null) return await checked(own);
    return await withSource(one.file, async (source) => checked(await openTensorFile(source, undefined, signal)));
  } catch (error) {
    if (!(error instanceof NormoscopeError) || error.code === 'cancelled') throw error;
    throw new NormoscopeError(error.code, `${roleLabels[one.role]} from ${one.fileName}: ${error.message}`, error.offset);
  }
}
