import { throwIfCancelled } from '../errors';
import type { Limits } from '../limits';
import type { ByteSink } from '../tensor/byteSink';
import { elementCount, type Encoding, type TensorData } from '../tensor/tensor';
import { WalkArea, type Arena, type Kernels } from './abi';
import { chooseCells } from './cells';
import { forEachStretch, stretches } from './chunks';
import type { AffineMap, ApplyOptions, BackwardRequest, BackwardResult, Grouping } from './engine';
import { groupCount } from './grouping';
import { MapArea } from './mapArea';
import { cutByMask } from './mask';
import type { Pair } from './pairs';
import { writtenElements, type Session } from './session';
import { checkAxes, planWalk } from './walk';

/** Groupings that are summed over, refused where they have too many groups. */
export function summedGroupings(request: BackwardRequest): Grouping[] {
  const { normalizing, parameters, samples, statistics, weight, parameterGradients } = request;
  return [
    ...(statistics === null ? [] : [normalizing.grouping]),
    ...(parameterGradients || weight !== null ? [parameters] : []),
    ...(samples === null ? [] : [samples]),
  ];
}

/** γ as a map of the gradient. */
export function weightMap({ parameters: grouping, weight }: BackwardRequest): AffineMap | null {
  if (weight === null) return null;
  const zero = new Float64Array(weight.length);
  return { grouping, shift: zero, scale: weight, offset: zero };
}

/** `Engine.backward` over the kernels. */
export async function backward(
  start: (...encodings: [Encoding, Encoding]) => Session,
  pair: Pair,
  request: BackwardRequest,
  sink: ByteSink | null,
  limits: Limits,
  { signal, onProgress }: ApplyOptions,
): Promise<BackwardResult> {
  const { data, gradient, both, parts } = pair;
  const { shape } = data;
  checkAxes(shape);
  chooseCells(shape, summedGroupings(request), limits);
  const { kernels, arena, block, x, load, input, open } = start(data.encoding, gradient.encoding);
  const { x: g, load: loadGradient } = input(gradient.encoding);

  const { normalizing, statistics, output } = request;
  const byWeight = weightMap(request);
  const normalize = new MapArea(arena, data, normalizing);
  const weigh = byWeight === null ? null : new MapArea(arena, data, byWeight);
  const shares = statistics === null ? null : new SumArea(arena, data, normalizing.grouping);
  const parameters = request.parameterGradients ? new SumArea(arena, data, request.parameters) : null;
  const whole = { kept: shape.map(() => false) };
  const gradientSquares = request.samples === null ? null : new SumArea(arena, data, request.samples);
  const inputSquares = new SumArea(arena, data, request.samples ?? whole);
  const chain = new ChainArea(arena, data, normalizing);
  const narrowed = arena.reserve(block * 4);
  open();
  const areas = [normalize, weigh, shares, parameters, gradientSquares, inputSquares, chain].filter((area) => area !== null);
  for (const area of areas) area.start();

  const total = elementCount(shape);
  const width = output === 'float32' ? 4 : 8;
  const longest = writtenElements(both.encoding, limits, width);
  const passes = statistics === null ? 1 : 2;
  const cut = cutByMask(shape, data.axisOrder, request.mask);
  const eachBlock = async (pass: number, work: (x: number, g: number, n: number) => void, write: (n: number, at: number) => void, after: (count: number) => Promise<void>) =>
    forEachStretch(both, stretches(total, longest), signal, async (bytes, { first, count }) => {
      const [dataBytes, gradientBytes] = parts(bytes, count);
      for (const { walk } of areas) walk.seek(first);
      for (let at = 0; at < count; at += block) {
        const n = Math.min(block, count - at);
        load(dataBytes, at, n);
        loadGradient(gradientBytes, at, n);
        if (request.mask === undefined) work(x, g, n);
        else {
          for (const stretch of cut(first + at, n)) {
            const from = 8 * (stretch.first - first - at);
            if (!stretch.counts) {
              arena.floats(g + from, stretch.count).fill(0);
              continue;
            }
            for (const { walk } of areas) walk.seek(stretch.first);
            work(x + from, g + from, stretch.count);
          }
        }
        write(n, at);
      }
      await after(count);
      onProgress?.(pass * total + first + count, passes * total);
    });

  if (shares !== null && statistics !== null) {
    const sums = (from: number, gradientFrom: number, n: number) => {
      normalize.map(kernels, from, n);
      weigh?.map(kernels, gradientFrom, n);
      shares.add(kernels, from, gradientFrom, n);
    };
    await eachBlock(0, sums, () => undefined, () => Promise.resolve());
    chain.set(meansOf(shares, statistics));
  }

  const written = new Uint8Array(Math.min(longest, total) * width);
  let notFinite = 0;
  const map = (from: number, gradientFrom: number, n: number) => {
    gradientSquares?.add(kernels, gradientFrom, gradientFrom, n);
    normalize.map(kernels, from, n);
    parameters?.add(kernels, from, gradientFrom, n);
    weigh?.map(kernels, gradientFrom, n);
    chain.map(kernels, from, gradientFrom, n);
    notFinite += inputSquares.add(kernels, gradientFrom, gradientFrom, n);
  };
  const write = (n: number, at: number) => {
    if (sink === null) return;
    if (output === 'float32') kernels.narrow(g, n, narrowed);
    // WebAssembly's memory is little-endian on every machine.
    written.set(arena.bytes(output === 'float32' ? narrowed : g, n * width), at * width);
  };
  await eachBlock(passes - 1, map, write, async (count) => sink?.write(written.subarray(0, count * width)));
  throwIfCancelled(signal);
  return {
    weight: parameters?.products() ?? null,
    bias: parameters?.sums() ?? null,
    gradientNorms: gradientSquares?.products().map(Math.sqrt) ?? null,
    inputNorms: request.samples === null ? null : inputSquares.products().map(Math.sqrt),
    notFinite,
  };
}

/** mean(g') and mean(g' · x̂) of every group. */
function meansOf(shares: SumArea, { counts, centred }: NonNullable<BackwardRequest['statistics']>) {
  const perElement = (sum: number, group: number) => sum / (counts[group] ?? 0);
  return {
    mean: centred ? shares.sums().map(perElement) : new Float64Array(counts.length),
    slope: shares.products().map(perElement),
  };
}

/** Sums of g and of g · x of every group of a grouping, and the walk over it, in kernel memory. */
class SumArea {
  readonly walk: WalkArea;
  private readonly size: number;
  private readonly address: number;

  constructor(
    private readonly arena: Arena,
    { shape, axisOrder }: TensorData,
    grouping: Grouping,
  ) {
    this.walk = new WalkArea(arena, planWalk(shape, axisOrder, grouping));
    this.size = groupCount(shape, grouping);
    this.address = arena.reserve(this.size * 4 * 8);
  }

  start(): void {
    this.walk.start();
  }

  /** Takes `n` further pairs in storage order; returns how many were left out as not finite. */
  add(kernels: Kernels, x: number, g: number, n: number): number {
    const { walk, address, size } = this;
    if (walk.plan.table === null) return kernels.sumRows(walk.address, address, size, x, g, n);
    return kernels.sumColumns(walk.address, walk.table, address, size, x, g, n);
  }

  sums(): Float64Array {
    return this.read(0);
  }

  products(): Float64Array {
    return this.read(2);
  }

  private read(column: number): Float64Array {
    const { arena, address, size } = this;
    const low = arena.floats(address + (column + 1) * size * 8, size);
    // A sum that has overflowed lacks nothing.
    return arena.floats(address + column * size * 8, size).map((sum, group) => (Number.isFinite(sum) ? sum + (low[group] ?? 0) : sum));
  }
}

/** What turns the weighed gradient into dX, and its walk, in kernel memory. Until `set`, both means are 0. */
class ChainArea {
  readonly walk: WalkArea;
  private readonly scale: number;
  private readonly mean: number;
  private readonly slope: number;

  constructor(
    private readonly arena: Arena,
    { shape, axisOrder }: TensorData,
    private readonly normalizing: AffineMap,
  ) {
    const { grouping, scale } = normalizing;
    this.walk = new WalkArea(arena, planWalk(shape, axisOrder, grouping));
    this.scale = arena.reserve(scale.byteLength);
    this.mean = arena.reserve(scale.byteLength);
    this.slope = arena.reserve(scale.byteLength);
  }

  start(): void {
    const { scale } = this.normalizing;
    this.walk.start();
    this.arena.floats(this.scale, scale.length).set(scale);
  }

  set({ mean, slope }: { readonly mean: Float64Array; readonly slope: Float64Array }): void {
    this.arena.floats(this.mean, mean.length).set(mean);
    this.arena.floats(this.slope, slope.length).set(slope);
  }

  map(kernels: Kernels, x: number, g: number, n: number): void {
    const { walk, scale, mean, slope } = this;
    if (walk.plan.table === null) kernels.gradientRows(walk.address, scale, mean, slope, x, g, n);
    else kernels.gradientColumns(walk.address, walk.table, scale, mean, slope, x, g, n);
  }
}
