import { NormoscopeError } from '../core/errors';
import { decodeBase64, encodeBase64 } from './base64';

/**
 * Messages between the extension host and its pages as JSON text. VS Code's own serialization differs between desktop,
 * server and notebooks, and JSON alone loses typed arrays, NaN and large integers; here they arrive as they left.
 *
 * A value that JSON cannot carry becomes an object with the one key `$`: `{"$":"NaN"}`, `{"$":"Float64Array:AAAA…"}`. Where
 * buffers travel beside the text (to webviews they do, as they are), an array names its own: `{"$":"Float64Array@3"}`.
 */
const mark = '$';
const bigint = 'bigint';

const arrayTypes = { Uint8Array, Uint32Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array } as const;
type ArrayName = keyof typeof arrayTypes;

/** A message whose arrays lie beside its text. */
export interface BufferedMessage {
  readonly text: string;
  readonly buffers: readonly ArrayBuffer[];
}

/**
 * @param beside takes the bytes of the message's arrays, copied; without it they are in the text
 * @throws NormoscopeError `internal` for a typed array that no decoder knows
 */
export function encodeMessage(value: unknown, beside: ArrayBuffer[] | null = null): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === 'bigint') return { [mark]: `${bigint}:${part}` };
    if (typeof part === 'number' && !Number.isFinite(part)) return { [mark]: String(part) };
    return ArrayBuffer.isView(part) ? { [mark]: encodeArray(part, beside) } : part;
  });
}

function encodeArray(view: ArrayBufferView, beside: ArrayBuffer[] | null): string {
  const name = Object.keys(arrayTypes).find((candidate) => view instanceof arrayTypes[candidate as ArrayName]);
  if (name === undefined) throw new NormoscopeError('internal', `A message holds a ${view.constructor.name}.`);
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  if (beside === null) return `${name}:${encodeBase64(bytes)}`;
  return `${name}@${beside.push(bytes.slice().buffer) - 1}`;
}

export function isBuffered(message: unknown): message is BufferedMessage {
  const { text, buffers } = (message ?? {}) as Partial<Record<keyof BufferedMessage, unknown>>;
  return typeof text === 'string' && Array.isArray(buffers) && buffers.every((buffer) => buffer instanceof ArrayBuffer);
}

/**
 * @param buffers what came beside the text; the arrays lie in them
 * @throws NormoscopeError `malformed` for text that `encodeMessage` did not write
 */
export function decodeMessage(text: string, buffers: readonly ArrayBuffer[] = []): unknown {
  try {
    return JSON.parse(text, (key, part: unknown) => {
      // Own keys only, and none that reaches a prototype when it is copied on.
      if (key === '__proto__') return undefined;
      return isMarked(part) ? decodeMarked(part[mark], buffers) : part;
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

function decodeMarked(text: string, buffers: readonly ArrayBuffer[]): unknown {
  const number = Object.hasOwn(numbers, text) ? numbers[text] : undefined;
  if (number !== undefined) return number;
  const beside = /^(\w+)@(\d{1,9})$/.exec(text);
  if (beside !== null) {
    const [, name = '', index] = beside;
    const buffer = buffers[Number(index)];
    if (buffer === undefined) throw new NormoscopeError('malformed', `A message has ${buffers.length} arrays and names number ${index}.`);
    return arrayOver(name, buffer);
  }
  const [name = '', data = ''] = text.split(':', 2);
  // As long as a 64-bit integer can be.
  if (name === bigint && /^-?\d{1,20}$/.test(data)) return BigInt(data);
  return arrayOver(name, decodeBase64(data).buffer);
}

function arrayOver(name: string, buffer: ArrayBuffer): unknown {
  if (!Object.hasOwn(arrayTypes, name)) throw new NormoscopeError('malformed', 'A message holds an unknown kind of value.');
  const type = arrayTypes[name as ArrayName];
  if (buffer.byteLength % type.BYTES_PER_ELEMENT !== 0) {
    throw new NormoscopeError('malformed', `A message holds a ${name} of ${buffer.byteLength} bytes.`);
  }
  return new type(buffer);
}
