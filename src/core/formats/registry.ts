import { NormoscopeError, throwIfCancelled } from '../errors';
import type { Limits } from '../limits';
import { readBytes, type ByteSource } from '../tensor/byteSource';
import * as all from './all';
import type { Format, OpenFile, Opener } from './format';
import { nameOf } from './notTensors';
import { beginsAsZip, readZipDirectory } from './zip/directory';

/** Every format. */
export const formats: readonly Format[] = checked(Object.values(all));

/** Bytes that a format is recognized by; all that `Format.probe` is given. */
const headBytes = 4096;

/**
 * Opens a file by its signature, whatever its name.
 * @throws NormoscopeError `not-recognized`, naming what the file is where that is cheap to tell; else as `Format.open`
 */
export async function openFile(source: ByteSource, limits: Limits, signal?: AbortSignal): Promise<OpenFile> {
  const openOther: Opener = (other, otherLimits, otherSignal) => openAs(other, otherLimits, otherSignal, noFurther);
  return openAs(source, limits, signal, openOther);
}

/** An index that names itself, or another that names it, would have no end. */
const noFurther: Opener = ({ name }) =>
  Promise.reject(new NormoscopeError('refused', `${name} is one of several files of an index, and consists of others itself: that is not followed.`));

async function openAs(source: ByteSource, limits: Limits, signal: AbortSignal | undefined, openOther: Opener): Promise<OpenFile> {
  const head = await readBytes(source, 0, Math.min(headBytes, source.size), signal);
  const { entries, failure } = await archiveEntries(source, head, limits, signal);
  const clues = { head, name: source.name, size: source.size, entries };
  const claims = formats.map((format) => ({ format, claim: format.probe(clues) }));
  const found = claims.find(({ claim }) => claim === 'signature') ?? claims.find(({ claim }) => claim === 'name');
  if (found !== undefined) return found.format.open(source, limits, signal, openOther);
  if (failure !== null && !isPartOfCheckpoint(source.name)) throw failure;
  throw new NormoscopeError('not-recognized', notRecognized(source, head, entries), 0);
}

/** Several formats are zip archives, told apart by what is in them. */
async function archiveEntries(source: ByteSource, head: Uint8Array, limits: Limits, signal: AbortSignal | undefined) {
  const none = { entries: null, failure: null };
  if (!beginsAsZip(head)) return none;
  try {
    const { entries } = await readZipDirectory(source, limits, signal);
    return { entries: entries.map(({ name }) => name), failure: null };
  } catch (error) {
    throwIfCancelled(signal);
    // A format may still claim the file by its name, and fails by itself then.
    if (error instanceof NormoscopeError) return { entries: null, failure: error };
    throw error;
  }
}

function notRecognized({ name, size }: ByteSource, head: Uint8Array, entries: readonly string[] | null): string {
  if (isPartOfCheckpoint(name)) {
    return `${name} is a part of a distributed checkpoint of PyTorch, which is not read: torch.distributed.checkpoint.format_utils.dcp_to_torch_save makes one file of all its parts.`;
  }
  const what = nameOf(head, size, entries);
  if (what !== null) return `${name} is ${what}.`;
  const expected = formats.find(({ extensions, sharedExtensions: shared }) => [...extensions, ...shared].some((extension) => name.toLowerCase().endsWith(extension)));
  if (expected !== undefined) {
    return `${name} is called ${endingOf(name)}, but does not begin as ${/^([aeio]|HDF)/i.test(expected.label) ? 'an' : 'a'} ${expected.label} does.`;
  }
  const known = formats.map(({ label, extensions, sharedExtensions: shared }) => `${label} (${[...extensions, ...shared].join(', ')})`).join(', ');
  return `${name} is not a tensor file that is known here: ${known}.`;
}

/** Archives of `torch.save`, one behind the other: what is in them stands in a file beside, `.metadata`. */
function isPartOfCheckpoint(name: string): boolean {
  return name.toLowerCase().endsWith('.distcp');
}

/** `.npy` of `acts.npy`: what people would call it by. */
function endingOf(name: string): string {
  return name.slice(name.lastIndexOf('.')).toLowerCase();
}

function checked(list: readonly Format[]): readonly Format[] {
  const repeated = list.find(({ id }, index) => list.findIndex((other) => other.id === id) !== index);
  if (repeated !== undefined) throw new Error(`Two formats have the id "${repeated.id}".`);
  return list;
}
