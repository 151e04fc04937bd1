import { NormoscopeError } from '../errors';
import type { Limits } from '../limits';
import { readBytes, type ByteSource } from '../tensor/byteSource';
import { formatBytes } from '../text/numbers';
import { axisSize, parseDescr, type Item } from './npyDescr';
import { describeLiteral, parseLiteral, type Entry, type ErrorAt, type Literal } from './pythonLiteral';

/** What stands before an array's bytes. */
export interface NpyHeader {
  /** Row-major, outermost first, whatever the storage order. */
  readonly shape: readonly number[];
  readonly fortranOrder: boolean;
  readonly item: Item;
  /** Where the array's bytes begin. */
  readonly dataStart: number;
}

export const npyMagic: readonly number[] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

const keys = ['descr', 'fortran_order', 'shape'] as const;

/** @throws NormoscopeError `malformed`, `truncated`, `too-large` or `unsupported`, with the offset */
export async function readNpyHeader(source: ByteSource, limits: Limits, signal?: AbortSignal): Promise<NpyHeader> {
  const { start, length, major } = await readPreamble(source, limits, signal);
  const bytes = await readBytes(source, start, length, signal);
  const text = major < 3 ? latin1(bytes) : utf8(bytes, start);
  const offsetOf = (character: number) =>
    start + (major < 3 ? character : new TextEncoder().encode(text.slice(0, character)).length);
  const errorAt: ErrorAt = ({ at }, message, code = 'malformed') =>
    new NormoscopeError(code, `${message} (at byte ${offsetOf(at)}).`, offsetOf(at));

  const { descr, fortran_order, shape } = headerKeys(parseLiteral(text, offsetOf), errorAt);
  if (fortran_order.kind !== 'boolean') {
    throw errorAt(fortran_order, `The header's fortran_order is ${describeLiteral(fortran_order)}, not True or False`);
  }
  const item = parseDescr(descr, limits, errorAt);
  return { shape: arrayShape(shape, item, limits, errorAt), fortranOrder: fortran_order.value, item, dataStart: start + length };
}

async function readPreamble(source: ByteSource, limits: Limits, signal: AbortSignal | undefined) {
  const { name, size } = source;
  const ends = (what: string) => new NormoscopeError('truncated', `${name} ends at byte ${size}, within ${what}.`, size);
  if (size < 8) throw ends('the version of its format');
  const head = await readBytes(source, 0, Math.min(12, size), signal);
  const view = new DataView(head.buffer);
  const major = view.getUint8(6);
  const minor = view.getUint8(7);
  if (major < 1 || major > 3 || minor !== 0) {
    throw new NormoscopeError('unsupported', `${name} is of .npy version ${major}.${minor}; versions 1.0, 2.0 and 3.0 are read.`, 6);
  }
  const start = major === 1 ? 10 : 12;
  if (size < start) throw ends('the length of its header');
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (start + length > size) {
    throw new NormoscopeError(
      'truncated',
      `${name} ends at byte ${size}; its header is said to be ${length} bytes long, up to byte ${start + length}.`,
      8,
    );
  }
  if (length > limits.headerBytes) {
    throw new NormoscopeError(
      'too-large',
      `The header of ${name} is said to be ${formatBytes(length)} long; at most ${formatBytes(limits.headerBytes)} are read.`,
      8,
    );
  }
  return { start, length, major };
}

/** One character per byte. `TextDecoder` knows no true Latin-1: it reads bytes 128 to 159 as other characters. */
function latin1(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 8192) parts.push(String.fromCharCode(...bytes.subarray(at, at + 8192)));
  return parts.join('');
}

function utf8(bytes: Uint8Array, start: number): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new NormoscopeError('malformed', `The header from byte ${start} on is not UTF-8, as version 3.0 has it.`, start);
  }
}

/** The three values that every header has: each once, and nothing else. */
function headerKeys(header: Literal, errorAt: ErrorAt): Record<(typeof keys)[number], Literal> {
  if (header.kind !== 'dict') throw errorAt(header, `The header is ${describeLiteral(header)}, not a dictionary`);
  const isKnown = ({ key }: Entry) => key.kind === 'string' && (keys as readonly string[]).includes(key.value);
  const unknown = header.entries.find((entry) => !isKnown(entry));
  if (unknown !== undefined) {
    throw errorAt(unknown.key, `The header has ${describeLiteral(unknown.key)} beside ${keys.join(', ')}`);
  }
  const take = (name: string): Literal => {
    const [first, second] = header.entries.filter(({ key }) => key.kind === 'string' && key.value === name);
    if (first === undefined) throw errorAt(header, `The header has no "${name}" in its dictionary`);
    if (second !== undefined) throw errorAt(second.key, `The header has "${name}" a second time`);
    return first.value;
  };
  return { descr: take('descr'), fortran_order: take('fortran_order'), shape: take('shape') };
}

function arrayShape(literal: Literal, item: Item, limits: Limits, errorAt: ErrorAt): number[] {
  if (literal.kind !== 'tuple') throw errorAt(literal, `The header's shape is ${describeLiteral(literal)}, not a tuple`);
  const { items } = literal;
  if (items.length > limits.rank) {
    throw errorAt(literal, `The shape has ${items.length} axes; at most ${limits.rank} are read`, 'too-large');
  }
  const shape = items.map((size) => axisSize(size, errorAt));
  // An empty axis makes the array empty, but must not hide the others' sizes from this.
  const product = shape.reduce((bytes, size) => bytes * (size || 1), item.bytes || 1);
  if (product > Number.MAX_SAFE_INTEGER) {
    throw errorAt(literal, `An array of shape (${shape.join(', ')}) takes more bytes than any file has`, 'too-large');
  }
  return shape;
}
