import type { TensorData } from '../tensor/tensor';
import { matrixSteps } from './pictures';

/**
 * A part of a matrix: its rows run over `rowAxes` and its columns over `columnAxes`, both row-major, slowest first; every
 * other axis has the index that `fixed` (one per axis) says. A pixel is `rowsPerPixel` by `columnsPerPixel` elements,
 * from the window's first on; the last ones may have fewer.
 */
export interface Window {
  readonly rowAxes: readonly number[];
  readonly columnAxes: readonly number[];
  readonly fixed: readonly number[];
  readonly row: number;
  readonly rows: number;
  readonly column: number;
  readonly columns: number;
  readonly rowsPerPixel: number;
  readonly columnsPerPixel: number;
}

/** Which elements of a window are looked at, and where they lie. */
export interface TilePlan {
  /** Pixels. */
  readonly rows: number;
  readonly columns: number;
  /** Stretches of elements in storage order, ascending, none of which is empty or touches another. */
  readonly first: Float64Array;
  readonly count: Float64Array;
  /** As of `Tile`. */
  readonly sampledEvery: number;
}

export interface Budget {
  readonly maxElements: number;
  readonly maxStretches: number;
}

/** Rows or columns of a window. */
interface Side {
  readonly from: number;
  readonly size: number;
  readonly perPixel: number;
  /** Slowest first, in storage elements; neighbours that one wheel counts are taken together. */
  readonly dims: readonly { readonly size: number; readonly stride: number }[];
}

/** Elements of a side that follow each other in storage, as offsets. */
interface Segments {
  readonly first: readonly number[];
  readonly count: readonly number[];
}

/**
 * Chooses what to look at: everything, or what a budget allows of it. First fewer of the rows (or columns) that lie apart in
 * storage, spread over each pixel, then a shorter run of those that lie together; never none of a pixel.
 */
export function planTile({ shape, axisOrder }: Pick<TensorData, 'shape' | 'axisOrder'>, window: Window, budget: Budget): TilePlan {
  const strides = new Array<number>(shape.length).fill(0);
  let stride = 1;
  for (const axis of [...axisOrder].reverse()) {
    strides[axis] = stride;
    stride *= shape[axis] ?? 1;
  }
  const side = (axes: readonly number[], from: number, size: number, perPixel: number): Side => ({
    from,
    size,
    perPixel,
    dims: collapsed(axes.map((axis) => ({ size: shape[axis] ?? 1, stride: strides[axis] ?? 0 }))),
  });
  const down = side(window.rowAxes, window.row, window.rows, window.rowsPerPixel);
  const along = side(window.columnAxes, window.column, window.columns, window.columnsPerPixel);
  const [slow, fast] = down.dims.some((dim) => dim.stride === 1) ? [along, down] : [down, along];
  const free = new Set([...window.rowAxes, ...window.columnAxes]);
  const base = window.fixed.reduce((sum, at, axis) => (free.has(axis) ? sum : sum + at * (strides[axis] ?? 0)), 0);

  const { slowStep, fastStep } = steps(slow, fast, budget);
  const apart = segments(slow, spread(slow, slowStep));
  const together = segments(fast, runs(fast, fastStep));
  const stretches = product(apart, together, base);
  const looked = stretches.count.reduce((a, b) => a + b, 0);
  return {
    rows: Math.ceil(window.rows / window.rowsPerPixel),
    columns: Math.ceil(window.columns / window.columnsPerPixel),
    ...stretches,
    sampledEvery: looked === 0 ? 1 : Math.max(1, Math.round((window.rows * window.columns) / looked)),
  };
}

function collapsed(dims: Side['dims']): Side['dims'] {
  const taken: { size: number; stride: number }[] = [];
  for (const dim of dims) {
    if (dim.size === 1) continue;
    const before = taken.at(-1);
    if (before !== undefined && before.stride === dim.stride * dim.size) taken[taken.length - 1] = { size: before.size * dim.size, stride: dim.stride };
    else taken.push(dim);
  }
  return taken;
}

/** How sparsely each side is looked at so that both limits hold, by powers of two up to one element of a pixel's side. */
function steps(slow: Side, fast: Side, { maxElements, maxStretches }: Budget): { readonly slowStep: number; readonly fastStep: number } {
  let slowStep = 1;
  let fastStep = 1;
  const left = ({ size, perPixel }: Side, step: number) => Math.min(size, Math.ceil(size / perPixel) * Math.ceil(perPixel / step));
  const inner = fast.dims.at(-1);
  const isTooMuch = () => {
    const [apart, together] = [left(slow, slowStep), left(fast, fastStep)];
    // A run may break where its innermost axis ends, and between pixels.
    const pieces = inner?.stride === 1 ? Math.ceil(together / inner.size) + (fastStep > 1 ? Math.ceil(fast.size / fast.perPixel) : 1) : together;
    return apart * together > maxElements || apart * Math.min(together, pieces) > maxStretches;
  };
  while (isTooMuch()) {
    if (slowStep < slow.perPixel) slowStep = Math.min(slow.perPixel, slowStep * 2);
    else if (fastStep < fast.perPixel) fastStep = Math.min(fast.perPixel, fastStep * 2);
    else break;
  }
  return { slowStep, fastStep };
}

type Range = readonly [from: number, count: number];

/** Where in its pixel a sample begins: a fixed hash, so that nothing in the tensor falls into step with it. */
function shifted(pixel: number, places: number): number {
  return (Math.imul(pixel + 1, 0x9e3779b1) >>> 0) % places;
}

/** Every `step`-th element of each pixel, one at a time. */
function* spread({ from, size, perPixel }: Side, step: number): Generator<Range> {
  if (step === 1) return void (yield [from, size]);
  for (let pixel = 0; pixel * perPixel < size; pixel++) {
    const end = Math.min(size, (pixel + 1) * perPixel);
    const start = pixel * perPixel;
    for (let at = start + shifted(pixel, Math.min(step, end - start)); at < end; at += step) yield [from + at, 1];
  }
}

/** A run of one in `step` elements of each pixel. */
function* runs({ from, size, perPixel }: Side, step: number): Generator<Range> {
  if (step === 1) return void (yield [from, size]);
  for (let pixel = 0; pixel * perPixel < size; pixel++) {
    const start = pixel * perPixel;
    const length = Math.min(perPixel, size - start);
    const count = Math.min(length, Math.max(1, Math.floor(perPixel / step)));
    yield [from + start + shifted(pixel, length - count + 1), count];
  }
}

/** Where the elements of ranges lie: ascending, neighbours taken together. */
function segments({ dims }: Side, ranges: Iterable<Range>): Segments {
  const first: number[] = [];
  const count: number[] = [];
  const push = (at: number, elements: number) => {
    const last = first.length - 1;
    if (last >= 0 && (first[last] ?? 0) + (count[last] ?? 0) === at) count[last] = (count[last] ?? 0) + elements;
    else {
      first.push(at);
      count.push(elements);
    }
  };
  const inner = dims.at(-1) ?? { size: 1, stride: 1 };
  for (const [from, length] of ranges) {
    for (let at = from; at < from + length; ) {
      const within = at % inner.size;
      const take = Math.min(inner.size - within, from + length - at);
      let offset = within * inner.stride;
      let rest = Math.floor(at / inner.size);
      for (let dim = dims.length - 2; dim >= 0; dim--) {
        const { size, stride } = dims[dim] as Side['dims'][number];
        offset += (rest % size) * stride;
        rest = Math.floor(rest / size);
      }
      if (inner.stride === 1) push(offset, take);
      else for (let step = 0; step < take; step++) push(offset + step * inner.stride, 1);
      at += take;
    }
  }
  return ascending(first, count);
}

/** Every element of one side with every stretch of the other. */
function product(apart: Segments, together: Segments, base: number): Pick<TilePlan, 'first' | 'count'> {
  const first: number[] = [];
  const count: number[] = [];
  apart.first.forEach((start, index) => {
    for (let step = 0; step < (apart.count[index] ?? 0); step++) {
      together.first.forEach((offset, place) => {
        first.push(base + start + step + offset);
        count.push(together.count[place] ?? 0);
      });
    }
  });
  const sorted = ascending(first, count);
  return { first: Float64Array.from(sorted.first), count: Float64Array.from(sorted.count) };
}

function ascending(first: readonly number[], count: readonly number[]): Segments {
  const isSorted = first.every((at, index) => index === 0 || at > (first[index - 1] ?? 0));
  const order = isSorted ? null : Uint32Array.from(first, (_, index) => index).sort((a, b) => (first[a] ?? 0) - (first[b] ?? 0));
  const merged = { first: [] as number[], count: [] as number[] };
  let end = NaN;
  for (let index = 0; index < first.length; index++) {
    const from = order === null ? index : order[index] ?? 0;
    const [at, elements] = [first[from] ?? 0, count[from] ?? 0];
    if (at === end) merged.count[merged.count.length - 1] = (merged.count.at(-1) ?? 0) + elements;
    else {
      merged.first.push(at);
      merged.count.push(elements);
    }
    end = at + elements;
  }
  return merged;
}

/** The pixel of an element by its logical coordinates. By the definition. */
export function pixelFinder(shape: readonly number[], window: Window): (coordinates: readonly number[]) => number {
  const { row: rowStep, column: columnStep } = matrixSteps(shape, window.rowAxes, window.columnAxes);
  const columns = Math.ceil(window.columns / window.columnsPerPixel);
  return (coordinates) => {
    const place = (of: readonly number[]) => coordinates.reduce((sum, at, axis) => sum + at * (of[axis] ?? 0), 0);
    const row = Math.floor((place(rowStep) - window.row) / window.rowsPerPixel);
    return row * columns + Math.floor((place(columnStep) - window.column) / window.columnsPerPixel);
  };
}
