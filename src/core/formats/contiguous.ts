import { NormoscopeError } from '../errors';
import type { ByteSource } from '../tensor/byteSource';
import { elementCount, itemBytes, type Encoding, type TensorData, type Warning } from '../tensor/tensor';
import { formatCount } from '../text/numbers';

/** A row-major tensor whose elements lie side by side, from byte `start` of a source on. */
export function contiguousData(source: ByteSource, start: number, shape: readonly number[], encoding: Encoding): TensorData {
  const end = start + itemBytes(encoding, elementCount(shape));
  return {
    shape,
    encoding,
    axisOrder: shape.map((_, axis) => axis),
    read: async (firstElement, target, signal) => {
      const position = start + itemBytes(encoding, firstElement);
      if (position + target.length > end) {
        throw new NormoscopeError('internal', `Elements from ${firstElement} on were asked for, beyond the tensor's end.`);
      }
      await source.read(position, target, signal);
    },
  };
}

/** Bytes of a file that a tensor takes. */
export interface Extent {
  readonly start: number;
  /** Behind the last. */
  readonly end: number;
}

export interface Extents<T extends Extent> {
  /** What shares bytes with another, and with which other. */
  readonly overlapping: ReadonlyMap<T, T>;
  readonly warnings: readonly Warning[];
}

/**
 * How the tensors of a file share its bytes out.
 * @param whole where they may lie
 * @param padding bytes that may stand unused before each, to align it
 */
export function checkExtents<T extends Extent>(extents: readonly T[], whole: Extent, padding = 0): Extents<T> {
  const overlapping = new Map<T, T>();
  const sorted = extents.filter(({ start, end }) => end > start).sort((a, b) => a.start - b.start);
  let furthest: T | null = null;
  let reached = whole.start;
  const holes = { count: 0, bytes: 0, first: 0 };
  for (const extent of sorted) {
    if (furthest !== null && extent.start < reached) {
      overlapping.set(extent, furthest);
      if (!overlapping.has(furthest)) overlapping.set(furthest, extent);
    }
    if (extent.start > reached + padding) {
      if (holes.count++ === 0) holes.first = reached;
      holes.bytes += extent.start - reached;
    }
    if (furthest === null || extent.end > reached) {
      furthest = extent;
      reached = extent.end;
    }
  }
  return { overlapping, warnings: warningsOf(holes, reached, whole.end, padding) };
}

function warningsOf(holes: { count: number; bytes: number; first: number }, reached: number, end: number, padding: number): Warning[] {
  const warnings: Warning[] = [];
  if (holes.count > 0) {
    const where = holes.count === 1 ? 'lie' : `lie in ${formatCount(holes.count)} places, the first of them`;
    const message = `Between the tensors ${formatCount(holes.bytes)} bytes ${where} at byte ${holes.first}, that belong to none of them.`;
    warnings.push({ code: 'holes', message });
  }
  if (end > reached + padding) {
    const message = `After the last tensor's end at byte ${reached} the file goes on for ${formatCount(end - reached)} more bytes, which are not read.`;
    warnings.push({ code: 'trailing-bytes', message });
  }
  return warnings;
}
