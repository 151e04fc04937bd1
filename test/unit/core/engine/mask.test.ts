import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { DistributionRequest, Grouping } from '../../../../src/core/engine/engine';
import { groupCount } from '../../../../src/core/engine/grouping';
import { cutByMask, type Mask } from '../../../../src/core/engine/mask';
import type { MomentTable } from '../../../../src/core/engine/moments';
import { logicalIndex } from '../../../../src/core/tensor/order';
import { elementCount } from '../../../../src/core/tensor/tensor';
import { assertClose } from '../../../support/closeMoments';
import { groupOf, momentsByDefinition, seededNormal } from '../../../support/moments';
import { engines, tensorOf } from '../../../support/tensors';

const booleans = (length: number) => fc.array(fc.boolean(), { minLength: length, maxLength: length });

const cases = fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 4 }).chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    axisOrder: fc.shuffledSubarray(shape.map((_, axis) => axis), { minLength: shape.length }),
    kept: booleans(shape.length),
    groupings: fc.array(booleans(shape.length), { maxLength: 3 }),
    /** All masked, most, some, none. */
    share: fc.constantFrom(0, 0.2, 0.7, 1),
    seed: fc.integer(),
  }),
);

/** A mask in which about `share` of the positions count, at random. */
function randomMask(shape: readonly number[], kept: readonly boolean[], share: number, seed: number): Mask {
  const normal = seededNormal(seed + 1);
  const positions = groupCount(shape, { kept });
  const quantile = { 0: -Infinity, 0.2: -0.84, 0.7: 0.52, 1: Infinity }[share] ?? 0;
  return { kept, counts: Uint8Array.from({ length: positions }, () => (normal() < quantile ? 1 : 0)) };
}

/** By the definition: the flag of the position that an element lies at. */
function countsAt(shape: readonly number[], { kept, counts }: Mask): (index: number) => boolean {
  return (index) => counts[groupOf(index, shape, { kept })] === 1;
}

describe('a mask', () => {
  it('leaves elements out of the moments of both engines, for any shape, order and grouping, whatever they are', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ shape, axisOrder, kept, groupings: flags, share, seed }) => {
        const mask = randomMask(shape, kept, share, seed);
        const counts = countsAt(shape, mask);
        const normal = seededNormal(seed);
        // What is left out is NaN, infinite or far away: one of them in a statistic would show.
        const odd = [NaN, Infinity, -Infinity, 1e30];
        const values = Array.from({ length: elementCount(shape) }, (_, index) =>
          counts(index) ? Math.fround(1000 + 10 * normal()) : (odd[index % 4] as number),
        );
        const groupings = flags.map((one): Grouping => ({ kept: one }));
        const tensor = tensorOf(values, shape, { dtype: 'float32', axisOrder });
        for (const engine of engines({ chunkBytes: 52 })) {
          const found = await engine.moments(tensor, groupings, { mask });
          const all = momentsByDefinition(values, shape, { kept: shape.map(() => false) }, counts);
          assertClose(found.overall, all, `${engine.backend} overall`);
          groupings.forEach((grouping, index) => {
            const expected = momentsByDefinition(values, shape, grouping, counts);
            assertClose(found.tables[index] as MomentTable, expected, `${engine.backend} ${JSON.stringify(grouping)}`);
          });
          assert.equal(found.masked, values.filter((_, index) => !counts(index)).length, engine.backend);
          assert.equal(found.firstNotFinite, -1, engine.backend);
          assert.equal(found.subnormal, 0);
          const least = Math.min(...values.filter((_, index) => counts(index)));
          if (found.quantiles !== null) assert.ok((found.quantiles.values[0] ?? NaN) >= least);
          assert.equal(found.quantiles === null, all.count[0] === 0);
        }
      }),
      { numRuns: 200, seed: 31 },
    );
  });

  it('finds what is not finite among the elements that count alone', async () => {
    const mask = { kept: [true, false], counts: Uint8Array.of(0, 1, 1) };
    const tensor = tensorOf([NaN, Infinity, 1, 2, 3, NaN], [3, 2], { dtype: 'float64', axisOrder: [1, 0] });
    for (const engine of engines()) {
      const { overall, firstNotFinite } = await engine.moments(tensor, [], { mask });
      assert.deepEqual([overall.nan[0], overall.posInf[0], overall.count[0], firstNotFinite], [1, 0, 3, 5], engine.backend);
    }
  });

  it('leaves elements out of histograms and pixels, and marks the pixels', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ shape, axisOrder, kept, share, seed }) => {
        const mask = randomMask(shape, kept, share, seed);
        const counts = countsAt(shape, mask);
        const normal = seededNormal(seed);
        const values = Array.from({ length: elementCount(shape) }, (_, index) => (counts(index) ? Math.fround(normal()) : NaN));
        const request: DistributionRequest = {
          views: [{ grouping: { kept: shape.map(() => false) }, shift: Float64Array.of(0), scale: Float64Array.of(1), low: -1, high: 1 }],
          groups: [{ grouping: { kept }, bins: 3, low: -1, high: 1 }],
          ...{ bins: 5, rowAxes: Math.min(1, shape.length), maxRows: 3, maxColumns: 4, maxElements: 1e9 },
        };
        const tensor = tensorOf(values, shape, { dtype: 'float32', axisOrder });
        const [reference, wasm] = await Promise.all(engines({ chunkBytes: 52 }).map((engine) => engine.distributions(tensor, request, { mask })));
        assert.deepEqual([...(wasm?.flags ?? [])], [...(reference?.flags ?? [])]);
        const [view] = wasm?.views ?? [];
        assert.ok(wasm !== undefined && view !== undefined);
        const looked = view.counts.reduce((sum, count) => sum + count, view.below + view.above);
        assert.deepEqual([looked, view.notFinite], [values.filter((_, index) => counts(index)).length, 0]);
        assert.deepEqual(wasm.groups, reference?.groups);
        const [found] = wasm.groups;
        const inGroups = [found?.counts, found?.below, found?.above].flatMap((column) => Array.from(column ?? [])).reduce((sum, count) => sum + count, 0);
        assert.deepEqual([inGroups, found?.notFinite.every((count) => count === 0)], [looked, true]);
        // A pixel without an element that counts has no value, and one with any has.
        const sizes = [elementCount(shape.slice(0, request.rowAxes)), elementCount(shape.slice(request.rowAxes))] as const;
        const onPixel = Array.from(wasm.flags, () => ({ counting: 0, masked: 0 }));
        values.forEach((_, index) => {
          const row = Math.floor(((Math.floor(index / sizes[1]) + 0.5) * wasm.rows) / sizes[0]);
          const pixel = onPixel[row * wasm.columns + Math.floor((((index % sizes[1]) + 0.5) * wasm.columns) / sizes[1])];
          if (pixel !== undefined) pixel[counts(index) ? 'counting' : 'masked']++;
        });
        onPixel.forEach(({ counting, masked }, pixel) => {
          assert.equal(wasm.flags[pixel], masked > 0 ? 8 : 0);
          assert.equal(Number.isNaN(view.mean[pixel]), counting === 0);
        });
      }),
      { numRuns: 100, seed: 32 },
    );
  });

  it('is no mark of an element that the sampling passed over', async () => {
    const mask = { kept: [true, false], counts: Uint8Array.from({ length: 60 }, (_, row) => row % 2) };
    const tensor = tensorOf(new Float64Array(6000).fill(1), [60, 100], { dtype: 'float32' });
    const request: DistributionRequest = {
      views: [{ grouping: { kept: [false, false] }, shift: Float64Array.of(0), scale: Float64Array.of(1), low: 0, high: 2 }],
      ...{ bins: 2, rowAxes: 1, maxRows: 60, maxColumns: 100, maxElements: 600 },
    };
    const [reference, wasm] = await Promise.all(engines({ chunkBytes: 40 }).map((engine) => engine.distributions(tensor, request, { mask })));
    assert.deepEqual(wasm, reference);
    const seen = [0, 4, 8].map((flag) => wasm?.flags.filter((found) => found === flag).length ?? 0) as [number, number, number];
    assert.equal(seen[0] + seen[1] + seen[2], 6000);
    assert.ok(seen[0] > 200 && seen[2] > 200 && seen[1] === 5400, String(seen));
  });

  it('cuts a stretch from anywhere into the fewest stretches, in order and without a gap', () => {
    const shape = [3, 4, 2];
    const axisOrder = [1, 0, 2];
    const mask = { kept: [true, true, false], counts: Uint8Array.of(1, 1, 0, 1, 1, 0, 0, 0, 1, 1, 1, 1) };
    const counts = countsAt(shape, mask);
    const cut = cutByMask(shape, axisOrder, mask);
    for (let first = 0; first < 24; first++) {
      for (let count = 1; first + count <= 24; count++) {
        const stretches = [...cut(first, count)];
        let at = first;
        let before: boolean | null = null;
        for (const stretch of stretches) {
          assert.equal(stretch.first, at);
          assert.ok(stretch.count > 0 && stretch.counts !== before);
          before = stretch.counts;
          for (const end = at + stretch.count; at < end; at++) assert.equal(counts(logicalIndex(shape, axisOrder, at)), stretch.counts);
        }
        assert.equal(at, first + count);
      }
    }
  });
});
