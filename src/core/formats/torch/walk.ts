import type { NormoscopeError } from '../../errors';
import type { Limits } from '../../limits';
import type { TensorData, TensorInfo, Warning } from '../../tensor/tensor';
import { formatCount } from '../../text/numbers';
import { isCallOf, isKind, isNode, itemsOf, valueOf, type PersistentId, type PickleNode, type PickleValue } from '../pickle/value';
import { numpyArray } from './numpyArray';
import { rebuilt, unwrapped, type Found } from './rebuild';
import type { FindStorage } from './storage';

/** A tensor of the catalog, and how to get at it. */
export interface Listed {
  readonly info: TensorInfo;
  readonly data: (() => TensorData) | null;
  readonly failure: NormoscopeError | null;
}

/** What is walked: the value of a pickle. */
export interface Root {
  readonly value: PickleValue;
  /** What all names begin with. */
  readonly prefix: readonly string[];
  readonly find: FindStorage;
  /** What stands for something outside of the pickle, where that may be a tensor. */
  readonly resolve?: (id: PersistentId) => PickleValue | null;
}

export interface Walked {
  readonly tensors: readonly Listed[];
  /** Numbers and texts near the root, by their path: `{ epoch: 3, 'args.lr': 0.1 }`. */
  readonly values: Readonly<Record<string, string | number | boolean>>;
  readonly warnings: readonly Warning[];
}

type Child = readonly [segment: string | null, value: PickleValue];

/** Where a value is: the last segment first, since few paths are ever written out. */
interface Path {
  readonly parent: Path | null;
  readonly segment: string;
  readonly depth: number;
}

interface Frame {
  readonly node: PickleNode;
  readonly path: Path | null;
  readonly children: readonly Child[];
  next: number;
  /** What was listed and left out before. */
  readonly before: number;
}

/** Containers in containers: real models have some thirty. */
const deepest = 128;
/** Values that are looked at: what is contained in several places is listed in each, and a few bytes can multiply it. */
const mostVisits = 1 << 19;
const longestName = 4096;
const mostValues = 128;
const longestText = 200;

/**
 * Lists the tensors of a value by their paths, in its order: keys of dictionaries, indices of lists, attributes of objects.
 * What contains itself is not followed, and nothing recurses.
 */
export function walk({ value: root, prefix, find, resolve }: Root, limits: Limits): Walked {
  const tensors: Listed[] = [];
  const values: Record<string, string | number | boolean> = {};
  const frames: Frame[] = [];
  const open = new Set<PickleNode>();
  const known = new Map<PickleNode, Found | null>();
  /** What was seen to hold no tensor is not looked at again, in however many places it is. */
  const barren = new Set<PickleNode>();
  let visits = 0;
  let leftOut = 0;
  let valueCount = 0;

  function visit(written: PickleValue, path: Path | null, named: boolean): void {
    const value = isKind(written, 'persistent') ? (resolve?.(written) ?? written) : written;
    if (!isNode(value)) {
      if (named && path !== null && path.depth <= 2 && valueCount < mostValues) note(value, path);
      return;
    }
    const found = foundOf(value);
    if (found !== null) {
      list(found, path);
      if (found.parts.length > 0) enter(value, path, found.parts);
      return;
    }
    if (open.has(value) || barren.has(value)) return;
    if (visits + entriesOf(value) > mostVisits) leftOut++;
    else enter(value, path, childrenOf(value));
  }

  /** A value may stand in many places. */
  function foundOf(value: PickleNode): Found | null {
    if (value.kind !== 'object') return null;
    const before = known.get(value);
    if (before !== undefined) return before;
    const found = rebuilt(value, find, limits) ?? numpyArray(unwrapped(value), limits);
    known.set(value, found);
    return found;
  }

  function enter(node: PickleNode, path: Path | null, children: readonly Child[]): void {
    if (children.length === 0) return;
    visits += children.length;
    if (frames.length >= deepest || visits > mostVisits || tensors.length >= limits.tensors) {
      leftOut++;
      return;
    }
    frames.push({ node, path, children, next: 0, before: tensors.length + leftOut });
    open.add(node);
  }

  function note(value: Exclude<PickleValue, PickleNode>, path: Path): void {
    const plain = typeof value === 'bigint' ? String(value) : value;
    if (plain === null || typeof plain === 'object' || (typeof plain === 'string' && plain.length > longestText)) return;
    Object.defineProperty(values, nameOf(path).slice(0, longestText), { value: plain, enumerable: true, configurable: true, writable: true });
    valueCount++;
  }

  function list({ info, data, failure }: Found, path: Path | null): void {
    if (tensors.length >= limits.tensors) {
      leftOut++;
      return;
    }
    const name = nameOf(path);
    tensors.push({ info: { ...info, name: name.length > longestName ? `${name.slice(0, longestName)}…` : name }, data, failure });
  }

  const step = (parent: Path | null, segment: string): Path => ({ parent, segment, depth: (parent?.depth ?? 0) + 1 });
  visit(root, prefix.reduce<Path | null>(step, null), true);
  for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
    const child = frame.children[frame.next++];
    if (child === undefined) {
      frames.pop();
      open.delete(frame.node);
      if (tensors.length + leftOut === frame.before) barren.add(frame.node);
      continue;
    }
    const [segment, value] = child;
    visit(value, segment === null ? frame.path : step(frame.path, segment), segment !== null && !isKind(frame.node, 'list') && !isKind(frame.node, 'tuple'));
  }
  return { tensors, values, warnings: leftOut > 0 ? [tooMany(leftOut, tensors.length)] : [] };
}

function nameOf(path: Path | null): string {
  const segments: string[] = [];
  for (let part = path; part !== null; part = part.parent) segments.push(part.segment);
  return segments.reverse().join('.');
}

function tooMany(leftOut: number, listed: number): Warning {
  const message = `The file has more than is listed here: ${formatCount(listed)} tensors are, and ${formatCount(leftOut)} more of them, or of what may hold some, are not.`;
  return { code: 'tensors-left-out', message };
}

/** How many parts a value has, before a list of them is made. */
function entriesOf(value: PickleNode): number {
  const items = 'items' in value ? value.items.length : 0;
  return items + ('keys' in value ? value.keys.length : 0);
}

/** What a value consists of. A segment of null: under its own name. */
function childrenOf(value: PickleNode): Child[] {
  switch (value.kind) {
    case 'global':
    case 'persistent':
      return [];
    case 'list':
    case 'tuple':
    case 'set':
      return value.items.flatMap((item, index): Child[] => (isNode(item) ? [[String(index), item]] : []));
    case 'dict':
      return pairs(value.keys, value.values);
    case 'object': {
      const children = [...itemsAsPairs(value), ...pairs(value.keys, value.values), ...childrenOf({ kind: 'list', items: value.items })];
      return [...children, ...attributes(value.state)];
    }
  }
}

/** What an object was made of: an OrderedDict of Python 2 a list of pairs, all else by place. */
function itemsAsPairs({ of, args }: Extract<PickleNode, { kind: 'object' }>): Child[] {
  const made = { kind: 'object', of, args } as Extract<PickleNode, { kind: 'object' }>;
  if (isCallOf(made, 'collections.OrderedDict')) {
    return (itemsOf(args[0]) ?? []).map((pair, index) => {
      const [key, value] = itemsOf(pair) ?? [];
      return [segmentOf(key ?? null, index), value ?? null];
    });
  }
  // Containers of one value, and TorchScript's typed lists and dictionaries.
  if (isKind(of, 'global') && /^(torch\.jit\._pickle\.|builtins\.|__builtin__\.|collections\.)/.test(of.name)) {
    return args.filter(isNode).slice(0, 1).map((only): Child => [null, only]);
  }
  return args.map((item, index): Child => [String(index), item]);
}

/**
 * The attributes of an object. Of modules the tensors are kept in three dictionaries, whose names PyTorch leaves out of
 * its own (`layer1.0.weight`).
 */
function attributes(state: PickleValue | undefined): Child[] {
  if (state === undefined || !isNode(state)) return [];
  const [dict, slots] = isKind(state, 'tuple') && state.items.length === 2 ? state.items : [state];
  if (!isKind(dict, 'dict')) return isKind(slots, 'dict') ? pairs(slots.keys, slots.values) : [['state', state]];
  const isModule = valueOf(dict, '_modules') !== undefined && valueOf(dict, '_parameters') !== undefined;
  const own = pairs(dict.keys, dict.values).map(
    ([segment, value]): Child => (isModule && (segment === '_parameters' || segment === '_buffers' || segment === '_modules') ? [null, value] : [segment, value]),
  );
  return isKind(slots, 'dict') ? [...own, ...pairs(slots.keys, slots.values)] : own;
}

/** Of a key that stands twice the last one counts, at the place of the first. */
function pairs(keys: readonly PickleValue[], values: readonly PickleValue[]): Child[] {
  const found = new Map<PickleValue, Child>();
  keys.forEach((key, index) => {
    const value = values[index] ?? null;
    // Numbers and texts are told of small dictionaries only.
    if (isNode(value) || found.has(key) || keys.length <= mostValues) found.set(key, [segmentOf(key, index), value]);
  });
  return [...found.values()];
}

/** A key as Python prints it, but for quotes; what has no short form by its place. */
function segmentOf(key: PickleValue, index: number): string {
  switch (typeof key) {
    case 'string':
      return key;
    case 'number':
    case 'bigint':
      return String(key);
    case 'boolean':
      return key ? 'True' : 'False';
    default: {
      if (key === null) return 'None';
      const items = itemsOf(key);
      if (items !== null && items.length <= 8 && items.every((item) => !isNode(item))) {
        const parts = items.map((item) => segmentOf(item, index));
        return `(${parts.join(', ')}${parts.length === 1 ? ',' : ''})`;
      }
      return isKind(key, 'global') ? key.name : `#${index}`;
    }
  }
}
