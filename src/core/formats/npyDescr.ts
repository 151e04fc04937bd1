import type { Limits } from '../limits';
import type { DType } from '../tensor/dtype';
import type { TensorStatus } from '../tensor/tensor';
import { describeLiteral, type ErrorAt, type Literal } from './pythonLiteral';

/** What one item of an array is made of: one number, or a record of fields. */
export interface Item {
  /** From one item to the next. */
  readonly bytes: number;
  /** Fields whose elements are numbers, text and the like; in a plain array the only one, without a name. */
  readonly fields: readonly Field[];
  /** Whether some part is a Python object: the whole array is then a pickle, not a row of items. */
  readonly pickled: boolean;
  /** Fields beyond the limit, which are not in `fields`. */
  readonly leftOut: number;
}

export interface Field extends Scalar {
  /** `a.b` for field b of the record in field a. */
  readonly name: string;
  /** Bytes from the start of the item to the field's first element. */
  readonly offset: number;
  /** Axes of arrays inside of the item, outermost first, with the bytes from one element to the next along each. */
  readonly inner: readonly InnerAxis[];
}

export interface InnerAxis {
  readonly size: number;
  readonly step: number;
}

export interface Scalar {
  /** NumPy's own word: `<f4`. */
  readonly word: string;
  readonly bytes: number;
  /** null for what is not computed with. */
  readonly dtype: DType | null;
  readonly littleEndian: boolean;
  readonly status: TensorStatus;
  readonly reason: string | null;
}

/** A part of an item while it is taken apart. */
interface Part {
  readonly bytes: number;
  readonly fields: Field[];
  readonly pickled: boolean;
}

const numeric: Readonly<Record<string, DType>> = {
  '?': 'bool',
  b1: 'bool',
  i1: 'int8',
  u1: 'uint8',
  i2: 'int16',
  u2: 'uint16',
  i4: 'int32',
  u4: 'uint32',
  i8: 'int64',
  u8: 'uint64',
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
  c8: 'complex64',
  c16: 'complex128',
};

/** Kinds that are not numbers to compute with: bytes per unit of the size in the word, and what to say. */
const others: Readonly<Record<string, { readonly unit: number; readonly is: string }>> = {
  S: { unit: 1, is: 'byte strings' },
  a: { unit: 1, is: 'byte strings' },
  U: { unit: 4, is: 'text' },
  V: { unit: 1, is: 'raw bytes that NumPy gives no meaning to (bfloat16 and float8 arrays are saved so)' },
};

/** Characters of a field's name with those of the records that it is in: names are repeated for every field. */
const longestName = 4096;
/** NumPy itself has no array with more axes. */
const mostInnerAxes = 64;

/** Extended precision, whose bytes differ between processors. */
const extended: readonly string[] = ['f10', 'f12', 'f16', 'c20', 'c24', 'c32'];

/**
 * The `descr` of a header: a word, a list of fields, or either with a shape.
 * @throws NormoscopeError `malformed` or `too-large`, with the offset
 */
export function parseDescr(descr: Literal, limits: Limits, errorAt: ErrorAt): Item {
  let leftOut = 0;

  function part(literal: Literal): Part {
    if (literal.kind === 'string') return scalarPart(literal);
    if (literal.kind === 'list') return record(literal.items);
    const [inner, shape] = literal.kind === 'tuple' ? literal.items : [];
    if (literal.kind === 'tuple' && literal.items.length === 2 && inner !== undefined && shape !== undefined) {
      return repeated(part(inner), shape);
    }
    throw errorAt(literal, `A data type is ${describeLiteral(literal)}, not a word or a list of fields`);
  }

  function scalarPart(literal: Literal & { kind: 'string' }): Part {
    const scalar = parseWord(literal.value);
    if (scalar === null) throw errorAt(literal, `The data type is ${describeLiteral(literal)}, which NumPy does not have`);
    return { bytes: scalar.bytes, pickled: scalar.status === 'refused', fields: [{ ...scalar, name: '', offset: 0, inner: [] }] };
  }

  function record(items: readonly Literal[]): Part {
    const fields: Field[] = [];
    let bytes = 0;
    let pickled = false;
    let named = 0;
    for (const item of items) {
      const [name, type, shape] = item.kind === 'tuple' ? item.items : [];
      if (item.kind !== 'tuple' || item.items.length > 3 || name === undefined || type === undefined) {
        throw errorAt(item, `A field is not a tuple of a name, a data type and perhaps a shape`);
      }
      const inside = shape === undefined ? part(type) : repeated(part(type), shape);
      const given = fieldName(name);
      const isPadding = given === '' && type.kind === 'string' && /^\|?V/.test(type.value);
      if (!isPadding) {
        // NumPy names a field by its number that was given no name.
        const prefix = given === '' ? `f${named}` : given;
        named++;
        for (const field of inside.fields) {
          const path = field.name === '' ? prefix : `${prefix}.${field.name}`;
          if (path.length > longestName) throw errorAt(name, `A field's name has ${path.length} characters; at most ${longestName} are read`, 'too-large');
          add(fields, { ...field, name: path, offset: bytes + field.offset });
        }
      }
      bytes = bounded(bytes + inside.bytes, item);
      pickled ||= inside.pickled;
    }
    return { bytes, fields, pickled };
  }

  /** Fields beyond the limit are counted, not kept. */
  function add(fields: Field[], field: Field): void {
    if (fields.length < limits.fields) fields.push(field);
    else leftOut++;
  }

  function repeated(inside: Part, shape: Literal): Part {
    const sizes = (shape.kind === 'tuple' ? shape.items : [shape]).map((size) => axisSize(size, errorAt));
    if (sizes.length > mostInnerAxes) throw errorAt(shape, `A field has ${sizes.length} axes; at most ${mostInnerAxes} are read`, 'too-large');
    const axes: InnerAxis[] = [];
    let bytes = inside.bytes;
    for (const size of sizes.reverse()) {
      axes.unshift({ size, step: bytes });
      bytes = bounded(bytes * size, shape);
    }
    const fields = inside.fields.map((field) => ({ ...field, inner: [...axes, ...field.inner] }));
    if (fields.some(({ inner }) => inner.length > mostInnerAxes)) {
      throw errorAt(shape, `A field has more than ${mostInnerAxes} axes`, 'too-large');
    }
    return { ...inside, bytes, fields };
  }

  /** A title and a name `('title', 'name')`, or the name alone. */
  function fieldName(literal: Literal): string {
    const name = literal.kind === 'tuple' && literal.items.length === 2 ? literal.items[1] : literal;
    if (name?.kind === 'string') return name.value;
    throw errorAt(literal, `A field's name is ${describeLiteral(literal)}, not a string`);
  }

  function bounded(bytes: number, literal: Literal): number {
    if (bytes <= Number.MAX_SAFE_INTEGER) return bytes;
    throw errorAt(literal, 'A data type takes more bytes than any file has', 'too-large');
  }

  return { ...part(descr), leftOut };
}

/** The size of an axis, of the array or of a field. */
export function axisSize(literal: Literal, errorAt: ErrorAt): number {
  if (literal.kind === 'integer' && literal.value >= 0 && literal.value <= Number.MAX_SAFE_INTEGER) return literal.value;
  if (literal.kind === 'integer' && literal.value > 0) {
    throw errorAt(literal, `A shape holds ${literal.value}, more than any file has`, 'too-large');
  }
  throw errorAt(literal, `A shape holds ${describeLiteral(literal)}; sizes are whole numbers from 0 on`);
}

/** `<f4`, `|b1`, `>c16`, `<U12`, `|O`; null for what NumPy has not. */
export function parseWord(word: string): Scalar | null {
  const order = '<>=|'.includes(word[0] ?? 'none') ? word[0] : '';
  const type = word.slice(order?.length ?? 0);
  // Without a mark it is the byte order of the machine; none that is in use is big-endian.
  const scalar = { word, littleEndian: order !== '>' };
  const dtype = Object.hasOwn(numeric, type) ? numeric[type] : undefined;
  if (dtype !== undefined) {
    return { ...scalar, dtype, bytes: Number(type.slice(1)) || 1, status: 'readable', reason: null };
  }
  const unsupported = (bytes: number, reason: string): Scalar => ({ ...scalar, dtype: null, bytes, status: 'unsupported', reason });
  if (extended.includes(type)) {
    return unsupported(Number(type.slice(1)), `The elements are of extended precision (${word}), whose bytes differ between processors.`);
  }
  if (/^[mM]8(\[\w+\])?$/.test(type)) {
    return unsupported(8, `The elements are ${type.startsWith('M') ? 'dates' : 'time spans'} (${word}), not numbers.`);
  }
  if (/^(O\d*|T\d*)$/.test(type)) {
    const reason = `The elements are Python objects (${word}), kept as a pickle; a pickle can run any code, so it is never loaded.`;
    return { ...scalar, dtype: null, bytes: 0, status: 'refused', reason };
  }
  const other = Object.hasOwn(others, type[0] ?? '') ? others[type[0] ?? ''] : undefined;
  if (other === undefined || !/^\w\d{1,10}$/.test(type)) return null;
  return unsupported(Number(type.slice(1)) * other.unit, `The elements are ${other.is} (${word}).`);
}
