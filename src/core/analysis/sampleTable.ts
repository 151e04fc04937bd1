import type { Engine, PassOptions } from '../engine/engine';
import type { MomentTable } from '../engine/moments';
import type { Limits } from '../limits';
import type { Layout } from '../tensor/layout';
import { logicalIndex, memoryOrder } from '../tensor/order';
import { elementCount, unitOf, type TensorData } from '../tensor/tensor';
import { countsAt } from './maskedSamples';
import { sampleWalk, type SampleWalk } from './plans';

/** What of the moments of (sample, channel) cells is worked with. */
export type CellMoments = Pick<MomentTable, 'count' | 'mean' | 'meanLow' | 'm2'>;

/** Cells of (sample, channel): of all samples, or evenly spaced ones. */
export interface SampleTable {
  readonly moments: CellMoments;
  readonly walk: SampleWalk;
  /** One in `step` of the tensor's samples. */
  readonly step: number;
}

/** Samples that are read one by one, at most: some tenths of a second. */
const mostReads = 8192;

/**
 * The cells of a tensor that has one element in each: its elements. Up to `Limits.quantileElements` of them, all or
 * whole samples evenly spaced; those are read again, from where they are, so samples have to lie one behind the other.
 * Those that a mask leaves out are cells without elements.
 * @returns null where they do not, and where the axes named N lie on both sides of C
 */
export async function elementCells(
  engine: Engine,
  data: TensorData,
  layout: Layout,
  { quantileElements }: Limits,
  options: PassOptions,
): Promise<SampleTable | null> {
  const { mask } = options;
  const { shape, axisOrder } = data;
  const walk = sampleWalk(shape, layout);
  if (walk === null || walk.samples === 0) return null;
  const isRowMajor = memoryOrder(shape, axisOrder) === 'C';
  const elements = elementCount(shape);
  const step = elements <= quantileElements ? 1 : Math.ceil(Math.max(elements / quantileElements, walk.samples / mostReads));
  // Where items hold several elements, each sample has to begin one.
  if (step > 1 && !(isRowMajor && walk.channelStride === 1 && walk.channels % unitOf(data.encoding) === 0)) return null;
  const samples = Math.floor(walk.samples / step);
  const read = step === 1 ? data : everySample(data, walk, samples, step);
  const stored = await decoded(engine, read, options);
  const mean = isRowMajor ? stored : stored.slice();
  if (!isRowMajor) stored.forEach((value, index) => (mean[logicalIndex(shape, axisOrder, index)] = value));
  const count = new Float64Array(mean.length);
  const counts = mask === undefined ? null : countsAt(shape, mask);
  // Of (N…, C), where only some samples are read, cells are numbered as its elements are.
  const elementOf = (cell: number) => (step === 1 ? cell : cell + Math.floor(cell / walk.channels) * (step - 1) * walk.channels);
  for (let cell = 0; cell < mean.length; cell++) {
    if (Number.isFinite(mean[cell]) && (counts === null || counts(elementOf(cell)))) count[cell] = 1;
    else mean[cell] = 0;
  }
  const zeros = new Float64Array(mean.length);
  return { moments: { count, mean, meanLow: zeros, m2: zeros }, walk: { ...walk, samples }, step };
}

/** Every element as float64, in the order of storage. @throws NormoscopeError whatever the reading throws */
export async function decoded(engine: Engine, data: TensorData, { signal }: PassOptions): Promise<Float64Array> {
  const values = new Float64Array(elementCount(data.shape));
  // Little-endian, as the views of the kernels' memory are taken throughout.
  const raw = new Uint8Array(values.buffer);
  let at = 0;
  const sink = {
    write: (bytes: Uint8Array) => {
      raw.set(bytes, at);
      at += bytes.length;
      return Promise.resolve();
    },
  };
  await engine.apply(data, { maps: [], output: 'float64' }, sink, signal === undefined ? {} : { signal });
  return values;
}

/** One in `step` of the samples of a row-major (N…, C), as a tensor (samples, C). */
function everySample(data: TensorData, { channels }: SampleWalk, samples: number, step: number): TensorData {
  const { stride } = data.encoding;
  const unit = unitOf(data.encoding);
  return {
    ...data,
    shape: [samples, channels],
    axisOrder: [0, 1],
    async read(first, target, signal) {
      for (let done = 0; done < target.length; ) {
        const element = first + (done / stride) * unit;
        const place = element % channels;
        const bytes = Math.min(target.length - done, ((channels - place) / unit) * stride);
        const sample = Math.floor(element / channels);
        await data.read(sample * step * channels + place, target.subarray(done, done + bytes), signal);
        done += bytes;
      }
    },
  };
}
