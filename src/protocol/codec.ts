import { NormoscopeError } from '../core/errors';
import { decodeBase64, encodeBase64 } from './base64';
import { asBefore } from './changes';

/**
 * Messages between the extension host and its pages as JSON text. VS Code's own serialization differs between desktop,
 * server and notebooks, and JSON alone loses typed arrays, NaN and large integers; here they arrive as they left.
 *
 * A value that JSON cannot carry becomes an object with the one key `$`: `{"$":"NaN"}`, `{"$":"Float64Array:AAAA…"}`. Where
 * a buffer travels beside the text (to webviews one does, as it is), an array names its bytes in it: `{"$":"Float64Array@64+16"}`.
 * One buffer for all of them: of a message with more than 255 VS Code sends none.
 */
const mark = '$';
const bigint = 'bigint';
const before = 'as before';

const arrayTypes = { Uint8Array, Uint32Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array } as const;
type ArrayName = keyof typeof arrayTypes;

/** A message whose arrays lie beside its text. */
export interface BufferedMessage {
  readonly text: string;
  readonly bytes: ArrayBuffer;
}

/** Where the arrays of a message lie, one behind the other. */
class Beside {
  length = 0;
  private readonly parts = new Map<ArrayBufferView, { readonly at: number; readonly bytes: Uint8Array }>();

  /** An array that is in a message several times has one place. @returns its name */
  add(view: ArrayBufferView): string {
    const known = this.parts.get(view);
    if (known !== undefined) return `${known.at}+${view.byteLength}`;
    const at = this.length;
    this.parts.set(view, { at, bytes: bytesOf(view) });
    this.length = at + view.byteLength;
    return `${at}+${view.byteLength}`;
  }

  joined(): ArrayBuffer {
    const whole = new Uint8Array(this.length);
    for (const { at, bytes } of this.parts.values()) whole.set(bytes, at);
    return whole.buffer;
  }
}

/** As `encodeMessage`, with the arrays' bytes beside the text. */
export function encodeBuffered(value: unknown): BufferedMessage {
  const beside = new Beside();
  const text = encodeMessage(value, beside);
  return { text, bytes: beside.joined() };
}

/**
 * @param beside takes the bytes of the message's arrays; without it they are in the text
 * @throws NormoscopeError `internal` for a typed array that no decoder knows
 */
export function encodeMessage(value: unknown, beside: Beside | null = null): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (part === asBefore) return { [mark]: before };
    if (typeof part === 'bigint') return { [mark]: `${bigint}:${part}` };
    if (typeof part === 'number' && !Number.isFinite(part)) return { [mark]: String(part) };
    return ArrayBuffer.isView(part) ? { [mark]: encodeArray(part, beside) } : part;
  });
}

function encodeArray(view: ArrayBufferView, beside: Beside | null): string {
  const name = Object.keys(arrayTypes).find((candidate) => view instanceof arrayTypes[candidate as ArrayName]);
  if (name === undefined) throw new NormoscopeError('internal', `A message holds a ${view.constructor.name}.`);
  return beside === null ? `${name}:${encodeBase64(bytesOf(view))}` : `${name}@${beside.add(view)}`;
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

export function isBuffered(message: unknown): message is BufferedMessage {
  const { text, bytes } = (message ?? {}) as Partial<Record<keyof BufferedMessage, unknown>>;
  return typeof text === 'string' && bytes instanceof ArrayBuffer;
}

/**
 * @param bytes what came beside the text
 * @throws NormoscopeError `malformed` for text that `encodeMessage` did not write
 */
export function decodeMessage(text: string, bytes: ArrayBuffer = new ArrayBuffer(0)): unknown {
  try {
    return JSON.parse(text, (key, part: unknown) => {
      // Own keys only, and none that reaches a prototype when it is copied on.
      if (key === '__proto__') return undefined;
      return isMarked(part) ? decodeMarked(part[mark], bytes) : part;
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

function decodeMarked(text: string, bytes: ArrayBuffer): unknown {
  if (text === before) return asBefore;
  const number = Object.hasOwn(numbers, text) ? numbers[text] : undefined;
  if (number !== undefined) return number;
  const beside = /^(\w+)@(\d{1,10})\+(\d{1,10})$/.exec(text);
  if (beside !== null) {
    const [name = '', at, length] = [beside[1], Number(beside[2]), Number(beside[3])];
    if (at + length > bytes.byteLength) throw new NormoscopeError('malformed', `A message has ${bytes.byteLength} bytes and names some up to ${at + length}.`);
    return arrayOver(name, bytes.slice(at, at + length));
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
