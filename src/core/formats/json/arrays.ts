import { counted } from '../../text/numbers';
import { quoted } from '../../text/quoted';

/** A nested list of numbers as a tensor, or why it is none. */
export type Found =
  | { readonly shape: readonly number[]; readonly values: Float64Array; readonly missing: number }
  | { readonly reason: string };

/** Whether a value is what arrays are made of: a list, or a list of lists, whose innermost entries are numbers or could be. */
export function isArray(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/**
 * The tensor of a nested list; ragged ones are told by the place that does not fit.
 * @param rank axes, at most
 */
export function tensorOf(list: readonly unknown[], rank: number): Found {
  const shape: number[] = [];
  for (let at: unknown = list; isArray(at); at = at[0]) shape.push(at.length);
  if (shape.length > rank) return { reason: `The list is nested ${shape.length} deep; at most ${rank} axes are read.` };
  const filler = new Filler(shape);
  const reason = filler.fill(list, 0, []);
  return reason === null ? { shape, values: filler.values, missing: filler.missing } : { reason };
}

class Filler {
  readonly values: Float64Array;
  missing = 0;
  private count = 0;

  constructor(private readonly shape: readonly number[]) {
    // No larger than what is there: every length was taken from a list, and ragged ones end before they fill it.
    this.values = new Float64Array(shape.reduce((product, size) => Math.min(product * size, mostElements), 1));
  }

  /** @returns why the list is no tensor, or null */
  fill(list: readonly unknown[], depth: number, path: readonly number[]): string | null {
    const expected = this.shape[depth] ?? 0;
    if (list.length !== expected) {
      return `The list at ${placeOf(path)} has ${counted(list.length, 'entry', 'entries')}, where the ones before have ${expected}.`;
    }
    const innermost = depth === this.shape.length - 1;
    for (let index = 0; index < list.length; index++) {
      const entry = list[index];
      if (innermost) {
        const value = numberOf(entry);
        if (value === null) return `The entry at ${placeOf([...path, index])} is ${describe(entry)}, where a number is expected.`;
        if (entry === null) this.missing++;
        this.values[this.count++] = value;
      } else {
        if (!isArray(entry)) return `The entry at ${placeOf([...path, index])} is ${describe(entry)}, where a list is expected.`;
        const reason = this.fill(entry, depth + 1, [...path, index]);
        if (reason !== null) return reason;
      }
    }
    return null;
  }
}

/** More than any file that is read whole can hold. */
const mostElements = 2 ** 28;

/** Numbers, truth values, and null for a missing number. NaN and infinities come as the words that stood for them. */
function numberOf(entry: unknown): number | null {
  if (typeof entry === 'number') return entry;
  if (entry === null) return NaN;
  if (typeof entry === 'boolean') return entry ? 1 : 0;
  return typeof entry === 'string' ? (words.get(entry) ?? null) : null;
}

const words: ReadonlyMap<string, number> = new Map([
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
]);

function placeOf(path: readonly number[]): string {
  return path.length === 0 ? 'the top' : path.map((index) => `[${index}]`).join('');
}

function describe(entry: unknown): string {
  if (typeof entry === 'string') return quoted(entry, 40);
  return isArray(entry) ? 'a list' : typeof entry === 'object' && entry !== null ? 'an object' : String(entry);
}
