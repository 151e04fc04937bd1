import { NormoscopeError } from '../../errors';
import type { Limits } from '../../limits';
import { readBytes, type ByteSource } from '../../tensor/byteSource';
import { isKind, itemsOf, type PersistentId, type PickleValue } from '../pickle/value';
import { partOf, readPickle, type Contents } from './contents';
import { elementType, type FindStorage, type Storage } from './storage';

const blockBytes = 512;
/** The file itself has four; extended headers come between. */
const mostMembers = 64;

/** A file of a tar archive. */
interface Member {
  readonly name: string;
  readonly start: number;
  readonly size: number;
}

/** The file at a block of a tar archive (POSIX.1-2001, `ustar`); null when there is none. */
function memberAt(bytes: Uint8Array, at: number, start: number): Member | null {
  const text = (from: number, length: number) => String.fromCharCode(...bytes.subarray(at + from, at + from + length)).replace(/\0[^]*$/, '');
  if (bytes.length < at + blockBytes || !text(257, 6).startsWith('ustar')) return null;
  const size = Number.parseInt(text(124, 12).trim() || '0', 8);
  return Number.isSafeInteger(size) && size >= 0 ? { name: text(0, 100), start: start + blockBytes, size } : null;
}

function nextBlock({ start, size }: Member): number {
  return start + Math.ceil(size / blockBytes) * blockBytes;
}

/** Whether a file begins as the tar archives of PyTorch before 0.1.10 do: with its `sys_info`, or an extended header before that. */
export function beginsAsTorchTar(head: Uint8Array): boolean {
  for (let member = memberAt(head, 0, 0), count = 0; member !== null && count < 4; count++) {
    if (/^(sys_info|pickle|tensors|storages)$/.test(member.name)) return true;
    const at = nextBlock(member);
    member = memberAt(head, at, at);
  }
  return false;
}

/**
 * What `torch.save` wrote at first: a tar archive of `storages` (pickled key and type, number of elements, elements),
 * `tensors` (pickled key and storage, then sizes and strides) and the `pickle` of the object, which refers to both by
 * number. As `torch/serialization.py` still reads it (`legacy_load`).
 * @throws NormoscopeError for an archive or a pickle that cannot be read
 */
export async function openTar(source: ByteSource, limits: Limits, signal?: AbortSignal): Promise<Contents> {
  const members = await membersOf(source, signal);
  const member = (name: string): ByteSource => {
    const found = members.get(name);
    if (found === undefined) throw new NormoscopeError('truncated', `${source.name} is a PyTorch archive without its ${name}: a part of it is missing.`, source.size);
    return partOf(source, found.start, found.size);
  };
  const storages = await readStorages(member('storages'), limits, signal);
  const tensors = await readTensors(member('tensors'), storages, limits, signal);
  const data = await readPickle(member('pickle'), 0, limits, signal);
  const find: FindStorage = ({ key }) => {
    const found = storages.get(key);
    if (found === undefined) throw new NormoscopeError('truncated', `The archive has no storage ${JSON.stringify(key)}.`);
    return found.storage;
  };
  return {
    roots: [{ value: data.value, prefix: [], find, resolve: ({ id }: PersistentId) => tensors.get(String(id)) ?? null }],
    globals: [[`${source.name}/pickle`, data.globals]],
    metadata: { container: 'tar' },
  };
}

async function membersOf(source: ByteSource, signal: AbortSignal | undefined): Promise<Map<string, Member>> {
  const members = new Map<string, Member>();
  for (let at = 0, count = 0; at + blockBytes <= source.size && count < mostMembers; count++) {
    const found = memberAt(await readBytes(source, at, blockBytes, signal), 0, at);
    if (found === null) break;
    if (found.start + found.size > source.size) {
      throw new NormoscopeError('truncated', `The part ${JSON.stringify(found.name)} of ${source.name} ends at byte ${found.start + found.size}, and the file at byte ${source.size}.`, at);
    }
    if (!members.has(found.name)) members.set(found.name, found);
    at = nextBlock(found);
  }
  return members;
}

interface TarStorage {
  readonly type: PickleValue;
  readonly elements: number;
  readonly storage: Storage;
}

/** A number of pickles, that many pickles of `read`'s, each with something behind it. */
async function each(source: ByteSource, limits: Limits, signal: AbortSignal | undefined, read: (value: PickleValue, position: number) => Promise<number>): Promise<number> {
  const count = await readPickle(source, 0, limits, signal);
  if (typeof count.value !== 'number' || count.value < 0 || count.value > limits.tensors) {
    throw new NormoscopeError('malformed', `${source.name} says that it has ${String(count.value)} tensors or storages; from 0 to ${limits.tensors} are read.`);
  }
  let position = count.length;
  for (let index = 0; index < count.value; index++) {
    const { value, length } = await readPickle(source, position, limits, signal);
    position = await read(value, position + length);
  }
  return position;
}

async function readStorages(source: ByteSource, limits: Limits, signal: AbortSignal | undefined): Promise<Map<string, TarStorage>> {
  const storages = new Map<string, TarStorage>();
  const end = await each(source, limits, signal, async (value, position) => {
    const [key, , type] = itemsOf(value) ?? [];
    const elementBytes = elementType(type)?.bytes;
    if (elementBytes === undefined) throw new NormoscopeError('unsupported', `The storage ${String(key)} of ${source.name} is of a type that is not known here.`);
    const elements = Number(new DataView((await readBytes(source, position, 8, signal)).buffer).getBigInt64(0, true));
    const start = position + 8;
    const size = elements * elementBytes;
    if (!(size >= 0 && start + size <= source.size)) throw new NormoscopeError('truncated', `The storage ${String(key)} of ${source.name} is said to have ${elements} elements, more than are there.`);
    const storage = { open: () => partOf(source, start, size), bytes: size, littleEndian: true, label: `the storage ${String(key)}` };
    storages.set(String(key), { type: type ?? null, elements, storage });
    return start + size;
  });
  // Storages that are views of others.
  const views = end < source.size ? itemsOf((await readPickle(source, end, limits, signal)).value) : null;
  for (const view of views ?? []) {
    const [key, root, offset, elements] = itemsOf(view) ?? [];
    const whole = storages.get(String(root));
    const elementBytes = elementType(whole?.type)?.bytes ?? 1;
    if (whole === undefined || typeof offset !== 'number' || typeof elements !== 'number' || offset < 0 || elements < 0 || !((offset + elements) * elementBytes <= whole.storage.bytes)) continue;
    const size = elements * elementBytes;
    const open = () => partOf(whole.storage.open(), offset * elementBytes, size);
    storages.set(String(key), { type: whole.type, elements, storage: { ...whole.storage, open, bytes: size } });
  }
  return storages;
}

/** What the pickle refers to by number, as PyTorch's later functions would have written it. */
async function readTensors(source: ByteSource, storages: ReadonlyMap<string, TarStorage>, limits: Limits, signal: AbortSignal | undefined): Promise<Map<string, PickleValue>> {
  const tensors = new Map<string, PickleValue>();
  await each(source, limits, signal, async (value, position) => {
    const [key, storageKey] = itemsOf(value) ?? [];
    const rank = new DataView((await readBytes(source, position, 8, signal)).buffer).getInt32(0, true);
    if (rank < 0 || rank > 64) throw new NormoscopeError('malformed', `The tensor ${String(key)} of ${source.name} is said to have ${rank} axes.`);
    const numbers = new DataView((await readBytes(source, position + 8, rank * 16 + 8, signal)).buffer);
    const at = (index: number) => Number(numbers.getBigInt64(index * 8, true));
    const axes = Array.from({ length: rank }, (_, axis) => axis);
    const tuple = (items: PickleValue[]): PickleValue => ({ kind: 'tuple', items });
    const found = storages.get(String(storageKey));
    const id = tuple(['storage', found?.type ?? null, String(storageKey), 'cpu', found?.elements ?? 0]);
    const args = [{ kind: 'persistent', id } as const, at(2 * rank), tuple(axes.map(at)), tuple(axes.map((axis) => at(rank + axis)))];
    if (found !== undefined && isKind(found.type, 'global')) {
      tensors.set(String(key), { kind: 'object', of: { kind: 'global', name: 'torch._utils._rebuild_tensor', at: 0 }, args, state: undefined, items: [], keys: [], values: [] });
    }
    return position + 16 + rank * 16;
  });
  return tensors;
}
