import { NormoscopeError } from '../errors';
import type { Limits } from '../limits';
import type { ByteSource } from '../tensor/byteSource';
import { elementCount, type Catalog, type TensorInfo, type Warning } from '../tensor/tensor';
import { formatShape } from '../text/numbers';
import { quoted } from '../text/quoted';
import { checkExtents, contiguousData, type Extent } from './contiguous';
import type { Format, OpenFile } from './format';
import { ggufMagic, readGgufHeader, type GgufHeader, type GgufTensor } from './ggufHeader';
import { ggufType } from './ggufTypes';

/** GGUF, the files of llama.cpp: versions 1 to 3 in either byte order. Blocks of quantized weights are decoded by the engine. */
export const gguf: Format = {
  id: 'gguf',
  label: 'GGUF model',
  extensions: ['.gguf'],
  sharedExtensions: [],
  probe: ({ head }) => (ggufMagic.every((byte, index) => head[index] === byte) ? 'signature' : null),
  async open(source, limits, signal) {
    return openTensors(source, await readGgufHeader(source, limits, signal), limits);
  },
};

/** A tensor and where its bytes lie; `code` is that of the failure where it is not readable. */
interface Entry extends Extent {
  readonly info: TensorInfo;
  readonly type: number;
  readonly code: 'truncated' | 'refused' | 'unsupported';
  /** Whether it is known which bytes are its own. */
  readonly placed: boolean;
}

function openTensors(source: ByteSource, header: GgufHeader, limits: Limits): OpenFile {
  const { littleEndian, dataStart, alignment, metadata } = header;
  const names = new Set<string>();
  const twice = new Set(header.tensors.map(({ name }) => name).filter((name) => names.size === names.add(name).size));
  const listed = header.tensors.map((tensor) => entryOf(tensor, header, source.size, limits, twice));
  const placed = listed.filter((entry) => entry.placed);
  const { overlapping, warnings } = checkExtents(placed, { start: dataStart, end: source.size }, alignment - 1);
  const checked = listed.map((entry) => {
    const other = overlapping.get(entry);
    return other === undefined ? entry : refused(entry, `Its bytes ${entry.start} to ${entry.end} are in part those of ${quoted(other.info.name)} too.`);
  });
  // Of a tensor whose place is not known, the bytes lie somewhere.
  const complete = placed.length === listed.length && !header.warnings.some(({ code }) => code === 'tensors-left-out');
  const catalog: Catalog = {
    format: gguf.id,
    metadata,
    tensors: checked.map(({ info }) => info),
    warnings: [...header.warnings, ...partWarning(metadata), ...(complete ? warnings : [])],
  };
  return {
    catalog,
    tensor(index) {
      const entry = checked[index];
      if (entry === undefined) throw new NormoscopeError('internal', `The file has no tensor number ${index}.`);
      const { info, start, code, type } = entry;
      const stride = ggufType(type).block?.bytes;
      if (info.status !== 'readable' || info.dtype === null || stride === undefined) {
        throw new NormoscopeError(code, info.reason ?? 'The tensor is not readable.');
      }
      return contiguousData(source, start, info.shape, { dtype: info.dtype, littleEndian, stride, offset: 0 });
    },
  };
}

/** llama.cpp's `gguf-split` cuts models into files that name each other by number. */
function partWarning(metadata: GgufHeader['metadata']): Warning[] {
  const [part, parts] = [metadata['split.no'], metadata['split.count']];
  if (typeof part !== 'number' || typeof parts !== 'number' || parts <= 1) return [];
  return [{ code: 'part', message: `The file is part ${part + 1} of ${parts} of a model; the tensors of the others are in files of their own.` }];
}

function refused(entry: Entry, reason: string, code: Entry['code'] = 'refused'): Entry {
  return { ...entry, code, info: { ...entry.info, status: 'refused', reason } };
}

/** What is wrong with a tensor costs it alone. */
function entryOf(tensor: GgufTensor, { dataStart }: GgufHeader, fileBytes: number, limits: Limits, twice: ReadonlySet<string>): Entry {
  const { name } = tensor;
  const { word, dtype, block } = ggufType(tensor.type);
  const nowhere = { type: tensor.type, start: dataStart, end: dataStart, code: 'refused', placed: false } as const;
  const unread: Entry = { ...nowhere, info: { name, dtype, storedDtype: word, shape: [], bytes: 0, status: 'refused', reason: null } };
  // An empty axis makes the tensor empty, but must not hide the others' sizes from this.
  const most = tensor.dims.reduce((product, size) => product * (size || 1n), BigInt(block?.bytes ?? 1));
  if (most > BigInt(Number.MAX_SAFE_INTEGER)) return refused(unread, `A tensor of shape (${tensor.dims.slice(0, 8).join(', ')}) takes more bytes than any file has.`);
  const shape = tensor.dims.map(Number);
  const known: Entry = { ...unread, info: { ...unread.info, shape } };
  if (block === null) {
    return { ...known, code: 'unsupported', info: { ...known.info, status: 'unsupported', reason: `Elements of type ${word} are not computed with; how many bytes they take is not known.` } };
  }
  const row = shape.at(-1) ?? 1;
  if (row % block.elements !== 0) {
    return refused(known, `A row of ${row} elements is no whole number of blocks of ${block.elements}, as ${word} has them.`);
  }
  const bytes = (elementCount(shape) / block.elements) * block.bytes;
  const sized: Entry = { ...known, info: { ...known.info, bytes } };
  if (tensor.offset + BigInt(dataStart) + BigInt(bytes) > BigInt(Number.MAX_SAFE_INTEGER)) {
    return refused(sized, `The tensor is said to begin ${tensor.offset} bytes into the data; the file ends at byte ${fileBytes}.`, 'truncated');
  }
  const start = dataStart + Number(tensor.offset);
  const entry: Entry = { ...sized, start, end: start + bytes, placed: true };
  if (twice.has(name)) return refused(entry, 'The name stands more than once in the header.');
  if (entry.end > fileBytes && bytes > 0) {
    return refused(entry, `The tensor takes the bytes ${start} to ${entry.end}, but the file ends at byte ${fileBytes}.`, 'truncated');
  }
  const unsupported = (reason: string): Entry => ({ ...entry, code: 'unsupported', info: { ...entry.info, status: 'unsupported', reason } });
  if (dtype === null) return unsupported(`Elements of type ${word} are not computed with.`);
  if (shape.length > limits.rank) return unsupported(`The tensor of shape ${formatShape(shape)} has ${shape.length} axes; at most ${limits.rank} are read.`);
  return { ...entry, info: { ...entry.info, status: 'readable', reason: null } };
}
