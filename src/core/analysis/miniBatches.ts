import type { Engine, PassOptions } from '../engine/engine';
import type { MomentTable } from '../engine/moments';
import { NormoscopeError } from '../errors';
import type { Limits } from '../limits';
import type { Layout } from '../tensor/layout';
import { memoryOrder } from '../tensor/order';
import { elementCount, unitOf, type TensorData } from '../tensor/tensor';
import { counted } from '../text/numbers';
import { maskOfSamples } from './maskedSamples';
import { sampleCount } from './plans';
import type { AnalysisRequest, Report } from './report';
import { trackRunning, type MiniBatches } from './runningAverages';
import type { SampleTable } from './sampleTable';

/** PyTorch's default. */
const defaultMomentum = 0.1;

/** A usual size, or fewer where that would leave fewer than eight steps to look at. */
function defaultBatchSize(samples: number): number {
  return Math.min(32, Math.max(2, Math.ceil(samples / 8)));
}

/** What a request asks of running averages; null where it asks nothing. */
type Asked = { readonly momentum: number | 'cumulative'; readonly batchSize: number | null } | null;

/** @throws NormoscopeError `usage` for a momentum that is no weight and a batch of no samples */
export function runningRequest({ momentum, batchSize }: Pick<AnalysisRequest, 'momentum' | 'batchSize'>): Asked {
  if (momentum === undefined && batchSize === undefined) return null;
  const asked = { momentum: momentum ?? defaultMomentum, batchSize: batchSize ?? null };
  if (asked.momentum !== 'cumulative' && !(asked.momentum >= 0 && asked.momentum <= 1)) {
    throw new NormoscopeError('usage', `The momentum is ${asked.momentum}; it is the weight of the new batch, from 0 to 1, or "cumulative".`);
  }
  if (asked.batchSize !== null && !(Number.isSafeInteger(asked.batchSize) && asked.batchSize >= 1)) {
    throw new NormoscopeError('usage', `The batch size is ${asked.batchSize}; it must be a whole number, one or more.`);
  }
  return asked;
}

/**
 * The running averages of the tensor's samples taken in order, in mini-batches. The last one has fewer samples where the
 * size does not divide theirs, as with PyTorch's `drop_last=False`; with a single element to a channel, which PyTorch
 * refuses, it is left out. Of a masked tensor a batch's statistics are over what the mask leaves of its samples.
 * @param options with the mask
 * @param table all (sample, channel) cells where they are kept; otherwise the bytes are read once more, sample by sample
 * @param channels moments of every channel; null where BatchNorm does not apply
 * @throws NormoscopeError whatever the reading throws
 */
export async function runningAverages(
  engine: Engine,
  data: TensorData,
  layout: Layout,
  asked: Asked,
  table: SampleTable | null,
  channels: MomentTable | null,
  limits: Limits,
  options: PassOptions,
): Promise<Report['runningAverages']> {
  if (asked === null) return null;
  if (channels === null) return { notApplicable: 'BatchNorm has no statistics of this tensor' };
  const all = sampleCount(data.shape, layout);
  const { momentum } = asked;
  const batchSize = asked.batchSize ?? defaultBatchSize(all);
  const positions = elementCount(data.shape) / all / channels.size;
  if (batchSize * positions < 2 || all * positions < 2) return { notApplicable: 'a batch has one element to a channel, of which there is no variance' };
  const rest = all % batchSize;
  const leftOut = rest * positions === 1 ? rest : 0;
  const samples = all - leftOut;
  const kept = table?.step === 1 ? [{ table: firstSamples(table, samples), perBatch: batchSize }] : null;
  const batches = kept ?? (await readBatches(engine, data, layout, samples, batchSize, channels.size, limits, options));
  if ('notApplicable' in batches) return batches;
  return trackRunning(batches, channels, { momentum, batchSize, samples, leftOut }) ?? { notApplicable: 'no channel has spread' };
}

function firstSamples(table: SampleTable, samples: number): SampleTable {
  return { ...table, walk: { ...table.walk, samples } };
}

/** Moments of every (batch, channel), each batch a cell, from another read of the bytes. */
async function readBatches(
  engine: Engine,
  data: TensorData,
  { roles }: Layout,
  samples: number,
  batchSize: number,
  channels: number,
  limits: Limits,
  options: PassOptions,
): Promise<readonly MiniBatches[] | { readonly notApplicable: string }> {
  const { groupsInMemory, maskPositions } = limits;
  const batchAxes = /^N+(?=[^N]+$)/.exec(roles)?.[0].length ?? 0;
  if (batchAxes === 0 || memoryOrder(data.shape, data.axisOrder) !== 'C') {
    return { notApplicable: 'the samples of this tensor do not lie one behind the other, and are too many to keep' };
  }
  const full = Math.floor(samples / batchSize);
  if (full * channels > groupsInMemory) {
    return { notApplicable: `${counted(full, 'batch', 'batches')} of ${counted(channels, 'channel')} are too many to keep` };
  }
  const inner = data.shape.slice(batchAxes);
  if (elementCount(inner) % unitOf(data.encoding) !== 0) {
    return { notApplicable: 'the samples of this tensor do not begin with an item of several elements, and are too many to keep' };
  }
  const { mask } = options;
  const maskOf = (first: number, count: number) => (mask === undefined ? undefined : maskOfSamples(data.shape, batchAxes, mask, first, count, maskPositions));
  if (maskOf(0, samples) === null) return { notApplicable: 'a mask for each of the samples would be too large' };
  const kept = [true, ...[...roles.slice(batchAxes)].map((role) => role === 'C')];
  const tableOf = async (first: number, batches: number, size: number): Promise<MiniBatches> => {
    const part = samplesOf(data, inner, first, batches * size);
    const ofPart = maskOf(first, batches * size) ?? undefined;
    const { tables } = await engine.moments(part, [{ kept, split: { axis: 0, parts: batches } }], { ...options, ...(ofPart && { mask: ofPart }) });
    const [moments] = tables;
    if (moments === undefined) throw new NormoscopeError('internal', 'The engine returned no moments.');
    return { table: { moments, walk: { samples: batches, channels, sampleStride: channels, channelStride: 1 }, step: 1 }, perBatch: 1 };
  };
  const whole = full === 0 ? [] : [await tableOf(0, full, batchSize)];
  const rest = samples - full * batchSize;
  return rest === 0 ? whole : [...whole, await tableOf(full * batchSize, 1, rest)];
}

/** Some consecutive samples of a row-major tensor whose first axes are its samples. */
function samplesOf(data: TensorData, inner: readonly number[], first: number, count: number): TensorData {
  const shape = [count, ...inner];
  const before = first * elementCount(inner);
  return { ...data, shape, axisOrder: shape.map((_, axis) => axis), read: (element, target, signal) => data.read(before + element, target, signal) };
}
