import { NormoscopeError } from '../../errors';
import type { Limits } from '../../limits';
import { bitsPerElement, dtypes, type DType } from '../../tensor/dtype';
import { elementCount } from '../../tensor/tensor';
import { formatShape } from '../../text/numbers';
import { quoted } from '../../text/quoted';
import type { SequentialReader } from '../sequentialReader';
import { readToken } from './tokens';

/** An array as Flax packs it: its shape, the name of its type, its bytes in C order and little-endian. */
export interface PackedArray {
  readonly shape: readonly number[];
  /** NumPy's name for it. */
  readonly word: string;
  /** Null for a type that is not computed with. */
  readonly dtype: DType | null;
  readonly start: number;
  readonly bytes: number;
}

/** Bytes of an array before its elements: 64 sizes and a name. */
const mostBefore = 1024;
/** Types of ours that are packed in bytes here, or are not NumPy's. */
const others: ReadonlySet<string> = new Set(['int4', 'uint4', ...dtypes.filter((dtype) => dtype.startsWith('q'))]);

/**
 * Reads what stands before an array's elements: `[[3, 4], "float32", bytes]`
 * (https://github.com/google/flax/blob/main/flax/serialization.py).
 * @param end of the extension that it is in
 * @throws NormoscopeError `malformed` for anything else, `truncated` as the reader
 */
export async function readArray(reader: SequentialReader, end: number): Promise<PackedArray> {
  const wrong = (what: string) => new NormoscopeError('malformed', `It is no array as Flax writes it: ${what}.`, reader.position);
  const triple = await readToken(reader);
  if (triple.kind !== 'array' || triple.count !== 3) throw wrong('a list of shape, type and bytes is expected');
  const axes = await readToken(reader);
  if (axes.kind !== 'array' || axes.count > 64) throw wrong('its first entry is not a shape');
  const shape: number[] = [];
  for (let axis = 0; axis < axes.count; axis++) {
    const size = await readToken(reader);
    const value = size.kind === 'value' ? Number(size.value ?? NaN) : NaN;
    if (!Number.isSafeInteger(value) || value < 0) throw wrong(`the size of axis ${axis} is not a whole number`);
    shape.push(value);
  }
  const name = await readToken(reader);
  if ((name.kind !== 'text' && name.kind !== 'bytes') || name.length > mostBefore) throw wrong('its second entry is not the name of a type');
  await reader.fill(name.length);
  const word = reader.text(name.length);
  const content = await readToken(reader);
  if (content.kind !== 'bytes' && content.kind !== 'text') throw wrong('its third entry is not bytes');
  const start = reader.position;
  if (start + content.length !== end) throw wrong(`its bytes end at byte ${start + content.length}, but the extension that holds them at ${end}`);
  const dtype = dtypes.find((known) => known === word && !others.has(known)) ?? null;
  return { shape, word, dtype, start, bytes: content.length };
}

/** Why such an array cannot be read; null where it can. */
export function faultOf({ shape, word, dtype, bytes }: Omit<PackedArray, 'start'>, limits: Limits): { readonly status: 'unsupported' | 'refused'; readonly reason: string } | null {
  if (dtype === null) return { status: 'unsupported', reason: `Elements of type ${quoted(word)} are not computed with.` };
  const width = bitsPerElement(dtype) / 8;
  // An empty axis makes the array empty, but must not hide the others' sizes from this.
  const most = shape.reduce((product, size) => product * (size || 1), width);
  if (most > Number.MAX_SAFE_INTEGER || elementCount(shape) * width !== bytes) {
    return { status: 'refused', reason: `Shape ${formatShape(shape.slice(0, 9))} of ${word} does not take the ${bytes} bytes that the array has.` };
  }
  if (shape.length > limits.rank) return { status: 'unsupported', reason: `The array has ${shape.length} axes; at most ${limits.rank} are read.` };
  return null;
}
