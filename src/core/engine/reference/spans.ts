import { countingOf } from '../counters';
import type { DType } from '../../tensor/dtype';
import type { Span } from '../quantiles';

/** What is known of a finite element that is counted and not kept, by arithmetic: where it lies, to a 128th of its power of two. */
export function spanOfValue(value: number, dtype: DType): readonly [low: number, high: number] {
  if (countingOf(dtype) === 'elements') return [value, value];
  const size = Math.abs(value);
  const [low, high] = size < 2 ** -126 ? [0, 2 ** -126] : size >= 2 ** 128 ? [2 ** 128, Infinity] : around(size);
  return value < 0 || Object.is(value, -0) ? [-high, -low] : [low, high];
}

function around(size: number): readonly [low: number, high: number] {
  let power = 2 ** Math.round(Math.log2(size));
  while (power > size) power /= 2;
  const step = power / 128;
  const low = Math.floor(size / step) * step;
  return [low, low + step];
}

/** Counts spans; `ascending` puts them in order. */
export class SpanCounts {
  private readonly counts = new Map<string, Span>();

  add([low, high]: readonly [low: number, high: number]): void {
    const key = `${low} ${high}`;
    this.counts.set(key, { low, high, count: (this.counts.get(key)?.count ?? 0) + 1 });
  }

  ascending(): Span[] {
    return [...this.counts.values()].sort((a, b) => a.low - b.low || a.high - b.high);
  }
}
