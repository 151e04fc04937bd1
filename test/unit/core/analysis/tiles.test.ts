import assert from 'node:assert/strict';
import type { TilesRequest, ViewMaps } from '../../../../src/core/analysis/tiles';
import type { AnalysisRequest } from '../../../../src/core/analysis/report';
import type { Window } from '../../../../src/core/engine/tilePlan';
import { methodIds } from '../../../../src/core/engine/normalizations/normalization';
import { defaultLimits, type Limits } from '../../../../src/core/limits';
import { openTensorFile } from '../../../../src/core/normoscope';
import { openFileSource } from '../../../../src/platform/fileByteSource';
import { inProject } from '../../../support/root';
import { engines } from '../../../support/tensors';

const sample = inProject('samples', 'broken_pre_bn.npy');

async function withFile<T>(work: (file: Awaited<ReturnType<typeof openTensorFile>>) => Promise<T>, limits: Partial<Limits> = {}): Promise<T> {
  const source = await openFileSource(sample);
  try {
    return await work(await openTensorFile(source, { ...defaultLimits, ...limits }));
  } finally {
    await source.close();
  }
}

/** All of a matrix of the first axis by the others. */
function whole(shape: readonly number[], perPixel: readonly [number, number]): Window {
  const [rows = 1, ...others] = shape;
  return {
    rowAxes: [0],
    columnAxes: others.map((_, axis) => axis + 1),
    fixed: shape.map(() => 0),
    row: 0,
    rows,
    column: 0,
    columns: others.reduce((a, b) => a * b, 1),
    rowsPerPixel: perPixel[0],
    columnsPerPixel: perPixel[1],
  };
}

const analysis: AnalysisRequest = { tensor: 0, layout: 'NCHW', views: methodIds };

describe('tiles of a tensor', () => {
  it('show what the picture of the report shows, by the same statistics, whether those are kept or made anew', async () => {
    for (const engine of engines()) {
      await withFile(async (file) => {
        let kept: ViewMaps | null = null;
        const { views, tensor } = await file.analyze(engine, analysis, { onViews: (maps) => (kept = maps) });
        const [n = 0, ...others] = tensor.shape;
        const columns = others.reduce((a, b) => a * b, 1);
        const [{ picture }] = views as [(typeof views)[number]];
        // Pictures whose pixels have whole numbers of elements have the same pixels.
        assert.deepEqual([n % picture.rows, columns % picture.columns], [0, 0]);
        const request: TilesRequest = { tensor: 0, views: views.map(({ id }) => id), windows: [whole(tensor.shape, [n / picture.rows, columns / picture.columns])] };
        for (const maps of [kept, await file.views(engine, analysis)]) {
          assert.ok(maps);
          const [tile] = await file.tiles(engine, maps, request);
          assert.deepEqual(tile?.flags, picture.flags, engine.backend);
          views.forEach((view, index) => {
            assert.deepEqual([tile?.views[index]?.min, tile?.views[index]?.max], [view.picture.min, view.picture.max], `${engine.backend} ${view.id}`);
            view.picture.mean.forEach((mean, pixel) => {
              const found = tile?.views[index]?.mean[pixel] ?? NaN;
              assert.ok(Object.is(found, mean) || Math.abs(found - mean) <= 1e-6 * Math.max(1, Math.abs(mean)), `${view.id} ${pixel}: ${found}, not ${mean}`);
            });
          });
        }
      });
    }
  });

  it('are refused where the tensor has no such window, and beyond as many pixels as are drawn at once', async () => {
    const [, wasm] = engines();
    assert.ok(wasm);
    await withFile(
      async (file) => {
        const maps = await file.views(wasm, { ...analysis, views: ['layer'] });
        const shape = file.catalog.tensors[0]?.shape ?? [];
        const window = whole(shape, [1, 1]);
        const asked = (part: Partial<Window>, views: TilesRequest['views'] = ['raw']) => file.tiles(wasm, maps, { tensor: 0, views, windows: [{ ...window, rows: 1, columns: 50, ...part }] });
        assert.equal((await asked({})).length, 1);
        await assert.rejects(asked({ row: shape[0] ?? 0 }), { code: 'usage', message: /^The window's matrix has down \d+ elements; 1 from index \d+ on were asked for\.$/ });
        await assert.rejects(asked({ rowAxes: [0, 0] }), { code: 'usage' });
        await assert.rejects(asked({ columnAxes: [7] }), { code: 'usage' });
        await assert.rejects(asked({ columnAxes: [1], columns: 1, fixed: [0, 0, 1e6, 0] }), { code: 'usage', message: /^Axis 2 has/ });
        await assert.rejects(asked({}, ['batch']), { code: 'usage', message: /^Pixels after batch normalization were asked for/ });
        await assert.rejects(asked({ rows: 3 }), { code: 'too-large', message: 'The windows have 150 pixels; at most 100 pixels are drawn at once.' });
      },
      { tilePixels: 100 },
    );
  });
});
