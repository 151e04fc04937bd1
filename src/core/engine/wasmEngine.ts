import { throwIfCancelled } from '../errors';
import { defaultLimits, type Limits } from '../limits';
import { leastNormal } from '../tensor/dtype';
import { isRowMajor, logicalIndex, storageIndex } from '../tensor/order';
import { elementCount, type Encoding, type TensorData } from '../tensor/tensor';
import { applyMaps } from './apply';
import { StateArea, WalkArea, type Kernels } from './abi';
import { chooseCells, mergeCells } from './cells';
import { forEachStretch, stretches } from './chunks';
import type { Engine, MomentsResult, PassOptions } from './engine';
import { drawDistributions } from './distributions';
import { groupCount } from './grouping';
import { mergeAll } from './merge';
import type { MomentTable } from './moments';
import { Values } from './quantiles';
import { blockOf, chunkElements, startSession, type Session } from './session';
import { checkAxes, planWalk } from './walk';

/**
 * The engine over the WebAssembly kernels. Calls are independent of each other: each has its own memory, freed with it.
 * 64-bit integers are rounded to float64.
 * Everything that fails does so as a rejected promise, the refusal of an encoding too.
 */
export function createWasmEngine(module: WebAssembly.Module, limits: Limits = defaultLimits): Engine {
  const session = (encoding: Encoding, block?: number) => startSession(module, encoding, block);
  return {
    backend: 'wasm',
    moments: async (data, groupings, options = {}) => moments(session, data, groupings, limits, options),
    distributions: async (data, request, options = {}) =>
      drawDistributions(session(data.encoding), data, request, limits, options),
    apply: async (data, request, sink, options = {}) => applyMaps(session(data.encoding), data, request, sink, limits, options),
    elements: async (data, firstElement, count, signal) => elements(session(data.encoding), data, firstElement, count, signal),
  };
}

async function moments(
  session: (encoding: Encoding, block: number) => Session,
  data: TensorData,
  groupings: Parameters<Engine['moments']>[1],
  limits: Limits,
  { signal, onProgress }: PassOptions,
): Promise<MomentsResult> {
  const { shape, axisOrder } = data;
  checkAxes(shape);
  const cells = chooseCells(shape, groupings, limits);
  const plans = cells.bases.map((grouping) => ({ plan: planWalk(shape, axisOrder, grouping), groups: groupCount(shape, grouping) }));
  const columns = Math.max(1, ...plans.map(({ plan }) => (plan.neighbours ? plan.length : 1)));
  const { kernels, arena, block, x, open, load } = session(data.encoding, blockOf(columns));
  const bases = plans.map(({ plan, groups }) => new Base(kernels, new WalkArea(arena, plan), new StateArea(arena, groups)));
  open();
  for (const { walk, state } of bases) {
    walk.start();
    state.clear();
  }

  const total = elementCount(shape);
  const firstNotFinite = notFiniteFinder(kernels, data);
  const least = leastNormal(data.encoding.dtype);
  let subnormal = 0;
  const values = total <= limits.quantileElements ? new Values(total) : null;
  const coarsest = bases.reduce((a, b) => (b.state.size < a.state.size ? b : a));
  const progress = throttle(onProgress, total, coarsest.state.size, () => coarsest.overall());
  await forEachStretch(data, stretches(total, chunkElements(data.encoding, limits)), signal, (bytes, { first, count }) => {
    for (let at = 0; at < count; at += block) {
      const n = Math.min(block, count - at);
      load(bytes, at, n);
      for (const base of bases) base.accumulate(x, n);
      // Most blocks need no look of their own.
      if (kernels.metNotFinite()) firstNotFinite.look(x, n, first + at);
      if (least > 0) subnormal += kernels.countSubnormal(x, n, least);
      values?.add(arena.floats(x, n));
    }
    progress(first + count);
  });
  throwIfCancelled(signal);
  const tables = bases.map((base) => base.finish());
  return { ...mergeCells(shape, groupings, cells, tables, firstNotFinite.index), subnormal, quantiles: values?.quantiles() ?? null };
}

/** One accumulated grouping: where the next elements belong, and what was found so far. */
class Base {
  constructor(
    private readonly kernels: Kernels,
    readonly walk: WalkArea,
    readonly state: StateArea,
  ) {}

  /** Takes `n` further elements in storage order. */
  accumulate(x: number, n: number): void {
    const { kernels, walk, state } = this;
    const { table, neighbours } = walk.plan;
    if (table === null) kernels.accumulateRows(walk.address, state.address, state.stride, x, n);
    else kernels.accumulateColumns(walk.address, neighbours ? 0 : walk.table, state.address, state.stride, x, n);
  }

  /** Moments of all elements so far, as one group. */
  overall(): MomentTable {
    const overall = mergeAll(this.finish());
    const { kernels, walk, state } = this;
    if (walk.plan.neighbours) kernels.openStates(state.address, state.stride, state.size);
    return overall;
  }

  /** The states when there is nothing more to come. */
  finish(): MomentTable {
    const { kernels, walk, state } = this;
    if (walk.plan.neighbours) kernels.closeStates(state.address, state.stride, state.size);
    return state.read();
  }
}

/** Finds the first NaN or infinite element in logical order, whatever the storage order. */
function notFiniteFinder({ findNotFinite }: Kernels, { shape, axisOrder }: TensorData) {
  const rowMajor = isRowMajor(axisOrder);
  let least = Infinity;
  return {
    look(x: number, count: number, first: number) {
      // In row-major storage the first that is met is the first there is; nothing comes before element 0 in any.
      if (least === 0 || (rowMajor && least !== Infinity)) return;
      for (let at = findNotFinite(x, count, 0); at >= 0; at = findNotFinite(x, count, at + 1)) {
        least = Math.min(least, logicalIndex(shape, axisOrder, first + at));
        if (rowMajor || least === 0) return;
      }
    },
    get index() {
      return least === Infinity ? -1 : least;
    },
  };
}

/** Progress about ten times for small passes and more for long ones, by elements: the clock is not the core's. */
function throttle(
  onProgress: PassOptions['onProgress'],
  elementsTotal: number,
  cells: number,
  overall: () => ReturnType<typeof mergeAll>,
) {
  const step = Math.max(progressElements, elementsTotal / 200, cells * elementsPerMerge);
  let next = step;
  return (elementsDone: number) => {
    if (onProgress === undefined || (elementsDone < next && elementsDone < elementsTotal)) return;
    next = elementsDone + step;
    onProgress({ elementsDone, elementsTotal, overall });
  };
}

/** Elements between two reports of progress, at least: some tens of milliseconds of work. */
const progressElements = 8 * 1024 * 1024;
/** And for every cell that a report merges, so that reports take a small part of the time. */
const elementsPerMerge = 64;

async function elements(
  { arena, x, open, load }: Session,
  data: TensorData,
  firstElement: number,
  count: number,
  signal: AbortSignal | undefined,
): Promise<Float64Array> {
  open();
  const values = new Float64Array(count);
  const bytes = new Uint8Array(data.encoding.stride);
  for (let index = 0; index < count; index++) {
    throwIfCancelled(signal);
    await data.read(storageIndex(data.shape, data.axisOrder, firstElement + index), bytes, signal);
    load(bytes, 0, 1);
    values[index] = arena.floats(x, 1)[0] ?? NaN;
  }
  return values;
}
