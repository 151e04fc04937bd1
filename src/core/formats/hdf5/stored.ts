import { NormoscopeError, throwIfCancelled } from '../../errors';
import { readBytes } from '../../tensor/byteSource';
import { elementCount, itemBytes, type Encoding, type TensorData } from '../../tensor/tensor';
import { contiguousData } from '../contiguous';
import { copy } from '../unpack/copies';
import { chunksInTree } from './chunkIndex';
import type { Layout, StoredChunk } from './layout';
import type { Session } from './session';
import type { Slabs } from './slabs';
import { isUnfiltered, unfiltered } from './unfilter';

/** Chunks of this and fewer bytes are read in place, which waiting for would take longer than. */
const smallBytes = 64 * 1024;

export interface Stored {
  readonly path: string;
  readonly shape: readonly number[];
  /** As the file has it. */
  readonly encoding: Encoding;
  readonly slabs: Slabs;
  readonly layout: Layout;
  /** Of one element: what stands where nothing was written; null: zeros. */
  readonly fill: Uint8Array | null;
  /** Where the addresses of the file count from. */
  readonly base: number;
}

/**
 * A dataset's elements read from where they lie in the file, without the library: that copies them twice, and has no LZF.
 * @param mostBytes of one chunk
 * @returns null for what is left to the library
 */
export function storedData(session: Session, stored: Stored, mostBytes: number): TensorData | null {
  const { shape, encoding, layout } = stored;
  const { size } = session.source;
  const bytes = itemBytes(encoding, elementCount(shape));
  if (layout.kind === 'contiguous') {
    const fits = layout.bytes === bytes && Number.isSafeInteger(layout.start) && layout.start + bytes <= size;
    return fits ? contiguousData(session.source, layout.start, shape, encoding) : null;
  }
  const { chunk, filters } = layout;
  const sound = chunk.length === shape.length && shape.length > 0 && bytes > 0 && chunk.every((length) => length > 0);
  if (!sound || !isUnfiltered(filters) || itemBytes(encoding, elementCount(chunk)) > mostBytes) return null;
  return chunkedData(session, { ...stored, layout });
}

type Chunked = Stored & { readonly layout: Extract<Layout, { kind: 'chunked' }> };

/** A run of rows of `slabs.axis`: where it begins along each axis up to that one, and how many there are. */
interface Slab {
  readonly first: number;
  readonly rows: number;
}

function chunkedData(session: Session, { path, shape, encoding, slabs, layout, fill, base }: Chunked): TensorData {
  const { chunk, filters } = layout;
  const { axis, elements } = slabs;
  const width = encoding.stride;
  const length = shape[axis] ?? 1;
  const chunkBytes = elementCount(chunk) * width;
  const subject = `The dataset ${JSON.stringify(path)}`;
  const wrong = (what: string) => new NormoscopeError('malformed', `${subject} is damaged: ${what}.`);

  function slabWith(element: number): Slab {
    const line = Math.floor(element / (length * elements));
    const slab = Math.floor((element - line * length * elements) / (slabs.rows * elements));
    return { first: (line * length + slab * slabs.rows) * elements, rows: Math.min(slabs.rows, length - slab * slabs.rows) };
  }

  /** A slab that is asked for in parts, and stays until another is. */
  async function gathered(slab: Slab, signal: AbortSignal | undefined): Promise<Uint8Array> {
    session.kept = null;
    const bytes = new Uint8Array(slab.rows * elements * width);
    await gather(slab, bytes, signal);
    session.kept = { key: `${slab.first} ${path}`, bytes };
    return bytes;
  }

  /** Puts the elements of a slab together from its chunks. */
  async function gather({ first, rows }: Slab, target: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    const from = shape.map(() => 0);
    const to = [...shape];
    for (let rest = first / elements, at = axis; at >= 0; at--) {
      from[at] = rest % (shape[at] ?? 1);
      to[at] = (from[at] ?? 0) + (at === axis ? rows : 1);
      rest = Math.floor(rest / (shape[at] ?? 1));
    }
    let waited = false;
    for (const origin of originsIn(from, to, chunk)) {
      throwIfCancelled(signal);
      const found = find(origin);
      // The first of a slab is waited for, so that whoever cancels is heard.
      const data = found === null ? filled() : await chunkAt(found, !waited, signal);
      waited = true;
      scatter(data, origin, from, to, target);
    }
  }

  function find(origin: readonly number[]): StoredChunk | null {
    if (layout.index === null) return null;
    if ('only' in layout.index) return origin.every((start) => start === 0) ? layout.index.only : null;
    if (session.index?.path !== path) session.index = { path, find: chunksInTree(session.bytes, base, layout.index.tree, shape.length) };
    try {
      return session.index.find(origin);
    } catch (error) {
      throw error instanceof NormoscopeError && error.code === 'malformed' ? wrong(error.message) : error;
    }
  }

  async function chunkAt(found: StoredChunk, waiting: boolean, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const { start } = found;
    const bytes = found.bytes ?? chunkBytes;
    const { source } = session;
    if (!Number.isSafeInteger(start + bytes) || start < 0 || start + bytes > source.size) throw wrong(`a chunk of it would end at byte ${start + bytes} of ${source.size}`);
    // No filter makes more of it than this.
    if (bytes > 2 * chunkBytes + smallBytes) throw wrong(`a chunk of it has ${bytes} bytes, where ${chunkBytes} are expected`);
    let packed: Uint8Array;
    if (source.readSync === undefined || (bytes <= smallBytes && !waiting)) {
      packed = new Uint8Array(bytes);
      session.bytes.readSync(start, packed);
    } else {
      packed = await readBytes(source, start, bytes, signal);
    }
    try {
      return unfiltered(packed, chunkBytes, filters, found, source.unpacking);
    } catch (error) {
      throw error instanceof NormoscopeError && error.code === 'malformed' ? wrong(error.message.replace(/\.$/, '').replace('A compressed stretch', 'a chunk')) : error;
    }
  }

  function filled(): Uint8Array {
    const data = new Uint8Array(chunkBytes);
    if (fill !== null) for (let at = 0; at < chunkBytes; at += width) data.set(fill, at);
    return data;
  }

  /** Copies what a chunk has of a slab, in runs as long as they are side by side in both. */
  function scatter(data: Uint8Array, origin: readonly number[], from: readonly number[], to: readonly number[], target: Uint8Array): void {
    let run = width;
    let source = 0;
    let place = 0;
    let chunkStep = width;
    let slabStep = width;
    const loops: { readonly count: number; readonly chunkStep: number; readonly slabStep: number }[] = [];
    for (let at = shape.length - 1; at >= 0; at--) {
      const begin = Math.max(origin[at] ?? 0, from[at] ?? 0);
      const count = Math.min((origin[at] ?? 0) + (chunk[at] ?? 1), to[at] ?? 1) - begin;
      source += (begin - (origin[at] ?? 0)) * chunkStep;
      place += (begin - (from[at] ?? 0)) * slabStep;
      if (loops.length === 0 && chunkStep === run && slabStep === run) run *= count;
      else loops.push({ count, chunkStep, slabStep });
      chunkStep *= chunk[at] ?? 1;
      slabStep *= (to[at] ?? 1) - (from[at] ?? 0);
    }
    const counters = loops.map(() => 0);
    for (;;) {
      copy(data, source, target, place, run);
      let loop = 0;
      for (; loop < loops.length; loop++) {
        const { count, chunkStep: over, slabStep: along } = loops[loop] as (typeof loops)[number];
        source += over;
        place += along;
        counters[loop] = (counters[loop] ?? 0) + 1;
        if ((counters[loop] ?? 0) < count) break;
        source -= count * over;
        place -= count * along;
        counters[loop] = 0;
      }
      if (loop === loops.length) return;
    }
  }

  return {
    shape,
    encoding,
    axisOrder: shape.map((_, at) => at),
    async read(firstElement, target, signal) {
      const end = firstElement + target.length / width;
      if (end > elementCount(shape)) throw new NormoscopeError('internal', `Elements from ${firstElement} on were asked for, beyond the tensor's end.`);
      for (let at = firstElement; at < end; ) {
        const slab = slabWith(at);
        const until = Math.min(end, slab.first + slab.rows * elements);
        const part = target.subarray((at - firstElement) * width, (until - firstElement) * width);
        if (part.length === slab.rows * elements * width) {
          await gather(slab, part, signal);
        } else {
          const bytes = session.kept?.key === `${slab.first} ${path}` ? session.kept.bytes : await gathered(slab, signal);
          part.set(bytes.subarray((at - slab.first) * width, (until - slab.first) * width));
        }
        at = until;
      }
    },
  };
}

/** First elements of the chunks that have a part of a box. */
function* originsIn(from: readonly number[], to: readonly number[], chunk: readonly number[]): Generator<readonly number[]> {
  const first = from.map((start, axis) => Math.floor(start / (chunk[axis] ?? 1)) * (chunk[axis] ?? 1));
  const origin = [...first];
  for (;;) {
    yield origin;
    let axis = origin.length - 1;
    for (; axis >= 0; axis--) {
      origin[axis] = (origin[axis] ?? 0) + (chunk[axis] ?? 1);
      if ((origin[axis] ?? 0) < (to[axis] ?? 0)) break;
      origin[axis] = first[axis] ?? 0;
    }
    if (axis < 0) return;
  }
}
