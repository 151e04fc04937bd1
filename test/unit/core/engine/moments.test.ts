import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Grouping } from '../../../../src/core/engine/engine';
import { groupCount } from '../../../../src/core/engine/grouping';
import type { MomentTable } from '../../../../src/core/engine/moments';
import { elementCount } from '../../../../src/core/tensor/tensor';
import { assertClose } from '../../../support/closeMoments';
import { groupOf, momentsByDefinition, seededNormal } from '../../../support/moments';
import { engines, tensorOf, type Storage } from '../../../support/tensors';

/** Small enough that every tensor below is read in many chunks. */
const chunked = { chunkBytes: 64 };

/** Shapes of rank 0 to 5, with axes of 1 and 0 among them. */
const shapes = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 5 });

const cases = shapes.chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    axisOrder: fc.shuffledSubarray(shape.map((_, axis) => axis), { minLength: shape.length }),
    kept: fc.array(fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }), { maxLength: 4 }),
    dtype: fc.constantFrom<Storage['dtype']>('float32', 'float64', 'int16', 'int64', 'uint8'),
    littleEndian: fc.boolean(),
    padding: fc.integer({ min: 0, max: 3 }),
    seed: fc.integer(),
  }),
);

const planes = [6, 12, 9, 7];
const rowsAndColumns: readonly Grouping[] = [{ kept: [true, false] }, { kept: [false, true] }, { kept: [false, false] }];
/** Samples, channels, samples by channels, and GroupNorm's groups. */
const byAxes: readonly Grouping[] = [
  { kept: [true, false, false, false] },
  { kept: [false, true, false, false] },
  { kept: [true, true, false, false] },
  { kept: [true, true, false, false], split: { axis: 1, parts: 4 } },
];

/** Tensors that break one-pass formulas, float32, or a shift by the first element. */
const precise: readonly {
  readonly name: string;
  readonly dtype: 'float32' | 'float64';
  readonly shape: readonly number[];
  readonly value: (normal: number, index: number) => number;
  readonly groupings: readonly Grouping[];
}[] = [
  { name: 'float32 rows and columns at 1e4 ± 1e-2', dtype: 'float32', shape: [500, 37], value: (z) => 1e4 + 1e-2 * z, groupings: rowsAndColumns },
  { name: 'float64 rows and columns at 1e6 ± 1e-2', dtype: 'float64', shape: [500, 37], value: (z) => 1e6 + 1e-2 * z, groupings: rowsAndColumns },
  { name: 'an outlier first', dtype: 'float64', shape: [500, 37], value: (z, i) => (i === 0 ? 1e7 : 1e6 + 1e-2 * z), groupings: rowsAndColumns },
  { name: 'a whole row of outliers first', dtype: 'float32', shape: [500, 37], value: (z, i) => (i < 37 ? -3e6 + 1e3 * z : 1e4 + 1e-2 * z), groupings: rowsAndColumns },
  { name: 'columns that step far away half-way', dtype: 'float64', shape: [700, 5], value: (z, i) => (i < 1750 ? z : 1e6 + z), groupings: rowsAndColumns },
  { name: 'columns that drift', dtype: 'float64', shape: [1300, 6], value: (z, i) => i / 6 + 1e-2 * z, groupings: rowsAndColumns },
  {
    name: 'columns of many magnitudes',
    dtype: 'float64',
    shape: [300, 32],
    value: (z, i) => 10 ** ((i % 32) / 4 - 4) * (z + 1000),
    groupings: rowsAndColumns,
  },
  { name: 'float32 planes at 1e4 ± 1e-2', dtype: 'float32', shape: planes, value: (z) => 1e4 + 1e-2 * z, groupings: byAxes },
  { name: 'float64 planes at 1e6 ± 1e-2', dtype: 'float64', shape: planes, value: (z) => 1e6 + 1e-2 * z, groupings: byAxes },
];

describe('moments of both engines', () => {
  it('are the definitions, for any shape, order, grouping, type and record', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ shape, axisOrder, kept, dtype, littleEndian, padding, seed }) => {
        const normal = seededNormal(seed);
        const values = Array.from({ length: elementCount(shape) }, () => {
          const value = 10 * normal();
          if (dtype === 'uint8') return Math.abs(Math.round(value));
          return dtype.startsWith('int') ? Math.round(value) + 0 : Math.fround(value);
        });
        const item = { float32: 4, float64: 8, int16: 2, int64: 8, uint8: 1 }[dtype as 'float32'];
        const tensor = tensorOf(values, shape, { dtype, littleEndian, axisOrder, stride: item + padding, offset: padding });
        const groupings = kept.map((flags): Grouping => ({ kept: flags }));
        for (const engine of engines(chunked)) {
          const { overall, tables, firstNotFinite } = await engine.moments(tensor, groupings);
          assert.equal(firstNotFinite, -1);
          assertClose(overall, momentsByDefinition(values, shape, { kept: shape.map(() => false) }), `${engine.backend} overall`);
          groupings.forEach((grouping, index) => {
            const what = `${engine.backend} ${JSON.stringify(grouping)}`;
            assertClose(tables[index] as MomentTable, momentsByDefinition(values, shape, grouping), what);
          });
        }
      }),
      { numRuns: 150, seed: 20 },
    );
  });

  it('cut channels into groups as GroupNorm does', async () => {
    const shape = [3, 8, 5];
    const normal = seededNormal(5);
    const values = Array.from({ length: 120 }, normal);
    const groupings: Grouping[] = [
      { kept: [true, true, false], split: { axis: 1, parts: 4 } },
      { kept: [true, false, false] },
      { kept: [false, true, false], split: { axis: 1, parts: 2 } },
    ];
    for (const axisOrder of [[0, 1, 2], [2, 1, 0], [1, 0, 2]]) {
      for (const engine of engines(chunked)) {
        const { tables } = await engine.moments(tensorOf(values, shape, { dtype: 'float64', axisOrder }), groupings);
        groupings.forEach((grouping, index) => {
          assertClose(tables[index] as MomentTable, momentsByDefinition(values, shape, grouping), `${engine.backend} ${axisOrder}`);
        });
      }
    }
  });

  it('count NaN and infinities apart and find the first, whatever the storage order', async () => {
    const shape = [4, 6];
    const normal = seededNormal(9);
    const values = Array.from({ length: 24 }, normal);
    values[7] = NaN;
    values[10] = Infinity;
    values[19] = -Infinity;
    values[20] = NaN;
    for (const axisOrder of [[0, 1], [1, 0]]) {
      for (const kept of [[true, false], [false, true], [false, false]]) {
        for (const engine of engines(chunked)) {
          const result = await engine.moments(tensorOf(values, shape, { dtype: 'float32', axisOrder }), [{ kept }]);
          assert.equal(result.firstNotFinite, 7, engine.backend);
          const expected = momentsByDefinition(values.map(Math.fround), shape, { kept });
          assertClose(result.tables[0] as MomentTable, expected, `${engine.backend} ${axisOrder} ${kept}`);
        }
      }
    }
  });

  it('keep columns apart that have NaN, infinities and overflowing squares among their elements', async () => {
    const shape = [700, 7];
    const normal = seededNormal(14);
    const values = Array.from({ length: 4900 }, (_, index) => {
      const [row, column] = [Math.floor(index / 7), index % 7];
      // Column 0 begins with NaN, 1 ends with it, 2 has an infinity, 3 is NaN throughout, 4 has one number near the end of float64.
      if ((column === 0 && row < 400) || (column === 1 && row > 650) || column === 3) return NaN;
      if (column === 2 && row === 100) return -Infinity;
      if (column === 4 && row === 300) return 1e300;
      return 1e4 + normal();
    });
    const expected = momentsByDefinition(values, shape, { kept: [false, true] });
    for (const engine of engines({ chunkBytes: 9000 })) {
      const { tables } = await engine.moments(tensorOf(values, shape, { dtype: 'float64' }), [{ kept: [false, true] }]);
      const table = tables[0] as MomentTable;
      for (const column of ['count', 'nan', 'posInf', 'negInf', 'min', 'max', 'zeros'] as const) {
        assert.deepEqual([...table[column]], [...expected[column]], `${engine.backend} ${column}`);
      }
      for (const column of [0, 1, 2, 5, 6]) {
        assert.ok(Math.abs((table.m2[column] as number) / (expected.m2[column] as number) - 1) < 1e-11, `${engine.backend} m2[${column}]`);
      }
      assert.equal(table.m2[4], Infinity, engine.backend);
      assert.ok(Math.abs((table.mean[4] as number) / (1e300 / 700) - 1) < 1e-12, engine.backend);
    }
  });

  for (const { name, dtype, shape, value, groupings } of precise) {
    it(`keep twelve digits of mean and variance: ${name}`, async () => {
      const normal = seededNormal(1);
      const values = Array.from({ length: elementCount(shape) }, (_, index) => value(normal(), index));
      const stored = dtype === 'float32' ? values.map(Math.fround) : values;
      const tensor = tensorOf(stored, shape, { dtype });
      const expected = groupings.map((grouping) => exact(stored, shape, grouping));
      for (const engine of engines({ chunkBytes: 5000 })) {
        const { tables } = await engine.moments(tensor, groupings);
        expected.forEach(({ means, m2 }, index) => {
          const table = tables[index] as MomentTable;
          for (let group = 0; group < table.size; group++) {
            const ofMean = Math.abs((table.mean[group] as number) / (means[group] as number) - 1);
            const ofM2 = Math.abs((table.m2[group] as number) / (m2[group] as number) - 1);
            assert.ok(ofMean <= 1e-12 && ofM2 <= 1e-12, `${engine.backend} ${index} group ${group}: mean ${ofMean}, m2 ${ofM2}`);
          }
        });
      }
    });
  }

  it('merge to the same numbers however the bytes are chunked', async () => {
    const shape = [64, 33];
    const normal = seededNormal(2);
    const values = Array.from({ length: 64 * 33 }, () => 5 + normal());
    const tensor = tensorOf(values, shape, { dtype: 'float64' });
    const groupings = [{ kept: [true, false] }, { kept: [false, true] }];
    const expected = groupings.map((grouping) => momentsByDefinition(values, shape, grouping));
    for (const chunkBytes of [8, 24, 264, 1000, 1 << 20]) {
      const engine = engines({ chunkBytes })[1]!;
      const { tables } = await engine.moments(tensor, groupings);
      tables.forEach((table, index) => assertClose(table, expected[index] as MomentTable, `${chunkBytes} bytes`, 1e-13));
    }
  });

  it('shift and scale with the tensor', async () => {
    const shape = [7, 40];
    const normal = seededNormal(4);
    const values = Array.from({ length: 280 }, () => Math.round(64 * normal()));
    const engine = engines()[1]!;
    const of = async (list: readonly number[]) =>
      (await engine.moments(tensorOf(list, shape, { dtype: 'float64' }), [{ kept: [true, false] }])).tables[0] as MomentTable;
    const plain = await of(values);
    const moved = await of(values.map((value) => 4 * value + 1024));
    for (let row = 0; row < 7; row++) {
      assert.ok(Math.abs((moved.mean[row] as number) - (4 * (plain.mean[row] as number) + 1024)) < 1e-9);
      assert.ok(Math.abs((moved.m2[row] as number) / (16 * (plain.m2[row] as number)) - 1) < 1e-12);
      assert.ok(Math.abs((moved.m4[row] as number) / (256 * (plain.m4[row] as number)) - 1) < 1e-11);
    }
  });

  it('refuse more groups than fit in memory, in one sentence', async () => {
    const tensor = tensorOf(new Float64Array(40), [20, 2], { dtype: 'float32' });
    for (const engine of engines({ groupsInMemory: 10 })) {
      await assert.rejects(engine.moments(tensor, [{ kept: [true, false] }]), /20 groups were asked for; at most 10 groups/);
    }
  });

  it('stop when cancelled', async () => {
    const controller = new AbortController();
    const tensor = tensorOf(new Float64Array(4000), [4000], { dtype: 'float64' });
    for (const engine of engines(chunked)) {
      let read = 0;
      const counted = { ...tensor, read: (...args: Parameters<typeof tensor.read>) => (++read === 3 && controller.abort(), tensor.read(...args)) };
      await assert.rejects(engine.moments(counted, [], { signal: controller.signal }), { code: 'cancelled' });
    }
  });
});

/** Means and sums of squared deviations in integer arithmetic: every float64 is an integer times a power of two. */
function exact(values: readonly number[], shape: readonly number[], grouping: Grouping) {
  const bits = 100;
  const fixed = (value: number) => {
    // All values here are whole multiples of 2^-100.
    const whole = Math.trunc(value);
    return (BigInt(whole) << BigInt(bits)) + BigInt((value - whole) * 2 ** bits);
  };
  const lists: bigint[][] = Array.from({ length: groupCount(shape, grouping) }, () => []);
  values.forEach((value, index) => lists[groupOf(index, shape, grouping)]?.push(fixed(value)));
  const means: number[] = [];
  const m2: number[] = [];
  for (const list of lists) {
    const n = BigInt(list.length);
    const sum = list.reduce((a, b) => a + b, 0n);
    // n·Σx² − (Σx)², all over n.
    const squares = list.reduce((a, b) => a + b * b, 0n);
    means.push(Number((sum << 20n) / n) / 2 ** (bits + 20));
    m2.push(Number((n * squares - sum * sum) / n) / 2 ** (2 * bits));
  }
  return { means, m2 };
}
