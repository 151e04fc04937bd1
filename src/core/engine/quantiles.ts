/** Shares of the finite elements that lie below each quantile. */
export const quantileLevels = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99] as const;

/** Keeps the finite elements of a pass, for their quantiles: 8 bytes each, so of small tensors only. */
export class Values {
  private readonly kept: Float64Array;
  private count = 0;

  /** @param most elements that can come */
  constructor(most: number) {
    this.kept = new Float64Array(most);
  }

  add(elements: Float64Array): void {
    const { kept } = this;
    let count = this.count;
    for (let index = 0; index < elements.length; index++) {
      const value = elements[index] ?? NaN;
      // Written in any case, and written over where it is not finite.
      kept[count] = value;
      if (value - value === 0) count++;
    }
    this.count = count;
  }

  /** Those kept so far. */
  get finite(): Float64Array {
    return this.kept.subarray(0, this.count);
  }
}

/**
 * Exact quantiles, one per level; null without an element.
 * @param finite finite elements; they are put out of order
 */
export function quantilesOf(finite: Float64Array): readonly number[] | null {
  if (finite.length === 0) return null;
  const ranks = quantileLevels.flatMap((level) => ranksOf(level, finite.length));
  selectRanks(finite, 0, finite.length, ranks, 2 * Math.log2(finite.length + 1));
  return interpolated(finite);
}

/** The two neighbours between which a quantile lies. */
function ranksOf(level: number, count: number): readonly [number, number] {
  const below = Math.floor(level * (count - 1));
  return [below, Math.min(below + 1, count - 1)];
}

/**
 * Quantiles by linear interpolation between neighbours in order (type 7 of Hyndman and Fan 1996, NumPy's default).
 * @param values one or more, of which at least the neighbours of every quantile are in their places
 */
export function interpolated(values: Float64Array): readonly number[] {
  return quantileLevels.map((level) => {
    const [below, above] = ranksOf(level, values.length);
    const [low, high] = [values[below] ?? 0, values[above] ?? 0];
    const share = level * (values.length - 1) - below;
    // Weighed, not added to: the difference of two finite numbers need not be one.
    return low === high ? low : low * (1 - share) + high * share;
  });
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
