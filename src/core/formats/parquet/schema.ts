import { NormoscopeError } from '../../errors';
import type { DType } from '../../tensor/dtype';
import type { SchemaElement } from './footer';

/** A column, as a leaf of the schema. */
export interface Leaf {
  /** Of fields of structs with dots between their names, as Parquet writes paths. */
  readonly name: string;
  /** Parquet's name for its type. */
  readonly word: string;
  /** Null for a type that is no number. */
  readonly dtype: DType | null;
  /** Bytes that an element takes in a page; 0 for bits. */
  readonly storedBytes: number;
  /** How many of the fields on its path may be null, itself among them. */
  readonly optional: number;
  /** Whether a row may have several entries. */
  readonly repeated: boolean;
}

const mostLevels = 64;
const physical = ['BOOLEAN', 'INT32', 'INT64', 'INT96', 'FLOAT', 'DOUBLE', 'BYTE_ARRAY', 'FIXED_LEN_BYTE_ARRAY'];
const converted = [
  'UTF8', 'MAP', 'MAP_KEY_VALUE', 'LIST', 'ENUM', 'DECIMAL', 'DATE', 'TIME_MILLIS', 'TIME_MICROS', 'TIMESTAMP_MILLIS', 'TIMESTAMP_MICROS',
  'UINT_8', 'UINT_16', 'UINT_32', 'UINT_64', 'INT_8', 'INT_16', 'INT_32', 'INT_64', 'JSON', 'BSON', 'INTERVAL',
];
const logical: Readonly<Record<number, string>> = {
  1: 'STRING', 2: 'MAP', 3: 'LIST', 4: 'ENUM', 5: 'DECIMAL', 6: 'DATE', 7: 'TIME', 8: 'TIMESTAMP', 10: 'INTEGER', 11: 'UNKNOWN', 12: 'JSON', 13: 'BSON',
  14: 'UUID', 15: 'FLOAT16', 16: 'VARIANT', 17: 'GEOMETRY', 18: 'GEOGRAPHY',
};

/**
 * The leaves of a schema, which stands in the file in the order of a walk through it.
 * @param at where the footer begins
 * @throws NormoscopeError `malformed`
 */
export function leavesOf(schema: readonly SchemaElement[], at: number): Leaf[] {
  const leaves: Leaf[] = [];
  const open: { readonly path: string; readonly optional: number; readonly repeated: boolean; left: number }[] = [];
  for (const [index, element] of schema.entries()) {
    while (open.at(-1)?.left === 0) open.pop();
    const parent = open.at(-1);
    if (index > 0 && parent === undefined) throw new NormoscopeError('malformed', 'The schema goes on behind its last column.', at);
    if (parent !== undefined) parent.left--;
    const { name, repetition, children } = element;
    // The first is the table itself.
    const path = parent === undefined ? '' : open.length === 1 ? name : `${parent.path}.${name}`;
    const optional = (parent?.optional ?? 0) + (index > 0 && repetition === 1 ? 1 : 0);
    const repeated = (parent?.repeated ?? false) || (index > 0 && repetition === 2);
    if (children > 0 || index === 0) {
      if (open.length >= mostLevels) throw new NormoscopeError('malformed', `The schema is nested more than ${mostLevels} deep.`, at);
      open.push({ path, optional, repeated, left: children });
    } else leaves.push({ name: path, optional, repeated, ...typeOf(element) });
  }
  if (open.some(({ left }) => left !== 0)) throw new NormoscopeError('malformed', 'The schema ends before its last column.', at);
  return leaves;
}

function typeOf(element: SchemaElement): Pick<Leaf, 'word' | 'dtype' | 'storedBytes'> {
  const { type, typeLength, convertedType, logicalType } = element;
  const kind = physical[type] ?? `type ${type}`;
  const marked = logicalType !== 0 ? (logical[logicalType] ?? `type ${logicalType}`) : (converted[convertedType] ?? null);
  const plain = marked === null;
  const none = { word: plain ? kind : marked, dtype: null, storedBytes: 0 };
  if (kind === 'BOOLEAN' && plain) return { word: kind, dtype: 'bool', storedBytes: 0 };
  if (kind === 'FLOAT' && plain) return { word: kind, dtype: 'float32', storedBytes: 4 };
  if (kind === 'DOUBLE' && plain) return { word: kind, dtype: 'float64', storedBytes: 8 };
  if (kind === 'FIXED_LEN_BYTE_ARRAY' && marked === 'FLOAT16' && typeLength === 2) return { word: marked, dtype: 'float16', storedBytes: 2 };
  const storedBytes = kind === 'INT32' ? 4 : kind === 'INT64' ? 8 : 0;
  if (storedBytes === 0) return none;
  const word = plain ? kind : marked === 'INTEGER' ? `${element.signed ? 'INT' : 'UINT'}_${element.bits}` : marked;
  const integers: Readonly<Record<string, DType>> = {
    INT32: 'int32', INT64: 'int64', INT_8: 'int8', INT_16: 'int16', INT_32: 'int32', INT_64: 'int64', UINT_8: 'uint8', UINT_16: 'uint16', UINT_32: 'uint32', UINT_64: 'uint64',
  };
  const dtype = Object.hasOwn(integers, word) ? (integers[word] ?? null) : null;
  // Those of 64 bits are stored in 64, all others in 32.
  return dtype !== null && dtype.endsWith('64') === (storedBytes === 8) ? { word, dtype, storedBytes } : { ...none, word };
}
