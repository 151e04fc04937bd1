import { ascendingCodes, codes, spanOf } from './counters';

/** Shares of the finite elements that lie below each quantile. */
export const quantileLevels = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99] as const;

/** Quantiles of the finite elements, and how far they can be trusted. */
export interface Quantiles {
  /** One per level, by linear interpolation between neighbours in order (type 7 of Hyndman and Fan 1996, NumPy's default). */
  readonly values: readonly number[];
  /** `elements`: the elements were kept. `counters`: they were counted by their code (`counters.ts`). */
  readonly from: 'elements' | 'counters';
  /**
   * By how much each of the two elements that a quantile lies between may be mistaken, as a share of itself: 0 when exact.
   * Elements nearer to zero than 2^-126 may be mistaken for others that are. Null where one is beyond 2^128 and known only to
   * lie between that and the extreme.
   */
  readonly error: number | null;
}

/** Elements that are known to lie in [low, high], which is a single value where both are the same. */
export interface Span {
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/** A code of float32's upper half says this much of the element. */
const codeError = 2 ** -7;

/** Keeps the elements of a pass, for their quantiles: 8 bytes each, so of small tensors only. */
export class Values {
  private readonly kept: Float64Array;
  private count = 0;

  /** @param most elements that can come */
  constructor(most: number) {
    this.kept = new Float64Array(most);
  }

  add(elements: Float64Array): void {
    this.kept.set(elements, this.count);
    this.count += elements.length;
  }

  /** Those kept so far, NaN and infinities too. */
  get elements(): Float64Array {
    return this.kept.subarray(0, this.count);
  }
}

/** The places of the elements that the quantiles of `count` lie between: two for each level. */
function ranksOf(count: number): number[] {
  return quantileLevels.flatMap((level) => {
    const below = Math.floor(level * (count - 1));
    return [below, Math.min(below + 1, count - 1)];
  });
}

/** @param neighbours the elements of `ranksOf(count)`, same order */
function interpolated(neighbours: readonly number[], count: number): readonly number[] {
  return quantileLevels.map((level, index) => {
    const [low = NaN, high = NaN] = neighbours.slice(2 * index, 2 * index + 2);
    const place = level * (count - 1);
    const share = place - Math.floor(place);
    // Weighed, not added to: the difference of two finite numbers need not be one.
    return low === high ? low : low * (1 - share) + high * share;
  });
}

/** Exact quantiles of finite elements in ascending order, one or more. */
export function sortedQuantiles(values: Float64Array): readonly number[] {
  return interpolated(ranksOf(values.length).map((rank) => values[rank] ?? NaN), values.length);
}

/**
 * Quantiles of counted elements; those of one span are taken to lie evenly in it.
 * @param spans ascending
 * @param whole extremes and number of zeros of the finite elements
 */
export function spanQuantiles(
  spans: readonly Span[],
  whole: { readonly min: number; readonly max: number; readonly zeros: number },
): Quantiles | null {
  const count = spans.reduce((sum, span) => sum + span.count, 0);
  if (count === 0) return null;
  let error: number | null = 0;
  let at = 0;
  let before = 0;
  const neighbours = ranksOf(count).map((rank) => {
    // The ranks of one level may begin before those of the level ahead of it have ended, but never by more than one element.
    while (rank < before) before -= spans[--at]?.count ?? 0;
    for (let span = spans[at]; span !== undefined && rank >= before + span.count; span = spans[at]) {
      before += span.count;
      at++;
    }
    const { low, high, count: inside } = spans[at] as Span;
    if (low === high) return low;
    error = Number.isFinite(high - low) && error !== null ? codeError : null;
    // Zeros are told as what they are.
    if ((low === 0 || high === 0) && whole.zeros > 0) return 0;
    const [least, greatest] = [Math.max(low, whole.min), Math.min(high, whole.max)];
    const share = (rank - before + 0.5) / inside;
    return least === greatest ? least : least * (1 - share) + greatest * share;
  });
  return { values: interpolated(neighbours, count), from: 'counters', error };
}

/**
 * Exact quantiles of kept elements. Their counts tell in which code each neighbour of a quantile has to be looked for, so
 * that only the elements of those few codes are put in order.
 * @param elements NaN and infinities among them do not count
 * @param counts one per code of the elements as `values` (`counters.ts`); null to sort them all
 */
export function exactQuantiles(elements: Float64Array, counts: Float64Array | null): Quantiles | null {
  if (counts === null) {
    const finite = elements.filter(Number.isFinite).sort();
    return finite.length === 0 ? null : { values: sortedQuantiles(finite), from: 'elements', error: 0 };
  }
  const present: { readonly code: number; readonly size: number }[] = [];
  let count = 0;
  const order = ascendingCodes('float64');
  // By index: an iterator over so many takes longer than the rest.
  for (let place = 0; place < codes; place++) {
    const code = order[place] ?? 0;
    const size = counts[code] ?? 0;
    if (size === 0 || spanOf(code, 'values') === null) continue;
    present.push({ code, size });
    count += size;
  }
  if (count === 0) return null;
  const ranks = ranksOf(count);
  const gathered: { readonly values: Float64Array; readonly first: number }[] = [];
  const slotOfCode = new Uint8Array(codes);
  let before = 0;
  for (const { code, size } of present) {
    if (ranks.some((rank) => rank >= before && rank < before + size)) {
      gathered.push({ values: new Float64Array(size), first: before });
      slotOfCode[code] = gathered.length;
    }
    before += size;
  }
  gather(elements, slotOfCode, gathered.map(({ values }) => values));
  const neighbours = new Float64Array(ranks.length);
  for (const { values, first } of gathered) {
    const inside = ranks.map((rank) => rank - first).filter((rank) => rank >= 0 && rank < values.length);
    // Often one value, many times: zeros, whole numbers.
    if (!values.every((value) => value === values[0])) selectRanks(values, 0, values.length, inside, 2 * Math.log2(values.length + 1));
    ranks.forEach((rank, index) => {
      const value = values[rank - first];
      if (value !== undefined) neighbours[index] = value;
    });
  }
  return { values: interpolated([...neighbours], count), from: 'elements', error: 0 };
}

/** Copies the elements whose code has a slot, from 1 on, into that slot's array. Their codes: `codesOf` of `assembly/count.ts`. */
function gather(elements: Float64Array, slotOfCode: Uint8Array, into: readonly Float64Array[]): void {
  // Typed arrays are little-endian wherever WebAssembly runs.
  const words = new Uint32Array(elements.buffer, elements.byteOffset, 2 * elements.length);
  const filled = new Int32Array(into.length);
  for (let index = 0; index < elements.length; index++) {
    const high = words[2 * index + 1] ?? 0;
    const size = ((high >>> 13) & 0x3ffff) - (896 << 7);
    const near = size < 0 ? 0 : size < 0x7f80 ? size : size < 1151 << 7 ? 0x7f80 : 0x7fff;
    const slot = slotOfCode[near | ((high >>> 16) & 0x8000)] ?? 0;
    if (slot === 0) continue;
    const place = filled[slot - 1] ?? 0;
    (into[slot - 1] as Float64Array)[place] = elements[index] ?? 0;
    filled[slot - 1] = place + 1;
  }
}

/** Shorter stretches are sorted. */
const sorted = 512;

/**
 * Puts the elements of the asked ranks in the places that they have in order, all lesser ones before and all greater ones
 * behind: quickselect (Hoare 1961) for several ranks at once. Stretches that will not get shorter are sorted.
 * @param ranks places in [low, high), ascending
 * @param depth cuts that are left before that
 */
function selectRanks(values: Float64Array, low: number, high: number, ranks: readonly number[], depth: number): void {
  if (ranks.length === 0) return;
  if (high - low <= sorted || depth <= 0) return void values.subarray(low, high).sort();
  const pivot = middleOf(values[low] ?? 0, values[(low + high) >> 1] ?? 0, values[high - 1] ?? 0);
  let left = low;
  let right = high - 1;
  while (left <= right) {
    while ((values[left] ?? 0) < pivot) left++;
    while ((values[right] ?? 0) > pivot) right--;
    if (left > right) break;
    const value = values[left] ?? 0;
    values[left++] = values[right] ?? 0;
    values[right--] = value;
  }
  selectRanks(values, low, right + 1, ranks.filter((rank) => rank <= right), depth - 1);
  selectRanks(values, left, high, ranks.filter((rank) => rank >= left), depth - 1);
}

function middleOf(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
