/**
 * What of a value is not as it was: the other end keeps the rest. A state is sent whole to a page at each change of it, and mostly
 * a few words of it are others.
 */

/** Stands for what was in the same place before. */
export const asBefore: unique symbol = Symbol('as before');

/**
 * @param before plain data, which typed arrays may be in; it is not changed later, nor is `after`
 * @returns `after`, with `asBefore` in place of each array and object that is the same as in `before`
 */
export function changesOf(before: unknown, after: unknown): unknown {
  if (typeof after !== 'object' || after === null || typeof before !== 'object' || before === null) return after;
  if (before === after) return asBefore;
  if (ArrayBuffer.isView(after)) return ArrayBuffer.isView(before) && sameBytes(before, after) ? asBefore : after;
  if (ArrayBuffer.isView(before) || Array.isArray(before) !== Array.isArray(after)) return after;
  const keys = Object.keys(after);
  const had = before as Readonly<Record<string, unknown>>;
  const changes = keys.map((key) => changesOf(had[key], (after as typeof had)[key]));
  const isSame = keys.length === Object.keys(before).length && keys.every((key, place) => Object.hasOwn(had, key) && (changes[place] === asBefore || Object.is(changes[place], had[key])));
  if (isSame) return asBefore;
  return Array.isArray(after) ? changes : Object.fromEntries(keys.map((key, place) => [key, changes[place]]));
}

/**
 * The value that `changesOf` made `changes` from.
 * @param before as it was there; what is the same is of it, not equal to it
 */
export function changed(before: unknown, changes: unknown): unknown {
  if (changes === asBefore) return before;
  if (typeof changes !== 'object' || changes === null || ArrayBuffer.isView(changes)) return changes;
  const had = (typeof before === 'object' && before !== null ? before : {}) as Readonly<Record<string, unknown>>;
  if (Array.isArray(changes)) return changes.map((part, place) => changed(had[place], part));
  return Object.fromEntries(Object.entries(changes).map(([key, part]) => [key, changed(had[key], part)]));
}

function sameBytes(one: ArrayBufferView, other: ArrayBufferView): boolean {
  if (one.constructor !== other.constructor || one.byteLength !== other.byteLength) return false;
  const [a, b] = [one, other].map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength)) as [Uint8Array, Uint8Array];
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}
