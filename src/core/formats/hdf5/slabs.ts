import { NormoscopeError } from '../../errors';
import { elementCount, itemBytes, type Encoding, type TensorData } from '../../tensor/tensor';
import type { Session } from './session';

/** Of a slab that need not be larger. */
const usualBytes = 4 * 1024 * 1024;
/** Chunks of a slab: each takes some microseconds here; in the library some tens of them, and four KiB. */
export const chunksAtOnce = { here: 1 << 14, library: 1 << 12 } as const;

/** How a dataset is cut up: into rows of `axis`, everything behind it whole, that lie side by side in row-major order. */
export interface Slabs {
  readonly axis: number;
  /** Rows of one slab; the last of each row of the axis before may have fewer. */
  readonly rows: number;
  /** Elements of a row. */
  readonly elements: number;
}

/**
 * Slabs of whole rows of chunks where those fit, so that each chunk is unpacked once: the library keeps none from one call to the
 * next. Where a row of chunks is too large, its chunks are unpacked for each of its slabs.
 * @param bytes of an element
 * @param mostBytes of a slab
 * @param mostChunks of a slab
 */
export function slabsOf(shape: readonly number[], chunks: readonly number[] | null, bytes: number, mostBytes: number, mostChunks: number): Slabs {
  if (elementCount(shape) === 0) return { axis: 0, rows: 1, elements: 1 };
  const most = chunks === null ? usualBytes : mostBytes;
  const rowElements = (axis: number) => elementCount(shape.slice(axis + 1));
  const chunkLength = (axis: number) => Math.max(1, chunks?.[axis] ?? shape[axis] ?? 1);
  const rowChunks = (axis: number) => elementCount(shape.slice(axis + 1).map((size, behind) => Math.ceil(size / chunkLength(axis + 1 + behind))));
  const fits = (axis: number) => rowElements(axis) * bytes <= most && rowChunks(axis) <= mostChunks;
  const axis = Math.max(0, shape.findIndex((_, candidate) => fits(candidate)));
  const elements = rowElements(axis);
  const step = chunks === null ? 1 : chunkLength(axis);
  const fitting = Math.max(1, Math.min(Math.floor(most / (elements * bytes)), Math.floor(mostChunks / rowChunks(axis)) * step));
  const usual = Math.max(step, Math.floor(usualBytes / (elements * bytes * step)) * step);
  return { axis, rows: Math.max(1, Math.min(usual, fitting, shape[axis] ?? 1)), elements };
}

export interface Dataset {
  readonly path: string;
  readonly shape: readonly number[];
  readonly encoding: Encoding;
  readonly slabs: Slabs;
}

/** A dataset's elements in row-major order. The slab that was read last stays in the library's heap. */
export function datasetData(session: Session, { path, shape, encoding, slabs }: Dataset): TensorData {
  const total = elementCount(shape);
  const { axis, rows, elements } = slabs;
  const length = shape[axis] ?? 1;

  /** The slab that has an element: its first one and how many there are. */
  function slabWith(element: number): { readonly first: number; readonly count: number } {
    const line = Math.floor(element / (length * elements));
    const slab = Math.floor((element - line * length * elements) / (rows * elements));
    return { first: (line * length + slab * rows) * elements, count: Math.min(rows, length - slab * rows) * elements };
  }

  /** Fills `target` from byte `from` of a slab on. */
  function copy({ first, count }: { readonly first: number; readonly count: number }, from: number, target: Uint8Array, signal: AbortSignal | undefined) {
    const bytes = itemBytes(encoding, count);
    const key = `${first} ${path}`;
    return session.call(
      `The dataset ${JSON.stringify(path)}`,
      (running) => {
        const { library, file } = running;
        if (running.slab?.key !== key) {
          if (running.slab !== null) library._free(running.slab.pointer);
          running.slab = null;
          const pointer = library._malloc(bytes);
          if (pointer === 0) throw new NormoscopeError('too-large', `There is no memory for ${bytes} bytes of the dataset ${JSON.stringify(path)}.`);
          // What was never written, and is to stay unwritten, is left as it is.
          library.HEAPU8.fill(0, pointer, pointer + bytes);
          const status = library.get_dataset_data(file, path, ...selection(first, count), BigInt(pointer));
          if (status < 0) throw new Error('an element that could not be read');
          running.slab = { key, pointer };
        }
        const { pointer } = running.slab as NonNullable<typeof running.slab>;
        target.set(library.HEAPU8.subarray(pointer + from, pointer + from + target.length));
      },
      signal,
    );
  }

  /** Of the library: how many, from where and in which steps along each axis; nothing for a scalar. */
  function selection(first: number, count: number): [bigint[] | null, bigint[] | null, bigint[] | null] {
    if (shape.length === 0) return [null, null, null];
    let rest = Math.floor(first / elements);
    const offset = shape.map(() => 0n);
    for (let at = axis; at >= 0; at--) {
      offset[at] = BigInt(rest % (shape[at] ?? 1));
      rest = Math.floor(rest / (shape[at] ?? 1));
    }
    const counts = shape.map((size, at) => BigInt(at < axis ? 1 : at === axis ? count / elements : size));
    return [counts, offset, shape.map(() => 1n)];
  }

  return {
    shape,
    encoding,
    axisOrder: shape.map((_, at) => at),
    async read(firstElement, target, signal) {
      const end = firstElement + target.length / encoding.stride;
      if (end > total) throw new NormoscopeError('internal', `Elements from ${firstElement} on were asked for, beyond the tensor's end.`);
      for (let at = firstElement; at < end; ) {
        const slab = slabWith(at);
        const until = Math.min(end, slab.first + slab.count);
        const part = target.subarray((at - firstElement) * encoding.stride, (until - firstElement) * encoding.stride);
        await copy(slab, (at - slab.first) * encoding.stride, part, signal);
        at = until;
      }
    },
  };
}
