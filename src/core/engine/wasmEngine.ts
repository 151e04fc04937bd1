import { throwIfCancelled } from '../errors';
import { defaultLimits, type Limits } from '../limits';
import type { ByteSink } from '../tensor/byteSink';
import { storageIndex } from '../tensor/order';
import { elementCount, unitOf, type TensorData } from '../tensor/tensor';
import { outputBytes } from './apply';
import { backward } from './backward';
import { commonTable } from './bases';
import { chooseCells, mergeCells } from './cells';
import { sampledStretches, stretches, type Stretch } from './chunks';
import { countedSpans, quantileTask } from './counters';
import { drawn, mergeDistributions } from './distributions';
import type { ApplyOptions, ApplyRequest, DistributionRequest, Distributions, Engine, Grouping, MomentsResult, PassOptions } from './engine';
import { fastCells } from './fastCells';
import { fastStretch, isFastDtype } from './fastSession';
import { groupCount } from './grouping';
import { checkGroups } from './groupCounts';
import { handled, laneCount, laneLimits, shareOut, startLanes, type Kernels, type Lane, type Threads } from './lanes';
import { maskedElements, type Mask } from './mask';
import { mergeTables } from './merge';
import type { MomentTable } from './moments';
import { mergeFound, type FoundMoments } from './momentsPass';
import { pairOf } from './pairs';
import { stateCells } from './passes';
import { drawnStretch, sampledStretch, samplingOf } from './pictures';
import { exactQuantiles, spanQuantiles } from './quantiles';
import { chunkElements, startSession, writtenElements, type Session } from './session';
import { simulate } from './simulate';
import { readTile } from './tiles';
import { checkAxes, planWalk } from './walk';

/** Elements between two reports of progress, at least: some tens of milliseconds of work. */
const progressElements = 8 * 1024 * 1024;
/** And for every cell that a report merges, so that reports take a small part of the time. */
const elementsPerMerge = 64;

/**
 * The engine over the WebAssembly kernels. Calls are independent of each other: each has its own memory, freed with it.
 * 64-bit integers are rounded to float64, all but their extremes.
 * Large tensors are shared out among `threads`; without any the calls compute on the thread that they are made on.
 * Everything that fails does so as a rejected promise, the refusal of an encoding too.
 */
export function createWasmEngine(module: WebAssembly.Module, limits: Limits = defaultLimits, threads: Threads | null = null): Engine {
  const kernels = { module, limits, threads };
  return {
    backend: 'wasm',
    moments: async (data, groupings, options = {}) => moments(kernels, data, groupings, options),
    distributions: async (data, request, options = {}) => distributions(kernels, data, request, options),
    tile: async (data, request, options = {}) => readTile(module, data, request, limits, options),
    apply: async (data, request, sink, options = {}) => apply(kernels, data, request, sink, options),
    backward: async (data, gradient, request, sink, options = {}) =>
      backward((...encodings) => startSession(module, encodings[0], undefined, encodings), pairOf(data, gradient), request, sink, limits, options),
    simulate: async (data, request, options = {}) => simulate(startSession(module, data.encoding), data, request, limits, options),
    elements: async (data, firstElement, count, signal) =>
      elements(startSession(module, data.encoding), data, firstElement, count, signal),
  };
}

/**
 * Maps wait for memory more than for arithmetic, so that another thread helps only with so many times as many elements, and
 * float32 sums hardly at all: at 2^28 elements two threads take a quarter longer than one (docs/engine.md).
 */
const boundByMemory = { maps: 8, sums: 64 };

/**
 * States that each of several threads has of all cells are counted as so many times as many: they are held in its kernels' memory,
 * copied to be handed over, and the reports made of them have arrays as long.
 */
const lanesHold = 8;

async function moments(
  kernels: Kernels,
  data: TensorData,
  groupings: readonly Grouping[],
  { signal, onProgress, mask, precise = false }: PassOptions,
): Promise<MomentsResult> {
  const { shape, axisOrder, encoding } = data;
  const { threads, limits } = kernels;
  checkAxes(shape);
  const total = elementCount(shape);
  const exact = precise || mask !== undefined || total <= limits.preciseElements || !isFastDtype(encoding.dtype);
  const chosen = chooseCells(shape, groupings, limits);
  const cells = exact ? chosen : fastCells(data, chosen, limits);
  const mode = exact
    ? quantileTask(encoding.dtype, total, limits)
    : { keepsValues: false, counts: true, fast: { carrier: cells.carrier } };
  const task = { shape, axisOrder, encoding, bases: cells.bases, ...mode, ...masked(mask) };
  // A mask has every pass stand somewhere else all the time: states that go out with each `seek` would be no help.
  const sharing = mask === undefined;
  const count = laneCount(threads, encoding, exact ? total : total / boundByMemory.sums, lanesHold * stateCells('moments', { ...task, shared: sharing }), limits);
  const plans = cells.bases.map((base) => planWalk(shape, axisOrder, base));
  const shared = sharing && count > 1;
  const common =
    threads === null || !shared || !exact ? [] : plans.map((plan, index) => commonTable(plan, groupCount(shape, cells.bases[index] as Grouping), (bytes) => threads.memory(bytes)));
  const given = { ...task, shared, common };
  const lanes = startLanes(kernels, count, 'moments', given);
  const longest = chunkElements(encoding, laneLimits(limits, lanes.length));
  const list = stretches(total, exact ? longest : fastStretch(encoding, plans, longest));
  const carried = groupCount(shape, cells.bases[cells.carrier] as Grouping);
  const partial = partialMoments(lanes, total, carried, exact, onProgress);
  const found = await shareOut(data, list, lanes, { signal, handedOver: partial.ask }).finally(partial.end);
  const { tables, firstNotFinite, subnormal, integers, counts, values } = mergeFound(given, found);
  const merged = mergeCells(shape, groupings, cells, tables, firstNotFinite);
  onProgress?.({ elementsDone: total, elementsTotal: total, overall: () => merged.overall, exact });
  const quantiles =
    values === null && counts !== null
      ? spanQuantiles(countedSpans(kernels.module, encoding.dtype, counts), extremesOf(merged.overall))
      : exactQuantiles(values ?? new Float64Array(0), counts);
  return { ...merged, masked: maskedElements(shape, mask), subnormal, exact, integers, quantiles };
}

function masked(mask: Mask | undefined): { readonly mask?: Mask } {
  return mask === undefined ? {} : { mask };
}

/** Of a table of one group. */
function extremesOf({ min, max, zeros }: MomentTable): { min: number; max: number; zeros: number } {
  return { min: min[0] ?? NaN, max: max[0] ?? NaN, zeros: zeros[0] ?? 0 };
}

/** Asks the lanes what they have found so far: about ten times for small passes and more for long ones, by elements, since the clock is not the core's. */
function partialMoments(lanes: readonly Lane<FoundMoments>[], elementsTotal: number, cells: number, exact: boolean, onProgress: PassOptions['onProgress']) {
  const step = Math.max(progressElements, elementsTotal / 200, cells * elementsPerMerge);
  let next = step;
  let ended = false;
  return {
    ask({ first, count }: Stretch) {
      const elementsDone = first + count;
      if (onProgress === undefined || elementsDone < next || elementsDone === elementsTotal) return;
      next = elementsDone + step;
      const answers = Promise.all(lanes.map((lane) => lane.overall()));
      const told = answers.then((tables) => {
        const known = tables.filter((table) => table !== null);
        if (!ended) onProgress({ elementsDone, elementsTotal, overall: () => mergeTables(known, 1), exact });
      });
      // A lane that fails tells it of its next stretch too.
      void handled(told);
    },
    end() {
      ended = true;
    },
  };
}

async function distributions(
  kernels: Kernels,
  data: TensorData,
  request: DistributionRequest,
  { signal, mask }: PassOptions,
): Promise<Distributions> {
  const { shape, axisOrder, encoding } = data;
  const { threads, limits } = kernels;
  checkAxes(shape);
  const total = elementCount(shape);
  for (const groups of request.groups ?? []) checkGroups(shape, groups, limits);
  const every = samplingOf(total, request.maxElements);
  const task = { shape, axisOrder, encoding, request, sampled: every > 1, ...masked(mask) };
  const looks = Math.min(total, request.maxElements) * (request.views.length + (request.groups?.length ?? 0));
  const lanes = startLanes(kernels, laneCount(threads, encoding, looks, stateCells('distributions', task), limits), 'distributions', task);
  const longest = Math.min(every === 1 ? drawnStretch : sampledStretch, chunkElements(encoding, laneLimits(limits, lanes.length)));
  const list = every === 1 ? stretches(total, longest) : sampledStretches(total, longest, every);
  const found = await shareOut(data, list, lanes, { signal });
  return drawn(task, mergeDistributions(found), every);
}

async function apply(
  kernels: Kernels,
  data: TensorData,
  request: ApplyRequest,
  sink: ByteSink,
  { signal, onProgress }: ApplyOptions,
): Promise<void> {
  const { shape, axisOrder, encoding } = data;
  const { threads, limits } = kernels;
  checkAxes(shape);
  const total = elementCount(shape);
  const task = { shape, axisOrder, encoding, request };
  const lanes = startLanes(kernels, laneCount(threads, encoding, total / boundByMemory.maps, stateCells('apply', task), limits), 'apply', task);
  const width = outputBytes(request);
  const list = stretches(total, writtenElements(encoding, laneLimits(limits, lanes.length), width));
  const write = async (bytes: Uint8Array, { first, count }: Stretch) => {
    await sink.write(bytes);
    onProgress?.(first + count, total);
  };
  await shareOut(data, list, lanes, { signal, output: { width, write } });
}

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
  const unit = unitOf(data.encoding);
  for (let index = 0; index < count; index++) {
    throwIfCancelled(signal);
    const stored = storageIndex(data.shape, data.axisOrder, firstElement + index);
    const inItem = stored % unit;
    await data.read(stored - inItem, bytes, signal);
    load(bytes, 0, unit);
    values[index] = arena.floats(x, unit)[inItem] ?? NaN;
  }
  return values;
}
