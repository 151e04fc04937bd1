import { NormoscopeError } from '../../errors';
import type { Limits } from '../../limits';
import type { DType } from '../../tensor/dtype';
import { readingAt } from '../readingAt';
import type { Table } from './flatbuffer';

/** Where the parts of one column are among the nodes and buffers of every batch. */
export interface Column {
  readonly name: string;
  /** Arrow's name for its type. */
  readonly word: string;
  /** Null for a type that is no number. */
  readonly dtype: DType | null;
  /** Sizes of fixed-size lists in each other: axes beside the rows. */
  readonly sizes: readonly number[];
  /** Of each such list, then of the numbers themselves: which entries there are. */
  readonly levels: readonly Place[];
  readonly values: Place;
}

/** Of a buffer; those of columns before it whose number differs from batch to batch count extra. */
interface Place {
  readonly node: number;
  readonly buffer: number;
  readonly variadic: number;
}

/** Fields of fields. */
const mostLevels = 32;
const longestName = 4096;
const listTypes = new Set([12, 16, 17, 21, 25, 26]);
/** By the number of the type in Arrow's Schema.fbs: its name, and how many buffers it has of its own. */
const types: Readonly<Record<number, readonly [word: string, buffers: number]>> = {
  1: ['null', 0], 2: ['int', 2], 3: ['floating_point', 2], 4: ['binary', 3], 5: ['utf8', 3], 6: ['bool', 2], 7: ['decimal', 2], 8: ['date', 2],
  9: ['time', 2], 10: ['timestamp', 2], 11: ['interval', 2], 12: ['list', 2], 13: ['struct', 1], 14: ['union', 2], 15: ['fixed_size_binary', 2],
  16: ['fixed_size_list', 1], 17: ['map', 2], 18: ['duration', 2], 19: ['large_binary', 3], 20: ['large_utf8', 3], 21: ['large_list', 2],
  22: ['run_end_encoded', 0], 23: ['binary_view', 2], 24: ['utf8_view', 2], 25: ['list_view', 3], 26: ['large_list_view', 3],
};

/**
 * The columns of a schema (https://github.com/apache/arrow/blob/main/format/Schema.fbs).
 * @param at where it stands in the file
 * @param old whether the batches are of before version 5
 * @throws NormoscopeError `malformed`, `unsupported` or `too-large`
 */
export function columnsOf(schema: Table, at: number, old: boolean, limits: Limits): Column[] {
  return readingAt(at, 'schema', () => {
    if (schema.int16(0) !== 0) throw new NormoscopeError('unsupported', 'The table was written by a big-endian machine; little-endian ones are read.', at);
    const walker = new SchemaWalker(at, old, limits);
    return walker.fields(schema).map((field) => walker.column(field));
  });
}

class SchemaWalker {
  private node = 0;
  private buffer = 0;
  private variadic = 0;
  private seen = 0;

  constructor(
    private readonly at: number,
    private readonly old: boolean,
    private readonly limits: Limits,
  ) {}

  fields(schema: Table): Table[] {
    return schema.tables(1, this.limits.tensors + 1);
  }

  column(field: Table): Column {
    const name = field.text(0, longestName);
    const levels: Place[] = [];
    const sizes: number[] = [];
    let inner = field;
    let word = '';
    // A list of lists of a fixed size is an axis more each.
    while (inner.uint8(2) === 16 && inner.table(4) === null && sizes.length < mostLevels) {
      const [item] = inner.tables(5, 1);
      if (item === undefined) break;
      this.count();
      const size = inner.table(3)?.int32(0) ?? 0;
      if (size < 0) throw new NormoscopeError('malformed', `The lists of a column are said to have ${size} entries.`, this.at);
      levels.push(this.take(1));
      sizes.push(size);
      inner = item;
      word += 'fixed_size_list<';
    }
    const values = { node: this.node, buffer: this.buffer + 1, variadic: this.variadic };
    const validity = { ...values, buffer: this.buffer };
    const { word: element, dtype } = typeOf(inner);
    this.walk(inner, sizes.length);
    return { name, word: word + element + sizes.map((size) => `>[${size}]`).reverse().join(''), dtype, sizes, levels: [...levels, validity], values };
  }

  /** Passes over a field and those in it. */
  private walk(field: Table, level: number): void {
    this.count();
    if (level > mostLevels) throw new NormoscopeError('too-large', `The schema has fields nested more than ${mostLevels} deep; that is as deep as is read.`, this.at);
    const type = field.uint8(2);
    const [, buffers = null] = types[type] ?? [];
    if (buffers === null) throw new NormoscopeError('unsupported', `The schema has a column of type number ${type}, which is not known: where others lie cannot be told.`, this.at);
    if (field.table(4) !== null) {
      // The indices into a dictionary; what they stand for is not in the batch.
      this.take(2);
      return;
    }
    const dense = type === 14 && (field.table(3)?.int16(0) ?? 0) === 1;
    this.take(type === 14 ? (dense ? 2 : 1) + (this.old ? 1 : 0) : buffers);
    if (type === 23 || type === 24) this.variadic++;
    if (type === 13 || type === 14 || type === 22 || listTypes.has(type)) {
      for (const child of field.tables(5, this.limits.tensors + 1)) this.walk(child, level + 1);
    }
  }

  private take(buffers: number): Place {
    const place = { node: this.node, buffer: this.buffer, variadic: this.variadic };
    this.node++;
    this.buffer += buffers;
    return place;
  }

  /** Fields may be shared by others in a schema that is made to be endless. */
  private count(): void {
    if (++this.seen > this.limits.tensors) throw new NormoscopeError('too-large', `The schema has more than ${this.limits.tensors} columns; that is as many as are read.`, this.at);
  }
}

function typeOf(field: Table): { readonly word: string; readonly dtype: DType | null } {
  const type = field.uint8(2);
  const detail = field.table(3);
  const known = types[type]?.[0] ?? String(type);
  if (field.table(4) !== null) return { word: `dictionary<${known}>`, dtype: null };
  if (type === 6) return { word: 'bool', dtype: 'bool' };
  if (type === 3) {
    const [word, dtype] = ([['halffloat', 'float16'], ['float', 'float32'], ['double', 'float64']] as const)[detail?.int16(0) ?? 0] ?? [known, null];
    return { word, dtype };
  }
  if (type === 2) {
    const word = `${detail?.bool(1) === true ? '' : 'u'}int${detail?.int32(0) ?? 0}`;
    const integers = ['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64'] as const;
    return { word, dtype: integers.find((integer) => integer === word) ?? null };
  }
  return { word: known, dtype: null };
}
