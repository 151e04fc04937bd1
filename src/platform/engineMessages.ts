import type { PassKind, Passes } from '../core/engine/passes';
import type { ErrorData } from '../core/errors';

/** What an engine thread is told. Passes are numbered by who starts them; an answer has the number of its order. */
export type Order =
  | { readonly do: 'start'; readonly pass: number; readonly kind: PassKind; readonly task: Passes[PassKind]['task'] }
  | {
      readonly do: 'take';
      readonly order: number;
      readonly pass: number;
      /** Both lie in shared memory. */
      readonly bytes: Uint8Array;
      readonly target: Uint8Array;
      readonly first: number;
      readonly count: number;
    }
  | { readonly do: 'overall' | 'finish'; readonly order: number; readonly pass: number }
  | { readonly do: 'drop'; readonly pass: number };

export type Answer =
  | { readonly order: number; readonly ok: true; readonly value: unknown }
  | { readonly order: number; readonly ok: false; readonly error: ErrorData };

/** A message whose typed arrays are its own, to be posted with their buffers. */
export interface Parcel<T> {
  readonly value: T;
  readonly buffers: readonly ArrayBuffer[];
}

const arrayTypes = [Uint8Array, Int32Array, Float32Array, Float64Array];

/**
 * Plain data with every typed array copied out of the memory that it is a view of: posting a view clones all of what it
 * views, a whole kernel memory say, and only a memory of its own can be handed over. Memory that is shared stays where it is.
 * @param given the data is not used any more: what has its memory for itself goes as it is
 */
export function parcel<T>(value: T, given = false): Parcel<T> {
  const buffers = new Set<ArrayBuffer>();
  const pack = (part: unknown): unknown => {
    if (arrayTypes.some((type) => part instanceof type)) {
      const array = part as Uint8Array;
      if (array.buffer instanceof SharedArrayBuffer) return array;
      const own = given && array.byteLength === array.buffer.byteLength ? array : array.slice();
      buffers.add(own.buffer as ArrayBuffer);
      return own;
    }
    if (Array.isArray(part)) return part.map(pack);
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, pack(inner)]));
  };
  return { value: pack(value) as T, buffers: [...buffers] };
}
