import { elementCount } from '../tensor/tensor';
import { cellBytes } from './abi';
import { ApplyPass, type ApplyTask } from './apply';
import { heldCells } from './bases';
import { DistributionsPass, type DistributionsTask, type FoundDistributions } from './distributions';
import type { Grouping } from './engine';
import { groupCount } from './grouping';
import type { MomentTable } from './moments';
import { startMomentsPass } from './fastPass';
import type { FoundMoments, MomentsTask } from './momentsPass';
import { pictureSize } from './pictures';
import { planWalk } from './walk';

/** Work over a tensor's bytes that is started from plain data and is given stretches of elements, any and in any order. */
export interface Pass<Found> {
  /**
   * Takes the storage elements `first … first + count`, whose raw bytes `bytes` begins with.
   * @param target of a pass that writes: where their bytes go
   */
  take(bytes: Uint8Array, first: number, count: number, target: Uint8Array): void;
  /** Memory for the bytes of a stretch that `take` need not copy; of a pass that has some, while it has. */
  memory?(bytes: number): Uint8Array;
  /** Moments of all elements so far, as one group; of those passes that have them. */
  overall?(): MomentTable;
  /** What was found, when there is nothing more to come. */
  finish(): Found;
}

/** What each kind of pass is started from, and what it finds. Both are plain data, so that they can go to another thread and come back. */
export interface Passes {
  readonly moments: { readonly task: MomentsTask; readonly found: FoundMoments };
  readonly distributions: { readonly task: DistributionsTask; readonly found: FoundDistributions };
  readonly apply: { readonly task: ApplyTask; readonly found: null };
}

export type PassKind = keyof Passes;

const starters: { readonly [K in PassKind]: (module: WebAssembly.Module, task: Passes[K]['task'], readBytes: number) => Pass<Passes[K]['found']> } = {
  moments: startMomentsPass,
  distributions: (module, task) => new DistributionsPass(module, task),
  apply: (module, task) => new ApplyPass(module, task),
};

/**
 * @param readBytes of the longest stretch that is read into the pass's own memory; 0 where none is
 * @throws NormoscopeError as `startSession`
 */
export function startPass<K extends PassKind>(
  module: WebAssembly.Module,
  kind: K,
  task: Passes[K]['task'],
  readBytes = 0,
): Pass<Passes[K]['found']> {
  return starters[kind](module, task, readBytes);
}

type Shaped = Pick<MomentsTask, 'shape'>;

const stateBytes: { readonly [K in PassKind]: (task: Passes[K]['task']) => number } = {
  moments: ({ shape, axisOrder, bases, shared, fast }) =>
    sum(bases.map((base) => heldCells(planWalk(shape, axisOrder, base), groupCount(shape, base), shared && fast === undefined) * cellBytes)),
  distributions: (task) => mapBytes(task, task.request.views, 16) + mapBytes(task, task.request.views.flatMap(({ affine }) => affine ?? []), 24) + pictureBytes(task) + histogramBytes(task),
  apply: (task) => mapBytes(task, task.request.maps, 24),
};

/** What a pass holds beside its blocks, as so many cells of moments. */
export function stateCells<K extends PassKind>(kind: K, task: Passes[K]['task']): number {
  return Math.ceil(stateBytes[kind](task) / cellBytes);
}

function mapBytes({ shape }: Shaped, maps: readonly { readonly grouping: Grouping }[], perGroup: number): number {
  return sum(maps.map(({ grouping }) => groupCount(shape, grouping) * perGroup));
}

/** Four float64 of every pixel of every view. */
function pictureBytes({ shape, request }: DistributionsTask): number {
  const { rows, columns } = pictureSize(shape, request);
  return elementCount([rows, columns, request.views.length, 32]);
}

function histogramBytes({ shape, request }: DistributionsTask): number {
  return sum((request.groups ?? []).map(({ grouping, bins }) => groupCount(shape, grouping) * bins * 4));
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
