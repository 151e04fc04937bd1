import { throwIfCancelled } from '../errors';
import { defaultLimits, type Limits } from '../limits';
import { storageIndex } from '../tensor/order';
import { elementCount, type Encoding, type TensorData } from '../tensor/tensor';
import { applyMaps } from './apply';
import { backward } from './backward';
import { chooseCells, mergeCells } from './cells';
import { forEachStretch, stretches } from './chunks';
import type { Engine, MomentsResult, PassOptions } from './engine';
import { drawDistributions } from './distributions';
import { groupCount } from './grouping';
import type { MomentTable } from './moments';
import { mergeFound, MomentsPass } from './momentsPass';
import { pairOf } from './pairs';
import { quantilesOf } from './quantiles';
import { chunkElements, startSession, type Session } from './session';
import { checkAxes } from './walk';

/**
 * The engine over the WebAssembly kernels. Calls are independent of each other: each has its own memory, freed with it.
 * 64-bit integers are rounded to float64.
 * Everything that fails does so as a rejected promise, the refusal of an encoding too.
 */
export function createWasmEngine(module: WebAssembly.Module, limits: Limits = defaultLimits): Engine {
  const session = (encoding: Encoding) => startSession(module, encoding);
  return {
    backend: 'wasm',
    moments: async (data, groupings, options = {}) => moments(module, data, groupings, limits, options),
    distributions: async (data, request, options = {}) =>
      drawDistributions(session(data.encoding), data, request, limits, options),
    apply: async (data, request, sink, options = {}) => applyMaps(session(data.encoding), data, request, sink, limits, options),
    backward: async (data, gradient, request, sink, options = {}) =>
      backward((...encodings) => startSession(module, encodings[0], undefined, encodings), pairOf(data, gradient), request, sink, limits, options),
    elements: async (data, firstElement, count, signal) => elements(session(data.encoding), data, firstElement, count, signal),
  };
}

async function moments(
  module: WebAssembly.Module,
  data: TensorData,
  groupings: Parameters<Engine['moments']>[1],
  limits: Limits,
  { signal, onProgress }: PassOptions,
): Promise<MomentsResult> {
  const { shape, axisOrder, encoding } = data;
  checkAxes(shape);
  const cells = chooseCells(shape, groupings, limits);
  const total = elementCount(shape);
  const pass = new MomentsPass(module, {
    shape,
    axisOrder,
    encoding,
    bases: cells.bases,
    keepsValues: total <= limits.quantileElements,
  });
  const fewest = Math.min(...cells.bases.map((base) => groupCount(shape, base)));
  const progress = throttle(onProgress, total, fewest, () => pass.overall());
  await forEachStretch(data, stretches(total, chunkElements(encoding, limits)), signal, (bytes, { first, count }) => {
    pass.take(bytes, first, count);
    progress(first + count);
  });
  throwIfCancelled(signal);
  const { tables, firstNotFinite, subnormal, values } = mergeFound([pass.finish()]);
  return {
    ...mergeCells(shape, groupings, cells, tables, firstNotFinite),
    subnormal,
    quantiles: values === null ? null : quantilesOf(values),
  };
}

/** Progress about ten times for small passes and more for long ones, by elements: the clock is not the core's. */
function throttle(
  onProgress: PassOptions['onProgress'],
  elementsTotal: number,
  cells: number,
  overall: () => MomentTable,
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
