import { roleLabels } from '../core/analysis/attached';
import type { GivenParameters } from '../core/analysis/given';
import { gradientReport, type Backward } from '../core/analysis/gradientReport';
import type { MaskRequest } from '../core/analysis/mask';
import type { NormalizeRequest } from '../core/analysis/normalize';
import type { AnalysisRequest, Report } from '../core/analysis/report';
import type { Engine } from '../core/engine/engine';
import { NormoscopeError } from '../core/errors';
import { openTensorFile, type TensorFile } from '../core/normoscope';
import type { ByteSource } from '../core/tensor/byteSource';
import type { AttachedFile, ComparedFile } from '../protocol/attachments';
import type { FileRef } from '../protocol/messages';

/** Where other tensors are read. */
interface Reading {
  /** The analyzed file. */
  readonly own: TensorFile;
  readonly signal: AbortSignal;
  withSource<T>(file: FileRef, work: (source: ByteSource) => Promise<T>): Promise<T>;
}

export interface AttachedReading extends Reading {
  readonly engine: Engine;
}

/**
 * The request, with what is attached to it read.
 * @throws NormoscopeError `changed` where a file has another tensor in the place; as the reading does, with the role before it
 */
export async function withAttached(request: AnalysisRequest, attached: readonly AttachedFile[], reading: AttachedReading): Promise<AnalysisRequest> {
  let parameters: GivenParameters = {};
  let mask: MaskRequest | undefined = request.mask;
  const { engine, signal } = reading;
  // A gradient is as large as the tensor: it is read beside it.
  for (const sharing of byFile(attached.filter(({ role }) => role !== 'gradient'))) {
    await attachedFile(sharing, reading, async (file, { role, tensor, methods, inverted = false }) => {
      if (role === 'mask') mask = { kind: 'mask', from: await file.flags(engine, tensor, signal), inverted };
      else if (role === 'lengths') mask = { kind: 'lengths', from: await file.values(engine, tensor, signal) };
      else parameters = { ...parameters, [role]: await file.values(engine, tensor, signal), ...(methods && { methods }) };
    });
  }
  return { ...request, ...(Object.keys(parameters).length > 0 && { parameters }), ...(mask !== undefined && { mask }) };
}

/**
 * The same for writing a normalized tensor: what is attached is what takes part in it.
 * @throws NormoscopeError as `withAttached`
 */
export async function normalizingAttached(request: NormalizeRequest, attached: readonly AttachedFile[], reading: AttachedReading): Promise<NormalizeRequest> {
  const { tensor, mask } = request;
  const read = await withAttached({ tensor, ...(mask !== undefined && { mask }) }, attached, reading);
  const { weight, bias, runningMean, runningVar } = read.parameters ?? {};
  return {
    ...request,
    ...(read.mask !== undefined && { mask: read.mask }),
    ...(weight !== undefined && { weight }),
    ...(bias !== undefined && { bias }),
    ...(runningMean !== undefined && { runningMean }),
    ...(runningVar !== undefined && { runningVar }),
  };
}

/**
 * The report, with what an attached upstream gradient becomes; itself without one.
 * @param request with what is attached read
 * @throws NormoscopeError as `withAttached`
 */
export async function withGradient(report: Report, request: AnalysisRequest, attached: readonly AttachedFile[], reading: AttachedReading): Promise<Report> {
  const one = attached.find(({ role }) => role === 'gradient');
  if (one === undefined) return report;
  const { own, engine, signal } = reading;
  let gradients: Report['gradients'] | undefined;
  await attachedFile([one], reading, async (file) => {
    const gradient = { file, tensor: one.tensor };
    const backward: Backward = (kernels, asked, options) => own.backward(kernels, asked, gradient, null, options);
    gradients = await gradientReport(backward, engine, request, report, { signal });
  });
  return { ...report, ...(gradients !== undefined && { gradients }) };
}

/** Those of one file together: the weights of a layer mostly are, and a header is read once. */
function byFile(attached: readonly AttachedFile[]): Iterable<readonly AttachedFile[]> {
  const groups = new Map<string, AttachedFile[]>();
  for (const one of attached) {
    const { file } = one;
    const key = file === null ? '' : file.kind === 'path' ? file.path : `${file.name}\n${file.identity}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return groups.values();
}

/** Work on each of some that are in one file, with its role before what fails. */
async function attachedFile(sharing: readonly AttachedFile[], reading: Reading, work: (file: TensorFile, one: AttachedFile) => Promise<void>): Promise<void> {
  let [current] = sharing;
  if (current === undefined) return;
  try {
    await withOther(current, reading, async (file) => {
      for (const one of sharing) {
        current = one;
        await withOther({ ...one, file: null }, { ...reading, own: file }, () => work(file, one));
      }
    });
  } catch (error) {
    if (!(error instanceof NormoscopeError) || error.code === 'cancelled') throw error;
    throw new NormoscopeError(error.code, `${roleLabels[current.role]} from ${current.fileName}: ${error.message}`, error.offset);
  }
}

/**
 * Opens the file of another tensor, if it is not the analyzed one, and makes sure that it still holds that tensor.
 * @throws NormoscopeError `changed` where it does not; as the opening does, and whatever `work` throws
 */
export async function withOther<T>({ file, tensor, tensorName }: ComparedFile, { own, signal, withSource }: Reading, work: (file: TensorFile) => Promise<T>): Promise<T> {
  const checked = (opened: TensorFile) => {
    if (opened.catalog.tensors[tensor]?.name === tensorName) return work(opened);
    throw new NormoscopeError('changed', `there is no "${tensorName}" in its place any more; choose it again.`);
  };
  if (file === null) return checked(own);
  return withSource(file, async (source) => checked(await openTensorFile(source, undefined, signal)));
}
