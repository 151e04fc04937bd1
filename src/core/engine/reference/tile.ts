import { throwIfCancelled } from '../../errors';
import type { Limits } from '../../limits';
import { logicalIndex } from '../../tensor/order';
import type { TensorData } from '../../tensor/tensor';
import type { PassOptions } from '../engine';
import { maskedPixel, unseen, type PixelSum } from '../pictures';
import type { Tile, TileRequest } from '../tile';
import { pixelFinder, planTile } from '../tilePlan';
import { drawnTile, eachRead } from '../tiles';
import { elementReader } from './decode';
import { maskFinder, viewFinder } from './groups';

/** `Engine.tile` by its definition: of the elements that are looked at each on its own, by its coordinates. */
export async function readTile(
  data: TensorData,
  request: TileRequest,
  limits: Limits,
  { signal, mask }: Pick<PassOptions, 'signal' | 'mask'>,
): Promise<Tile> {
  const { shape, axisOrder, encoding } = data;
  const plan = planTile(data, request, request);
  const area = plan.rows * plan.columns;
  const flags = new Uint8Array(area).fill(unseen);
  const read = elementReader(encoding);
  const pixelOf = pixelFinder(shape, request);
  const isMasked = maskFinder(shape, mask);
  const views = request.views.map((view) => ({ mapped: viewFinder(shape, view), values: Array.from({ length: area }, (): number[] => []) }));
  await eachRead(data, plan, limits, signal, (bytes, from, first, count) => {
    const items = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let stored = first; stored < first + count; stored++) {
      const value = read(items, stored - from);
      const logical = logicalIndex(shape, axisOrder, stored);
      const pixel = pixelOf(coordinatesOf(shape, logical));
      const flag = isMasked(logical) ? maskedPixel : Number.isNaN(value) ? 1 : Number.isFinite(value) ? 0 : 2;
      flags[pixel] = ((flags[pixel] ?? 0) & ~unseen) | flag;
      if (flag === maskedPixel) continue;
      for (const { mapped, values } of views) {
        const shown = mapped(value, logical);
        if (Number.isFinite(shown)) values[pixel]?.push(shown);
      }
    }
  });
  throwIfCancelled(signal);
  return drawnTile(request, plan, views.map(({ values }) => (pixel) => sumOf(values[pixel] ?? [])), flags);
}

function coordinatesOf(shape: readonly number[], logical: number): number[] {
  let rest = logical;
  return [...shape]
    .reverse()
    .map((size) => {
      const at = rest % size;
      rest = Math.floor(rest / size);
      return at;
    })
    .reverse();
}

function sumOf(values: readonly number[]): PixelSum {
  return {
    sum: values.reduce((a, b) => a + b, 0),
    count: values.length,
    min: values.reduce((a, b) => Math.min(a, b), Infinity),
    max: values.reduce((a, b) => Math.max(a, b), -Infinity),
  };
}
