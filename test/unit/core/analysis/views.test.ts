import assert from 'node:assert/strict';
import { measure, type Measured } from '../../../../src/core/analysis/methods';
import { pictureRowAxes, sigmaReach } from '../../../../src/core/analysis/views';
import { methodIds } from '../../../../src/core/engine/normalizations/normalization';
import { normalization } from '../../../../src/core/engine/normalizations/registry';
import { parseLayout } from '../../../../src/core/tensor/layout';
import { analyzed } from '../../../support/analysis';
import { momentsByDefinition } from '../../../support/moments';

/** LayerNorm of rows. */
function layerOf(values: readonly number[], shape: readonly [number, number], eps = 0): Measured {
  const layer = normalization('layer');
  const plan = layer.plan(shape, parseLayout('NC', shape), {});
  assert.ok('grouping' in plan);
  return measure(layer, plan, momentsByDefinition(values, shape, plan.grouping), eps);
}

describe('views', () => {
  it('share a range of whole sigmas that the farthest value asks for, within 4 and 8', () => {
    const withOutlier = (n: number) => [n, ...new Array<number>(n - 1).fill(0)];
    // One of n lies √(n − 1) sigmas out.
    assert.equal(sigmaReach([layerOf(withOutlier(4), [1, 4])]), 4);
    assert.equal(sigmaReach([layerOf(withOutlier(31), [1, 31])]), 6);
    assert.equal(sigmaReach([layerOf(withOutlier(1000), [1, 1000])]), 8);
    assert.equal(sigmaReach([]), 4);
  });

  it('have a range whatever groups are constant, without eps, or without finite values', () => {
    assert.equal(sigmaReach([layerOf([3, 3, 1, 2], [2, 2])]), 4);
    assert.equal(sigmaReach([layerOf([NaN, NaN, 1, 2], [2, 2], 1e-5)]), 4);
  });

  it('make rows of samples and tokens', () => {
    const rows = (roles: string) => pictureRowAxes(parseLayout(roles, [...roles].map(() => 2)));
    assert.deepEqual(['NC', 'NTC', 'TNC', 'NCHW', 'NHWC', 'C', 'CN', 'NNTC', ''].map(rows), [1, 2, 2, 1, 1, 0, 0, 3, 0]);
  });

  it('come raw first, then as asked for, with every element on its pixel', async () => {
    const values = [1, 2, 4, 9, 8, 7];
    const { views } = await analyzed(values, [2, 3], { views: methodIds });
    assert.deepEqual(views.map(({ id }) => id), ['raw', 'layer', 'batch', 'rms', 'group']);
    assert.deepEqual([...(views[0]?.picture.mean ?? [])], values);
    assert.deepEqual([views[0]?.histogram.low, views[0]?.histogram.high], [1, 9]);
    // BatchNorm of two samples: ±1 but for eps.
    assert.ok([...(views[2]?.picture.mean ?? [])].every((value) => Math.abs(Math.abs(value) - 1) < 1e-5));
  });

  it('show a group without eps or spread as undefined, as frameworks compute it', async () => {
    const { views } = await analyzed([3, 3, 1, 2], [2, 2], { eps: 0, views: ['layer'] });
    assert.equal(views[1]?.histogram.notFinite, 2);
    assert.deepEqual([...(views[1]?.picture.mean ?? [])], [NaN, NaN, -1, 1]);
  });
});
