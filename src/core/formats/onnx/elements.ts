import { NormoscopeError } from '../../errors';
import type { Limits } from '../../limits';
import type { ByteSource } from '../../tensor/byteSource';
import { packing } from '../../tensor/dtype';
import { elementCount, type TensorData, type TensorInfo } from '../../tensor/tensor';
import { formatCount } from '../../text/numbers';
import { contiguousData } from '../contiguous';
import { joined, unpacked } from './pieces';
import type { StoredTensor } from './tensorProto';
import { dataField, onnxType, stringType, type OnnxType } from './types';
import type { Piece } from './wireReader';

/** A tensor as it is listed; `failure` is why it is not readable, `data` null then. */
export interface Found {
  readonly info: TensorInfo;
  readonly failure: NormoscopeError | null;
  readonly data: (() => TensorData) | null;
}

/** Another file with elements, as far as it could be opened. */
export type FindFile = (location: string) => ByteSource;

/** What is known of a tensor before its elements are looked for. */
interface Header {
  readonly type: OnnxType;
  readonly shape: readonly number[];
  readonly bytes: number;
}

/**
 * Checks what the file says of a tensor; what is wrong costs it alone.
 * @param find throws for a file that could not be opened
 */
export function foundTensor(name: string, stored: StoredTensor, source: ByteSource, limits: Limits, find: FindFile): Found {
  const type = onnxType(stored.dataType);
  const { word: storedDtype, dtype } = type;
  let info = { name, dtype, storedDtype, shape: [] as readonly number[], bytes: 0 };
  try {
    if (stored.failure !== null) throw stored.failure;
    if (!stored.complete) throw new NormoscopeError('truncated', `${source.name} ends at byte ${source.size}, within the tensor.`, source.size);
    const header = headerOf(stored, type);
    info = { ...info, shape: header.shape, bytes: header.bytes };
    const data = dataOf(stored, header, source, limits, find);
    return { info: { ...info, status: 'readable', reason: null }, failure: null, data };
  } catch (error) {
    if (!(error instanceof NormoscopeError)) throw error;
    return unread(info, error);
  }
}

/** A sparse tensor: that it is there, its values and its places being tensors of their own. */
export function foundSparse(name: string, dims: readonly bigint[], values: StoredTensor): Found {
  const { word: storedDtype, dtype } = onnxType(values.dataType);
  const shape = dims.map(Number);
  const info = { name, dtype, storedDtype, shape: shape.every((size) => Number.isSafeInteger(size) && size >= 0) ? shape : [], bytes: 0 };
  return unread(info, new NormoscopeError('unsupported', 'The tensor is sparse: its values and their indices are listed as tensors of their own.'));
}

function unread(info: Omit<TensorInfo, 'status' | 'reason'>, failure: NormoscopeError): Found {
  return { info: { ...info, status: failure.code === 'unsupported' ? 'unsupported' : 'refused', reason: failure.message }, failure, data: null };
}

/** @throws NormoscopeError `refused` for sizes that no tensor has */
function headerOf({ dims, axes }: StoredTensor, type: OnnxType): Header {
  if (axes > dims.length) throw new NormoscopeError('refused', `The tensor has ${formatCount(axes)} axes or more.`);
  const shown = dims.slice(0, 8).join(', ');
  if (dims.some((size) => size < 0n)) throw new NormoscopeError('refused', `The tensor has the sizes (${shown}), one of which is negative.`);
  // An empty axis makes the tensor empty, but must not hide the others' sizes from this.
  const most = dims.reduce((product, size) => product * (size || 1n), BigInt(type.bits || 1));
  if (most > BigInt(Number.MAX_SAFE_INTEGER)) throw new NormoscopeError('refused', `A tensor of shape (${shown}) takes more bytes than any file has.`);
  const shape = dims.map(Number);
  return { type, shape, bytes: Math.ceil((elementCount(shape) * type.bits) / 8) };
}

function dataOf(stored: StoredTensor, { type, shape, bytes }: Header, source: ByteSource, limits: Limits, find: FindFile): () => TensorData {
  const { word, dtype, field } = type;
  if (stored.dataType === stringType) throw new NormoscopeError('unsupported', 'The elements are texts.');
  if (dtype === null) throw new NormoscopeError('unsupported', `Elements of type ${word} are not computed with.`);
  if (shape.length > limits.rank) throw new NormoscopeError('unsupported', `The tensor has ${shape.length} axes; at most ${limits.rank} are read.`);
  if (stored.isSegment) throw new NormoscopeError('unsupported', 'The tensor is a segment of one, which ONNX has not had since 2017.');
  const stride = packing(dtype)?.bytes ?? type.bits / 8;
  const opened = (from: ByteSource, start: number) => () => contiguousData(from, start, shape, { dtype, littleEndian: true, stride, offset: 0 });
  if (stored.external) {
    const { file, start } = externalPlace(stored, bytes, find);
    return opened(file, start);
  }
  const { raw } = stored;
  const pieces = stored.typed.get(field) ?? [];
  const length = lengthOf(pieces);
  if (raw !== null && raw.end > raw.start && stored.typed.size > 0) {
    throw new NormoscopeError('refused', `The tensor has its elements twice, as raw bytes from byte ${raw.start} on and in a field of their type.`);
  }
  for (const { end } of [...pieces, ...(raw === null ? [] : [raw])]) {
    if (end > source.size) throw new NormoscopeError('truncated', `The tensor's bytes go on to byte ${end}, but the file ends at byte ${source.size}.`, source.size);
  }
  if (raw !== null && stored.typed.size === 0) {
    checkLength(raw.end - raw.start, bytes, type, shape);
    return opened(source, raw.start);
  }
  if (stored.typed.size > 0 && pieces.length === 0) {
    throw new NormoscopeError('refused', `The tensor has elements, but none in the field that has those of type ${word}.`);
  }
  if (field === dataField.float || field === dataField.double) {
    checkLength(length, bytes, type, shape);
    return opened(joined(source, pieces), 0);
  }
  const items = bytes / stride;
  if (length < items || length > items * 10) {
    throw new NormoscopeError('refused', `Shape (${shape.join(', ')}) of ${word} takes from ${items} to ${items * 10} bytes in a field of its type, but it has ${length}.`);
  }
  return opened(unpacked(joined(source, pieces), items, stride, dtype), 0);
}

function lengthOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { start, end }) => sum + end - start, 0);
}

function checkLength(found: number, expected: number, { word }: OnnxType, shape: readonly number[]): void {
  if (found !== expected) throw new NormoscopeError('refused', `Shape (${shape.join(', ')}) of ${word} takes ${expected} bytes, but the tensor has ${found}.`);
}

/** Where a tensor lies in another file. */
function externalPlace({ place }: StoredTensor, bytes: number, find: FindFile): { file: ByteSource; start: number } {
  const location = place.get('location');
  if (location === undefined) throw new NormoscopeError('refused', "The tensor's elements are said to be in another file, of which there is no name.");
  const start = wholeNumber(place.get('offset') ?? '0', 'offset');
  const length = wholeNumber(place.get('length') ?? String(bytes), 'length');
  const file = find(location);
  if (length !== bytes) throw new NormoscopeError('refused', `The tensor takes ${bytes} bytes, but is said to have ${length} in ${file.name}.`);
  if (start + bytes > file.size) {
    throw new NormoscopeError('truncated', `The tensor takes the bytes ${start} to ${start + bytes} of ${file.name}, which ends at byte ${file.size}.`, file.size);
  }
  return { file, start };
}

function wholeNumber(text: string, what: string): number {
  const value = /^\s*\d{1,16}\s*$/.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(value)) return value;
  throw new NormoscopeError('refused', `The ${what} of the tensor in its other file is ${JSON.stringify(text.slice(0, 40))}, not a whole number.`);
}
