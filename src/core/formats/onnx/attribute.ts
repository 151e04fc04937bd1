import { shortest, type AttributeValue } from './normalizationNodes';
import { addPiece, emptyTensor, type Scattered, type StoredTensor } from './tensorProto';
import { dataField, stringType } from './types';
import { wire, type Piece, type WireReader } from './wireReader';

/** An attribute of a node, but for its tensors and graphs. */
export interface Attribute {
  name: string;
  value: AttributeValue | null;
  /** Which of the fields below it has: f, i, s, floats, ints, strings. */
  kind: number;
  /** Where its numbers lie. */
  typed: ReadonlyMap<number, Piece[]>;
  count: number;
}

/** Numbers of AttributeProto's fields. */
export const attributeField = { f: 2, i: 3, s: 4, tensor: 5, graph: 6, floats: 7, ints: 8, strings: 9, tensors: 10, graphs: 11, sparse: 22, sparses: 23 } as const;

/** Numbers of a list that are shown. */
const shown = 8;

/** Takes the field that was read last into `attribute`, where it is a value. */
export async function readValue(reader: WireReader, attribute: Attribute, wanted: boolean, scattered: Scattered): Promise<void> {
  const { field, type, start, end } = reader;
  const isBytes = type === wire.bytes;
  switch (field) {
    case attributeField.f:
      if (type !== wire.fixed32) return;
      attribute.value = shortest(reader.float32());
      setKind(attribute, field, 1);
      attribute.typed = new Map([[dataField.float, [{ start, end }]]]);
      return;
    case attributeField.i: {
      if (type !== wire.varint) return;
      const value = reader.int64();
      attribute.value = Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
      setKind(attribute, field, 1);
      attribute.typed = new Map([[dataField.int64, [{ start, end }]]]);
      return;
    }
    case attributeField.s:
      if (!isBytes) return;
      attribute.value = await reader.text();
      setKind(attribute, field, 1);
      return;
    case attributeField.floats:
      if (!isBytes && type !== wire.fixed32) return;
      setKind(attribute, field, Math.floor((end - start) / 4));
      if (wanted) addPiece(attribute, dataField.float, { start, end }, isBytes, scattered);
      return;
    case attributeField.ints: {
      if (!isBytes && type !== wire.varint) return;
      const values = Array.isArray(attribute.value) ? (attribute.value as readonly number[]) : [];
      if (values.length < shown) attribute.value = [...values, ...(await reader.varints(shown - values.length)).map(Number)];
      setKind(attribute, field, isBytes ? (wanted ? await reader.countVarints() : 0) : 1);
      if (wanted) addPiece(attribute, dataField.int64, { start, end }, isBytes, scattered);
      return;
    }
    case attributeField.strings:
      if (isBytes) setKind(attribute, field, 1);
      return;
  }
}

function setKind(attribute: Attribute, kind: number, more: number): void {
  const isList = kind >= attributeField.floats;
  attribute.count = isList && attribute.kind === kind ? attribute.count + more : more;
  attribute.kind = kind;
}

const listTypes: ReadonlyMap<number, { readonly dataType: number; readonly scalar: boolean }> = new Map([
  [attributeField.f, { dataType: 1, scalar: true }],
  [attributeField.i, { dataType: 7, scalar: true }],
  [attributeField.s, { dataType: stringType, scalar: true }],
  [attributeField.floats, { dataType: 1, scalar: false }],
  [attributeField.ints, { dataType: 7, scalar: false }],
  [attributeField.strings, { dataType: stringType, scalar: false }],
]);

/** The tensor that a `Constant` node makes of its attribute `value_float`, `value_ints`, …; null for one that has none. */
export function constantOf({ kind, count, typed }: Attribute): StoredTensor | null {
  const list = listTypes.get(kind);
  if (list === undefined) return null;
  const dims = list.scalar ? [] : [BigInt(count)];
  const field = list.dataType === 1 ? dataField.float : dataField.int64;
  const pieces = typed.get(field);
  return { ...emptyTensor(), complete: true, dims, axes: dims.length, dataType: list.dataType, typed: new Map(pieces === undefined ? [] : [[field, pieces]]) };
}
