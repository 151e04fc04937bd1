import type { Engine } from '../engine/engine';
import { isLongInteger } from '../engine/integerRange';
import { NormoscopeError, throwIfCancelled } from '../errors';
import type { OpenFile } from '../formats/format';
import type { Limits } from '../limits';
import { complexPart } from '../tensor/complex';
import { bitsPerElement, dtypeKind, packing, type DType } from '../tensor/dtype';
import { elementCount, unitOf, type TensorData } from '../tensor/tensor';
import { counted, formatBytes, formatShape } from '../text/numbers';
import { tensorInfo } from './tensorInfo';

/** Where a window begins along an axis, and how many elements of the axis it takes. */
export type Span = readonly [from: number, count: number];

/** A window on a cut of one or two axes through a tensor: the elements whose other axes have a fixed index. */
export interface SliceRequest {
  /** An index for every axis, in logical order. What stands for the axes of rows and columns says nothing. */
  readonly fixed: readonly number[];
  /** The axis that goes down; null only for a tensor without axes, which is one row. */
  readonly rowAxis: number | null;
  /** The axis that goes along; null for a cut of one axis, which is one column. */
  readonly columnAxis: number | null;
  /** `[0, 1]` where there is no such axis. */
  readonly rows: Span;
  readonly columns: Span;
}

/** Elements of a window, (rows, columns), row-major. */
export interface Slice {
  readonly rows: number;
  readonly columns: number;
  /** In float64, which rounds integers beyond 2⁵³. Of a complex tensor the real parts. */
  readonly values: Float64Array<ArrayBuffer>;
  /** 64-bit integers only: the same, exact. */
  readonly integers?: BigInt64Array<ArrayBuffer> | BigUint64Array<ArrayBuffer>;
  /** Complex tensors only. */
  readonly imaginary?: Float64Array<ArrayBuffer>;
}

/** What lies between two elements is read with them up to so many bytes: that takes no longer than a read of its own. */
const bridgedBytes = 4096;

/**
 * The elements of a window, from as few reads as their places allow.
 * @throws NormoscopeError `usage` for axes or indices that the tensor does not have, `too-large` beyond `Limits.sliceElements`
 *   elements or `Limits.sliceBytes` bytes that would have to be read; when the tensor is not readable or the reading fails
 */
export async function readSlice(
  file: OpenFile,
  engine: Engine,
  index: number,
  request: SliceRequest,
  limits: Limits,
  signal: AbortSignal | undefined,
): Promise<Slice> {
  const { shape } = tensorInfo(file, index);
  const [rows, columns] = checkedWindow(shape, request, limits);
  const data = file.tensor(index);
  const gathered = await gather(data, placesOf(data, request), limits, signal);
  const { dtype } = data.encoding;
  const decoded = (part: TensorData) => decode(engine, part, gathered.order, signal);
  if (dtypeKind(dtype) === 'complex') {
    const values = await decoded(complexPart(gathered.data, 'real'));
    return { rows, columns, values, imaginary: await decoded(complexPart(gathered.data, 'imaginary')) };
  }
  const values = await decoded(gathered.data);
  return isLongInteger(dtype) ? { rows, columns, values, integers: integersOf(gathered, dtype) } : { rows, columns, values };
}

/** @returns rows and columns of the window */
function checkedWindow(shape: readonly number[], request: SliceRequest, { sliceElements }: Limits): readonly [rows: number, columns: number] {
  const { fixed, rowAxis, columnAxis, rows, columns } = request;
  const rank = shape.length;
  if (fixed.length !== rank) {
    throw new NormoscopeError('usage', `A slice has ${counted(fixed.length, 'index', 'indices')}; one for each axis of ${formatShape(shape)} is expected.`);
  }
  if (rowAxis === null && (rank > 0 || columnAxis !== null)) throw new NormoscopeError('usage', 'A slice has no axis that goes down.');
  if (rowAxis !== null && rowAxis === columnAxis) throw new NormoscopeError('usage', `Axis ${rowAxis} of a slice goes both down and along.`);
  checkSpan(shape, rowAxis, rows);
  checkSpan(shape, columnAxis, columns);
  fixed.forEach((at, axis) => {
    if (axis !== rowAxis && axis !== columnAxis) checkSpan(shape, axis, [at, 1]);
  });
  const elements = rows[1] * columns[1];
  if (elements > sliceElements) {
    throw new NormoscopeError('too-large', `The window has ${counted(elements, 'element')}; at most ${counted(sliceElements, 'element')} are read at once.`);
  }
  return [rows[1], columns[1]];
}

function checkSpan(shape: readonly number[], axis: number | null, [from, count]: Span): void {
  const size = axis === null ? 1 : shape[axis];
  if (size === undefined) throw new NormoscopeError('usage', `A slice goes along axis ${axis}; the shape ${formatShape(shape)} has ${counted(shape.length, 'axis', 'axes')}.`);
  const fits = Number.isSafeInteger(from) && Number.isSafeInteger(count) && from >= 0 && count >= 0 && from + count <= size;
  if (fits) return;
  const wanted = count === 1 ? `index ${from} was` : `${count} from index ${from} on were`;
  throw new NormoscopeError('usage', `${axis === null ? 'An axis that is not there' : `Axis ${axis}`} has ${counted(size, 'element')}; ${wanted} asked for.`);
}

/** Where the elements of a window lie in storage order, and which element of the window each is: both ascending in storage. */
interface Places {
  /** (rows · columns), ascending. */
  readonly stored: Float64Array;
  /** The place in the window, row-major, of each of `stored`. */
  readonly order: Uint32Array;
}

function placesOf({ shape, axisOrder }: TensorData, { fixed, rowAxis, columnAxis, rows, columns }: SliceRequest): Places {
  const strides = new Array<number>(shape.length).fill(0);
  let stride = 1;
  for (const axis of [...axisOrder].reverse()) {
    strides[axis] = stride;
    stride *= shape[axis] ?? 1;
  }
  const strideOf = (axis: number | null) => (axis === null ? 0 : (strides[axis] ?? 0));
  let base = strideOf(rowAxis) * rows[0] + strideOf(columnAxis) * columns[0];
  fixed.forEach((at, axis) => {
    if (axis !== rowAxis && axis !== columnAxis) base += strideOf(axis) * at;
  });
  const down = { step: strideOf(rowAxis), inWindow: columns[1], count: rows[1] };
  const along = { step: strideOf(columnAxis), inWindow: 1, count: columns[1] };
  // Of two axes the slower one reaches over all of the faster one, so that walking it outermost ascends.
  const [slow, fast] = down.step >= along.step ? [down, along] : [along, down];
  const stored = new Float64Array(slow.count * fast.count);
  const order = new Uint32Array(stored.length);
  for (let outer = 0, at = 0; outer < slow.count; outer++) {
    for (let inner = 0; inner < fast.count; inner++, at++) {
      stored[at] = base + outer * slow.step + inner * fast.step;
      order[at] = outer * slow.inWindow + inner * fast.inWindow;
    }
  }
  return { stored, order };
}

/** The items that hold a window's elements, side by side in memory. */
interface Gathered {
  /** Each element's item, in the order of storage; items that hold several are there once. */
  readonly data: TensorData;
  readonly bytes: Uint8Array;
  /** For every place in the window, row-major, which element of `data` it is. */
  readonly order: Uint32Array;
}

async function gather(data: TensorData, places: Places, limits: Limits, signal: AbortSignal | undefined): Promise<Gathered> {
  const { encoding } = data;
  const { stride, offset, dtype } = encoding;
  const unit = unitOf(encoding);
  // Of a record only the field is kept.
  const width = packing(dtype)?.bytes ?? bitsPerElement(dtype) / 8;
  const items: number[] = [];
  const order = new Uint32Array(places.order.length);
  places.stored.forEach((stored, at) => {
    const item = Math.floor(stored / unit);
    if (items.at(-1) !== item) items.push(item);
    order[places.order[at] ?? 0] = (items.length - 1) * unit + (stored % unit);
  });
  const reads = readsOf(items, stride, limits);
  const total = reads.reduce((sum, { first, last }) => sum + (last - first + 1) * stride, 0);
  if (total > limits.sliceBytes) {
    throw new NormoscopeError(
      'too-large',
      `The window's ${counted(places.order.length, 'element')} lie among ${formatBytes(total)} of the file; at most ${formatBytes(limits.sliceBytes)} are read for one window.`,
    );
  }
  const bytes = new Uint8Array(items.length * width);
  let filled = 0;
  let buffer = new Uint8Array(0);
  for (const { first, last, count } of reads) {
    throwIfCancelled(signal);
    const length = (last - first + 1) * stride;
    if (buffer.length < length) buffer = new Uint8Array(length);
    await data.read(first * unit, buffer.subarray(0, length), signal);
    for (const end = filled + count; filled < end; filled++) {
      const from = ((items[filled] ?? 0) - first) * stride + offset;
      bytes.set(buffer.subarray(from, from + width), filled * width);
    }
  }
  throwIfCancelled(signal);
  return { data: heldData(bytes, items.length * unit, { ...encoding, stride: width, offset: 0 }), bytes, order };
}

/** Stretches of items from `first` to `last` that are read at once, for `count` items that are wanted. */
function readsOf(items: readonly number[], stride: number, { chunkBytes }: Limits): { first: number; last: number; count: number }[] {
  const reads: { first: number; last: number; count: number }[] = [];
  for (const item of items) {
    const current = reads.at(-1);
    const isNear = current !== undefined && (item - current.last - 1) * stride <= bridgedBytes && (item - current.first + 1) * stride <= chunkBytes;
    if (isNear) {
      current.last = item;
      current.count++;
    } else reads.push({ first: item, last: item, count: 1 });
  }
  return reads;
}

/** A tensor of one axis over bytes in memory. */
function heldData(bytes: Uint8Array, elements: number, encoding: TensorData['encoding']): TensorData {
  return {
    shape: [elements],
    axisOrder: [0],
    encoding,
    read: (first, target) => {
      const start = (first / unitOf(encoding)) * encoding.stride;
      target.set(bytes.subarray(start, start + target.length));
      return Promise.resolve();
    },
  };
}

async function decode(engine: Engine, data: TensorData, order: Uint32Array, signal: AbortSignal | undefined): Promise<Float64Array<ArrayBuffer>> {
  const all = new Float64Array(elementCount(data.shape));
  let filled = 0;
  const write = (bytes: Uint8Array) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at < bytes.length; at += 8) all[filled++] = view.getFloat64(at, true);
    return Promise.resolve();
  };
  await engine.apply(data, { maps: [], output: 'float64' }, { write }, signal === undefined ? {} : { signal });
  return Float64Array.from(order, (from) => all[from] ?? NaN);
}

function integersOf({ data, bytes, order }: Gathered, dtype: DType): BigInt64Array<ArrayBuffer> | BigUint64Array<ArrayBuffer> {
  const { littleEndian } = data.encoding;
  const view = new DataView(bytes.buffer);
  if (dtype === 'uint64') {
    const found = new BigUint64Array(order.length);
    order.forEach((from, place) => (found[place] = view.getBigUint64(from * 8, littleEndian)));
    return found;
  }
  const found = new BigInt64Array(order.length);
  order.forEach((from, place) => (found[place] = view.getBigInt64(from * 8, littleEndian)));
  return found;
}
