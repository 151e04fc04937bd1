import assert from 'node:assert/strict';
import fc from 'fast-check';
import { statisticsOfAll, extremesOf } from '../../../../src/core/analysis/statistics';
import { mergeFound, MomentsPass } from '../../../../src/core/engine/momentsPass';
import { engines, kernelModule, rawTensor } from '../../../support/tensors';

type LongInteger = 'int64' | 'uint64';

/** A tensor of one axis over these integers, in records where asked. */
function integers(values: readonly bigint[], dtype: LongInteger, littleEndian = true, stride = 8, offset = 0) {
  const bytes = new Uint8Array(values.length * stride).fill(0xa5);
  const view = new DataView(bytes.buffer);
  values.forEach((value, index) => {
    if (dtype === 'int64') view.setBigInt64(index * stride + offset, value, littleEndian);
    else view.setBigUint64(index * stride + offset, value, littleEndian);
  });
  return { bytes, data: rawTensor(bytes, [values.length], { dtype, littleEndian, stride, offset }) };
}

const any = { int64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), uint64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) };
const least = (values: readonly bigint[]) => values.reduce((a, b) => (b < a ? b : a));
const greatest = (values: readonly bigint[]) => values.reduce((a, b) => (b > a ? b : a));

describe('extremes of 64-bit integers', () => {
  for (const dtype of ['int64', 'uint64'] as const) {
    it(`are exact for any ${dtype}, in either byte order and in records, by both engines`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(any[dtype], { minLength: 1, maxLength: 30 }), fc.boolean(), fc.integer({ min: 0, max: 5 }), async (values, little, gap) => {
          const { data } = integers(values, dtype, little, 8 + gap, gap);
          for (const engine of engines({ chunkBytes: 64 })) {
            assert.deepEqual((await engine.moments(data, [])).integers, { min: least(values), max: greatest(values) }, engine.backend);
          }
        }),
        { numRuns: 60, seed: 5 },
      );
    });

    it(`merge, whichever pass met them: ${dtype}`, () => {
      fc.assert(
        fc.property(fc.array(any[dtype], { minLength: 1, maxLength: 30 }), fc.nat(30), (values, cut) => {
          const { bytes, data } = integers(values, dtype);
          const task = { ...data, bases: [{ kept: [false] }], keepsValues: true, counts: false, shared: true };
          const [a, b] = [new MomentsPass(kernelModule(), task), new MomentsPass(kernelModule(), task)];
          const first = Math.min(cut, values.length);
          a.take(bytes, 0, first);
          b.take(bytes.subarray(8 * first), first, values.length - first);
          assert.deepEqual(mergeFound(task, [a.finish(), b.finish()]).integers, { min: least(values), max: greatest(values) });
        }),
        { numRuns: 40, seed: 6 },
      );
    });
  }

  it('are farthest from zero at the least number there is', async () => {
    for (const engine of engines()) {
      const statistics = statisticsOfAll(await engine.moments(integers([-(2n ** 63n), 2n ** 63n - 1n], 'int64').data, []));
      assert.deepEqual(extremesOf(statistics), { min: -(2n ** 63n), max: 2n ** 63n - 1n, absMax: 2n ** 63n });
    }
  });

  it('are none of no elements, and those of float64 for every other type', async () => {
    for (const engine of engines()) {
      assert.equal((await engine.moments(integers([], 'int64').data, [])).integers, null);
      const data = rawTensor(new Uint8Array([1, 2]), [2], { dtype: 'uint8', littleEndian: true, stride: 1, offset: 0 });
      assert.deepEqual(extremesOf(statisticsOfAll(await engine.moments(data, []))), { min: 1, max: 2, absMax: 2 });
    }
  });
});
