import type { Limits } from '../../limits';
import { readPair } from './tensorProto';
import { onnxType } from './types';
import { wire, type WireReader } from './wireReader';

/** What a model says of itself. */
export interface ModelDescription {
  /** By the name of the field: `ir_version`, `producer_name`, … */
  readonly fields: Map<string, string | number>;
  /** Versions of the sets of operators, by their domain. */
  readonly opsets: Map<string, number>;
  /** `metadata_props`. */
  readonly properties: Map<string, string>;
  /** Of all values. */
  propertyCharacters: number;
  propertiesLeftOut: number;
}

/** An input or output of a graph. */
export interface ValueInfo {
  readonly name: string;
  /** `FLOAT`; `sequence` and the like for what is no tensor. */
  readonly type: string;
  /** Sizes, names of sizes that are open, null for those that have neither; absent where nothing is said of it. */
  readonly shape?: readonly (number | string | null)[];
}

const textFields = new Map([[2, 'producer_name'], [3, 'producer_version'], [4, 'domain'], [6, 'doc_string']]);
const numberFields = new Map([[1, 'ir_version'], [5, 'model_version']]);
/** Characters of a text, and of all metadata together, that are kept. */
const longestText = 64 * 1024;
const longestTexts = 4 * 1024 * 1024;
/** A shape's sizes that are shown. */
const mostSizes = 64;

/** Takes the field of a ModelProto that was read last, but for graphs. */
export async function readModelField(reader: WireReader, description: ModelDescription, { fields }: Limits): Promise<void> {
  const { field, type } = reader;
  const textName = textFields.get(field);
  const numberName = numberFields.get(field);
  if (type === wire.bytes && textName !== undefined) {
    const text = await reader.text(longestText);
    if (text !== '') description.fields.set(textName, text);
  } else if (type === wire.varint && numberName !== undefined) description.fields.set(numberName, Number(reader.int64()));
  else if (type === wire.bytes && field === 8) await readOpset(reader, description.opsets);
  else if (type === wire.bytes && field === 14) {
    const [key, value] = await readPair(reader, longestText);
    if (description.properties.size >= fields || description.propertyCharacters + value.length > longestTexts) {
      description.propertiesLeftOut++;
      return;
    }
    description.properties.set(key, value);
    description.propertyCharacters += value.length;
  }
}

/** An OperatorSetIdProto. */
async function readOpset(reader: WireReader, opsets: Map<string, number>): Promise<void> {
  let domain = '';
  let version = 0;
  const end = reader.enter();
  while (await reader.next(end)) {
    if (reader.field === 1 && reader.type === wire.bytes) domain = await reader.text();
    if (reader.field === 2 && reader.type === wire.varint) version = Number(reader.int64());
  }
  if (opsets.size < mostSizes) opsets.set(domain === '' ? 'ai.onnx' : domain, version);
}

/** Adds a ValueInfoProto to `list`, while that is not too long. */
export async function readValueInfo(reader: WireReader, list: ValueInfo[], { fields }: Limits): Promise<void> {
  if (list.length >= fields) return;
  let name = '';
  let type: Omit<ValueInfo, 'name'> = { type: '' };
  const end = reader.enter();
  while (await reader.next(end)) {
    if (reader.type !== wire.bytes) continue;
    if (reader.field === 1) name = await reader.text();
    if (reader.field === 2) type = await readType(reader);
  }
  list.push({ name, ...type });
}

const kinds = new Map([[1, ''], [4, 'sequence'], [5, 'map'], [7, 'opaque'], [8, 'sparse'], [9, 'optional']]);

/** A TypeProto: of tensors the elements' type and the shape, of what has others in it what it is. */
async function readType(reader: WireReader): Promise<Omit<ValueInfo, 'name'>> {
  let type: Omit<ValueInfo, 'name'> = { type: '' };
  const end = reader.enter();
  while (await reader.next(end)) {
    const kind = kinds.get(reader.field);
    if (reader.type !== wire.bytes || kind === undefined) continue;
    type = reader.field === 1 || reader.field === 8 ? await readTensorType(reader, kind) : { type: kind };
  }
  return type;
}

async function readTensorType(reader: WireReader, kind: string): Promise<Omit<ValueInfo, 'name'>> {
  let word = '';
  let shape: (number | string | null)[] | null = null;
  const end = reader.enter();
  while (await reader.next(end)) {
    if (reader.field === 1 && reader.type === wire.varint) word = onnxType(reader.int32()).word;
    if (reader.field === 2 && reader.type === wire.bytes) shape = await readShape(reader);
  }
  const type = [kind, word].filter((part) => part !== '').join(' ');
  return shape === null ? { type } : { type, shape };
}

/** A TensorShapeProto. */
async function readShape(reader: WireReader): Promise<(number | string | null)[]> {
  const shape: (number | string | null)[] = [];
  const end = reader.enter();
  while (await reader.next(end)) {
    if (reader.field === 1 && reader.type === wire.bytes && shape.length < mostSizes) shape.push(await readSize(reader));
  }
  return shape;
}

async function readSize(reader: WireReader): Promise<number | string | null> {
  let size: number | string | null = null;
  const end = reader.enter();
  while (await reader.next(end)) {
    if (reader.field === 1 && reader.type === wire.varint) size = Number(reader.int64());
    if (reader.field === 2 && reader.type === wire.bytes) size = await reader.text();
  }
  return size;
}
