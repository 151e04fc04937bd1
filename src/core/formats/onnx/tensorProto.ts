import { NormoscopeError } from '../../errors';
import { formatCount } from '../../text/numbers';
import { dataField } from './types';
import { wire, type Piece, type WireReader } from './wireReader';

/** Sizes that are kept: more axes than this are not a tensor's but a file's that is broken. */
const mostAxes = 64;
/** Elements that may stand in fields of their own, of all tensors of a file together. Nobody has written any so since 2017. */
const mostScattered = 1 << 18;

/** A tensor as the file has it; nothing of it is checked. */
export interface StoredTensor {
  name: string;
  dims: bigint[];
  /** How many sizes there are, where those are not all kept. */
  axes: number;
  dataType: number;
  raw: Piece | null;
  /** By the field, where elements of one type or another lie. */
  typed: ReadonlyMap<number, Piece[]>;
  external: boolean;
  /** `location`, `offset`, `length`. */
  place: ReadonlyMap<string, string>;
  /** Whether it is a part of a tensor, as ONNX of 2017 allowed. */
  isSegment: boolean;
  /** Whether the message was read to its end. */
  complete: boolean;
  /** What is wrong with the message itself. */
  failure: NormoscopeError | null;
}

/** Most tensors have neither: maps of their own would take most of a catalog's memory. */
export const noPieces: ReadonlyMap<number, Piece[]> = new Map();
const nowhere: ReadonlyMap<string, string> = new Map();

export function emptyTensor(): StoredTensor {
  return { name: '', dims: [], axes: 0, dataType: 0, raw: null, typed: noPieces, external: false, place: nowhere, isSegment: false, complete: false, failure: null };
}

/** Pieces of all tensors that are not packed, counted. */
export interface Scattered {
  count: number;
}

/**
 * Reads a TensorProto into `tensor`, without its elements. Of a message that is broken the tensor says so itself.
 * @throws NormoscopeError where the file ends within it
 */
export async function readTensor(reader: WireReader, tensor: StoredTensor, scattered: Scattered): Promise<void> {
  const end = reader.enter();
  try {
    while (await reader.next(end)) await readField(reader, tensor, scattered);
    tensor.complete = true;
  } catch (error) {
    if (!(error instanceof NormoscopeError) || error.code !== 'malformed') throw error;
    tensor.failure = error;
    reader.leave(end);
  }
}

async function readField(reader: WireReader, tensor: StoredTensor, scattered: Scattered): Promise<void> {
  const { field, type, start, end } = reader;
  const isBytes = type === wire.bytes;
  switch (field) {
    case 1:
      if (isBytes || type === wire.varint) await readDims(reader, tensor);
      break;
    case 2:
      if (type === wire.varint) tensor.dataType = reader.int32();
      break;
    case 3:
      tensor.isSegment = true;
      break;
    case dataField.float:
      if (isBytes || type === wire.fixed32) addPiece(tensor, field, { start, end }, isBytes, scattered);
      break;
    case dataField.double:
      if (isBytes || type === wire.fixed64) addPiece(tensor, field, { start, end }, isBytes, scattered);
      break;
    case dataField.int32:
    case dataField.int64:
    case dataField.uint64:
      if (isBytes || type === wire.varint) addPiece(tensor, field, { start, end }, isBytes, scattered);
      break;
    case 8:
      if (isBytes) tensor.name = await reader.text();
      break;
    case dataField.raw:
      if (isBytes) tensor.raw = { start, end };
      break;
    case 13:
      if (isBytes) await readPlace(reader, tensor);
      break;
    case 14:
      tensor.external = type === wire.varint && reader.int32() === 1;
      break;
  }
}

async function readDims(reader: WireReader, tensor: StoredTensor): Promise<void> {
  const dims = await reader.varints(mostAxes + 1);
  tensor.axes += dims.length;
  // An array as long as it is: most tensors are read whole in one such field, and there may be thousands.
  tensor.dims = [...tensor.dims, ...dims.slice(0, Math.max(0, mostAxes - tensor.dims.length))];
}

/** Where elements lie: many to a field that is packed, one to any other. */
export function addPiece(tensor: Pick<StoredTensor, 'typed'>, field: number, piece: Piece, packed: boolean, scattered: Scattered): void {
  const pieces = tensor.typed.get(field);
  // A field may be written in several packed parts, too.
  if ((!packed || pieces !== undefined) && ++scattered.count > mostScattered) {
    throw new NormoscopeError('too-large', `More than ${formatCount(mostScattered)} elements of the file's tensors stand in fields of their own, by byte ${piece.start}.`, piece.start);
  }
  // Of the hundreds of thousands of pieces that a tensor may have, only the first of a field makes a map.
  if (pieces === undefined) tensor.typed = new Map([...tensor.typed, [field, [piece]]]);
  else pieces.push(piece);
}

/** A key and a value; of a tensor in another file, where it is. */
async function readPlace(reader: WireReader, tensor: StoredTensor): Promise<void> {
  const [key, value] = await readPair(reader);
  if (['location', 'offset', 'length'].includes(key)) tensor.place = new Map([...tensor.place, [key, value]]);
}

/** A StringStringEntryProto. */
export async function readPair(reader: WireReader, longest?: number): Promise<readonly [key: string, value: string]> {
  const end = reader.enter();
  let key = '';
  let value = '';
  while (await reader.next(end)) {
    if (reader.type !== wire.bytes) continue;
    if (reader.field === 1) key = await reader.text();
    if (reader.field === 2) value = await reader.text(longest);
  }
  return [key, value];
}
