import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Grouping, Progress } from '../../../../src/core/engine/engine';
import type { MomentTable } from '../../../../src/core/engine/moments';
import { variances } from '../../../../src/core/analysis/statistics';
import { elementCount } from '../../../../src/core/tensor/tensor';
import { momentsByDefinition, seededNormal } from '../../../support/moments';
import { engines, rawTensor, tensorOf } from '../../../support/tensors';

function at(column: Float64Array, group: number): number {
  const value = column[group];
  assert.ok(value !== undefined);
  return value;
}

function assertTable(actual: MomentTable | undefined, expected: MomentTable, what: string): void {
  assert.ok(actual);
  assert.deepEqual([...actual.count], [...expected.count], what);
  assert.deepEqual([...actual.min], [...expected.min], what);
  for (let group = 0; group < expected.size; group++) {
    const scale = Math.max(1, at(expected.m2, group));
    assert.ok(Math.abs(at(actual.m2, group) - at(expected.m2, group)) <= 1e-11 * scale, `${what}: m2[${group}]`);
    assert.ok(Math.abs(at(actual.mean, group) - at(expected.mean, group)) <= 1e-13 * Math.max(1, Math.abs(at(expected.mean, group))), `${what}: mean[${group}]`);
  }
}

/** Shapes on which walks and blocks have an edge. */
const shapes: readonly (readonly [string, readonly number[], readonly (readonly boolean[])[]])[] = [
  ['one number', [], [[]]],
  ['one element in eight axes', [1, 1, 1, 1, 1, 1, 1, 1], [new Array<boolean>(8).fill(true), new Array<boolean>(8).fill(false)]],
  ['eight axes', [2, 3, 1, 2, 3, 2, 1, 2], [[true, false, true, false, true, false, true, false], [false, true, false, true, false, true, false, true]]],
  ['an empty axis before', [0, 3], [[true, false], [false, true]]],
  ['an empty axis behind', [3, 0], [[true, false], [false, true]]],
  ['one group longer than two blocks', [70001], [[false]]],
  ['many groups of three', [25001, 3], [[true, false], [false, true]]],
  ['sixty-four columns', [1025, 64], [[true, false], [false, true]]],
  ['a row longer than a block', [2, 40000], [[true, false], [false, true]]],
  ['rows of which some make a long block', [21, 16385], [[true, false], [false, true]]],
  ['one odd column', [40001, 1], [[true, false], [false, true]]],
  ['kept axes on both sides of a reduced one', [5, 300, 7], [[true, false, true], [false, true, false]]],
];

describe('walks of both engines', () => {
  for (const [name, shape, groupings] of shapes) {
    it(`meet every element of ${name} once, in C and Fortran order`, async () => {
      const normal = seededNormal(6);
      const values = Array.from({ length: elementCount(shape) }, () => 3 + normal());
      const axes = shape.map((_, axis) => axis);
      for (const axisOrder of [axes, [...axes].reverse()]) {
        const tensor = tensorOf(values, shape, { dtype: 'float64', axisOrder });
        for (const engine of engines()) {
          const { tables, overall } = await engine.moments(tensor, groupings.map((kept): Grouping => ({ kept })));
          groupings.forEach((kept, index) => {
            assertTable(tables[index], momentsByDefinition(values, shape, { kept }), `${engine.backend} ${axisOrder} ${kept}`);
          });
          assert.equal(overall.count[0], values.length);
        }
      }
    });
  }

  it('give a constant no variance at all, however it is cut and merged', async () => {
    const constants = fc.record({
      value: fc.double({ noNaN: true, noDefaultInfinity: true }),
      shape: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
      chunkBytes: fc.constantFrom(8, 40, 1 << 20),
    });
    await fc.assert(
      fc.asyncProperty(constants, async ({ value, shape, chunkBytes }) => {
        const tensor = tensorOf(new Array<number>(elementCount(shape)).fill(value), shape, { dtype: 'float64' });
        const groupings = shape.map((_, axis): Grouping => ({ kept: shape.map((__, other) => other === axis) }));
        for (const engine of engines({ chunkBytes })) {
          const { overall, tables } = await engine.moments(tensor, groupings);
          for (const table of [overall, ...tables]) {
            assert.ok(variances(table).every((variance) => variance === 0), engine.backend);
            assert.ok(table.mean.every((mean) => mean === value), engine.backend);
          }
        }
      }),
      { numRuns: 60, seed: 3 },
    );
  });

  it('lose no element: finite, NaN and infinite add up, for any bits', async () => {
    const anything = fc.record({ bytes: fc.uint8Array({ minLength: 8, maxLength: 800 }), columns: fc.integer({ min: 1, max: 5 }) });
    await fc.assert(
      fc.asyncProperty(anything, async ({ bytes, columns }) => {
        const rows = Math.floor(bytes.length / (8 * columns));
        const encoding = { dtype: 'float64', littleEndian: true, stride: 8, offset: 0 } as const;
        const tensor = rawTensor(bytes.slice(0, rows * columns * 8), [rows, columns], encoding);
        const [reference, wasm] = await Promise.all(
          engines({ chunkBytes: 64 }).map((engine) => engine.moments(tensor, [{ kept: [false, true] }, { kept: [true, false] }])),
        );
        assert.ok(reference && wasm);
        for (const { overall, tables } of [reference, wasm]) {
          for (const { size, count, nan, posInf, negInf, mean, m2 } of [overall, ...tables]) {
            let sum = 0;
            for (let group = 0; group < size; group++) {
              sum += at(count, group) + at(nan, group) + at(posInf, group) + at(negInf, group);
              // Numbers near the end of float64 have a finite mean, and a variance that may be infinite but never NaN.
              assert.ok(Number.isFinite(at(mean, group)) && at(m2, group) >= 0, `mean ${at(mean, group)}, m2 ${at(m2, group)}`);
            }
            assert.equal(sum, rows * columns);
          }
        }
        for (const column of ['count', 'nan', 'posInf', 'negInf', 'min', 'max', 'zeros'] as const) {
          assert.deepEqual(wasm.tables.map((table) => [...table[column]]), reference.tables.map((table) => [...table[column]]), column);
        }
        assert.equal(wasm.firstNotFinite, reference.firstNotFinite);
      }),
      { numRuns: 200, seed: 12 },
    );
  });

  it('tell of progress as partial moments, and of the end', async () => {
    const values = Array.from({ length: 1000 }, (_, index) => index);
    for (const engine of engines({ chunkBytes: 800 })) {
      const seen: { done: number; total: number; count: number | undefined }[] = [];
      const onProgress = ({ elementsDone, elementsTotal, overall }: Progress) =>
        seen.push({ done: elementsDone, total: elementsTotal, count: overall().count[0] });
      await engine.moments(tensorOf(values, [1000], { dtype: 'float64' }), [], { onProgress });
      assert.deepEqual(seen.at(-1), { done: 1000, total: 1000, count: 1000 }, engine.backend);
      assert.ok(seen.every(({ done, count }) => done === count));
    }
  });

  it('fail with the reading, not after it', async () => {
    const tensor = tensorOf(new Float64Array(100), [100], { dtype: 'float64' });
    for (const engine of engines({ chunkBytes: 80 })) {
      let reads = 0;
      const broken = { ...tensor, read: () => (++reads === 4 ? Promise.reject(new Error('gone')) : Promise.resolve()) };
      await assert.rejects(engine.moments(broken, []), /gone/);
      assert.equal(reads, 4, engine.backend);
    }
  });
});
