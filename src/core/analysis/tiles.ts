import type { AffineView, Engine, PassOptions } from '../engine/engine';
import type { Mask } from '../engine/mask';
import type { Tile, TileRequest } from '../engine/tile';
import type { Window } from '../engine/tilePlan';
import { NormoscopeError } from '../errors';
import type { OpenFile } from '../formats/format';
import type { Limits } from '../limits';
import { complexPart } from '../tensor/complex';
import { dtypeKind } from '../tensor/dtype';
import { elementCount, unitOf } from '../tensor/tensor';
import { counted, formatShape } from '../text/numbers';
import type { Measured } from './methods';
import type { View } from './report';
import { tensorInfo } from './tensorInfo';

/** Windows of a tensor as pixels, the same of every view. */
export interface TilesRequest {
  /** Index in the catalog. */
  readonly tensor: number;
  readonly views: readonly View['id'][];
  readonly windows: readonly Window[];
}

/** What an analysis maps a tensor's elements by, for pixels that are asked for later. */
export interface ViewMaps {
  readonly tensor: number;
  readonly maps: ReadonlyMap<View['id'], TileRequest['views'][number]>;
  readonly mask: Pick<PassOptions, 'mask'>;
}

/** @param views raw first, then one for each of `shown` */
export function viewMaps(tensor: number, views: readonly AffineView[], shown: readonly Measured[], mask: { readonly mask?: Mask }): ViewMaps {
  const ids: readonly View['id'][] = ['raw', ...shown.map(({ normalization }) => normalization.id)];
  // Copied: a part of a table would keep the whole memory of its pass.
  const maps = views.map(({ grouping, shift, scale, affine }, index) => {
    const map = { grouping, shift: shift.slice(), scale: scale.slice(), ...(affine === undefined ? {} : { affine }) };
    return [ids[index] ?? 'raw', map] as const;
  });
  return { tensor, maps: new Map(maps), mask };
}

/** About what the maps take in memory. */
export function viewMapsBytes({ maps, mask }: ViewMaps): number {
  return [...maps.values()].reduce((sum, { shift, scale }) => sum + shift.byteLength + scale.byteLength, mask.mask?.counts.byteLength ?? 0);
}

/**
 * Pixels of windows, each from a read of its own bytes; of a large window an even sample, which says so.
 * @throws NormoscopeError `usage` for windows and views that there are not, `too-large` beyond `Limits.tilePixels` pixels of all
 *   windows; when the tensor is not readable or the reading fails
 */
export async function readTiles(
  file: OpenFile,
  engine: Engine,
  { tensor, maps, mask }: ViewMaps,
  request: TilesRequest,
  limits: Limits,
  signal: AbortSignal | undefined,
): Promise<Tile[]> {
  const { shape } = tensorInfo(file, tensor);
  const stored = file.tensor(tensor);
  const data = dtypeKind(stored.encoding.dtype) === 'complex' ? complexPart(stored, 'real') : stored;
  const pixels = request.windows.reduce((sum, window) => sum + checkedPixels(shape, window), 0);
  if (pixels > limits.tilePixels) {
    throw new NormoscopeError('too-large', `The windows have ${counted(pixels, 'pixel')}; at most ${counted(limits.tilePixels, 'pixel')} are drawn at once.`);
  }
  const views = request.views.map((id) => {
    const map = maps.get(id);
    if (map === undefined) throw new NormoscopeError('usage', `Pixels after ${id} normalization were asked for; it is not among the views of the report.`);
    return map;
  });
  const most = Math.floor((limits.tileBytes / data.encoding.stride) * unitOf(data.encoding) / Math.max(1, request.windows.length));
  const budget = { maxElements: Math.min(limits.tileElements, most), maxStretches: limits.tileStretches };
  const tiles: Tile[] = [];
  for (const window of request.windows) {
    tiles.push(await engine.tile(data, { ...window, views, ...budget }, { ...mask, ...(signal === undefined ? {} : { signal }) }));
  }
  return tiles;
}

/** @returns pixels of the window */
function checkedPixels(shape: readonly number[], { rowAxes, columnAxes, fixed, row, rows, column, columns, rowsPerPixel, columnsPerPixel }: Window): number {
  const axes = [...rowAxes, ...columnAxes];
  if (fixed.length !== shape.length || new Set(axes).size !== axes.length || axes.some((axis) => shape[axis] === undefined)) {
    throw new NormoscopeError('usage', `A window goes over the axes ${axes.join(', ')} with ${counted(fixed.length, 'fixed index', 'fixed indices')}; each axis of ${formatShape(shape)} at most once, and an index for each are expected.`);
  }
  fixed.forEach((at, axis) => {
    if (!axes.includes(axis)) checkSide(`Axis ${axis} has`, shape[axis] ?? 0, at, 1);
  });
  const size = (over: readonly number[]) => elementCount(over.map((axis) => shape[axis] ?? 0));
  checkSide("The window's matrix has down", size(rowAxes), row, rows);
  checkSide("The window's matrix has along", size(columnAxes), column, columns);
  if (!(rowsPerPixel >= 1 && columnsPerPixel >= 1)) throw new NormoscopeError('usage', `A pixel has ${rowsPerPixel} × ${columnsPerPixel} elements; at least one is expected.`);
  return Math.ceil(rows / rowsPerPixel) * Math.ceil(columns / columnsPerPixel);
}

function checkSide(what: string, size: number, from: number, count: number): void {
  if (from >= 0 && count >= 1 && from + count <= size) return;
  throw new NormoscopeError('usage', `${what} ${counted(size, 'element')}; ${count} from index ${from} on were asked for.`);
}
