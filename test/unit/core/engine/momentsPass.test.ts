import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Grouping } from '../../../../src/core/engine/engine';
import type { MomentTable } from '../../../../src/core/engine/moments';
import { mergeFound, MomentsPass } from '../../../../src/core/engine/momentsPass';
import { elementCount } from '../../../../src/core/tensor/tensor';
import { assertClose } from '../../../support/closeMoments';
import { momentsByDefinition, seededNormal } from '../../../support/moments';
import { kernelModule, tensorOf } from '../../../support/tensors';

/** Axes of 1 among them; the groupings below are of rows, of columns, and of columns in another order. */
const shapes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 3, maxLength: 3 });
const bases: readonly Grouping[] = [{ kept: [true, false, false] }, { kept: [false, true, true] }, { kept: [true, true, false] }];

const cases = shapes.chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    axisOrder: fc.shuffledSubarray([0, 1, 2], { minLength: 3 }),
    /** Lengths of the stretches, and to which pass each goes. */
    stretches: fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 2 })), { minLength: 1, maxLength: 20 }),
    order: fc.infiniteStream(fc.nat()),
    seed: fc.integer(),
  }),
);

describe('a moments pass', () => {
  it('takes any stretches in any order, and merges with others to what one pass over all would find', async () => {
    await fc.assert(
      fc.asyncProperty(cases, fc.boolean(), async ({ shape, axisOrder, stretches, order, seed }, shared) => {
        const draw = seededNormal(seed);
        const total = elementCount(shape);
        const values = Float64Array.from({ length: total }, () => (draw() > 2 ? NaN : 1000 + draw()));
        const data = tensorOf(values, shape, { dtype: 'float64', axisOrder });
        const bytes = new Uint8Array(total * 8);
        await data.read(0, bytes);
        const task = { ...data, bases, keepsValues: true, counts: true, shared };
        const pass = () => new MomentsPass(kernelModule(), task);
        const passes = [pass(), pass(), pass()] as const;
        const parts: { first: number; count: number; to: MomentsPass; place: number }[] = [];
        for (let first = 0, index = 0; first < total; index++) {
          const [length, to] = stretches[index % stretches.length] as [number, 0 | 1 | 2];
          const count = Math.min(length, total - first);
          parts.push({ first, count, to: passes[to], place: order.next().value as number });
          first += count;
        }
        parts.sort((a, b) => a.place - b.place);
        for (const { first, count, to } of parts) to.take(bytes.subarray(first * 8), first, count);
        const [a, b, c] = passes;
        const found = mergeFound(task, [a.finish(), b.finish(), c.finish()]);
        bases.forEach((base, index) => {
          assertClose(found.tables[index] as MomentTable, momentsByDefinition(values, shape, base), `base ${index}`, 1e-12);
        });
        const firstNotFinite = values.findIndex(Number.isNaN);
        assert.equal(found.firstNotFinite, firstNotFinite < 0 ? Infinity : firstNotFinite);
        assert.deepEqual([...(found.values ?? [])].sort(), [...values].sort());
        const whole = pass();
        whole.take(bytes, 0, total);
        assert.deepEqual(found.counts, whole.finish().counts);
      }),
      { numRuns: 30 },
    );
  });
});
