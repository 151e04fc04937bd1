import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Engine, Grouping } from '../../../../src/core/engine/engine';
import type { MomentTable } from '../../../../src/core/engine/moments';
import { seededNormal } from '../../../support/moments';
import { engines, tensorOf } from '../../../support/tensors';

const groupings: readonly Grouping[] = [{ kept: [true, false] }, { kept: [false, true] }];

/** Both engines, and the kernels in their fast mode, with how far means (in deviations) and variances may be off. */
const precise = engines({ chunkBytes: 500 });
const [, fast] = engines({ chunkBytes: 5000, preciseElements: 0 });
const all: readonly (readonly [engine: Engine, error: number])[] = [...precise.map((engine) => [engine, 1e-12] as const), ...(fast === undefined ? [] : [[fast, 1e-6] as const])];

const matrices = fc.record({ rows: fc.integer({ min: 2, max: 40 }), columns: fc.integer({ min: 2, max: 70 }), seed: fc.integer() });

/** Float32 numbers, multiples of 2⁻⁸ up to 8: so is every shift and scaling here, without rounding. */
function matrixOf({ rows, columns, seed }: { rows: number; columns: number; seed: number }): Float32Array {
  const normal = seededNormal(seed);
  // Without −0, which is the least of itself and 0 or not, by which comes first.
  return Float32Array.from({ length: rows * columns }, () => Math.round(Math.max(-8, Math.min(8, normal())) * 256) / 256 + 0);
}

async function tables(engine: Engine, values: ArrayLike<number>, shape: readonly number[]): Promise<readonly MomentTable[]> {
  return (await engine.moments(tensorOf(values, shape, { dtype: 'float32' }), groupings)).tables;
}

/** Means and second moments of groups, which `order` numbers in the expected tables. */
function assertNear(actual: MomentTable, expected: MomentTable, error: number, what: string, { shift = 0, scale = 1, order = (group: number) => group } = {}): void {
  for (let group = 0; group < actual.size; group++) {
    const own = order(group);
    const m2 = (expected.m2[own] ?? NaN) * scale ** 2;
    const deviation = Math.sqrt(m2 / (expected.count[own] ?? NaN));
    const mean = ((expected.mean[own] ?? NaN) + (expected.meanLow[own] ?? NaN)) * scale + shift;
    const found = (actual.mean[group] ?? NaN) + (actual.meanLow[group] ?? NaN);
    assert.ok(Math.abs(found - mean) <= 2 * error * deviation + 1e-14 * Math.abs(mean), `${what}: mean[${group}] is ${found}, not ${mean}`);
    assert.ok(Math.abs((actual.m2[group] ?? NaN) - m2) <= 2 * error * m2, `${what}: m2[${group}] is ${actual.m2[group]}, not ${m2}`);
    assert.equal(actual.min[group], (expected.min[own] ?? NaN) * scale + shift, what);
    assert.equal(actual.count[group], expected.count[own], what);
  }
}

describe('moments of a tensor that is changed', () => {
  it('shift and scale with it, in both engines and in the fast mode', async () => {
    await fc.assert(
      fc.asyncProperty(matrices, fc.constantFrom(0, 3, -100, 1000), fc.constantFrom(1, 2, 0.125), async (drawn, shift, scale) => {
        const values = matrixOf(drawn);
        const shape = [drawn.rows, drawn.columns];
        for (const [engine, error] of all) {
          const [before, after] = [await tables(engine, values, shape), await tables(engine, values.map((value) => value * scale + shift), shape)];
          after.forEach((table, index) => assertNear(table, before[index] as MomentTable, error, `${engine.backend} ${error}`, { shift, scale }));
        }
      }),
      { numRuns: 40 },
    );
  });

  it('move with its rows when those change places, and columns keep theirs', async () => {
    await fc.assert(
      fc.asyncProperty(matrices, async (drawn) => {
        const values = matrixOf(drawn);
        const { rows, columns } = drawn;
        // Every row once, whatever their number: back to front.
        const order = (row: number) => rows - 1 - row;
        const turned = Float32Array.from(values, (_, index) => values[order(Math.floor(index / columns)) * columns + (index % columns)] ?? NaN);
        for (const [engine, error] of all) {
          const [before, after] = [await tables(engine, values, [rows, columns]), await tables(engine, turned, [rows, columns])];
          assertNear(after[0] as MomentTable, before[0] as MomentTable, error, `${engine.backend} rows`, { order });
          assertNear(after[1] as MomentTable, before[1] as MomentTable, error, `${engine.backend} columns`);
        }
      }),
      { numRuns: 40 },
    );
  });
});
