import { NormoscopeError } from '../../errors';
import type { Limits } from '../../limits';
import { readBytes, type ByteSource } from '../../tensor/byteSource';
import { itemsOf, valueOf } from '../pickle/value';
import { partOf, readPickle, type Contents } from './contents';
import { storageRef, type FindStorage, type Storage, type StorageRef } from './storage';

/** A pickled whole number of ten bytes, with the end of its pickle: what files of before PyTorch 1.6 begin with. */
export const legacyMagic: readonly number[] = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];
const magicNumber = 0x1950a86a20f9469cfc6cn;

/**
 * What `torch.save` wrote before PyTorch 1.6: pickles of a magic number, of a version, of the machine, of the object and of
 * the storages' keys; then each storage, its number of elements before it, always in little-endian order. A pickle that is no
 * such file is read as one that may have NumPy's arrays in it.
 * @throws NormoscopeError for a pickle that cannot be read
 */
export async function openLegacy(source: ByteSource, limits: Limits, signal?: AbortSignal): Promise<Contents> {
  let position = 0;
  const next = async () => {
    const pickle = await readPickle(source, position, limits, signal);
    position += pickle.length;
    return pickle;
  };
  const first = await next();
  if (first.value !== magicNumber) {
    return { roots: [{ value: first.value, prefix: [], find: nowhere }], globals: [[source.name, first.globals]], metadata: { container: 'pickle' } };
  }
  const version = (await next()).value;
  const machine = (await next()).value;
  const data = await next();
  const keys = itemsOf((await next()).value);
  if (version !== 1001 || keys === null) {
    throw new NormoscopeError('malformed', `${source.name} begins as a PyTorch file, but is not of version 1001 or has no list of storages.`);
  }
  const refs = new Map<string, StorageRef>();
  const problems = new Map<string, NormoscopeError>();
  for (const id of data.persistent) {
    if (itemsOf(id.id)?.[0] !== 'storage') continue;
    try {
      const ref = storageRef(id);
      if (!refs.has(ref.key)) refs.set(ref.key, ref);
    } catch (error) {
      if (!(error instanceof NormoscopeError)) throw error;
      problems.set(String(itemsOf(id.id)?.[2]), error);
    }
  }
  const storages = await storagePlaces(source, position, keys.map(String), refs, signal);
  const find: FindStorage = ({ key }) => {
    const found = storages.get(key);
    if (found !== undefined) return found;
    throw problems.get(key) ?? new NormoscopeError('truncated', `The file has no storage ${JSON.stringify(key)}: it ends before that, or lists no such storage.`, source.size);
  };
  return {
    roots: [{ value: data.value, prefix: [], find }],
    globals: [[source.name, data.globals]],
    metadata: { container: 'legacy', version: String(version), ...(valueOf(machine, 'little_endian') === false ? { savedBy: 'a big-endian machine' } : {}) },
  };
}

/** Storages lie behind each other, so each one's type is needed to find the next; behind one of an unknown type there are none. */
async function storagePlaces(
  source: ByteSource,
  start: number,
  keys: readonly string[],
  refs: ReadonlyMap<string, StorageRef>,
  signal: AbortSignal | undefined,
): Promise<Map<string, Storage>> {
  const storages = new Map<string, Storage>();
  let position = start;
  for (const key of keys) {
    const ref = refs.get(key);
    if (ref === undefined || position + 8 > source.size) break;
    const view = new DataView((await readBytes(source, position, 8, signal)).buffer);
    const at = position + 8;
    const bytes = Number(view.getBigInt64(0, true)) * ref.type.bytes;
    if (!Number.isSafeInteger(bytes) || bytes < 0) break;
    const present = Math.min(bytes, source.size - at);
    storages.set(key, { open: () => partOf(source, at, present), bytes: present, littleEndian: true, label: `the storage ${JSON.stringify(key)} at byte ${at}` });
    position = at + bytes;
  }
  return storages;
}

const nowhere: FindStorage = () => {
  throw new NormoscopeError('refused', 'The pickle refers to a storage outside of it, and the file has none.');
};
