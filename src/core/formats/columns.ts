import { NormoscopeError } from '../errors';
import { bitsPerElement, dtypeKind, type DType } from '../tensor/dtype';
import { elementCount, type Encoding, type TensorData, type Warning } from '../tensor/tensor';
import { counted, listed } from '../text/numbers';
import { quoted } from '../text/quoted';

/** What tables of columns have in common: a column is a tensor, its rows lie in stretches, and some of its entries may be missing. */

/** Rows that lie together in the file. */
export interface Stretch {
  readonly elements: number;
  /** Fills `target` with elements from `first` of the stretch on, as `encoding` of the column has them. */
  read(first: number, target: Uint8Array, signal: AbortSignal | undefined): Promise<void>;
}

/** The type in which a column is read: a missing number is NaN, which only floats have. */
export function dtypeWithMissing(dtype: DType, missing: boolean): DType {
  return missing && dtypeKind(dtype) !== 'float' ? 'float64' : dtype;
}

export function columnEncoding(dtype: DType): Encoding {
  return { dtype, littleEndian: true, stride: bitsPerElement(dtype) / 8, offset: 0 };
}

/** A column whose rows are those of its stretches, one after the other. */
export function columnData(shape: readonly number[], dtype: DType, stretches: readonly Stretch[]): TensorData {
  const encoding = columnEncoding(dtype);
  const starts: number[] = [];
  let total = 0;
  for (const { elements } of stretches) {
    starts.push(total);
    total += elements;
  }
  if (total !== elementCount(shape)) throw new NormoscopeError('internal', `Stretches of ${total} elements were given for a shape of ${elementCount(shape)}.`);
  return {
    shape,
    encoding,
    axisOrder: shape.map((_, axis) => axis),
    async read(firstElement, target, signal) {
      const { stride } = encoding;
      const count = target.length / stride;
      if (firstElement + count > total) throw new NormoscopeError('internal', `Elements from ${firstElement} on were asked for, beyond the tensor's end.`);
      let filled = 0;
      for (let index = stretchOf(starts, firstElement); filled < count; index++) {
        const stretch = stretches[index];
        if (stretch === undefined) break;
        const from = firstElement + filled - (starts[index] ?? 0);
        const length = Math.min(count - filled, stretch.elements - from);
        if (length > 0) await stretch.read(from, target.subarray(filled * stride, (filled + length) * stride), signal);
        filled += length;
      }
    },
  };
}

/** The last stretch that begins at or before an element. */
function stretchOf(starts: readonly number[], element: number): number {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= element) low = middle;
    else high = middle;
  }
  return low;
}

type Getter = (view: DataView, at: number) => number;
const getters: Partial<Record<DType, Getter>> = {
  bool: (view, at) => view.getUint8(at),
  int8: (view, at) => view.getInt8(at),
  uint8: (view, at) => view.getUint8(at),
  int16: (view, at) => view.getInt16(at, true),
  uint16: (view, at) => view.getUint16(at, true),
  int32: (view, at) => view.getInt32(at, true),
  uint32: (view, at) => view.getUint32(at, true),
  int64: (view, at) => Number(view.getBigInt64(at, true)),
  uint64: (view, at) => Number(view.getBigUint64(at, true)),
};

/** Little-endian integers or truth values as float64, each rounded once where it has more than 53 bits. */
export function asFloat64(dtype: DType, elements: Uint8Array, target: Uint8Array): void {
  const get = getters[dtype];
  if (get === undefined) throw new NormoscopeError('internal', `Elements of type ${dtype} were to be made float64.`);
  const width = bitsPerElement(dtype) / 8;
  const from = new DataView(elements.buffer, elements.byteOffset, elements.length);
  const to = new DataView(target.buffer, target.byteOffset, target.length);
  for (let index = 0; index * width < elements.length; index++) to.setFloat64(index * 8, get(from, index * width), true);
}

/** The high bytes of NaN; all others are zero. */
const notNumbers: Partial<Record<DType, readonly number[]>> = { float16: [0x00, 0x7e], float32: [0, 0, 0xc0, 0x7f], float64: [0, 0, 0, 0, 0, 0, 0xf8, 0x7f] };

/** @returns what writes NaN in place of the element of that number */
export function missingWriter(dtype: DType, target: Uint8Array): (element: number) => void {
  const bytes = notNumbers[dtype];
  if (bytes === undefined) throw new NormoscopeError('internal', `An element of type ${dtype} was to be NaN.`);
  return (element) => target.set(bytes, element * bytes.length);
}

/** @param missing entries that are null, by column */
export function missingWarnings(missing: ReadonlyMap<string, number>): Warning[] {
  if (missing.size === 0) return [];
  const count = [...missing.values()].reduce((sum, value) => sum + value, 0);
  const columns = listed([...missing.keys()].map((name) => quoted(name)));
  const where = `in ${missing.size === 1 ? 'column' : 'columns'} ${columns}`;
  return [{ code: 'missing-values', message: `${counted(count, 'entry is', 'entries are')} null, ${where}: they count as NaN, not as zero.` }];
}
