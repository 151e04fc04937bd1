import type { DType } from '../tensor/dtype';
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

/** Kept elements: float32 of tensors of that type, counted as `floats`; float64 of all others, counted as `values`. */
export type Kept = Float32Array | Float64Array;

/** Keeps the elements of a pass, for their quantiles: 4 or 8 bytes each, so of small tensors only. */
export class Values {
  private readonly kept: Kept;
  private count = 0;

  /** @param most elements that can come */
  constructor(dtype: DType, most: number) {
    this.kept = dtype === 'float32' ? new Float32Array(most) : new Float64Array(most);
  }

  add(elements: Kept): void {
    this.kept.set(elements, this.count);
    this.count += elements.length;
  }

  /** Those kept so far, NaN and infinities too. */
  get elements(): Kept {
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
export function sortedQuantiles(values: Kept): readonly number[] {
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
 * @param counts one per code of the elements (`Kept`); null to sort them all
 */
export function exactQuantiles(elements: Kept, counts: Float64Array | null): Quantiles | null {
  if (counts === null) {
    const finite = elements.filter(Number.isFinite).sort();
    return finite.length === 0 ? null : { values: sortedQuantiles(finite), from: 'elements', error: 0 };
  }
  const counting = elements instanceof Float32Array ? 'floats' : 'values';
  const present: { readonly code: number; readonly size: number }[] = [];
  let count = 0;
  const order = ascendingCodes('float64');
  // By index: an iterator over so many takes longer than the rest.
  for (let place = 0; place < codes; place++) {
    const code = order[place] ?? 0;
    const size = counts[code] ?? 0;
    if (size === 0 || spanOf(code, counting) === null) continue;
    present.push({ code, size });
    count += size;
  }
  if (count === 0) return null;
  const ranks = ranksOf(count);
  // The codes that hold an element of one of the ranks, each with its places in one array.
  const wanted: { readonly code: number; readonly first: number; readonly low: number; readonly high: number }[] = [];
  let before = 0;
  let length = 0;
  for (const { code, size } of present) {
    const first = before;
    before += size;
    if (!ranks.some((rank) => rank >= first && rank < before)) continue;
    wanted.push({ code, first, low: length, high: length + size });
    length += size;
  }
  const gathered = gather(elements, wanted, length);
  const neighbours = new Float64Array(ranks.length);
  for (const { first, low, high } of wanted) {
    const inside = ranks.map((rank) => rank - first + low).filter((place) => place >= low && place < high);
    // Often one value, many times: zeros, whole numbers.
    if (!gathered.subarray(low, high).every((value) => value === gathered[low])) selectRanks(gathered, low, high, inside);
    ranks.forEach((rank, index) => {
      const place = rank - first + low;
      if (place >= low && place < high) neighbours[index] = gathered[place] ?? 0;
    });
  }
  return { values: interpolated([...neighbours], count), from: 'elements', error: 0 };
}

/**
 * Copies the elements of some codes, those of each to its places.
 * @param length places of all of them
 */
function gather(elements: Kept, wanted: readonly { readonly code: number; readonly low: number }[], length: number): Kept {
  const slotOfCode = new Uint8Array(codes);
  wanted.forEach(({ code }, index) => (slotOfCode[code] = index + 1));
  const next = Int32Array.from([0, ...wanted.map(({ low }) => low)]);
  const words = new Uint32Array(elements.buffer, elements.byteOffset, elements.byteLength / 4);
  // One loop for each type: of both in one it is several times as slow. Typed arrays are little-endian wherever WebAssembly runs.
  if (elements instanceof Float32Array) {
    const into = new Float32Array(length);
    for (let index = 0; index < elements.length; index++) {
      const slot = slotOfCode[(words[index] ?? 0) >>> 16] ?? 0;
      if (slot === 0) continue;
      const place = next[slot] ?? 0;
      into[place] = elements[index] ?? 0;
      next[slot] = place + 1;
    }
    return into;
  }
  const into = new Float64Array(length);
  for (let index = 0; index < elements.length; index++) {
    const high = words[2 * index + 1] ?? 0;
    const size = ((high >>> 13) & 0x3ffff) - (896 << 7);
    // As `codesOf` of `assembly/count.ts`.
    const near = size < 0 ? 0 : size < 0x7f80 ? size : size < 1151 << 7 ? 0x7f80 : 0x7fff;
    const slot = slotOfCode[near | ((high >>> 16) & 0x8000)] ?? 0;
    if (slot === 0) continue;
    const place = next[slot] ?? 0;
    into[place] = elements[index] ?? 0;
    next[slot] = place + 1;
  }
  return into;
}

/** Shorter stretches are sorted. */
const sorted = 512;

/**
 * Puts the elements of the asked ranks in the places that they have in order, all lesser ones before and all greater ones
 * behind: quickselect (Hoare 1961) for several ranks at once. Stretches that will not get shorter are sorted.
 * @param values no NaN in [low, high)
 * @param ranks places in [low, high), ascending
 * @param depth cuts that are left before that
 */
export function selectRanks(values: Kept, low: number, high: number, ranks: readonly number[], depth = 2 * Math.log2(high - low + 1)): void {
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
