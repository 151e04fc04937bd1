import { throwIfCancelled } from '../../errors';
import type { Limits } from '../../limits';
import type { ByteSink } from '../../tensor/byteSink';
import { logicalIndex } from '../../tensor/order';
import { elementCount } from '../../tensor/tensor';
import { summedGroupings } from '../backward';
import { chooseCells } from '../cells';
import { forEachStretch, stretches, type Stretch } from '../chunks';
import type { ApplyOptions, BackwardRequest, BackwardResult, Grouping } from '../engine';
import { groupCount } from '../grouping';
import type { Pair } from '../pairs';
import { writtenElements } from '../session';
import { decoder } from './decode';
import { groupFinder, maskFinder } from './groups';

/** One element of both tensors: x̂, the gradient g, and its logical (row-major) index. */
type Visit = (value: number, g: number, logical: number, index: number) => unknown;

/** `Engine.backward` by its definition, element by element. */
export async function backward(
  pair: Pair,
  request: BackwardRequest,
  sink: ByteSink | null,
  limits: Limits,
  { signal, onProgress }: ApplyOptions,
): Promise<BackwardResult> {
  const { shape } = pair.data;
  const { normalizing, statistics, weight, output } = request;
  // Only for its refusal of too many groups.
  chooseCells(shape, summedGroupings(request), limits);
  const groupOf = groupFinder(shape, normalizing.grouping);
  const parameterOf = groupFinder(shape, request.parameters);
  const isMasked = maskFinder(shape, request.mask);
  const weighed = (g: number, logical: number) => (weight === null ? g : g * (weight[parameterOf(logical)] ?? NaN));

  const total = elementCount(shape);
  const passes = statistics === null ? 1 : 2;
  const width = output === 'float32' ? 4 : 8;
  const list = () => stretches(total, writtenElements(pair.both.encoding, limits, width));
  const told = (pass: number, { first, count }: Stretch) => onProgress?.(pass * total + first + count, passes * total);

  const shares = new Sums(shape, normalizing.grouping);
  if (statistics !== null) {
    const sum: Visit = (value, g, logical) => !isMasked(logical) && shares.add(logical, value, weighed(g, logical));
    await eachPair(pair, request, list(), signal, sum, (stretch) => Promise.resolve(told(0, stretch)));
  }
  const share = (sums: Float64Array, group: number) => (statistics === null ? 0 : (sums[group] ?? NaN) / (statistics.counts[group] ?? 0));

  const parameters = request.parameterGradients ? new Sums(shape, request.parameters) : null;
  const gradientSquares = request.samples === null ? null : new Sums(shape, request.samples);
  const inputSquares = request.samples === null ? null : new Sums(shape, request.samples);
  const longest = Math.min(total, writtenElements(pair.both.encoding, limits, width));
  const written = new DataView(new ArrayBuffer(longest * width));
  let notFinite = 0;
  const write = (index: number, dx: number) => (output === 'float32' ? written.setFloat32(index * width, dx, true) : written.setFloat64(index * width, dx, true));
  const map: Visit = (value, g, logical, index) => {
    const group = groupOf(logical);
    if (isMasked(logical)) return write(index, 0);
    parameters?.add(logical, value, g);
    gradientSquares?.add(logical, g, g);
    const mean = statistics?.centred ? share(shares.g, group) : 0;
    const slope = share(shares.gx, group);
    const dx = (normalizing.scale[group] ?? NaN) * (weighed(g, logical) - mean - value * slope) + (value - value);
    inputSquares?.add(logical, dx, dx);
    if (!Number.isFinite(dx)) notFinite++;
    write(index, dx);
  };
  await eachPair(pair, request, list(), signal, map, async (stretch) => {
    await sink?.write(new Uint8Array(written.buffer, 0, stretch.count * width));
    told(passes - 1, stretch);
  });
  throwIfCancelled(signal);
  return {
    weight: parameters?.gx ?? null,
    bias: parameters?.g ?? null,
    gradientNorms: gradientSquares?.gx.map(Math.sqrt) ?? null,
    inputNorms: inputSquares?.gx.map(Math.sqrt) ?? null,
    notFinite,
  };
}

/** Visits the elements of both tensors in storage order. */
async function eachPair(
  { data, gradient, both, parts }: Pair,
  { normalizing }: BackwardRequest,
  list: Iterable<Stretch>,
  signal: AbortSignal | undefined,
  visit: Visit,
  after: (stretch: Stretch) => Promise<unknown>,
): Promise<void> {
  const { shape, axisOrder } = data;
  const groupOf = groupFinder(shape, normalizing.grouping);
  const [decodeX, decodeG] = [decoder(data.encoding), decoder(gradient.encoding)];
  await forEachStretch(both, list, signal, async (bytes, stretch) => {
    const [x, g] = parts(bytes, stretch.count).map((part) => new DataView(part.buffer, part.byteOffset, part.byteLength)) as [DataView, DataView];
    for (let index = 0; index < stretch.count; index++) {
      const logical = logicalIndex(shape, axisOrder, stretch.first + index);
      const group = groupOf(logical);
      const value = decodeX(x, index * data.encoding.stride + data.encoding.offset);
      const normalized = (value - (normalizing.shift[group] ?? NaN)) * (normalizing.scale[group] ?? NaN) + (normalizing.offset[group] ?? NaN);
      visit(normalized, decodeG(g, index * gradient.encoding.stride + gradient.encoding.offset), logical, index);
    }
    await after(stretch);
  });
}

/** Σ g and Σ g · x of every group, over the pairs that are finite; what rounding takes is added at each step (Kahan 1965). */
class Sums {
  readonly g: Float64Array;
  readonly gx: Float64Array;
  private readonly gLacks: Float64Array;
  private readonly gxLacks: Float64Array;
  private readonly groupOf: (logical: number) => number;

  constructor(shape: readonly number[], grouping: Grouping) {
    const size = groupCount(shape, grouping);
    this.groupOf = groupFinder(shape, grouping);
    this.g = new Float64Array(size);
    this.gx = new Float64Array(size);
    this.gLacks = new Float64Array(size);
    this.gxLacks = new Float64Array(size);
  }

  add(logical: number, x: number, g: number): void {
    if (!Number.isFinite(x) || !Number.isFinite(g)) return;
    const group = this.groupOf(logical);
    into(this.g, this.gLacks, group, g);
    into(this.gx, this.gxLacks, group, g * x);
  }
}

function into(sums: Float64Array, lacks: Float64Array, group: number, value: number): void {
  const before = sums[group] ?? 0;
  const wanted = value + (lacks[group] ?? 0);
  const after = before + wanted;
  sums[group] = after;
  lacks[group] = Number.isFinite(after) ? wanted - (after - before) : 0;
}
