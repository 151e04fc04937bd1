import { NormoscopeError } from '../errors';
import type { Limits } from '../limits';
import type { ByteSource } from '../tensor/byteSource';
import { elementCount, type Catalog, type TensorInfo, type Warning } from '../tensor/tensor';
import { counted, formatCount, formatShape } from '../text/numbers';
import { quoted } from '../text/quoted';
import { checkExtents, contiguousData, type Extent } from './contiguous';
import type { Clues, Claim, Format, OpenFile } from './format';
import { readSafetensorsHeader, storedType, type SafetensorsHeader } from './safetensorsHeader';
import { describeJson, JsonObject, type Json } from './strictJson';

/** Safetensors: a JSON header, then the tensors' bytes, little-endian and row-major. */
export const safetensors: Format = {
  id: 'safetensors',
  label: 'safetensors file',
  extensions: ['.safetensors'],
  sharedExtensions: [],
  probe: claim,
  async open(source, limits, signal) {
    return openTensors(source, await readSafetensorsHeader(source, limits, signal), limits);
  },
};

/** The format has no magic number: a length of less than 4 GiB, then `{`. */
function claim({ head, name }: Clues): Claim {
  if (head.length < 9) return null;
  const beginsAsObject = head[8] === 0x7b;
  if (beginsAsObject && head.subarray(4, 8).every((byte) => byte === 0)) return 'signature';
  const isNamedSo = name.toLowerCase().endsWith('.safetensors');
  return isNamedSo && (beginsAsObject || head.subarray(0, 8).every((byte) => byte === 0)) ? 'name' : null;
}

/** A tensor and where its bytes lie; `code` is that of the failure where it is not readable. */
interface Entry extends Extent {
  readonly info: TensorInfo;
  readonly code: 'truncated' | 'refused' | 'unsupported';
}

function openTensors(source: ByteSource, header: SafetensorsHeader, limits: Limits): OpenFile {
  const { entries, dataStart } = header;
  const all = [...entries.members].slice(0, limits.tensors);
  const listed = all.map(([name, value]) => entryOf(name, value, header, source.size, limits));
  const placed = listed.filter(({ info, code }) => info.status !== 'refused' || code === 'truncated');
  const { overlapping, warnings } = checkExtents(placed, { start: dataStart, end: source.size });
  const checked = listed.map((entry) => {
    const other = overlapping.get(entry);
    return other === undefined ? entry : refused(entry, `Its bytes ${entry.start} to ${entry.end} are in part those of ${quoted(other.info.name)} too.`);
  });
  const complete = listed.length === entries.members.size && placed.length === listed.length;
  const catalog: Catalog = {
    format: safetensors.id,
    metadata: metadataOf(header),
    tensors: checked.map(({ info }) => info),
    warnings: [
      // Of a tensor whose place is not known, the bytes lie somewhere.
      ...(complete ? warnings : []),
      ...warningsOf(header, listed.length, limits),
    ],
  };
  return {
    catalog,
    tensor(index) {
      const entry = checked[index];
      if (entry === undefined) throw new NormoscopeError('internal', `The file has no tensor number ${index}.`);
      const { info, start, code } = entry;
      if (info.status !== 'readable' || info.dtype === null) throw new NormoscopeError(code, info.reason ?? 'The tensor is not readable.');
      const stride = (storedType(info.storedDtype)?.bits ?? 0) / 8;
      return contiguousData(source, start, info.shape, { dtype: info.dtype, littleEndian: true, stride, offset: 0 });
    },
  };
}

function refused(entry: Entry, reason: string, code: Entry['code'] = 'refused'): Entry {
  return { ...entry, code, info: { ...entry.info, status: 'refused', reason } };
}

/** One member of the header, `{"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}`; what is wrong with it costs it alone. */
function entryOf(name: string, value: Json, { entries, dataStart }: SafetensorsHeader, fileBytes: number, limits: Limits): Entry {
  const unread: Entry = {
    info: { name, dtype: null, storedDtype: '', shape: [], bytes: 0, status: 'refused', reason: null },
    start: dataStart,
    end: dataStart,
    code: 'refused',
  };
  if (entries.repeated.has(name)) return refused(unread, 'The name stands more than once in the header.');
  if (!(value instanceof JsonObject)) return refused(unread, `Its entry in the header is ${describeJson(value)}, not an object.`);
  const [twice] = value.repeated;
  if (twice !== undefined) return refused(unread, `Its entry in the header has ${quoted(twice)} more than once.`);

  const word = value.members.get('dtype');
  if (typeof word !== 'string') return refused(unread, `Its dtype is ${describeJson(word)}, not the name of a type.`);
  const shape = wholeNumbers(value.members.get('shape'));
  if (shape === null) return refused(unread, `Its shape is ${listText(value.members.get('shape'))}, not a list of whole numbers.`);
  const offsets = wholeNumbers(value.members.get('data_offsets'));
  const [from, to] = offsets ?? [];
  if (offsets?.length !== 2 || from === undefined || to === undefined || from > to) {
    return refused(unread, `Its data_offsets are ${listText(value.members.get('data_offsets'))}, not a beginning and an end.`);
  }

  const type = storedType(word);
  const info = { ...unread.info, dtype: type?.dtype ?? null, storedDtype: word, shape, bytes: to - from };
  const entry: Entry = { info, start: dataStart + from, end: dataStart + to, code: 'refused' };
  if (type !== undefined) {
    // An empty axis makes the tensor empty, but must not hide the others' sizes from this.
    const most = shape.reduce((product, size) => product * (size || 1), type.bits);
    if (most > Number.MAX_SAFE_INTEGER) return refused({ ...unread, info }, `A tensor of shape ${formatShape(shape)} takes more bytes than any file has.`);
    const expected = (elementCount(shape) * type.bits) / 8;
    if (expected !== to - from) {
      return refused(entry, `Shape ${formatShape(shape)} of ${word} takes ${expected} bytes, but data_offsets give it ${to - from}.`);
    }
  }
  if (entry.end > fileBytes) {
    return refused(entry, `The tensor takes the bytes ${entry.start} to ${entry.end}, but the file ends at byte ${fileBytes}.`, 'truncated');
  }
  const unsupported = (reason: string): Entry => ({ ...entry, code: 'unsupported', info: { ...info, status: 'unsupported', reason } });
  if (type === undefined) return unsupported(`Its type ${quoted(word)} is none that the format has.`);
  if (type.dtype === null) return unsupported(`Elements of type ${word} are not computed with.`);
  if (shape.length > limits.rank) return unsupported(`The tensor has ${shape.length} axes; at most ${limits.rank} are read.`);
  return { ...entry, info: { ...info, status: 'readable', reason: null } };
}

/** Null for what is not a list of whole numbers, zero or more, that are exact in float64. */
function wholeNumbers(value: Json | undefined): number[] | null {
  if (!Array.isArray(value)) return null;
  const numbers = (value as readonly Json[]).filter((item): item is number => Number.isSafeInteger(item) && Number(item) >= 0);
  return numbers.length === value.length ? numbers : null;
}

function listText(value: Json | undefined): string {
  if (!Array.isArray(value)) return describeJson(value);
  const items = (value as readonly Json[]).slice(0, 9).map(describeJson).join(', ');
  return `[${value.length > 9 ? `${items}, …` : items}]`;
}

/** Whole names and texts, as the format has them; anything else is left out, with a warning. */
function metadataOf({ metadata }: SafetensorsHeader): Readonly<Record<string, string>> {
  if (!(metadata instanceof JsonObject)) return {};
  return Object.fromEntries([...metadata.members].filter((member): member is [string, string] => typeof member[1] === 'string'));
}

function warningsOf({ entries, metadata, metadataRepeated }: SafetensorsHeader, listed: number, limits: Limits): Warning[] {
  const warnings: Warning[] = [];
  const odd = (message: string) => warnings.push({ code: 'metadata', message });
  if (metadata !== undefined && !(metadata instanceof JsonObject)) odd(`The header's __metadata__ is ${describeJson(metadata)}, not an object: it is left out.`);
  if (metadata instanceof JsonObject) {
    const other = [...metadata.members].filter(([, value]) => typeof value !== 'string');
    if (other.length > 0) odd(`The header's __metadata__ has ${counted(other.length, 'value')} that is no text: left out.`);
    if (metadata.repeated.size > 0) odd(`The header's __metadata__ has ${quoted([...metadata.repeated][0] ?? '')} more than once; the first is shown.`);
  }
  if (metadataRepeated) odd('The header has __metadata__ more than once; the first is shown.');
  const leftOut = entries.members.size - listed;
  if (leftOut > 0) {
    const message = `The header has ${formatCount(leftOut)} more tensors; the first ${formatCount(limits.tensors)} are listed.`;
    warnings.push({ code: 'tensors-left-out', message });
  }
  return warnings;
}
