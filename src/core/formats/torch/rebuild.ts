import { NormoscopeError } from '../../errors';
import type { Limits } from '../../limits';
import { elementCount, type TensorData, type TensorInfo } from '../../tensor/tensor';
import { calledName, isCallOf, isKind, itemsOf, valueOf, type PickleObject, type PickleValue } from '../pickle/value';
import { elementType, storageRef, type ElementType, type FindStorage } from './storage';
import { stridedData } from './strided';

/** What a value of a pickle is to the catalog. */
export interface Found {
  readonly info: Omit<TensorInfo, 'name'>;
  /** Of a readable tensor. */
  readonly data: (() => TensorData) | null;
  /** Of one that is not: what is thrown for it. */
  readonly failure: NormoscopeError | null;
  /** Tensors that it is made of, by what follows its name. */
  readonly parts: readonly (readonly [segment: string, value: PickleValue])[];
}

/** A view of a storage as it is written: everything still to be checked. */
interface Written {
  readonly storage: PickleValue | undefined;
  readonly offset: PickleValue | undefined;
  readonly size: PickleValue | undefined;
  readonly stride: PickleValue | undefined;
  /** Stands in place of the storage's own type. */
  readonly type?: PickleValue | undefined;
  readonly metadata?: PickleValue | undefined;
}

const utils = 'torch._utils.';
/** Tensors whose numbers are those that are stored. */
const plainClasses = ['torch.Tensor', 'torch.nn.parameter.Parameter', 'torch.nn.parameter.Buffer'];

/**
 * The tensor that one of PyTorch's own functions would rebuild; null when a value is none.
 * Torch's functions are those of its `_utils.py` and `_tensor.py`, versions 0.4 to 2.9.
 */
export function rebuilt(value: PickleValue, find: FindStorage, limits: Limits): Found | null {
  const made = unwrapped(value);
  const name = calledName(made);
  if (name === null || !isKind(made, 'object')) return null;
  const [a, b, c, d, , , g, h] = made.args;
  switch (name) {
    case `${utils}_rebuild_tensor`:
    case `${utils}_rebuild_tensor_v2`:
      return view({ storage: a, offset: b, size: c, stride: d, metadata: g }, find, limits);
    case `${utils}_rebuild_tensor_v3`:
      return view({ storage: a, offset: b, size: c, stride: d, type: g, metadata: h }, find, limits);
    case `${utils}_rebuild_qtensor`: {
      const word = isKind(a, 'persistent') ? itemsOf(a.id)?.[1] : undefined;
      return listed(elementType(word), sizes(c), 'The elements are quantized: whole numbers whose scale is kept beside them.');
    }
    case `${utils}_rebuild_sparse_tensor`:
    case `${utils}_rebuild_sparse_csr_tensor`:
      return sparse(b);
    case `${utils}_rebuild_meta_tensor_no_storage`:
      return listed(elementType(a), sizes(b), 'The tensor has no elements: it was on the device "meta" when it was saved.');
    case `${utils}_rebuild_wrapper_subclass`:
      return listed(elementType(b), sizes(c), `The tensor is of a class of its own (${className(a)}), which has the elements elsewhere.`);
    case `${utils}_rebuild_nested_tensor`:
      return { ...listed(null, null, 'The tensor is nested: a row of tensors of different shapes.'), parts: [['buffer', a ?? null]] };
    case 'torch._tensor._rebuild_from_type':
    case 'torch._tensor._rebuild_from_type_v2': {
      const parts = [...(itemsOf(c) ?? [])].map((part, index) => [String(index), part] as const);
      const inner: PickleObject = { kind: 'object', of: a ?? null, args: itemsOf(c) ?? [], state: undefined, items: [], keys: [], values: [] };
      // Of another of these it is not said twice.
      const found = className(a).startsWith('torch._tensor.') ? null : rebuilt(inner, find, limits);
      if (found === null) return { ...listed(null, null, `The tensor is of a class of its own (${className(b)}).`), parts };
      return { ...listed(null, found.info.shape, `The tensor is of a class of its own (${className(b)}), which may give its elements another meaning.`), parts: [] };
    }
    default:
      return null;
  }
}

/** A parameter is its tensor; so is a tensor with attributes, and one of a class that means nothing more. */
export function unwrapped(value: PickleValue): PickleValue {
  let inner = value;
  for (let depth = 0; depth < 8; depth++) {
    if (isCallOf(inner, `${utils}_rebuild_parameter`, `${utils}_rebuild_parameter_with_state`, `${utils}_rebuild_device_tensor_from_numpy`, `${utils}_rebuild_xla_tensor`)) {
      inner = inner.args[0] ?? null;
    } else if (isCallOf(inner, 'torch._tensor._rebuild_from_type', 'torch._tensor._rebuild_from_type_v2') && plainClasses.includes(className(inner.args[1]))) {
      inner = { kind: 'object', of: inner.args[0] ?? null, args: itemsOf(inner.args[2]) ?? [], state: undefined, items: [], keys: [], values: [] };
    } else {
      break;
    }
  }
  return inner;
}

function sparse(data: PickleValue | undefined): Found {
  const items = itemsOf(data) ?? [];
  const names = items.length > 3 ? ['crow_indices', 'col_indices', 'values'] : ['indices', 'values'];
  const parts = names.map((name, index) => [name, items[index] ?? null] as const);
  return { ...listed(null, sizes(items[names.length]), `The tensor is sparse; what it consists of is listed behind it: ${names.join(', ')}.`), parts };
}

function view(written: Written, find: FindStorage, limits: Limits): Found {
  let type: ElementType | null = null;
  let shape: readonly number[] | null = null;
  try {
    if (!isKind(written.storage, 'persistent')) throw new NormoscopeError('malformed', 'The tensor has no storage.');
    const ref = storageRef(written.storage);
    type = isKind(written.type, 'global') ? elementType(written.type) : ref.type;
    shape = sizes(written.size);
    const strides = sizes(written.stride);
    const { offset } = written;
    if (type === null) throw new NormoscopeError('unsupported', `The elements are of type ${className(written.type)}, which is not known here.`);
    if (shape === null || strides === null || shape.length !== strides.length || typeof offset !== 'number' || !isSize(offset)) {
      shape = null;
      throw new NormoscopeError('malformed', 'The tensor has sizes, strides or an offset that are no whole numbers from 0 on, or not as many of each.');
    }
    checkSizes(shape, type, limits);
    const { dtype, bytes } = type;
    if (dtype === null) throw new NormoscopeError('unsupported', 'The elements are quantized: whole numbers whose scale is kept beside them.');
    for (const [bit, meaning] of [['conj', 'conjugates'], ['neg', 'negatives']] as const) {
      if (valueOf(written.metadata, bit) === true) throw new NormoscopeError('unsupported', `The tensor's elements are the ${meaning} of those that are stored.`);
    }
    const storage = find(ref);
    const first = (offset + ref.viewOffset) * bytes;
    checkGeometry(shape, strides, first, bytes, ref.elements === null ? null : ref.elements * ref.type.bytes, storage);
    const info = { dtype, storedDtype: type.word, shape, bytes: elementCount(shape) * bytes, status: 'readable' as const, reason: null };
    const { littleEndian } = storage;
    return { info, failure: null, parts: [], data: () => stridedData(storage.open(), { shape: info.shape, strides, start: first, itemBytes: bytes, dtype, littleEndian }) };
  } catch (error) {
    if (!(error instanceof NormoscopeError)) throw error;
    return failed(type, shape, error);
  }
}

/** PyTorch itself takes sizes and strides that lead out of the storage (pytorch/pytorch#184652); here they are refused. */
function checkGeometry(
  shape: readonly number[],
  strides: readonly number[],
  first: number,
  itemBytes: number,
  declared: number | null,
  storage: { readonly bytes: number; readonly label: string },
): void {
  if (elementCount(shape) === 0) return;
  const end = shape.reduce((sum, size, axis) => sum + (size - 1) * (strides[axis] ?? 0) * itemBytes, first + itemBytes);
  if (!Number.isSafeInteger(end)) throw new NormoscopeError('refused', 'The sizes, strides and offset of the tensor lead beyond any file.');
  const shown = `Sizes (${shape.join(', ')}), strides (${strides.join(', ')}) and offset ${first / itemBytes}`;
  if (declared !== null && end > declared) {
    throw new NormoscopeError('refused', `${shown} lead to byte ${end} of ${storage.label}, which is said to have ${declared}.`);
  }
  if (end > storage.bytes) {
    throw new NormoscopeError('truncated', `${shown} lead to byte ${end} of ${storage.label}, of which the file has ${storage.bytes}.`);
  }
}

function checkSizes(shape: readonly number[], type: ElementType, limits: Limits): void {
  if (shape.length > limits.rank) throw new NormoscopeError('unsupported', `The tensor has ${shape.length} axes; at most ${limits.rank} are read.`);
  // An empty axis makes the tensor empty, but must not hide the others' sizes from this.
  const bytes = shape.reduce((product, size) => product * (size || 1), type.bytes);
  if (bytes > Number.MAX_SAFE_INTEGER) throw new NormoscopeError('refused', `A tensor of shape (${shape.join(', ')}) takes more bytes than any file has.`);
}

function failed(type: ElementType | null, shape: readonly number[] | null, failure: NormoscopeError): Found {
  const status = failure.code === 'unsupported' ? 'unsupported' : 'refused';
  const bytes = (type?.bytes ?? 0) * elementCount(shape ?? []);
  const info = {
    dtype: type?.dtype ?? null,
    storedDtype: type?.word ?? '',
    shape: shape ?? [],
    bytes: shape !== null && Number.isSafeInteger(bytes) ? bytes : 0,
    status,
    reason: failure.message,
  } as const;
  return { info, failure, data: null, parts: [] };
}

function listed(type: ElementType | null, shape: readonly number[] | null, reason: string): Found {
  return failed(type === null ? null : { ...type, dtype: null }, shape, new NormoscopeError('unsupported', reason));
}

/** Whole numbers from 0 on: a tuple, a list, or a `torch.Size`; null for anything else. */
function sizes(value: PickleValue | undefined): number[] | null {
  const items = isCallOf(value, 'torch.Size') ? itemsOf(value.args[0]) : itemsOf(value);
  if (items === null || items.length > 64) return null;
  const numbers = items.filter((item): item is number => typeof item === 'number' && isSize(item));
  return numbers.length === items.length ? numbers : null;
}

function isSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function className(value: PickleValue | undefined): string {
  return isKind(value, 'global') ? value.name : 'unnamed';
}
