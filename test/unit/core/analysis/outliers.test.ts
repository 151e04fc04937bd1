import assert from 'node:assert/strict';
import { countOutliers } from '../../../../src/core/analysis/outliers';
import { evidenceOf } from '../../../support/evidence';
import { seededNormal } from '../../../support/moments';
import { engines, tensorOf } from '../../../support/tensors';

/** (5 sequences, 20 tokens, 6 features): feature 2 is ±6 or beyond at every tenth token, feature 4 is just less. */
const shape = [5, 20, 6];
const normal = seededNormal(11);
const values = Array.from({ length: 600 }, (_, index) => {
  const [token, feature] = [Math.floor(index / 6), index % 6];
  if (feature === 2) return token % 10 === 0 ? (token % 20 === 0 ? -6 : 6) : token % 10 === 5 ? 40 : normal();
  return feature === 4 ? 5.999 : normal();
}).map(Math.fround);

describe('outlier features', () => {
  for (const engine of engines()) {
    it(`are counted from 6 on in every feature, in C and Fortran order (${engine.backend})`, async () => {
      for (const axisOrder of [[0, 1, 2], [2, 1, 0]]) {
        const found = await countOutliers(engine, tensorOf(values, shape, { dtype: 'float32', axisOrder }), evidenceOf(values, shape, 'NTC', { dtype: 'float32' }), {});
        const far = [...Array(6).keys()].map((feature) => values.filter((value, index) => index % 6 === feature && Math.abs(value) >= 6).length);
        assert.deepEqual([far[2], far[4]], [20, 0]);
        assert.deepEqual(found && [[...found.far], [...found.looked], found.sampledEvery], [far, Array<number>(6).fill(100), 1], axisOrder.join());
      }
    });
  }

  it('cost no further read where the moments say that there are none, and of images', async () => {
    const [engine] = engines();
    assert.ok(engine);
    const unread = { ...tensorOf(values, shape, { dtype: 'float32' }), read: () => assert.fail('read') };
    const once = values.map((value, index) => (index % 6 === 2 && index !== 2 ? value / 40 : value));
    assert.equal(await countOutliers(engine, unread, evidenceOf(once, shape, 'NTC', { dtype: 'float32' }), {}), null);
    assert.equal(await countOutliers(engine, unread, evidenceOf(values, [5, 20, 2, 3], 'NCHW', { dtype: 'float32' }), {}), null);
    assert.equal(await countOutliers(engine, unread, evidenceOf(values, shape, 'NTC', { dtype: 'int16' }), {}), null);
  });
});
