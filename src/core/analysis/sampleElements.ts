import type { Engine, PassOptions } from '../engine/engine';
import type { Layout } from '../tensor/layout';
import { logicalIndex, memoryOrder } from '../tensor/order';
import { elementCount, unitOf, type TensorData } from '../tensor/tensor';
import { sampleCount } from './plans';
import { decoded, type SampleTable } from './sampleTable';

/** Elements that are kept: as float64, 4 MiB. */
const mostElements = 1 << 19;
/** Of a sample that is larger than its share of them, so many stretches. */
const stretchesPerSample = 8;

/** Elements of a sample, and the channel of each. */
export interface SampleElements {
  readonly values: Float64Array;
  readonly channels: Int32Array;
}

/** Where a (sample, channel) cell has one element, its mean is that. */
export function singleElements({ moments, walk }: SampleTable, samples: number, step: number): SampleElements[] {
  const every = Math.ceil((samples * walk.channels) / mostElements);
  return Array.from({ length: samples }, (_, sample) => {
    const found = Array.from({ length: Math.ceil(walk.channels / every) }, (__, index) => index * every).filter((channel) => moments.count[cellOf(channel)] === 1);
    function cellOf(channel: number): number {
      return sample * step * walk.sampleStride + channel * walk.channelStride;
    }
    return { values: Float64Array.from(found, (channel) => moments.mean[cellOf(channel)] ?? NaN), channels: Int32Array.from(found) };
  });
}

export interface Wanted {
  readonly samples: number;
  /** One in so many of the tensor's. */
  readonly every: number;
  readonly channels: number;
}

/**
 * Elements of some samples, evenly spaced: all of them, or those in the same places of every sample.
 * @returns null where not all are read, and the samples do not lie one behind the other
 * @throws NormoscopeError whatever the reading throws
 */
export async function readElements(engine: Engine, data: TensorData, { roles }: Layout, { samples, every, channels }: Wanted, options: PassOptions): Promise<SampleElements[] | null> {
  const { shape, axisOrder } = data;
  const total = elementCount(shape);
  const of = (role: string) => [...roles].flatMap((letter, axis) => (letter === role ? [axis] : []));
  const inner = (axis: number) => elementCount(shape.slice(axis + 1));
  const [channelAxis = 0] = of('C');
  const channelAt = (element: number) => Math.floor(element / inner(channelAxis)) % channels;
  const sampleAt = (element: number) => of('N').reduce((sample, axis) => sample * (shape[axis] ?? 1) + (Math.floor(element / inner(axis)) % (shape[axis] ?? 1)), 0);
  if (total <= mostElements) {
    const values = await decoded(engine, data, options);
    const found = Array.from({ length: samples }, () => ({ values: [] as number[], channels: [] as number[] }));
    values.forEach((value, stored) => {
      const element = logicalIndex(shape, axisOrder, stored);
      const sample = sampleAt(element);
      const into = sample % every === 0 ? found[sample / every] : undefined;
      into?.values.push(value);
      into?.channels.push(channelAt(element));
    });
    return found.map((one) => ({ values: Float64Array.from(one.values), channels: Int32Array.from(one.channels) }));
  }
  const unit = unitOf(data.encoding);
  const perSample = total / sampleCount(shape, { roles, reason: '', inferred: false });
  if (!/^N+[^N]*$/.test(roles) || memoryOrder(shape, axisOrder) !== 'C' || perSample % unit !== 0) return null;
  const { starts, length } = stretchesOf(perSample, Math.floor(mostElements / samples), unit);
  const first = Array.from({ length: samples }, (_, sample) => starts.map((start) => sample * every * perSample + start)).flat();
  const values = await decoded(engine, stretched(data, first, length), options);
  return Array.from({ length: samples }, (_, sample) => {
    const from = sample * starts.length * length;
    return {
      values: values.subarray(from, from + starts.length * length),
      channels: Int32Array.from({ length: starts.length * length }, (__, index) => channelAt((first[sample * starts.length + Math.floor(index / length)] ?? 0) + (index % length))),
    };
  });
}

/** All of a sample where that is no more than `most`, else stretches of it, evenly spaced. */
function stretchesOf(perSample: number, most: number, unit: number): { readonly starts: readonly number[]; readonly length: number } {
  if (perSample <= most) return { starts: [0], length: perSample };
  const aligned = (value: number) => Math.floor(value / unit) * unit;
  const length = Math.max(unit, aligned(most / stretchesPerSample));
  const count = Math.max(1, Math.min(stretchesPerSample, Math.floor(perSample / length)));
  return { starts: Array.from({ length: count }, (_, index) => aligned((index * (perSample - length)) / Math.max(1, count - 1))), length };
}

/** Stretches of a row-major tensor's elements, each beginning an item of its encoding, as a tensor (stretches, length). */
function stretched(data: TensorData, first: readonly number[], length: number): TensorData {
  const { stride } = data.encoding;
  const unit = unitOf(data.encoding);
  return {
    ...data,
    shape: [first.length, length],
    axisOrder: [0, 1],
    async read(start, target, signal) {
      for (let done = 0; done < target.length; ) {
        const element = start + (done / stride) * unit;
        const place = element % length;
        const bytes = Math.min(target.length - done, ((length - place) / unit) * stride);
        await data.read((first[Math.floor(element / length)] ?? 0) + place, target.subarray(done, done + bytes), signal);
        done += bytes;
      }
    },
  };
}
