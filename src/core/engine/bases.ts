import { StateArea, takenOut, WalkArea, type Arena, type Kernels } from './abi';
import { mergeAll, mergeInto, mergeRun, mergeTables } from './merge';
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

/** States of all cells, or of some that follow each other: the stretches that one of several passes was given, in any order. */
export type FoundCells = MomentTable | readonly CellRun[];

export interface CellRun {
  /** The first of the cells. */
  readonly first: number;
  /** (12, cells): see `takenOut`. All cells but the outermost two are whole. */
  readonly columns: Float64Array;
}

/** Elements that are taken from one `seek` on, at most: 2 MiB of float32; whole items of every encoding. */
export const longestSpan = 1 << 19;

/** @param shared whether other passes take elements too, so that this one should not hold the states of all cells */
export function baseOf(kernels: Kernels, arena: Arena, plan: WalkPlan, cells: number, shared: boolean): Base {
  const run = shared ? sequentialRun(plan) : null;
  return run === null ? new WholeBase(kernels, arena, plan, cells) : new SequentialBase(kernels, arena, plan, cells, run);
}

/** The states that a pass holds of a base until it is finished. */
export function heldCells(plan: WalkPlan, cells: number, shared: boolean): number {
  return shared && sequentialRun(plan) !== null ? 0 : cells;
}

/**
 * What several passes found of one base of `cells` cells.
 * @param found one or more; a first one that is a table becomes the result
 */
export function mergeFoundCells(cells: number, [first = [], ...others]: readonly FoundCells[]): MomentTable {
  const into = 'size' in first ? first : mergeRuns(createMomentTable(cells), first);
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
  /** Moments of the runs up to `merged`, as one group. */
  private readonly known = createMomentTable(1);
  private merged = 0;
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
  ) {
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
    return mergeTables([this.known], 1);
  }

  finish(): readonly CellRun[] {
    this.takeOut();
    return this.runs;
  }

  private takeOut(): void {
    if (this.taken === 0) return;
    const cells = Math.ceil((this.before + this.taken) / this.run);
    this.runs.push({ first: this.first, columns: this.state.takeOut(cells) });
    this.taken = 0;
  }
}
