import { leastNormal } from '../tensor/dtype';
import { isRowMajor, logicalIndex } from '../tensor/order';
import { elementCount, type TensorData } from '../tensor/tensor';
import type { Kernels } from './abi';
import { baseOf, longestSpan, mergeFoundCells, type Base, type FoundCells } from './bases';
import { CounterArea, countingOf } from './counters';
import type { Grouping } from './engine';
import { groupCount } from './grouping';
import { IntegerRangeArea, isLongInteger, joinRanges, type IntegerRange } from './integerRange';
import { cutByMask, type CutStretch, type Mask } from './mask';
import type { MomentTable } from './moments';
import { Values, type Kept } from './quantiles';
import { blockOf, startSession, type Session } from './session';
import { planWalk } from './walk';

/** What is accumulated, and of which tensor: plain data, all that a pass is started from. */
export interface MomentsTask extends Pick<TensorData, 'shape' | 'axisOrder' | 'encoding'> {
  /** The groupings that are accumulated, one or more; every other one is a merge of one of these. */
  readonly bases: readonly Grouping[];
  /** Whether the elements are kept, for their quantiles. */
  readonly keepsValues: boolean;
  /** Whether they are counted by their code, for the same. */
  readonly counts: boolean;
  /** Whether other passes of the task take elements too: then this one holds as few states as it can. */
  readonly shared: boolean;
  /** Of every base, where all passes put the cells that they have whole (`commonTable`); absent or null for nowhere. */
  readonly common?: readonly (Float64Array | null)[];
  /** Elements that it leaves out are taken by nothing. */
  readonly mask?: Mask;
  /** In fast mode, which knows no mask and keeps no values: the base with third and fourth moments. Absent: all have them, in float64 throughout. */
  readonly fast?: { readonly carrier: number };
}

/** What a pass found in the elements that it took. */
export interface FoundMoments extends Omit<MergedMoments, 'tables'> {
  /** Of every base, same order. */
  readonly cells: readonly FoundCells[];
}

/** What all passes of a task found together. */
export interface MergedMoments {
  /** One table per base, same order. */
  readonly tables: readonly MomentTable[];
  /** Least logical (row-major) index of an element that is NaN or infinite; Infinity where none is. */
  readonly firstNotFinite: number;
  /** Elements that are subnormal in the type they are stored in. */
  readonly subnormal: number;
  /** Exact extremes of 64-bit integers; null of other types and without elements. */
  readonly integers: IntegerRange | null;
  /** How often each code occurs, (65536): as `countingOf` their type; null where they were not counted. */
  readonly counts: Float64Array | null;
  /** The elements, in any order; null where they were not kept. */
  readonly values: Kept | null;
}

/** One accumulation in one kernel memory, of whichever elements it is given. Several of one task are merged by `mergeFound`. */
export class MomentsPass {
  private readonly session: Session;
  private readonly bases: readonly Base[];
  private readonly coarsest: Base;
  private readonly notFinite: ReturnType<typeof notFiniteFinder>;
  private readonly leastNormal: number;
  private readonly counters: CounterArea | null;
  private readonly values: Values | null;
  private readonly integers: IntegerRangeArea | null;
  private readonly cut: CutStretch | null;
  private readonly encoding: TensorData['encoding'];
  /** Whether elements lie side by side as the kernels' own float32. */
  private readonly isPlain: boolean;
  private subnormal = 0;

  /** @throws NormoscopeError as `startSession` */
  constructor(module: WebAssembly.Module, task: MomentsTask) {
    const { shape, axisOrder, encoding } = task;
    this.encoding = encoding;
    this.isPlain = encoding.dtype === 'float32' && encoding.littleEndian && encoding.stride === 4;
    const plans = task.bases.map((base) => ({ plan: planWalk(shape, axisOrder, base), groups: groupCount(shape, base) }));
    const columns = Math.max(1, ...plans.map(({ plan }) => (plan.neighbours ? plan.length : 1)));
    this.session = startSession(module, encoding, blockOf(columns));
    const { kernels, arena, open } = this.session;
    this.bases = plans.map(({ plan, groups }, index) => baseOf(kernels, arena, plan, groups, task.shared, task.common?.[index] ?? null));
    // The fewest groups take the least time to merge for `overall`.
    const fewest = Math.min(...plans.map(({ groups }) => groups));
    this.coarsest = this.bases[plans.findIndex(({ groups }) => groups === fewest)] as Base;
    this.counters = task.counts ? new CounterArea(arena, encoding, countingOf(encoding.dtype)) : null;
    this.integers = isLongInteger(encoding.dtype) ? new IntegerRangeArea(arena, encoding) : null;
    open();
    for (const base of this.bases) base.start();
    this.integers?.start();
    this.notFinite = notFiniteFinder(kernels.findNotFinite, task);
    this.leastNormal = leastNormal(encoding.dtype);
    this.cut = task.mask === undefined ? null : cutByMask(shape, axisOrder, task.mask);
    this.values = task.keepsValues ? new Values(encoding.dtype, elementCount(shape)) : null;
  }

  /** Takes the storage elements `first … first + count`, whose raw bytes `bytes` begins with. They may be any, in any order. */
  take(bytes: Uint8Array, first: number, count: number): void {
    if (this.cut !== null) return this.takeMasked(this.cut, bytes, first, count);
    for (let from = 0; from < count; from += longestSpan) {
      for (const base of this.bases) base.seek(first + from);
      this.takeSpan(bytes, first, from, Math.min(count, from + longestSpan));
    }
  }

  /** The stretches that count, of each block that has any. */
  private takeMasked(cut: CutStretch, bytes: Uint8Array, first: number, count: number): void {
    const { block, load } = this.session;
    for (let at = 0; at < count; at += block) {
      const n = Math.min(block, count - at);
      let loaded = false;
      for (const stretch of cut(first + at, n)) {
        if (!stretch.counts) continue;
        if (!loaded) load(bytes, at, n);
        loaded = true;
        for (const base of this.bases) base.seek(stretch.first);
        this.accumulate(stretch.first, stretch.first - first - at, stretch.count);
      }
    }
  }

  private takeSpan(bytes: Uint8Array, first: number, from: number, end: number): void {
    const { block, load } = this.session;
    for (let at = from; at < end; at += block) {
      const n = Math.min(block, end - at);
      load(bytes, at, n);
      this.accumulate(first + at, 0, n);
    }
  }

  /** Takes the `n` elements from place `at` of the block on: those from storage element `first` on, at which every base stands. */
  private accumulate(first: number, at: number, n: number): void {
    const { kernels, arena } = this.session;
    const { stride } = this.encoding;
    const x = this.session.x + at * 8;
    for (const base of this.bases) base.accumulate(x, n);
    // Most blocks need no look of their own.
    if (kernels.metNotFinite()) this.notFinite.look(x, n, first);
    if (this.leastNormal > 0) this.subnormal += kernels.countSubnormal(x, n, this.leastNormal);
    // What is looked at as it is stored has an item to each element.
    const raw = this.session.raw + at * stride;
    this.integers?.widen(kernels, raw, n);
    this.counters?.count(kernels, { raw, x }, n);
    this.values?.add(this.isPlain ? arena.singles(raw, n) : arena.floats(x, n));
  }

  /** Moments of all elements so far, as one group. */
  overall(): MomentTable {
    return this.coarsest.overall();
  }

  /** What was found, when there is nothing more to come. Tables lie in the kernels' memory, which they keep alive. */
  finish(): FoundMoments {
    return {
      cells: this.bases.map((base) => base.finish()),
      firstNotFinite: this.notFinite.index,
      subnormal: this.subnormal,
      integers: this.integers?.read() ?? null,
      counts: this.counters?.read() ?? null,
      values: this.values?.elements ?? null,
    };
  }
}

/** What several passes of one task found, one or more, as if one had taken all their elements. */
export function mergeFound({ shape, bases, common }: MomentsTask, found: readonly FoundMoments[]): MergedMoments {
  return {
    tables: bases.map((base, index) => mergeFoundCells(groupCount(shape, base), found.map(({ cells }) => cells[index] ?? []), common?.[index] ?? null)),
    firstNotFinite: Math.min(...found.map(({ firstNotFinite }) => firstNotFinite)),
    subnormal: found.reduce((sum, { subnormal }) => sum + subnormal, 0),
    integers: found.map(({ integers }) => integers).reduce(joinRanges),
    counts: found.map(({ counts }) => counts).reduce((all, some) => (all === null || some === null ? null : summed(all, some))),
    values: found.map(({ values }) => values).reduce((all, some) => (all === null || some === null ? null : joined(all, some))),
  };
}

function summed(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((count, code) => count + (b[code] ?? 0));
}

/** Of one type, since they are of one tensor. */
function joined(a: Kept, b: Kept): Kept {
  const all = a instanceof Float32Array ? new Float32Array(a.length + b.length) : new Float64Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}

/** Finds the first NaN or infinite element in logical order, whatever the storage order. */
export function notFiniteFinder(findNotFinite: Kernels['findNotFinite'], { shape, axisOrder }: Pick<TensorData, 'shape' | 'axisOrder'>) {
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
