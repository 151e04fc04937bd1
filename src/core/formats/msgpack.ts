import { NormoscopeError } from '../errors';
import type { Limits } from '../limits';
import type { ByteSource } from '../tensor/byteSource';
import { bitsPerElement } from '../tensor/dtype';
import { elementCount, itemBytes, type Catalog, type Encoding, type TensorData, type TensorInfo, type Warning } from '../tensor/tensor';
import { counted, formatCount } from '../text/numbers';
import { contiguousData } from './contiguous';
import type { Claim, Clues, Format, OpenFile } from './format';
import { faultOf, type PackedArray } from './msgpack/ndarray';
import { walk, type Leaf, type Walked } from './msgpack/walk';
import { SequentialReader } from './sequentialReader';

/**
 * Flax's checkpoints (`flax.serialization.to_bytes`): MessagePack of nested dictionaries of arrays. `params` / `Dense_0` / `kernel` is
 * the tensor `params/Dense_0/kernel`. Only what stands before the elements is read, so that size does not matter.
 */
export const msgpack: Format = {
  id: 'msgpack',
  label: 'Flax checkpoint',
  extensions: ['.msgpack'],
  sharedExtensions: [],
  probe,
  async open(source, limits, signal) {
    const reader = new SequentialReader(source, Infinity, signal);
    return openWalked(source, await walk(reader, limits, signal), reader.position, limits);
  },
};

/** A dictionary whose first key is a text, and in its first entries an array; or an array alone. */
function probe({ head, name }: Clues): Claim {
  if (holdsArray(head)) return 'signature';
  const first = head[0] ?? 0;
  const dictionary = (first & 0xf0) === 0x80 || first === 0xde || first === 0xdf;
  return dictionary && name.toLowerCase().endsWith('.msgpack') ? 'name' : null;
}

/** Follows first keys down to an array: `{"params": {"Dense_0": {"bias": ext 1`. */
function holdsArray(head: Uint8Array): boolean {
  let at = 0;
  const byte = () => head[at] ?? 0;
  for (let level = 0; level < 16; level++) {
    const first = byte();
    // Extensions whose length takes 1, 2 or 4 bytes; of type 1 or 3; with a list of three in them.
    const width = first >= 0xc7 && first <= 0xc9 ? 1 << (first - 0xc7) : 0;
    if (width > 0) return (head[at + 1 + width] === 1 || head[at + 1 + width] === 3) && head[at + 2 + width] === 0x93;
    if (first > 0x80 && first <= 0x8f) at += 1;
    else if (first === 0xde || first === 0xdf) at += first === 0xde ? 3 : 5;
    else return false;
    const key = byte();
    if (key >= 0xa0 && key <= 0xbf) at += 1 + (key & 0x1f);
    else if (key === 0xd9) at += 2 + (head[at + 1] ?? 0);
    else return false;
  }
  return false;
}

interface Entry {
  readonly info: TensorInfo;
  readonly code: 'malformed' | 'truncated' | 'refused' | 'unsupported';
  readonly parts: readonly PackedArray[];
}

function openWalked(source: ByteSource, walked: Walked, end: number, limits: Limits): OpenFile {
  const { leaves, metadata } = walked;
  if (leaves.length === 0) throw new NormoscopeError('not-recognized', `${source.name} is MessagePack without an array in it, as Flax's checkpoints have them.`, 0);
  const names = new Set<string>();
  const twice = new Set(leaves.map(({ name }) => name).filter((name) => names.size === names.add(name).size));
  const entries = leaves.map((leaf) => entryOf(leaf, twice, limits));
  const catalog: Catalog = {
    format: msgpack.id,
    metadata: Object.fromEntries(metadata),
    tensors: entries.map(({ info }) => info),
    warnings: warningsOf(walked, source.size - end, limits),
  };
  return {
    catalog,
    tensor(index): TensorData {
      const entry = entries[index];
      if (entry === undefined) throw new NormoscopeError('internal', `The file has no tensor number ${index}.`);
      const { info, parts, code } = entry;
      if (info.status !== 'readable' || info.dtype === null) throw new NormoscopeError(code, info.reason ?? 'The tensor is not readable.');
      return dataOf(source, parts, info.shape, { dtype: info.dtype, littleEndian: true, stride: bitsPerElement(info.dtype) / 8, offset: 0 });
    },
  };
}

function warningsOf({ leftOut, failure }: Walked, behind: number, limits: Limits): Warning[] {
  const warnings: Warning[] = [];
  if (failure !== null) warnings.push({ code: 'cut-short', message: `What follows the last tensor here is not read. ${failure.message}` });
  else if (behind > 0) warnings.push({ code: 'trailing-bytes', message: `Behind the end of what was saved there are ${formatCount(behind)} more bytes, which are not read.` });
  if (leftOut > 0) warnings.push({ code: 'tensors-left-out', message: `The file has ${counted(leftOut, 'more array')}; the first ${formatCount(limits.tensors)} are listed.` });
  return warnings;
}

function entryOf({ name, parts, shape, failure }: Leaf, twice: ReadonlySet<string>, limits: Limits): Entry {
  const [first] = parts;
  const header = { name, dtype: first?.dtype ?? null, storedDtype: first?.word ?? '' };
  if (first === undefined || failure !== null) {
    const code = failure?.code === 'truncated' ? 'truncated' : 'malformed';
    return { info: { ...header, shape: [], bytes: 0, status: 'refused', reason: failure?.message ?? 'It has no elements.' }, code, parts };
  }
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  const partFault = parts.map((part) => faultOf(part, limits)).find((fault) => fault !== null);
  const fault = partFault ?? faultOf({ ...first, shape, bytes }, limits);
  const info = { ...header, shape, bytes };
  if (twice.has(name)) return { info: { ...info, status: 'refused', reason: 'The name stands more than once in the file.' }, code: 'refused', parts };
  if (fault === null) return { info: { ...info, status: 'readable', reason: null }, code: 'refused', parts };
  return { info: { ...info, ...fault }, code: fault.status, parts };
}

/** Of several parts, the elements of one after those of the other. */
function dataOf(source: ByteSource, parts: readonly PackedArray[], shape: readonly number[], encoding: Encoding): TensorData {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return contiguousData(source, first.start, shape, encoding);
  const total = itemBytes(encoding, elementCount(shape));
  return {
    shape,
    encoding,
    axisOrder: shape.map((_, axis) => axis),
    async read(firstElement, target, signal) {
      const from = itemBytes(encoding, firstElement);
      if (from + target.length > total) throw new NormoscopeError('internal', `Elements from ${firstElement} on were asked for, beyond the tensor's end.`);
      let begins = 0;
      for (const { start, bytes } of parts) {
        const low = Math.max(from, begins);
        const high = Math.min(from + target.length, begins + bytes);
        if (high > low) await source.read(start + low - begins, target.subarray(low - from, high - from), signal);
        begins += bytes;
      }
    },
  };
}
