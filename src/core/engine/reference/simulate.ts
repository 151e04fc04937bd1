import { throwIfCancelled } from '../../errors';
import type { Limits } from '../../limits';
import { logicalIndex } from '../../tensor/order';
import { elementCount, type TensorData } from '../../tensor/tensor';
import { formatOf, isTwoPass, rounded, type Arithmetic } from '../arithmetic';
import { forEachStretch, stretches } from '../chunks';
import {
  checkGroups,
  firstOverflow,
  readsOf,
  simulatedElements,
  steps,
  stepsOf,
  type Simulated,
  type SimulatedGroups,
  type SimulateRequest,
  type SimulationOptions,
  type Simulations,
  type Step,
} from '../simulation';
import { elementReader } from './decode';
import { groupFinder } from './groups';

/** `Engine.simulate` by its definition: element by element, each operation rounded as the format says. */
export async function simulate(
  data: TensorData,
  request: SimulateRequest,
  limits: Limits,
  { signal, onProgress }: SimulationOptions,
): Promise<Simulations> {
  checkGroups(request, limits);
  const { shape, axisOrder, encoding } = data;
  const { normalizations, arithmetics, eps } = request;
  const valueAt = elementReader(encoding);
  const total = elementCount(shape);
  const reads = readsOf(request);
  const casts = arithmetics.map((arithmetic) => new CastTally(arithmetic));
  const all = normalizations.map((normalization) => ({
    groupOf: groupFinder(shape, normalization.grouping),
    simulations: arithmetics.map((arithmetic) => new Simulation(normalization, arithmetic, reads)),
  }));
  for (let read = 0; read < reads; read++) {
    await forEachStretch(data, stretches(total, simulatedElements(data, request, limits)), signal, (bytes, { first, count }) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (let index = 0; index < count; index++) {
        const value = valueAt(view, index);
        if (!Number.isFinite(value)) continue;
        const place = first + index;
        const logical = logicalIndex(shape, axisOrder, place);
        if (read === 0) for (const cast of casts) cast.take(value, place);
        for (const { groupOf, simulations } of all) {
          const group = groupOf(logical);
          for (const simulation of simulations) simulation.take(read, value, group, place);
        }
      }
      onProgress?.((read * total + first + count) / (reads * total));
    });
    throwIfCancelled(signal);
    for (const { simulations } of all) for (const simulation of simulations) simulation.finish(read, eps);
  }
  const logicalOf = (place: number) => (place < 0 ? -1 : logicalIndex(shape, axisOrder, place));
  return {
    casts: casts.map(({ overflow, underflow, subnormal, first, leastMagnitude }) => ({
      overflow,
      underflow,
      subnormal,
      firstOverflow: logicalOf(first),
      leastMagnitude,
    })),
    groups: all.map(({ simulations }) => simulations.map((simulation, index) => simulation.result(data, casts[index]?.first ?? -1))),
  };
}

class CastTally {
  overflow = 0;
  underflow = 0;
  subnormal = 0;
  first = -1;
  leastMagnitude = Infinity;

  constructor(private readonly arithmetic: Arithmetic) {}

  take(value: number, place: number): void {
    if (value === 0) return;
    const format = formatOf(this.arithmetic);
    const held = rounded(value, format);
    this.leastMagnitude = Math.min(this.leastMagnitude, Math.abs(value));
    if (!Number.isFinite(held)) {
      this.overflow++;
      if (this.first < 0) this.first = place;
    } else if (held === 0) this.underflow++;
    else if (Math.abs(held) < format.leastNormal) this.subnormal++;
  }
}

class Simulation {
  private readonly round: (value: number) => number;
  private readonly twoPass: boolean;
  private readonly steps: readonly (Step | null)[];
  private readonly mean: Float32Array;
  private readonly squares: Float32Array;
  private readonly scale: Float32Array;
  private readonly squaresMet = { count: 0, first: -1 };
  private readonly sumsMet = { count: 0, first: -1 };
  private outputNotFinite = 0;
  private error: number | null = null;
  private errorAt = -1;

  constructor(
    private readonly normalization: Simulated,
    arithmetic: Arithmetic,
    reads: number,
  ) {
    const format = formatOf(arithmetic);
    this.round = (value) => rounded(value, format);
    this.twoPass = isTwoPass(arithmetic);
    this.steps = stepsOf(normalization.centred, arithmetic, reads);
    const groups = normalization.count.length;
    this.mean = new Float32Array(groups);
    this.squares = new Float32Array(groups);
    this.scale = new Float32Array(groups);
  }

  take(read: number, value: number, group: number, place: number): void {
    const { round } = this;
    const step = this.steps[read] ?? null;
    if (step === null) return;
    const held = round(value);
    const mean = this.mean[group] ?? NaN;
    if (step === steps.outputs) return this.compare(value, held, group, place);
    if (step === steps.both || step === steps.sums) this.add(this.mean, group, held, place);
    if (step === steps.sums) return;
    const base = step === steps.deviations ? round(held - mean) : held;
    const square = round(base * base);
    if (Number.isFinite(base) && !Number.isFinite(square)) meet(this.squaresMet, place);
    this.add(this.squares, group, square, place);
  }

  private add(sums: Float32Array, group: number, addend: number, place: number): void {
    const before = sums[group] ?? NaN;
    const after = this.round(before + addend);
    if (Number.isFinite(before) && Number.isFinite(addend) && !Number.isFinite(after)) meet(this.sumsMet, place);
    sums[group] = after;
  }

  private compare(value: number, held: number, group: number, place: number): void {
    const { round, normalization, mean, scale } = this;
    const truth = (value - (normalization.shift[group] ?? NaN)) * (normalization.scale[group] ?? NaN);
    if (!Number.isFinite(truth)) return;
    const output = round(round(held - (mean[group] ?? NaN)) * (scale[group] ?? NaN));
    if (!Number.isFinite(output)) {
      this.outputNotFinite++;
      return;
    }
    const error = Math.abs(output - truth);
    if (this.error !== null && error <= this.error) return;
    this.error = error;
    this.errorAt = place;
  }

  finish(read: number, eps: number): void {
    const { round, twoPass, normalization, mean, squares, scale } = this;
    const step = this.steps[read] ?? null;
    if (step === null || step === steps.outputs) return;
    for (const [group, n] of normalization.count.entries()) {
      if (!normalization.centred) mean[group] = n > 0 ? 0 : NaN;
      else if (step !== steps.deviations) mean[group] = round((mean[group] ?? NaN) / n);
      if (step === steps.sums) continue;
      const average = round((squares[group] ?? NaN) / n);
      const centre = mean[group] ?? NaN;
      const statistic = normalization.centred && !twoPass ? round(average - round(centre * centre)) : average;
      squares[group] = statistic;
      scale[group] = round(1 / round(Math.sqrt(round(statistic + round(eps)))));
    }
  }

  result(data: TensorData, castPlace: number): SimulatedGroups {
    const { squaresMet, sumsMet } = this;
    return {
      mean: this.mean,
      statistic: this.squares,
      scale: this.scale,
      squareOverflow: squaresMet.count,
      sumOverflow: sumsMet.count,
      firstOverflow: firstOverflow(data, castPlace, squaresMet.first, sumsMet.first),
      outputNotFinite: this.outputNotFinite,
      outputError: this.error,
      outputErrorAt: this.errorAt < 0 ? -1 : logicalIndex(data.shape, data.axisOrder, this.errorAt),
    };
  }
}

function meet(tally: { count: number; first: number }, place: number): void {
  tally.count++;
  if (tally.first < 0) tally.first = place;
}
