import { NormoscopeError } from '../errors';
import type { Limits } from '../limits';
import { readBytes, type ByteSource } from '../tensor/byteSource';
import * as all from './all';
import type { Format, OpenFile } from './format';
import { nameOf } from './notTensors';

/** Every format. */
export const formats: readonly Format[] = checked(Object.values(all));

/** Lower case, with the dot: `['.npy']`. */
export const tensorExtensions: readonly string[] = [...new Set(formats.flatMap(({ extensions }) => extensions))];

/** Bytes that a format is recognized by; all that `Format.probe` is given. */
const headBytes = 64;

/**
 * Opens a file by its signature, whatever its name.
 * @throws NormoscopeError `not-recognized`, naming what the file is where that is cheap to tell; else as `Format.open`
 */
export async function openFile(source: ByteSource, limits: Limits, signal?: AbortSignal): Promise<OpenFile> {
  const head = await readBytes(source, 0, Math.min(headBytes, source.size), signal);
  const format = formats.find((candidate) => candidate.probe(head));
  if (format !== undefined) return format.open(source, limits, signal);
  throw new NormoscopeError('not-recognized', notRecognized(source, head), 0);
}

function notRecognized({ name, size }: ByteSource, head: Uint8Array): string {
  const what = nameOf(head, size);
  if (what !== null) return `${name} is ${what}.`;
  const expected = formats.find(({ extensions }) => extensions.some((extension) => name.toLowerCase().endsWith(extension)));
  if (expected !== undefined) {
    return `${name} is called ${expected.extensions.join(' or ')}, but does not begin as a ${expected.label} does.`;
  }
  const known = formats.map(({ label, extensions }) => `${label} (${extensions.join(', ')})`).join(', ');
  return `${name} is not a tensor file that is known here: ${known}.`;
}

function checked(list: readonly Format[]): readonly Format[] {
  const repeated = list.find(({ id }, index) => list.findIndex((other) => other.id === id) !== index);
  if (repeated !== undefined) throw new Error(`Two formats have the id "${repeated.id}".`);
  return list;
}
