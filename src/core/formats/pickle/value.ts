/**
 * What a pickle describes, as data: its numbers and texts, its containers, and, of everything that a program would be
 * called for, only the name and what it would be given. Nothing is ever looked up by these names, or called.
 */
export type PickleValue = null | boolean | number | bigint | string | Uint8Array | PickleNode;

/** What has parts, or is more than its own value. */
export type PickleNode = PickleSequence<'list'> | PickleSequence<'tuple'> | PickleSequence<'set'> | PickleDict | PickleGlobal | PickleObject | PersistentId;

export interface PickleSequence<Kind extends 'list' | 'tuple' | 'set'> {
  readonly kind: Kind;
  items: PickleValue[];
}

export interface PickleDict {
  readonly kind: 'dict';
  /** In order, with `values` beside them. A key may stand twice; the last one counts. */
  keys: PickleValue[];
  values: PickleValue[];
}

/** A class or function by its name: `torch._utils._rebuild_tensor_v2`. */
export interface PickleGlobal {
  readonly kind: 'global';
  readonly name: string;
  /** Byte of the pickle that it is named at first. */
  readonly at: number;
}

/** What a call would have made. */
export interface PickleObject {
  readonly kind: 'object';
  readonly of: PickleValue;
  readonly args: readonly PickleValue[];
  /** What its `__setstate__` would have been given. */
  state: PickleValue | undefined;
  /** What would have been appended to it, and set in it by key. */
  items: PickleValue[];
  keys: PickleValue[];
  values: PickleValue[];
}

/** Something that is kept outside of the pickle: a storage. */
export interface PersistentId {
  readonly kind: 'persistent';
  readonly id: PickleValue;
}

/** Whether a value is an object that a call of one of these names would have made. */
export function isCallOf(value: PickleValue | undefined, ...names: readonly string[]): value is PickleObject {
  const name = calledName(value);
  return name !== null && names.includes(name);
}

/** The name that an object would have been made by: `collections.OrderedDict`. */
export function calledName(value: PickleValue | undefined): string | null {
  return isKind(value, 'object') && isKind(value.of, 'global') ? value.of.name : null;
}

export function isNode(value: PickleValue | undefined): value is PickleNode {
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array);
}

export function isKind<Kind extends PickleNode['kind']>(value: PickleValue | undefined, kind: Kind): value is Extract<PickleNode, { kind: Kind }> {
  return isNode(value) && value.kind === kind;
}

/** The items of a list or tuple; null for anything else. */
export function itemsOf(value: PickleValue | undefined): readonly PickleValue[] | null {
  return isKind(value, 'list') || isKind(value, 'tuple') ? value.items : null;
}

/** The value of a text key in a dictionary. */
export function valueOf(dict: PickleValue | undefined, key: string): PickleValue | undefined {
  if (!isKind(dict, 'dict') && !isKind(dict, 'object')) return undefined;
  return dict.values[dict.keys.lastIndexOf(key)];
}
