import { leastNormal } from '../tensor/dtype';
import { isRowMajor, logicalIndex } from '../tensor/order';
import { elementCount, type TensorData } from '../tensor/tensor';
import { StateArea, WalkArea, type Kernels } from './abi';
import type { Grouping } from './engine';
import { groupCount } from './grouping';
import { mergeAll, mergeInto } from './merge';
import type { MomentTable } from './moments';
import { Values } from './quantiles';
import { blockOf, startSession, type Session } from './session';
import { planWalk } from './walk';

/** What is accumulated, and of which tensor: plain data, all that a pass is started from. */
export interface MomentsTask extends Pick<TensorData, 'shape' | 'axisOrder' | 'encoding'> {
  /** The groupings that are accumulated, one or more; every other one is a merge of one of these. */
  readonly bases: readonly Grouping[];
  /** Whether the finite elements are kept, for their quantiles. */
  readonly keepsValues: boolean;
}

/** What a pass found in the elements that it took. */
export interface FoundMoments {
  /** One table per base, same order. */
  readonly tables: readonly MomentTable[];
  /** Least logical (row-major) index of an element that is NaN or infinite; Infinity where none is. */
  readonly firstNotFinite: number;
  /** Elements that are subnormal in the type they are stored in. */
  readonly subnormal: number;
  /** The finite elements, in any order; null where they were not kept. */
  readonly values: Float64Array | null;
}

/** One accumulation in one kernel memory, of whichever elements it is given. Several of one task are merged by `mergeFound`. */
export class MomentsPass {
  private readonly session: Session;
  private readonly bases: readonly Base[];
  private readonly notFinite: ReturnType<typeof notFiniteFinder>;
  private readonly leastNormal: number;
  private readonly values: Values | null;
  private subnormal = 0;

  /** @throws NormoscopeError as `startSession` */
  constructor(module: WebAssembly.Module, task: MomentsTask) {
    const { shape, axisOrder, encoding } = task;
    const plans = task.bases.map((base) => ({ plan: planWalk(shape, axisOrder, base), groups: groupCount(shape, base) }));
    const columns = Math.max(1, ...plans.map(({ plan }) => (plan.neighbours ? plan.length : 1)));
    this.session = startSession(module, encoding, blockOf(columns));
    const { kernels, arena, open } = this.session;
    this.bases = plans.map(({ plan, groups }) => new Base(kernels, new WalkArea(arena, plan), new StateArea(arena, groups)));
    open();
    for (const base of this.bases) base.start();
    this.notFinite = notFiniteFinder(kernels, task);
    this.leastNormal = leastNormal(encoding.dtype);
    this.values = task.keepsValues ? new Values(elementCount(shape)) : null;
  }

  /** Takes the storage elements `first … first + count`, whose raw bytes `bytes` begins with. They may be any, in any order. */
  take(bytes: Uint8Array, first: number, count: number): void {
    const { kernels, arena, block, x, load } = this.session;
    for (const base of this.bases) base.walk.seek(first);
    for (let at = 0; at < count; at += block) {
      const n = Math.min(block, count - at);
      load(bytes, at, n);
      for (const base of this.bases) base.accumulate(x, n);
      // Most blocks need no look of their own.
      if (kernels.metNotFinite()) this.notFinite.look(x, n, first + at);
      if (this.leastNormal > 0) this.subnormal += kernels.countSubnormal(x, n, this.leastNormal);
      this.values?.add(arena.floats(x, n));
    }
  }

  /** Moments of all elements so far, as one group. */
  overall(): MomentTable {
    return this.bases.reduce((a, b) => (b.state.size < a.state.size ? b : a)).overall();
  }

  /** What was found, when there is nothing more to come. The tables lie in the kernels' memory, which they keep alive. */
  finish(): FoundMoments {
    return {
      tables: this.bases.map((base) => base.finish()),
      firstNotFinite: this.notFinite.index,
      subnormal: this.subnormal,
      values: this.values?.finite ?? null,
    };
  }
}

/**
 * What several passes of one task found, as if one had taken all their elements.
 * @param found one or more; the first's tables become the result's
 */
export function mergeFound(found: readonly FoundMoments[]): FoundMoments {
  return found.reduce((all, one) => ({
    tables: all.tables.map((table, base) => mergeInto(table, one.tables[base] as MomentTable)),
    firstNotFinite: Math.min(all.firstNotFinite, one.firstNotFinite),
    subnormal: all.subnormal + one.subnormal,
    values: all.values === null || one.values === null ? null : joined(all.values, one.values),
  }));
}

function joined(a: Float64Array, b: Float64Array): Float64Array {
  const all = new Float64Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}

/** One accumulated grouping: where the next elements belong, and what was found so far. */
class Base {
  constructor(
    private readonly kernels: Kernels,
    readonly walk: WalkArea,
    readonly state: StateArea,
  ) {}

  start(): void {
    this.walk.start();
    this.state.clear();
  }

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
function notFiniteFinder({ findNotFinite }: Kernels, { shape, axisOrder }: Pick<TensorData, 'shape' | 'axisOrder'>) {
  const rowMajor = isRowMajor(axisOrder);
  let least = Infinity;
  return {
    /** @param first storage index of the first of `count` elements at `x` */
    look(x: number, count: number, first: number) {
      // In row-major storage nothing here comes before `first`; nothing comes before element 0 in any.
      if (least === 0 || (rowMajor && least < first)) return;
      for (let at = findNotFinite(x, count, 0); at >= 0; at = findNotFinite(x, count, at + 1)) {
        least = Math.min(least, logicalIndex(shape, axisOrder, first + at));
        if (rowMajor || least === 0) return;
      }
    },
    get index() {
      return least;
    },
  };
}
