import { cellBytes, StateArea, takenOut, WalkArea, type Arena, type Kernels } from './abi';
import { copyWhole, mergeAll, mergeCell, mergeInto, mergeRun, mergeTables } from './merge';
import { createMomentTable, type MomentTable } from './moments';
import { sequentialRun, type WalkPlan } from './walk';

/** One accumulated grouping: where the next elements belong, and what was found so far. */
export interface Base {
  start(): void;
  /** Stands at a storage element, from which on at most `longestSpan` are taken. */
  seek(element: number): void;
  /** Takes `n` further elements in storage order, as float64 at address `x`. */
  accumulate(x: number, n: number): void;
  /** Moments of all elements so far, as one group. What is taken after it begins with a `seek`. */
  overall(): MomentTable;
  /** The states when there is nothing more to come. */
  finish(): FoundCells;
}

/**
 * States of all cells, or of some that follow each other: the stretches that one of several passes was given, in any order. Where
 * the passes have a table in common, those that are whole are in it already, and only the outermost of each stretch are here.
 */
export type FoundCells = MomentTable | readonly CellRun[];

export interface CellRun {
  /** The first of the cells. */
  readonly first: number;
  /** (12, cells): see `takenOut`. All cells but the outermost two are whole. */
  readonly columns: Float64Array;
}

/** Elements that are taken from one `seek` on, at most: 2 MiB of float32; whole items of every encoding. */
export const longestSpan = 1 << 19;

/**
 * @param shared whether other passes take elements too, so that this one should not hold the states of all cells
 * @param common of `commonTable`: where those passes put cells that are whole; null for nowhere
 */
export function baseOf(kernels: Kernels, arena: Arena, plan: WalkPlan, cells: number, shared: boolean, common: Float64Array | null): Base {
  const run = shared ? sequentialRun(plan) : null;
  return run === null ? new WholeBase(kernels, arena, plan, cells) : new SequentialBase(kernels, arena, plan, cells, run, common);
}

/** The states of `cells` cells of no elements, in memory that the threads of all passes see; null where such a base does not need it. */
export function commonTable(plan: WalkPlan, cells: number, memory: (bytes: number) => Uint8Array): Float64Array | null {
  if (sequentialRun(plan) === null || cells < commonCells) return null;
  const { buffer, byteOffset, byteLength } = memory(cells * cellBytes);
  const columns = new Float64Array(buffer, byteOffset, byteLength / 8);
  const { min, max } = takenOut(columns);
  min.fill(Infinity);
  max.fill(-Infinity);
  return columns;
}

/** Fewer are held twice for a moment. */
const commonCells = 4096;

/** The states that a pass holds of a base until it is finished. */
export function heldCells(plan: WalkPlan, cells: number, shared: boolean): number {
  return shared && sequentialRun(plan) !== null ? 0 : cells;
}

/**
 * What several passes found of one base of `cells` cells.
 * @param found one or more; a first one that is a table becomes the result
 * @param common what the passes had in common, which becomes the result too
 */
export function mergeFoundCells(cells: number, [first = [], ...others]: readonly FoundCells[], common: Float64Array | null): MomentTable {
  const into = 'size' in first ? first : mergeRuns(common === null ? createMomentTable(cells) : takenOut(common), first);
  for (const other of others) {
    if ('size' in other) mergeInto(into, other);
    else mergeRuns(into, other);
  }
  return into;
}

function mergeRuns(into: MomentTable, runs: readonly CellRun[]): MomentTable {
  for (const { first, columns } of runs) mergeRun(into, first, takenOut(columns));
  return into;
}

/** The states of all cells. */
class WholeBase implements Base {
  private readonly walk: WalkArea;
  private readonly state: StateArea;

  constructor(
    private readonly kernels: Kernels,
    arena: Arena,
    plan: WalkPlan,
    cells: number,
  ) {
    this.walk = new WalkArea(arena, plan);
    this.state = new StateArea(arena, cells);
  }

  start(): void {
    this.walk.start();
    this.state.clear();
  }

  seek(element: number): void {
    this.walk.seek(element);
  }

  accumulate(x: number, n: number): void {
    const { kernels, walk, state } = this;
    const { table, neighbours } = walk.plan;
    if (table === null) kernels.accumulateRows(walk.address, state.address, state.stride, x, n);
    else kernels.accumulateColumns(walk.address, neighbours ? 0 : walk.table, state.address, state.stride, x, n);
  }

  overall(): MomentTable {
    const overall = mergeAll(this.finish());
    const { kernels, walk, state } = this;
    if (walk.plan.neighbours) kernels.openStates(state.address, state.stride, state.size);
    return overall;
  }

  finish(): MomentTable {
    const { kernels, walk, state } = this;
    if (walk.plan.neighbours) kernels.closeStates(state.address, state.stride, state.size);
    return state.read();
  }
}

/**
 * Cells that follow each other in storage: only those of the elements that were taken since the last `seek` are in the
 * kernels' memory, and go out of it with the next. So the states of all passes together are those of one.
 */
class SequentialBase implements Base {
  private readonly walk: WalkArea;
  private readonly state: StateArea;
  private readonly runs: CellRun[] = [];
  private readonly common: MomentTable | null;
  /** Cells that were put there. */
  private readonly put: { readonly first: number; readonly end: number }[] = [];
  /** Moments of the runs and cells up to `merged` and `mergedPut`, as one group. */
  private readonly known = createMomentTable(1);
  private merged = 0;
  private mergedPut = 0;
  /** The first cell in memory, and how many elements lie before it and in memory. */
  private first = 0;
  private before = 0;
  private taken = 0;

  constructor(
    private readonly kernels: Kernels,
    arena: Arena,
    plan: WalkPlan,
    cells: number,
    private readonly run: number,
    common: Float64Array | null,
  ) {
    this.common = common === null ? null : takenOut(common);
    this.walk = new WalkArea(arena, plan);
    this.state = new StateArea(arena, Math.min(cells, Math.ceil(longestSpan / run) + 1));
  }

  start(): void {
    this.walk.start();
    this.state.clear();
  }

  seek(element: number): void {
    this.takeOut();
    this.first = Math.floor(element / this.run);
    this.before = element - this.first * this.run;
    this.walk.seek(element, this.first);
  }

  accumulate(x: number, n: number): void {
    const { kernels, walk, state } = this;
    kernels.accumulateRows(walk.address, state.address, state.stride, x, n);
    this.taken += n;
  }

  overall(): MomentTable {
    const runs = this.finish();
    for (; this.merged < runs.length; this.merged++) mergeInto(this.known, mergeAll(takenOut(runs[this.merged]?.columns ?? new Float64Array(0))));
    for (; this.mergedPut < this.put.length; this.mergedPut++) {
      const { first, end } = this.put[this.mergedPut] as (typeof this.put)[number];
      for (let cell = first; cell < end; cell++) mergeCell(this.known, 0, this.common as MomentTable, cell);
    }
    return mergeTables([this.known], 1);
  }

  finish(): readonly CellRun[] {
    this.takeOut();
    return this.runs;
  }

  private takeOut(): void {
    if (this.taken === 0) return;
    const cells = Math.ceil((this.before + this.taken) / this.run);
    const { state, first, common } = this;
    if (common === null || cells < 3) {
      this.runs.push({ first, columns: state.copy(0, cells) });
    } else {
      copyWhole(common, first, state.begin(cells));
      this.put.push({ first: first + 1, end: first + cells - 1 });
      for (const outermost of [0, cells - 1]) this.runs.push({ first: first + outermost, columns: state.copy(outermost, 1) });
    }
    state.empty(cells);
    this.taken = 0;
  }
}
