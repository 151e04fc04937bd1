import { NormoscopeError, throwIfCancelled } from '../../errors';
import type { ByteSource } from '../../tensor/byteSource';
import { bitsPerElement, type DType } from '../../tensor/dtype';
import { asFloat64, missingWriter, type Stretch } from '../columns';
import { decodeValues, mover, prefixed, runs } from './encodings';
import type { Chunk } from './footer';
import { readPage, readPageHeader, type PageHeader } from './pages';
import type { Leaf } from './schema';

/** Bytes of the column of one row group in the file. */
export interface Place {
  readonly chunk: Chunk;
  readonly rows: number;
  readonly start: number;
  readonly end: number;
}

interface Page {
  readonly first: number;
  readonly count: number;
  /** Elements as the column has them. */
  readonly elements: Uint8Array;
}

/** Lets go of what the last column held when another one is read. */
export interface Holding {
  release: (() => void) | null;
}

/**
 * The rows of a column that one row group has. Of pages, one is held, and the dictionary; reading forward passes each once, reading
 * backward begins anew and passes over pages by their headers.
 * @param dtype in which the column is read
 */
export function chunkStretch(source: ByteSource, leaf: Leaf, place: Place, dtype: DType, holding: Holding): Stretch {
  const { chunk, rows, start, end } = place;
  const width = bitsPerElement(dtype) / 8;
  let position = start;
  let row = 0;
  let dictionary: Uint8Array | null = null;
  let page: Page | null = null;
  let queue: Promise<unknown> = Promise.resolve();

  const release = () => {
    [position, row, dictionary, page] = [start, 0, null, null];
  };

  /** Behind what is being read. */
  const letGo = () => {
    queue = queue.then(release);
  };

  /** Reads on to the page that row `wanted` is in. */
  async function advance(wanted: number, signal: AbortSignal | undefined): Promise<Page> {
    if (page !== null && wanted < page.first) release();
    while (page === null || wanted >= page.first + page.count) {
      throwIfCancelled(signal);
      if (position >= end) throw new NormoscopeError('malformed', `The column has ${row} of ${rows} values before byte ${end}, where it ends.`, end);
      const header = await readPageHeader(source, position, end, signal);
      const { kind, count } = header;
      position = header.at + header.packedBytes;
      if (kind === 'dictionary') dictionary = decodeValues(0, (await readPage(source, header, chunk.codec, signal)).page, count, leaf.storedBytes || 1, null);
      if (kind !== 'values' || count === 0) continue;
      if (row + count > rows) throw new NormoscopeError('malformed', `The page at byte ${header.at} goes on to value ${row + count} of ${rows}.`, header.at);
      if (wanted >= row + count) row += count;
      else {
        page = { first: row, count, elements: await elementsOf(header, signal) };
        row += count;
      }
    }
    return page;
  }

  async function elementsOf(header: PageHeader, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const { count, levels, levelEncoding, encoding, at } = header;
    const { levels: apart, page: whole } = await readPage(source, header, chunk.codec, signal);
    let values = whole;
    let present: Uint32Array | null = null;
    if (leaf.optional > 0) {
      const bits = 32 - Math.clz32(leaf.optional);
      if (levels === null) {
        if (levelEncoding !== 3) throw new NormoscopeError('unsupported', `The page at byte ${at} says by an encoding of before 2013 which values are null.`, at);
        const { bytes, end: behind } = prefixed(whole);
        present = runs(bytes, bits, count);
        values = whole.subarray(behind);
      } else present = runs(apart ?? new Uint8Array(0), bits, count);
    }
    let there = count;
    if (present !== null) for (const level of present) if (level !== leaf.optional) there--;
    const stored = narrowed(decodeValues(encoding, values, there, leaf.storedBytes, dictionary), leaf, at);
    if (present === null || there === count) return dtype === leaf.dtype ? stored : widened(stored, count);
    if (chunk.nulls === 0 && dtype === leaf.dtype && dtype !== 'float64' && dtype !== 'float32' && dtype !== 'float16') {
      throw new NormoscopeError('malformed', `The page at byte ${at} has ${count - there} values that are null, where the file says that there are none.`, at);
    }
    return spread(dtype === leaf.dtype ? stored : widened(stored, there), present);
  }

  function widened(stored: Uint8Array, count: number): Uint8Array {
    const elements = new Uint8Array(count * width);
    asFloat64(leaf.dtype ?? dtype, stored, elements);
    return elements;
  }

  function spread(stored: Uint8Array, present: Uint32Array): Uint8Array {
    const elements = new Uint8Array(present.length * width);
    const miss = missingWriter(dtype, elements);
    const move = mover(stored, elements, width);
    for (let index = 0, next = 0; index < present.length; index++) {
      if (present[index] === leaf.optional) move(next++, index);
      else miss(index);
    }
    return elements;
  }

  async function fill(first: number, target: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    if (holding.release !== letGo) {
      holding.release?.();
      holding.release = letGo;
    }
    for (let filled = 0; filled < target.length; ) {
      const wanted = first + filled / width;
      const { first: from, elements } = await advance(wanted, signal);
      const part = elements.subarray((wanted - from) * width, (wanted - from) * width + target.length - filled);
      target.set(part, filled);
      filled += part.length;
    }
  }

  return {
    elements: rows,
    read(first, target, signal) {
      const reading = queue.then(() => fill(first, target, signal));
      queue = reading.catch(release);
      return reading;
    },
  };
}

/** Integers of 8 and 16 bits, which are stored in 32. */
function narrowed(stored: Uint8Array, { dtype, storedBytes }: Leaf, at: number): Uint8Array {
  const width = dtype === null ? 0 : bitsPerElement(dtype) / 8;
  if (storedBytes === 0 || dtype === null || width === storedBytes) return stored;
  const count = stored.length / storedBytes;
  const signed = dtype.startsWith('int');
  const view = new DataView(stored.buffer, stored.byteOffset, stored.length);
  const elements = new Uint8Array(count * width);
  for (let index = 0; index < count; index++) {
    const value = view.getInt32(index * 4, true);
    const least = signed ? -(2 ** (8 * width - 1)) : 0;
    if (value < least || value >= least + 2 ** (8 * width)) {
      throw new NormoscopeError('malformed', `The page at byte ${at} has the value ${value} in a column of ${dtype}.`, at);
    }
    for (let byte = 0; byte < width; byte++) elements[index * width + byte] = (value >> (8 * byte)) & 255;
  }
  return elements;
}
