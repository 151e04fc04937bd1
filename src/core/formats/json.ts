import { NormoscopeError } from '../errors';
import { readBytes, type ByteSource } from '../tensor/byteSource';
import { elementCount, type Catalog, type TensorData, type TensorInfo, type Warning } from '../tensor/tensor';
import type { Limits } from '../limits';
import { counted, formatBytes } from '../text/numbers';
import { Allowance, heapCost } from './allowance';
import { contiguousData } from './contiguous';
import type { Format, OpenFile } from './format';
import { isArray, tensorOf, type Found } from './json/arrays';
import { parseJson } from './json/parse';
import { memorySource } from '../tensor/memorySource';
import { asUtf8, looksLikeText } from './text/unicode';

/** JSON is read whole, as bytes and as text. */
const mostBytes = 32 * 1024 * 1024;
/** Bytes that its values may take. */
const mostMemory = 56 * 1024 * 1024;

/**
 * Nested lists of numbers: the file's one list, or every list that an object holds, by its keys (`state_dict.bias`). `.jsonl`
 * has a value to a line: lists or numbers become the rows of one tensor, objects a tensor to a key. Python's `NaN` and
 * `Infinity` are read; `null` is a missing number.
 */
export const json: Format = {
  id: 'json',
  label: 'JSON arrays',
  extensions: [],
  sharedExtensions: ['.json', '.jsonl'],
  readsWhole: true,
  probe: ({ head, name }) => (/\.jsonl?$/i.test(name) && looksLikeText(head) ? 'name' : null),
  async open(source, limits, signal) {
    const { source: utf8, start } = await asUtf8(source, signal);
    if (utf8.size > mostBytes) {
      throw new NormoscopeError('too-large', `${source.name} has ${formatBytes(utf8.size)}; JSON is read whole, up to ${formatBytes(mostBytes)}. Save it as .npy.`);
    }
    const text = new TextDecoder().decode(await readBytes(utf8, start, utf8.size - start, signal));
    const value = /\.jsonl$/i.test(source.name) ? linesOf(text) : parseJson(text, new Allowance('The JSON text', mostMemory));
    const found = collect(value, limits);
    if (found.lists.size === 0) throw new NormoscopeError('not-recognized', `${source.name} is JSON without a list of numbers in it.`, 0);
    return openLists(source, found);
  },
};

/** One value of all lines: a list of them, or, of objects, an object with a list for every key. */
function linesOf(text: string): unknown {
  const values: unknown[] = [];
  const memory = new Allowance('The JSON text', mostMemory);
  for (let offset = 0; offset < text.length; ) {
    const end = text.indexOf('\n', offset);
    const line = text.slice(offset, end < 0 ? text.length : end);
    memory.take(heapCost.member);
    if (line.trim() !== '') values.push(parseJson(line, memory, offset));
    offset += line.length + 1;
  }
  const [first] = values;
  if (!isObject(first)) return values;
  return Object.fromEntries(Object.keys(first).map((key) => [key, values.map((value) => (isObject(value) && Object.hasOwn(value, key) ? value[key] : null))]));
}

interface Collected {
  readonly lists: Map<string, Found>;
  readonly metadata: Record<string, unknown>;
  leftOut: number;
}

/** All lists by their path, and what else the top says. */
function collect(value: unknown, limits: Limits): Collected {
  const found: Collected = { lists: new Map(), metadata: {}, leftOut: 0 };
  if (isArray(value)) found.lists.set('', tensorOf(value, limits.rank));
  else if (isObject(value)) collectFrom(value, '', limits, found);
  return found;
}

function collectFrom(object: Readonly<Record<string, unknown>>, prefix: string, limits: Limits, found: Collected): void {
  for (const [key, value] of Object.entries(object)) {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    if (isArray(value)) {
      if (!isNumeric(value)) continue;
      if (found.lists.size < limits.tensors) found.lists.set(path, tensorOf(value, limits.rank));
      else found.leftOut++;
    } else if (isObject(value)) collectFrom(value, path, limits, found);
    else if (prefix === '') Object.defineProperty(found.metadata, key, { value, enumerable: true, configurable: true });
  }
}

/** Whether the first innermost entry of a list is a number: a list of names beside the tensors is none of them. */
function isNumeric(list: readonly unknown[]): boolean {
  let at: unknown = list;
  while (isArray(at)) at = at[0];
  return typeof at === 'number' || at === null || at === undefined || typeof at === 'boolean' || at === 'NaN' || at === 'Infinity' || at === '-Infinity';
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !isArray(value);
}

function openLists(source: ByteSource, { lists, metadata, leftOut }: Collected): OpenFile {
  const entries = [...lists];
  const missing = entries.reduce((sum, [, found]) => sum + ('missing' in found ? found.missing : 0), 0);
  const warnings: Warning[] = [
    ...(missing > 0 ? [{ code: 'missing-values', message: `${counted(missing, 'entry is', 'entries are')} null: they count as NaN, not as zero.` }] : []),
    ...(leftOut > 0 ? [{ code: 'tensors-left-out', message: `${counted(leftOut, 'more list')} of numbers ${leftOut === 1 ? 'is' : 'are'} not listed.` }] : []),
  ];
  const catalog: Catalog = { format: json.id, metadata, tensors: entries.map(([name, found]) => infoOf(name, found)), warnings };
  return {
    catalog,
    tensor(index): TensorData {
      const found = entries[index]?.[1];
      if (found === undefined) throw new NormoscopeError('internal', `The file has no tensor number ${index}.`);
      if ('reason' in found) throw new NormoscopeError('refused', found.reason);
      const bytes = new Uint8Array(found.values.buffer);
      return contiguousData(memorySource(source.name, bytes), 0, found.shape, { dtype: 'float64', littleEndian: true, stride: 8, offset: 0 });
    },
  };
}

function infoOf(name: string, found: Found): TensorInfo {
  const header = { name, dtype: 'float64', storedDtype: 'number' } as const;
  if ('reason' in found) return { ...header, shape: [], bytes: 0, status: 'refused', reason: found.reason };
  return { ...header, shape: found.shape, bytes: elementCount(found.shape) * 8, status: 'readable', reason: null };
}
