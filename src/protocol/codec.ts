import { NormoscopeError } from '../core/errors';
import { decodeBase64, encodeBase64 } from './base64';

/**
 * Messages between the extension host and its pages as JSON text. VS Code's own serialization differs between desktop,
 * server and notebooks, and JSON alone loses typed arrays, NaN and large integers; here they arrive as they left.
 *
 * A value that JSON cannot carry becomes an object with the one key `$`: `{"$":"NaN"}`, `{"$":"Float64Array:AAAA…"}`.
 */
const mark = '$';
const bigint = 'bigint';

const arrayTypes = { Uint8Array, Uint32Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array } as const;
type ArrayName = keyof typeof arrayTypes;

/** @throws NormoscopeError `internal` for a typed array that no decoder knows */
export function encodeMessage(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === 'bigint') return { [mark]: `${bigint}:${part}` };
    if (typeof part === 'number' && !Number.isFinite(part)) return { [mark]: String(part) };
    return ArrayBuffer.isView(part) ? { [mark]: encodeArray(part) } : part;
  });
}

function encodeArray(view: ArrayBufferView): string {
  const name = Object.keys(arrayTypes).find((candidate) => view instanceof arrayTypes[candidate as ArrayName]);
  if (name === undefined) throw new NormoscopeError('internal', `A message holds a ${view.constructor.name}.`);
  return `${name}:${encodeBase64(new Uint8Array(view.buffer, view.byteOffset, view.byteLength))}`;
}

/** @throws NormoscopeError `malformed` for text that `encodeMessage` did not write */
export function decodeMessage(text: string): unknown {
  try {
    return JSON.parse(text, (key, part: unknown) => {
      // Own keys only, and none that reaches a prototype when it is copied on.
      if (key === '__proto__') return undefined;
      return isMarked(part) ? decodeMarked(part[mark]) : part;
    });
  } catch (error) {
    if (error instanceof NormoscopeError) throw error;
    throw new NormoscopeError('malformed', 'A message is not the JSON text that was expected.');
  }
}

function isMarked(part: unknown): part is { readonly [mark]: string } {
  return (
    typeof part === 'object' &&
    part !== null &&
    typeof (part as Record<string, unknown>)[mark] === 'string' &&
    Object.keys(part).length === 1
  );
}

const numbers: Readonly<Record<string, number>> = { NaN: NaN, Infinity: Infinity, '-Infinity': -Infinity };

function decodeMarked(text: string): unknown {
  const number = Object.hasOwn(numbers, text) ? numbers[text] : undefined;
  if (number !== undefined) return number;
  const [name = '', data = ''] = text.split(':', 2);
  // As long as a 64-bit integer can be.
  if (name === bigint && /^-?\d{1,20}$/.test(data)) return BigInt(data);
  if (!Object.hasOwn(arrayTypes, name)) throw new NormoscopeError('malformed', 'A message holds an unknown kind of value.');
  const bytes = decodeBase64(data);
  const type = arrayTypes[name as ArrayName];
  if (bytes.length % type.BYTES_PER_ELEMENT !== 0) {
    throw new NormoscopeError('malformed', `A message holds a ${name} of ${bytes.length} bytes.`);
  }
  return new type(bytes.buffer);
}
