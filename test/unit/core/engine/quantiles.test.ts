import assert from 'node:assert/strict';
import fc from 'fast-check';
import { quantileLevels, quantilesOf, Values } from '../../../../src/core/engine/quantiles';
import { seededNormal } from '../../../support/moments';
import { engines, tensorOf } from '../../../support/tensors';

/** Interpolated between neighbours in order, by definition. */
function byDefinition(values: Iterable<number>): number[] {
  const order = [...values].filter(Number.isFinite).sort((a, b) => a - b);
  return quantileLevels.map((level) => {
    const place = level * (order.length - 1);
    const [low = 0, high = low] = order.slice(Math.floor(place), Math.floor(place) + 2);
    return low + (high - low) * (place - Math.floor(place));
  });
}

function quantilesOfKept(values: Float64Array): readonly number[] | null {
  const kept = new Values(values.length);
  // In two parts, as blocks of a pass come.
  kept.add(values.subarray(0, 7));
  kept.add(values.subarray(7));
  return quantilesOf(kept.finite);
}

function assertSame(found: readonly number[] | null, expected: readonly number[], what: string): void {
  assert.equal(found?.length, expected.length, what);
  const allowed = 1e-14 * Math.max(...expected.map(Math.abs));
  expected.forEach((value, index) => {
    const difference = Math.abs((found?.[index] ?? NaN) - value);
    assert.ok(difference <= allowed, `${what}: ${quantileLevels[index]} is ${found?.[index]}, not ${value}`);
  });
}

describe('quantiles', () => {
  it('are the definition, in any order and with many that are equal', () => {
    const element = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.constantFrom(NaN, Infinity, -Infinity));
    fc.assert(
      fc.property(fc.array(element, { minLength: 1, maxLength: 60 }), (list) => {
        const values = Float64Array.from([0.5, ...list]);
        assertSame(quantilesOfKept(values), byDefinition(values), 'short');
      }),
      { numRuns: 300, seed: 4 },
    );
  });

  const long = 20_000;
  const normal = seededNormal(3);
  const orders: Readonly<Record<string, (index: number) => number>> = {
    random: () => normal(),
    ascending: (index) => index,
    descending: (index) => -index,
    constant: () => 0.1,
    'zeros and a tail': () => Math.max(0, normal()),
    'an organ pipe': (index) => Math.min(index, long - index),
    'a saw': (index) => index % 7,
  };
  for (const [name, value] of Object.entries(orders)) {
    it(`are the definition of very many elements: ${name}`, () => {
      const values = Float64Array.from({ length: long }, (_, index) => value(index));
      const expected = byDefinition(values);
      assertSame(quantilesOfKept(values), expected, name);
    });
  }

  it('lie between numbers whose difference is none', () => {
    const found = quantilesOf(Float64Array.of(-1.7e308, 1.7e308, 1.7e308));
    assert.equal(found?.[3], 1.7e308);
    assert.ok(found.every(Number.isFinite));
  });

  it('are the same of both engines, whatever the storage order, and of tensors up to the limit', async () => {
    const values = Array.from({ length: 24 }, (_, index) => (index === 5 ? NaN : (index * 7) % 24));
    for (const engine of engines({ chunkBytes: 64, quantileElements: 24 })) {
      for (const axisOrder of [[0, 1], [1, 0]]) {
        const { quantiles } = await engine.moments(tensorOf(values, [4, 6], { dtype: 'float32', axisOrder }), []);
        assertSame(quantiles, byDefinition(values), engine.backend);
      }
    }
    for (const engine of engines({ quantileElements: 23 })) {
      assert.equal((await engine.moments(tensorOf(values, [4, 6], { dtype: 'float32' }), [])).quantiles, null);
    }
    for (const engine of engines()) {
      assert.equal((await engine.moments(tensorOf([NaN, Infinity], [2], { dtype: 'float32' }), [])).quantiles, null);
      assert.equal((await engine.moments(tensorOf([], [0, 3], { dtype: 'float32' }), [])).quantiles, null);
    }
  });
});
