import { NormoscopeError, throwIfCancelled } from '../errors';
import type { Limits } from '../limits';
import { readBytes, type ByteSource } from '../tensor/byteSource';
import type { TensorData, TensorInfo, Warning } from '../tensor/tensor';
import { counted, formatBytes, formatCount } from '../text/numbers';
import { quoted } from '../text/quoted';
import type { Claim, Clues, Format, OpenFile, Opener, Part } from './format';
import { siblingSource } from './siblingSource';
import { describeJson, JsonObject, parseStrictJson, type Json } from './strictJson';

const mapName = 'weight_map';
const endings = ['.safetensors.index.json', '.bin.index.json'];

/**
 * A checkpoint in several files, by the index that says which tensor is in which: `{"metadata": {…}, "weight_map": {"a.weight":
 * "model-00001-of-00002.safetensors", …}}`, as Hugging Face's libraries write it beside safetensors and PyTorch files.
 * What is wrong with a shard costs only its tensors.
 */
export const sharded: Format = {
  id: 'sharded',
  label: 'sharded checkpoint',
  extensions: [],
  sharedExtensions: endings,
  mayHaveParts: true,
  // And of every file that it names the header: no glance at one file.
  readsWhole: true,
  probe: claim,
  async open(source, limits, signal, openOther) {
    const { metadata, places } = readIndex(await indexText(source, limits, signal), source.name);
    return openShards(source, metadata, places, limits, signal, openOther);
  },
};

/** JSON with a map of weights near its beginning, or of a name that only an index has: that says more than any `.json` does. */
function claim({ head, name }: Clues): Claim {
  const text = String.fromCharCode(...head);
  if (!/^(?:\xef\xbb\xbf)?\s*\{/.test(text)) return null;
  const isNamedSo = endings.some((ending) => name.toLowerCase().endsWith(ending));
  return isNamedSo || /"weight_map"\s*:\s*\{/.test(text) ? 'signature' : null;
}

async function indexText(source: ByteSource, { headerBytes }: Limits, signal: AbortSignal | undefined): Promise<string> {
  const { name, size } = source;
  if (size > headerBytes) {
    throw new NormoscopeError('too-large', `The index ${name} has ${formatBytes(size)}; at most ${formatBytes(headerBytes)} are read.`, 0);
  }
  const bytes = await readBytes(source, 0, size, signal);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new NormoscopeError('malformed', `The index ${name} is not UTF-8.`, 0);
  }
}

interface Place {
  readonly name: string;
  /** The shard's file, as the index has it; null where that makes no sense, for `reason`. */
  readonly shard: string | null;
  readonly reason: string;
}

function readIndex(text: string, name: string): { metadata: Readonly<Record<string, unknown>>; places: readonly Place[] } {
  const index = parseStrictJson(text, `The index ${name}`, (character) => new TextEncoder().encode(text.slice(0, character)).length);
  const map = index instanceof JsonObject ? index.members.get(mapName) : undefined;
  if (!(index instanceof JsonObject) || !(map instanceof JsonObject)) {
    const found = index instanceof JsonObject ? `its ${mapName} is ${describeJson(map)}` : `the file is ${describeJson(index)}`;
    throw new NormoscopeError('malformed', `An index of shards has an object ${mapName} that names the file of each tensor; ${found}.`, 0);
  }
  if (index.repeated.has(mapName)) throw new NormoscopeError('malformed', `The index has ${mapName} more than once.`, 0);
  const places = [...map.members].map(([name, shard]): Place => {
    if (map.repeated.has(name)) return { name, shard: null, reason: 'The index names it more than once.' };
    if (typeof shard === 'string') return { name, shard, reason: '' };
    return { name, shard: null, reason: `The index has ${describeJson(shard)} for its file, not a name.` };
  });
  const metadata = index.members.get('metadata');
  return { metadata: metadata instanceof JsonObject ? Object.fromEntries([...metadata.members].filter(([, value]) => isPlain(value))) : {}, places };
}

function isPlain(value: Json): boolean {
  return typeof value !== 'object';
}

/** Files outside of the folder are none. */
function partsOf(shards: ReadonlyMap<string, Shard>, listed: readonly Place[]): Part[] {
  const tensors = new Map<string | null, number[]>();
  for (const [index, { shard }] of listed.entries()) {
    const places = tensors.get(shard);
    if (places === undefined) tensors.set(shard, [index]);
    else places.push(index);
  }
  return [...shards].flatMap(([path, { identity, failure }]) => (identity === null && failure?.code !== 'not-found' ? [] : [{ path, identity, tensors: tensors.get(path) ?? [] }]));
}

/** A shard whose header has been read; or why it could not be. */
interface Shard {
  /** Null: it could not be opened. */
  readonly identity: string | null;
  readonly file: OpenFile | null;
  readonly failure: NormoscopeError | null;
  /** Places in the shard's catalog by name. */
  readonly indices: ReadonlyMap<string, number>;
}

async function openShards(
  source: ByteSource,
  metadata: Readonly<Record<string, unknown>>,
  places: readonly Place[],
  limits: Limits,
  signal: AbortSignal | undefined,
  openOther: Opener,
): Promise<OpenFile> {
  const listed = places.slice(0, limits.tensors);
  const warnings: Warning[] = [];
  const shards = new Map<string, Shard>();
  for (const { shard } of listed) {
    if (shard === null || shards.has(shard)) continue;
    throwIfCancelled(signal);
    shards.set(shard, shards.size < limits.shards ? await openShard(source, shard, limits, signal, openOther) : tooMany(limits));
  }
  if (places.length > listed.length) {
    const message = `The index has ${formatCount(places.length - listed.length)} more tensors; the first ${formatCount(listed.length)} are listed.`;
    warnings.push({ code: 'tensors-left-out', message });
  }
  const found = listed.map((place) => ({ place, ...located(place, shards) }));
  warnings.push(...shardWarnings(shards, listed, places.length === listed.length));
  return {
    catalog: { format: sharded.id, metadata, tensors: found.map(({ info }) => info), warnings },
    parts: partsOf(shards, listed),
    tensor(index): TensorData {
      const at = found[index];
      if (at === undefined) throw new NormoscopeError('internal', `The file has no tensor number ${index}.`);
      return at.data();
    },
  };
}

/** Reads a shard's header. Whatever else fails than the reading as a whole is told of its tensors. */
async function openShard(source: ByteSource, name: string, limits: Limits, signal: AbortSignal | undefined, openOther: Opener): Promise<Shard> {
  let identity: string | null = null;
  try {
    const sibling = await siblingSource(source, name);
    ({ identity } = sibling);
    const file = await openOther(sibling, limits, signal);
    return { identity, file, failure: null, indices: new Map(file.catalog.tensors.map((info, index) => [info.name, index])) };
  } catch (error) {
    if (!(error instanceof NormoscopeError) || error.code === 'cancelled') throw error;
    return { identity, file: null, failure: error, indices: new Map() };
  }
}

function tooMany({ shards }: Limits): Shard {
  const failure = new NormoscopeError('too-large', `The index names more than ${formatCount(shards)} files; no more are opened.`);
  return { identity: null, file: null, failure, indices: new Map() };
}

function located({ name, shard, reason }: Place, shards: ReadonlyMap<string, Shard>): { info: TensorInfo; data(): TensorData } {
  if (shard === null) return unread(name, new NormoscopeError('refused', reason));
  const { file = null, failure = null, indices } = shards.get(shard) ?? {};
  if (failure !== null) return unread(name, failure);
  const index = indices?.get(name);
  const info = index === undefined ? undefined : file?.catalog.tensors[index];
  if (file === null || index === undefined || info === undefined) {
    return unread(name, new NormoscopeError('refused', `The index places it in ${quoted(shard)}, which has no tensor of that name.`));
  }
  return { info, data: () => file.tensor(index) };
}

function unread(name: string, failure: NormoscopeError): { info: TensorInfo; data(): TensorData } {
  const info: TensorInfo = { name, dtype: null, storedDtype: '', shape: [], bytes: 0, status: 'refused', reason: failure.message };
  return {
    info,
    data() {
      throw failure;
    },
  };
}

/** What the shards cost or say together: one warning of each kind, however many files and tensors it is about. */
function shardWarnings(shards: ReadonlyMap<string, Shard>, listed: readonly Place[], complete: boolean): Warning[] {
  const placed = new Map<string, Set<string>>();
  for (const { name, shard } of listed) {
    if (shard === null) continue;
    const names = placed.get(shard) ?? new Set();
    placed.set(shard, names.add(name));
  }
  const kinds = new Map<string, { message: string; files: number }>();
  const warn = (code: string, message: string) => {
    const kind = kinds.get(code) ?? { message, files: 0 };
    kinds.set(code, { ...kind, files: kind.files + 1 });
  };
  for (const [name, { failure, file, indices }] of shards) {
    if (failure !== null) warn('shard', `${quoted(name)} costs ${counted(placed.get(name)?.size ?? 0, 'tensor')}: ${failure.message}`);
    for (const { code, message } of file?.catalog.warnings ?? []) warn(code, `In ${quoted(name)}: ${message}`);
    const others = complete ? [...indices.keys()].filter((tensor) => !placed.get(name)?.has(tensor)) : [];
    if (others.length > 0) {
      warn('not-in-index', `${quoted(name)} has ${counted(others.length, 'tensor')} that the index does not place there, such as ${quoted(others[0] ?? '')}: left out.`);
    }
  }
  return [...kinds].map(([code, { message, files }]) => ({
    code,
    message: files === 1 ? message : `${message} Something like it is so of ${counted(files - 1, 'other file')}.`,
  }));
}
