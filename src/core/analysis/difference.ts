import type { Engine, PassOptions } from '../engine/engine';
import { NormoscopeError } from '../errors';
import { dtypeKind } from '../tensor/dtype';
import { logicalIndex } from '../tensor/order';
import { elementCount, type TensorData } from '../tensor/tensor';

/** Two tensors of one shape element by element, over the places at which both are finite, in float64. */
export interface Difference {
  /** Such places, and the others. */
  readonly elements: number;
  readonly notFinite: number;
  /** Places at which both have the same value. */
  readonly equal: number;
  /** The largest |other − one|, its row-major element (-1 where nothing differs), and the values there; null without places. */
  readonly max: number | null;
  readonly maxAt: number;
  readonly maxValues: readonly [one: number, other: number] | null;
  /** √mean((other − one)²), and that by √mean(one²); null without places, the second also where `one` is all zeros. */
  readonly rms: number | null;
  readonly relative: number | null;
}

/**
 * Reads both once, side by side.
 * @throws NormoscopeError whatever the reads throw
 */
export async function differenceOf(engine: Engine, one: TensorData, other: TensorData, options: PassOptions): Promise<Difference | { readonly notApplicable: string }> {
  const { shape, axisOrder } = one;
  if (shape.length !== other.shape.length || shape.some((size, axis) => size !== other.shape[axis])) return { notApplicable: 'the shapes differ' };
  if ([one, other].some(({ encoding }) => dtypeKind(encoding.dtype) === 'complex')) return { notApplicable: 'the elements are complex' };
  // Axes of a single element lie anywhere.
  const order = (data: TensorData) => data.axisOrder.filter((axis) => shape[axis] !== 1).join();
  if (order(one) !== order(other)) return { notApplicable: 'one is stored in C order and the other in Fortran order' };
  const sums = new Sums();
  const meeting = new Meeting((first, a, b) => sums.take(first, a, b));
  const { signal } = options;
  const read = (data: TensorData, side: 0 | 1) =>
    engine.apply(data, { maps: [], output: 'float64' }, { write: (bytes) => meeting.arrive(side, bytes) }, signal === undefined ? {} : { signal }).catch((error: unknown) => {
      meeting.fail(error);
      throw error;
    });
  // Both have ended before either's failure is told: nothing goes on reading.
  const [failed] = (await Promise.allSettled([read(one, 0), read(other, 1)])).filter((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return sums.result(elementCount(shape), (stored) => logicalIndex(shape, axisOrder, stored));
}

/** Sums over pairs, in storage order. */
class Sums {
  private elements = 0;
  private equal = 0;
  private max = -1;
  private maxAt = -1;
  private maxValues: readonly [number, number] = [NaN, NaN];
  private squares = 0;
  private ownSquares = 0;

  take(first: number, one: Float64Array, other: Float64Array): void {
    for (let index = 0; index < one.length; index++) {
      const a = one[index] ?? NaN;
      const b = other[index] ?? NaN;
      const difference = Math.abs(b - a);
      // Of values at both ends of float64 the difference is beyond it, and still the largest.
      if (!Number.isFinite(a) || !Number.isFinite(b)) continue;
      this.elements++;
      if (difference === 0) this.equal++;
      this.squares += difference * difference;
      this.ownSquares += a * a;
      if (difference <= this.max) continue;
      this.max = difference;
      this.maxAt = first + index;
      this.maxValues = [a, b];
    }
  }

  result(total: number, logical: (stored: number) => number): Difference {
    const { elements, equal, max, maxAt, maxValues, squares, ownSquares } = this;
    const any = elements > 0;
    return {
      elements,
      notFinite: total - elements,
      equal,
      max: any ? max : null,
      maxAt: max > 0 ? logical(maxAt) : -1,
      maxValues: max > 0 ? maxValues : null,
      rms: any ? Math.sqrt(squares / elements) : null,
      relative: any && ownSquares > 0 ? Math.sqrt(squares / ownSquares) : null,
    };
  }
}

interface Arrived {
  readonly values: Float64Array;
  /** How many of them have been taken. */
  taken: number;
  done(): void;
  failed(error: unknown): void;
}

/** Two streams of elements, in stretches of their own lengths, given on side by side. Whoever is ahead waits. */
class Meeting {
  private readonly waiting: [Arrived | null, Arrived | null] = [null, null];
  private first = 0;
  private error: { readonly reason: unknown } | null = null;

  constructor(private readonly take: (first: number, one: Float64Array, other: Float64Array) => void) {}

  /** Holds little-endian float64 until the other side has had as many. */
  arrive(side: 0 | 1, bytes: Uint8Array): Promise<void> {
    // Copied: the bytes may lie on no multiple of 8, and in memory that grows.
    const values = new Float64Array(bytes.slice().buffer);
    return new Promise((resolve, reject) => {
      if (this.error !== null) return reject(failureOf(this.error.reason));
      if (values.length === 0) return resolve();
      this.waiting[side] = { values, taken: 0, done: resolve, failed: (reason) => reject(failureOf(reason)) };
      this.go();
    });
  }

  /** The other side has nothing to wait for any more. */
  fail(reason: unknown): void {
    this.error ??= { reason };
    for (const one of this.waiting) one?.failed(reason);
  }

  private go(): void {
    const [one, other] = this.waiting;
    if (one === null || other === null) return;
    const count = Math.min(one.values.length - one.taken, other.values.length - other.taken);
    this.take(this.first, one.values.subarray(one.taken, one.taken + count), other.values.subarray(other.taken, other.taken + count));
    this.first += count;
    for (const side of [0, 1] as const) {
      const arrived = side === 0 ? one : other;
      arrived.taken += count;
      if (arrived.taken < arrived.values.length) continue;
      this.waiting[side] = null;
      arrived.done();
    }
  }
}

function failureOf(reason: unknown): Error {
  return reason instanceof Error ? reason : new NormoscopeError('internal', String(reason));
}
