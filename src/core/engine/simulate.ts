import { throwIfCancelled } from '../errors';
import type { Limits } from '../limits';
import { logicalIndex } from '../tensor/order';
import { elementCount, type TensorData } from '../tensor/tensor';
import { WalkArea, type Arena, type Kernels } from './abi';
import { formatOf, isTwoPass, type Arithmetic } from './arithmetic';
import { forEachStretch, stretches } from './chunks';
import type { Session } from './session';
import {
  checkGroups,
  firstOverflow,
  readsOf,
  simulatedElements,
  steps,
  stepsOf,
  type Cast,
  type Simulated,
  type SimulatedGroups,
  type SimulateRequest,
  type SimulationOptions,
  type Simulations,
  type Step,
} from './simulation';
import { checkAxes, planWalk } from './walk';

/** `Engine.simulate` over the kernels: of every block, each arithmetic's elements once, then every normalization's sums of them. */
export async function simulate(
  { kernels, arena, block, x, open, load }: Session,
  data: TensorData,
  request: SimulateRequest,
  limits: Limits,
  { signal, onProgress }: SimulationOptions,
): Promise<Simulations> {
  checkAxes(data.shape);
  checkGroups(request, limits);
  const { normalizations, arithmetics, eps } = request;
  const areas = normalizations.map((normalization) => new NormalizationArea(arena, data, normalization, arithmetics.length));
  const held = arena.reserve(block * 8);
  const casts = arithmetics.map(() => new CastArea(arena));
  // Later reads cast anew, and count what has been counted.
  const counted = new CastArea(arena);
  open();
  for (const area of areas) area.start();
  for (const cast of [...casts, counted]) cast.start();

  const total = elementCount(data.shape);
  const reads = readsOf(request);
  const longest = simulatedElements(data, request, limits);
  for (let read = 0; read < reads; read++) {
    const jobs = arithmetics.map((arithmetic, index) => {
      const needed = areas.map((area) => ({ area, step: stepsOf(area.normalization.centred, arithmetic, reads)[read] ?? null }));
      return { arithmetic, index, needed: needed.filter((job): job is { area: NormalizationArea; step: Step } => job.step !== null) };
    });
    await forEachStretch(data, stretches(total, longest), signal, (bytes, { first, count }) => {
      for (let at = 0; at < count; at += block) {
        const n = Math.min(block, count - at);
        load(bytes, at, n);
        for (const { arithmetic, index, needed } of jobs) {
          if (needed.length === 0 && read > 0) continue;
          choose(kernels, arithmetic);
          kernels.castElements(x, n, held, first + at, (read === 0 ? (casts[index] as CastArea) : counted).address);
          for (const { area, step } of needed) area.take(kernels, index, step, x, held, n, first + at);
        }
      }
      onProgress?.((read * total + first + count) / (reads * total));
    });
    throwIfCancelled(signal);
    for (const { arithmetic, index, needed } of jobs) {
      choose(kernels, arithmetic);
      for (const { area, step } of needed) area.finish(kernels, index, step, isTwoPass(arithmetic), eps);
    }
  }
  const found = casts.map((cast) => cast.read(data));
  const groups = areas.map((area) => found.map(({ place }, index) => area.read(data, index, place)));
  return { casts: found.map(({ cast }) => cast), groups };
}

function choose(kernels: Kernels, arithmetic: Arithmetic): void {
  const { digits, leastNormal, overflowsAt, overflow } = formatOf(arithmetic);
  kernels.setFormat(digits, leastNormal, overflowsAt, overflow);
}

/** The tally of one arithmetic's cast in kernel memory. */
class CastArea {
  readonly address: number;

  constructor(private readonly arena: Arena) {
    this.address = arena.reserve(40);
  }

  start(): void {
    this.arena.floats(this.address, 5).set([0, 0, 0, -1, Infinity]);
  }

  read({ shape, axisOrder }: TensorData): { readonly cast: Cast; readonly place: number } {
    const [overflow = 0, underflow = 0, subnormal = 0, place = -1, leastMagnitude = Infinity] = this.arena.floats(this.address, 5);
    const first = place < 0 ? -1 : logicalIndex(shape, axisOrder, place);
    return { cast: { overflow, underflow, subnormal, firstOverflow: first, leastMagnitude }, place };
  }
}

/** One normalization in kernel memory: its walk, its truth, and for each arithmetic three float32 columns and a tally. */
class NormalizationArea {
  private readonly walk: WalkArea;
  private readonly truth: number;
  private readonly states: readonly { readonly state: number; readonly tally: number }[];
  private readonly groups: number;

  constructor(
    private readonly arena: Arena,
    { shape, axisOrder }: TensorData,
    readonly normalization: Simulated,
    arithmeticCount: number,
  ) {
    this.groups = normalization.count.length;
    this.walk = new WalkArea(arena, planWalk(shape, axisOrder, normalization.grouping));
    this.truth = arena.reserve(this.groups * 24);
    this.states = Array.from({ length: arithmeticCount }, () => ({ state: arena.reserve(this.groups * 12), tally: arena.reserve(64) }));
  }

  start(): void {
    const { count, shift, scale } = this.normalization;
    this.walk.start();
    [count, shift, scale].forEach((column, index) => this.arena.floats(this.truth + index * this.groups * 8, this.groups).set(column));
    for (const { tally } of this.states) this.arena.floats(tally, 8).set([0, 0, -1, -1, 0, -1, -1, -1]);
  }

  /** Takes `n` elements from storage element `first` on; `x` as they are, `held` as the arithmetic's format has them. */
  take(kernels: Kernels, index: number, step: Step, x: number, held: number, n: number, first: number): void {
    this.choose(kernels, index);
    this.walk.seek(first);
    kernels.simulateElements(step, this.walk.address, this.walk.plan.table === null ? 0 : this.walk.table, x, held, n, first);
  }

  /** What follows from all sums of a read. */
  finish(kernels: Kernels, index: number, step: Step, twoPass: boolean, eps: number): void {
    if (step === steps.outputs) return;
    this.choose(kernels, index);
    const variance = step === steps.deviations ? 2 : twoPass ? 1 : 0;
    kernels.finishGroups(this.normalization.centred ? variance : 3, this.truth, this.groups, eps);
  }

  read(data: TensorData, index: number, castPlace: number): SimulatedGroups {
    const { state, tally } = this.states[index] as { state: number; tally: number };
    const column = (place: number) => this.arena.singles(state + place * this.groups * 4, this.groups);
    const [squareOverflow = 0, sumOverflow = 0, square = -1, sum = -1, ...ofOutputs] = this.arena.floats(tally, 8);
    const [outputNotFinite = 0, , error = -1, errorAt = -1] = ofOutputs;
    return {
      mean: column(0),
      statistic: column(1),
      scale: column(2),
      squareOverflow,
      sumOverflow,
      firstOverflow: firstOverflow(data, castPlace, square, sum),
      outputNotFinite,
      outputError: error < 0 ? null : error,
      outputErrorAt: errorAt < 0 ? -1 : logicalIndex(data.shape, data.axisOrder, errorAt),
    };
  }

  private choose(kernels: Kernels, index: number): void {
    const { state, tally } = this.states[index] as { state: number; tally: number };
    const { truth, groups } = this;
    kernels.setSimulation(state, groups, truth + groups * 8, truth + groups * 16, tally);
  }
}
