import type { Report } from '../../../src/core/analysis/report';
import { defaultLimits } from '../../../src/core/limits';
import { planeWindow, type PlaneAxes } from '../../charts/planes';
import type { Reading } from '../../reading';
import { TileStore } from '../tileStore';

/** Planes that are asked for together, at most: a few rows. */
const together = 64;

/** Planes of a tensor, each by its place: an index along every axis, 0 along the plane's own. */
export type PlaneStore = TileStore<readonly number[]>;

/** @param perPixel elements of a pixel, down and along */
export function planeStore(report: Report, axes: PlaneAxes, perPixel: number, reading: Pick<Reading, 'tiles'>): PlaneStore {
  const { shape } = report.tensor;
  const pixels = Math.ceil((shape[axes.down] ?? 1) / perPixel) * Math.ceil((shape[axes.along] ?? 1) / perPixel);
  const places = {
    keyOf: (place: readonly number[]) => place.join(),
    windowOf: (place: readonly number[]) => planeWindow(shape, axes, place, perPixel),
    together: Math.max(1, Math.min(together, Math.floor(defaultLimits.tilePixels / pixels))),
  };
  return new TileStore(report, places, (request) => reading.tiles('planes', request));
}
