import { throwIfCancelled } from '../errors';
import type { Limits } from '../limits';
import { elementCount, itemBytes, type Encoding, type TensorData } from '../tensor/tensor';
import type { Stretch } from './chunks';
import type { MomentTable } from './moments';
import { startPass, type PassKind, type Passes } from './passes';
import { chunkElements } from './session';

/** A pass that runs somewhere: on this thread, or on another. */
export interface Lane<Found> {
  /** Memory that the lane's thread sees too. */
  memory(bytes: number): Uint8Array;
  /** As `Pass.take`. Null when that is done; else a promise of it, until which both memories are the lane's. */
  take(bytes: Uint8Array, first: number, count: number, target: Uint8Array): Promise<void> | null;
  /** As `Pass.overall`, of all elements taken before; null of a pass that has none. */
  overall(): Promise<MomentTable | null>;
  finish(): Promise<Found>;
  /** Ends a pass that will not be finished. */
  drop(): void;
}

/** Threads beside this one that run passes. `src/platform` implements them where there are any. */
export interface Threads {
  readonly count: number;
  /** Memory that all of them see, and this one. */
  memory(bytes: number): Uint8Array;
  /**
   * @param thread less than `count`
   * @returns a lane whose promises are rejected when its thread dies: NormoscopeError `worker-lost`
   */
  start<K extends PassKind>(thread: number, kind: K, task: Passes[K]['task']): Lane<Passes[K]['found']>;
}

/** What every pass is started with. */
export interface Kernels {
  readonly module: WebAssembly.Module;
  readonly limits: Limits;
  readonly threads: Threads | null;
}

/** Stretches that a lane is given at a time: one is worked on while the next is read. */
const slotsPerLane = 2;

/**
 * How many lanes share a pass: one where more would not pay, or where their states would not fit in memory side by side. It
 * depends on nothing but the task, the limits and the number of threads, so that it is the same every time.
 * @param looks elements, each as often as it is looked at
 * @param cells what each lane holds, as so many cells of moments
 */
export function laneCount(threads: Threads | null, { stride }: Encoding, looks: number, cells: number, limits: Limits): number {
  if (threads === null || looks < limits.sharedElements) return 1;
  const count = Math.max(1, Math.min(threads.count, Math.floor(limits.cellsInMemory / Math.max(1, cells))));
  return stride > laneLimits(limits, count).chunkBytes ? 1 : count;
}

/** A pass with a state of its own in each lane: on this thread where there is one lane, on `threads` where there are several. */
export function startLanes<K extends PassKind>(
  { module, threads, limits }: Kernels,
  count: number,
  kind: K,
  task: Passes[K]['task'],
): readonly Lane<Passes[K]['found']>[] {
  if (threads === null || count <= 1) return [onThisThread(module, kind, task, limits)];
  return Array.from({ length: count }, (_, thread) => threads.start(thread, kind, task));
}

/** The limits of one of several lanes: shorter stretches, so that those of all of them stay within bounds. */
export function laneLimits(limits: Limits, lanes: number): Limits {
  if (lanes <= 1) return limits;
  return { ...limits, chunkBytes: Math.min(limits.chunkBytes, Math.floor(limits.sharedBytes / (lanes * slotsPerLane))) };
}

function onThisThread<K extends PassKind>(
  module: WebAssembly.Module,
  kind: K,
  task: Passes[K]['task'],
  limits: Limits,
): Lane<Passes[K]['found']> {
  const { shape, encoding } = task;
  const longest = Math.min(elementCount(shape), chunkElements(encoding, limits));
  const pass = startPass(module, kind, task, itemBytes(encoding, longest));
  return {
    memory: (bytes) => pass.memory?.(bytes) ?? new Uint8Array(bytes),
    take(bytes, first, count, target) {
      pass.take(bytes, first, count, target);
      return null;
    },
    overall: async () => pass.overall?.() ?? null,
    finish: async () => pass.finish(),
    drop: () => undefined,
  };
}

export interface Sharing {
  readonly signal?: AbortSignal | undefined;
  /** Called when a stretch has been handed over; it may not be worked on yet. */
  readonly handedOver?: (stretch: Stretch) => void;
  /** Of a pass that writes: the bytes of an element, and who gets those of every stretch, in order. */
  readonly output?: { readonly width: number; write(bytes: Uint8Array, stretch: Stretch): Promise<void> };
}

/**
 * Reads stretches one after the other and hands them to the lanes in turn, number i to lane i modulo their number: what a
 * lane finds does not depend on how fast the others are. The next is being read while the lanes work.
 * @returns what each lane found
 * @throws NormoscopeError `cancelled` between stretches, `worker-lost`; whatever `data.read` and `output.write` throw
 */
export async function shareOut<Found>(
  data: TensorData,
  list: Iterable<Stretch>,
  lanes: readonly Lane<Found>[],
  { signal, handedOver, output }: Sharing,
): Promise<Found[]> {
  const ring = Array.from({ length: lanes.length * slotsPerLane }, (_, index) => new Slot(lanes[index % lanes.length] as Lane<Found>));
  const iterator = list[Symbol.iterator]();
  let next = 0;
  let written: Promise<void> = Promise.resolve();
  const read = () => {
    const { value: stretch, done } = iterator.next();
    if (done) return null;
    const slot = ring[next++ % ring.length] as Slot<Found>;
    return handled(slot.read(data, stretch, signal).then((bytes) => ({ slot, stretch, bytes })));
  };
  const writeAfter = async (taken: Promise<void> | null, before: Promise<void>, bytes: Uint8Array, stretch: Stretch) => {
    await before;
    await taken;
    throwIfCancelled(signal);
    await output?.write(bytes, stretch);
  };
  let reading: ReturnType<typeof read> = null;
  try {
    throwIfCancelled(signal);
    reading = read();
    while (reading !== null) {
      const { slot, stretch, bytes } = await reading;
      throwIfCancelled(signal);
      reading = read();
      const target = slot.target(stretch.count * (output?.width ?? 0));
      const taken = slot.lane.take(bytes, stretch.first, stretch.count, target);
      slot.busy = taken === null ? null : handled(taken);
      if (output !== undefined) slot.busy = written = handled(writeAfter(slot.busy, written, target, stretch));
      handedOver?.(stretch);
    }
    await Promise.all(ring.map(({ busy }) => busy));
    throwIfCancelled(signal);
    return await Promise.all(lanes.map((lane) => lane.finish()));
  } catch (error) {
    // Files are closed behind this: what still reads or writes them is waited for.
    await Promise.allSettled([reading, written]);
    for (const lane of lanes) lane.drop();
    throw error;
  }
}

/** Should it fail before somebody waits for it, another failure is the one that is told. */
export function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

/** A place for one stretch on its way through a lane. */
class Slot<Found> {
  /** Until when the lane, or whoever writes, has the memory; null when nobody does. */
  busy: Promise<void> | null = null;
  private input: Uint8Array = new Uint8Array(0);
  private output: Uint8Array = new Uint8Array(0);

  constructor(readonly lane: Lane<Found>) {}

  async read(data: TensorData, { first, count }: Stretch, signal: AbortSignal | undefined): Promise<Uint8Array> {
    // Not awaited for nothing: the reading would then begin only after the work that it is to run beside.
    if (this.busy !== null) await this.busy;
    const length = itemBytes(data.encoding, count);
    if (this.input.length < length) this.input = this.lane.memory(length);
    const bytes = this.input.subarray(0, length);
    await data.read(first, bytes, signal);
    return bytes;
  }

  target(length: number): Uint8Array {
    if (this.output.length < length) this.output = this.lane.memory(length);
    return this.output.subarray(0, length);
  }
}
