import { leastNormal } from '../tensor/dtype';
import { panelBytes, rowBytes, rowCounters, StateArea, WalkArea } from './abi';
import { CounterArea, countingOf } from './counters';
import { startFastSession, wideColumns, type FastSession } from './fastSession';
import { groupCount } from './grouping';
import { mergeAll } from './merge';
import type { MomentTable } from './moments';
import { MomentsPass, notFiniteFinder, type FoundMoments, type MomentsTask } from './momentsPass';
import { planWalk } from './walk';

/** The pass that a task asks for; see `startPass`. */
export function startMomentsPass(module: WebAssembly.Module, task: MomentsTask, readBytes: number): MomentsPass | FastPass {
  return task.fast === undefined ? new MomentsPass(module, task) : new FastPass(module, task, task.fast.carrier, readBytes);
}

/**
 * `MomentsPass` with float32 sums inside of short blocks, for the types of `isFastDtype`. Only the carrier, whose runs have to
 * lie side by side, keeps third and fourth moments; those of the other bases are NaN: not computed.
 */
export class FastPass {
  private readonly session: FastSession;
  private readonly bases: readonly FastBase[];
  private readonly notFinite: ReturnType<typeof notFiniteFinder>;
  private readonly panel: number;
  private readonly counters: CounterArea | null;
  /** The base whose kernel counts the elements while it has them: their code is the upper half of what it sees. */
  private readonly counting: FastBase | null;
  private subnormal = 0;

  /** @throws NormoscopeError as `startSession` */
  constructor(
    module: WebAssembly.Module,
    task: MomentsTask,
    private readonly carrier: number,
    readBytes: number,
  ) {
    const { shape, axisOrder, encoding } = task;
    const plans = task.bases.map((base) => planWalk(shape, axisOrder, base));
    this.session = startFastSession(module, encoding, plans, readBytes);
    const { arena, open, kernels } = this.session;
    this.panel = arena.reserve(panelBytes);
    this.counters = task.counts ? new CounterArea(arena, encoding, countingOf(encoding.dtype)) : null;
    const least = leastNormal(encoding.dtype);
    this.bases = plans.map((plan, index) => {
      const state = new StateArea(arena, groupCount(shape, task.bases[index] as MomentsTask['bases'][number]));
      return new FastBase(this.session, new WalkArea(arena, plan), state, index === carrier, least, arena.reserve(rowBytes), this.panel);
    });
    const isUpperHalf = encoding.dtype === 'float32' || encoding.dtype === 'bfloat16';
    this.counting = this.counters !== null && isUpperHalf ? (this.bases[carrier] ?? null) : null;
    for (const base of this.bases) base.pair(this.bases);
    open();
    for (const base of this.bases) base.start();
    this.notFinite = notFiniteFinder(kernels.findNotFiniteFast, task);
  }

  /** As `Pass.memory`. */
  memory(bytes: number): Uint8Array {
    return this.session.memory(bytes);
  }

  /** As of `MomentsPass`. */
  take(bytes: Uint8Array, first: number, count: number): void {
    const { kernels, arena, block, load } = this.session;
    // What was before leaves no trace: the same bits for the same stretches, whoever takes them.
    arena.integers(this.panel, 1).fill(0);
    for (const base of this.bases) base.seek(first);
    const { counting, counters } = this;
    if (counting !== null && counters !== null) counting.countAt(counters.expect(count));
    for (let at = 0; at < count; at += block) {
      const n = Math.min(block, count - at);
      const input = load(bytes, at, n);
      for (const base of this.bases) base.accumulate(input.x, n);
      if (kernels.metNotFinite()) this.notFinite.look(input.x, n, first + at);
      if (counting === null) counters?.count(kernels, input, n);
    }
    this.subnormal += kernels.takeSubnormal();
  }

  overall(): MomentTable {
    return mergeAll((this.bases[this.carrier] as FastBase).read());
  }

  finish(): FoundMoments {
    return {
      cells: this.bases.map((base) => base.read()),
      firstNotFinite: this.notFinite.index,
      subnormal: this.subnormal,
      integers: null,
      counts: this.counters?.read() ?? null,
      values: null,
    };
  }
}

/** One accumulated grouping. */
class FastBase {
  /** The base of the rows that this one's columns make, which is accumulated with it. */
  private rows: FastBase | null = null;
  private isPaired = false;

  constructor(
    private readonly session: FastSession,
    readonly walk: WalkArea,
    readonly state: StateArea,
    private readonly higher: boolean,
    private readonly least: number,
    private readonly scratch: number,
    private readonly panel: number,
  ) {}

  /** Looks for the rows of wide columns: those of narrow ones are still in the cache when their turn comes. */
  pair(bases: readonly FastBase[]): void {
    const { neighbours, length } = this.walk.plan;
    if (!neighbours || length <= wideColumns) return;
    const rows = bases.find(({ walk: { plan }, isPaired }) => {
      return !isPaired && plan.table === null && plan.length === length && plan.outer.at(-1)?.step === 1;
    });
    if (rows === undefined) return;
    rows.isPaired = true;
    this.rows = rows;
  }

  start(): void {
    this.walk.start();
    this.state.clear();
  }

  seek(element: number): void {
    this.walk.seek(element);
    this.session.arena.bytes(this.scratch, rowBytes).fill(0);
  }

  /** Has the elements up to the next `seek` counted. */
  countAt(address: number): void {
    this.session.arena.integers(this.scratch + rowCounters, 1)[0] = address;
  }

  /** Takes the `n` float32 at x. */
  accumulate(x: number, n: number): void {
    const { walk, state, higher, least, scratch, rows, session } = this;
    const { kernels } = session;
    if (this.isPaired) return;
    if (walk.plan.table === null) {
      kernels.accumulateFastRows(walk.address, state.address, state.stride, higher ? 1 : 0, higher ? least : 0, x, n, scratch);
    } else if (walk.plan.neighbours) {
      kernels.accumulateFastBoth(
        walk.address,
        state.address,
        state.stride,
        rows?.walk.address ?? 0,
        rows?.state.address ?? 0,
        rows?.state.stride ?? 0,
        rows?.higher ? 1 : 0,
        rows?.higher ? least : 0,
        x,
        n,
        this.panel,
        rows?.scratch ?? 0,
      );
    } else {
      kernels.accumulateColumns(walk.address, walk.table, state.address, state.stride, session.doubles(x, n), n);
    }
  }

  read(): MomentTable {
    const table = this.state.read();
    if (this.higher) return table;
    const none = new Float64Array(table.size).fill(NaN);
    return { ...table, m3: none, m4: none };
  }
}
