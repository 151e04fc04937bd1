import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Engine, Grouping } from '../../../../src/core/engine/engine';
import { FastPass } from '../../../../src/core/engine/fastPass';
import type { MomentTable } from '../../../../src/core/engine/moments';
import type { DType } from '../../../../src/core/tensor/dtype';
import { elementCount, type TensorData } from '../../../../src/core/tensor/tensor';
import { momentsByDefinition, seededNormal } from '../../../support/moments';
import { engines, kernelModule, rawTensor, tensorOf, type Storage } from '../../../support/tensors';

/** The kernels' engine in its fast mode, whatever the tensor's size. */
function fastEngine(chunkBytes = 1 << 22): Engine {
  const [, engine] = engines({ preciseElements: 0, chunkBytes });
  assert.ok(engine);
  return engine;
}

const counted = ['count', 'min', 'max', 'nan', 'posInf', 'negInf', 'zeros'] as const;

/** What is counted is exact; means are within 1e-6 of a deviation, variances within 1e-6 of themselves. */
function assertFast(actual: MomentTable, expected: MomentTable, what: string): void {
  assert.equal(actual.size, expected.size, what);
  for (const column of counted) {
    const wrong = expected[column].findIndex((value, group) => value !== actual[column][group]);
    assert.equal(wrong, -1, `${what}: ${column}[${wrong}] is ${actual[column][wrong]}, not ${expected[column][wrong]}`);
  }
  for (let group = 0; group < expected.size; group++) {
    const [count, mean, m2] = [expected.count[group] ?? 0, expected.mean[group] ?? 0, expected.m2[group] ?? 0];
    if (count === 0) continue;
    const deviation = Math.sqrt(m2 / count);
    const found = (actual.mean[group] ?? NaN) + (actual.meanLow[group] ?? NaN);
    // Below that the definition's own rounding shows.
    const resolution = 1e-6 * deviation + 1e-14 * Math.abs(mean);
    assert.ok(Math.abs(found - mean) <= resolution, `${what}: mean[${group}] is ${found}, not ${mean}, of deviation ${deviation}`);
    const spread = actual.m2[group] ?? NaN;
    const floor = count * (1e-14 * mean) ** 2;
    assert.ok(Math.abs(spread - m2) <= 1e-6 * m2 + floor, `${what}: m2[${group}] is ${spread}, not ${m2}: off by ${spread / m2 - 1}`);
  }
}

/** Skewness and kurtosis, whose scale is 1 and more. */
function assertShape(actual: MomentTable, expected: MomentTable, what: string): void {
  const [count, m2] = [expected.count[0] ?? 0, expected.m2[0] ?? 0];
  if (m2 === 0) return;
  const third = Math.sqrt(count) / m2 ** 1.5;
  const fourth = count / m2 ** 2;
  const [m3, m4] = [(expected.m3[0] ?? 0) * third, (expected.m4[0] ?? 0) * fourth];
  const [found3, found4] = [(actual.m3[0] ?? NaN) * third, (actual.m4[0] ?? NaN) * fourth];
  // Third powers cancel: their error is of the fourth's size.
  assert.ok(Math.abs(found3 - m3) <= 2e-6 * m4, `${what}: skewness is ${found3}, not ${m3}`);
  assert.ok(Math.abs(found4 - m4) <= 2e-6 * m4, `${what}: kurtosis is ${found4}, not ${m4}`);
}

async function assertTensor(tensor: TensorData, values: ArrayLike<number>, groupings: readonly Grouping[], what: string, chunkBytes?: number) {
  const result = await fastEngine(chunkBytes).moments(tensor, groupings);
  // Of no elements at all there is nothing to be less precise about.
  assert.equal(result.exact, elementCount(tensor.shape) === 0, what);
  groupings.forEach((grouping, index) => {
    const expected = momentsByDefinition(values, tensor.shape, grouping);
    assertFast(result.tables[index] as MomentTable, expected, `${what} ${JSON.stringify(grouping)}`);
  });
  const whole = momentsByDefinition(values, tensor.shape, { kept: tensor.shape.map(() => false) });
  assertFast(result.overall, whole, `${what} overall`);
  assertShape(result.overall, whole, what);
  return result;
}

const rowsAndColumns: readonly Grouping[] = [{ kept: [true, false] }, { kept: [false, true] }];

/** Widths around every boundary of the kernels: folded rows, quads and their tails, panels, runs by fours, blocks of runs. */
const widths = [1, 2, 3, 4, 5, 7, 15, 16, 17, 31, 63, 64, 65, 67, 255, 256, 257, 511, 512, 513, 515, 516, 1001, 1027, 4097];

/** Values of which float32 sums go wrong in one way each. `z` is normal. */
const hard: Readonly<Record<string, (z: number, row: number, column: number) => number>> = {
  normal: (z) => z,
  'mean 3': (z) => 3 + z,
  '1e4 ± 1e-2': (z) => 1e4 + 1e-2 * z,
  'column c at c ± 0.01': (z, _, column) => column + 0.01 * z,
  'row r at r ± 0.01': (z, row) => row + 0.01 * z,
  'a first row of outliers': (z, row) => (row === 0 ? 1e6 * z : z),
  'a single outlier': (z, row, column) => (row === 3 && column === 1 ? 1e8 : 1 + z),
  'columns of many magnitudes': (z, _, column) => 10 ** ((column % 24) - 12) * (z + 3),
  'rows of many magnitudes': (z, row) => 10 ** ((row % 24) - 12) * (z + 3),
  constant: () => 0.1,
  'constant columns beside others': (z, _, column) => (column % 3 === 0 ? column + 0.1 : z),
  zero: () => 0,
  'half of them zeros': (z) => Math.max(0, z),
  'zeros of either sign': (z, row) => (z > 0.5 ? z : row % 2 === 0 ? 0 : -0),
  negative: (z) => -Math.abs(z) - 1e-3,
  positive: (z) => Math.abs(z) + 1e-3,
  'of two values': (z) => (z > 0 ? 0.3 : 0.1),
  drifting: (z, row) => row / 16 + 1e-2 * z,
  'stepping half-way': (z, row) => (row < 150 ? z : 1e5 + z),
  'squares below float32': (z) => 1e-25 * z,
  'fourth powers below float32': (z) => 1e-9 * z,
  'squares beyond float32': (z) => 1e25 * z,
  'fourth powers beyond float32': (z) => 1e12 * z,
  'near the end of float32': (z) => (z > 0 ? 3.4e38 : -3.4e38),
  'NaN here and there': (z, row, column) => ((row * 7 + column) % 97 === 5 ? NaN : 2 + z),
  'a row and a column of NaN': (z, row, column) => (row === 2 || column === 2 ? NaN : 2 + z),
  infinite: (z) => (z > 2 ? Infinity : z < -2 ? -Infinity : z),
  subnormal: (z, row) => (row % 3 === 0 ? 1e-40 * z : z),
};

const float32 = { dtype: 'float32' } as const;

function matrix(rows: number, columns: number, value: (z: number, row: number, column: number) => number, seed = 7): Float32Array {
  const normal = seededNormal(seed);
  return Float32Array.from({ length: rows * columns }, (_, index) => value(normal(), Math.floor(index / columns), index % columns));
}

/**
 * How sums of squares may lie in a kernel: so many elements whose squares are one float32 sum (in a vector's four lanes each), in a
 * period after which sums go to float64, if they do.
 */
const roundedAway: readonly (readonly [first: number, period: number, lanes: 1 | 4])[] = [
  [8, 48, 4], [8, 128, 4], [16, 64, 4], [16, 256, 4], [4, 16, 1], [4, 64, 1], [8, 32, 1], [8, 64, 1],
];

/**
 * A period begins with elements whose squares' sum loses as much as float32 can lose, and a little more than a power of two is
 * left of it; all others have squares whose sum is just too small to change it. Signs alternate, so that the mean is 0.
 * @returns the element at a place of a run
 */
function roundedDown(first: number, period: number, lanes: number): (place: number) => number {
  const terms = first / lanes;
  const draw = seededNormal(terms);
  let best: readonly number[] = [];
  let most = -1;
  let sum = 0;
  for (let trial = 0; trial < 4000; trial++) {
    const some = Array.from({ length: terms }, () => Math.fround(1 + Math.abs(draw()) * 2 ** -10));
    let sums = some.map((value) => Math.fround(value * value));
    while (sums.length > 1) sums = sums.flatMap((value, index) => (index % 2 === 0 ? Math.fround(value + (sums[index + 1] ?? 0)) : []));
    const lost = some.reduce((total, value) => total + value * value, 0) - (sums[0] ?? 0);
    if (lost > most) [most, best, sum] = [lost, some, sums[0] ?? 0];
  }
  // Half of the distance to the next float32, and a little less.
  const small = Math.sqrt(((1 - 2 ** -9) * 2 ** (Math.floor(Math.log2(sum)) - 24)) / terms);
  return (place) => {
    const at = place % period;
    return (place % 2 === 0 ? 1 : -1) * (at < first ? (best[Math.floor(at / lanes)] ?? 0) : small);
  };
}

describe('moments in the fast mode', () => {
  for (const [name, value] of Object.entries(hard)) {
    it(`keep within 1e-6, and counts exact: ${name}`, async () => {
      for (const [rows, columns] of [[300, 7], [300, 70], [40, 600], [700, 64]] as const) {
        const values = matrix(rows, columns, value);
        await assertTensor(tensorOf(values, [rows, columns], float32), values, rowsAndColumns, `${rows} × ${columns}`);
      }
    });
  }

  it('take rows and columns of any length', async () => {
    for (const columns of widths) {
      for (const rows of columns > 600 ? [9, 17] : columns > 70 ? [9, 67] : [1, 11, 300]) {
        const values = matrix(rows, columns, (z) => 1 + z, columns);
        const tensor = tensorOf(values, [rows, columns], float32);
        const expected = rowsAndColumns.map((grouping) => momentsByDefinition(values, [rows, columns], grouping));
        for (const asked of [[0, 1], [0], [1]]) {
          const { tables } = await fastEngine().moments(tensor, asked.map((index) => rowsAndColumns[index] as Grouping));
          asked.forEach((index, place) => {
            assertFast(tables[place] as MomentTable, expected[index] as MomentTable, `${rows} × ${columns}, ${asked}, ${index}`);
          });
        }
      }
    }
  });

  it('are the definitions for any shape, order, grouping, type, record and chunk', async () => {
    const shapes = fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 5 });
    const cases = shapes.chain((shape) =>
      fc.record({
        shape: fc.constant(shape),
        axisOrder: fc.shuffledSubarray(shape.map((_, axis) => axis), { minLength: shape.length }),
        kept: fc.array(fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }), { maxLength: 4 }),
        dtype: fc.constantFrom<Storage['dtype']>('float32', 'int16', 'uint8', 'int8', 'uint16'),
        littleEndian: fc.boolean(),
        padding: fc.integer({ min: 0, max: 2 }),
        chunkBytes: fc.constantFrom(1, 64, 1000, 1 << 20),
        kind: fc.constantFrom('mean 3', 'half of them zeros', 'constant', 'NaN here and there', '1e4 ± 1e-2'),
        seed: fc.integer(),
      }),
    );
    await fc.assert(
      fc.asyncProperty(cases, async ({ shape, axisOrder, kept, dtype, littleEndian, padding, chunkBytes, kind, seed }) => {
        const made = matrix(1, elementCount(shape), hard[kind] as (typeof hard)[string], seed);
        const values = dtype === 'float32' ? made : made.map((value) => Math.round(Math.abs(value || 0) % 120));
        const item = dtype === 'float32' ? 4 : dtype.endsWith('16') ? 2 : 1;
        const tensor = tensorOf(values, shape, { dtype, littleEndian, axisOrder, stride: item + padding, offset: padding });
        await assertTensor(tensor, values, kept.map((flags) => ({ kept: flags })), dtype, chunkBytes);
      }),
      { numRuns: 200, seed: 21 },
    );
  });

  it('merge samples, channels and GroupNorm\'s groups of planes', async () => {
    const shape = [6, 12, 19, 17];
    const normal = seededNormal(5);
    const values = Float32Array.from({ length: elementCount(shape) }, (_, index) => (Math.floor(index / 323) % 12) + normal());
    const groupings: Grouping[] = [
      { kept: [true, false, false, false] },
      { kept: [false, true, false, false] },
      { kept: [true, true, false, false], split: { axis: 1, parts: 4 } },
      { kept: [true, true, false, false] },
      { kept: [true, false, true, true] },
    ];
    for (const axisOrder of [[0, 1, 2, 3], [0, 2, 3, 1]]) {
      for (const asked of [groupings, groupings.slice(0, 2), groupings.slice(2, 3), groupings.slice(4)]) {
        for (const chunkBytes of [1 << 22, 4000, 70_001]) {
          await assertTensor(tensorOf(values, shape, { ...float32, axisOrder }), values, asked, `${axisOrder} ${chunkBytes}`, chunkBytes);
        }
      }
    }
  });

  it('decode half precision and eight bits in their kernels', async () => {
    for (const dtype of ['float16', 'bfloat16', 'float8_e4m3fn', 'float8_e4m3fnuz', 'float8_e5m2', 'float8_e5m2fnuz', 'bool'] as const) {
      const bytes = Uint8Array.from({ length: 2 * 4099 }, (_, index) => (index * 2654435761) >>> 24);
      const size = dtype.endsWith('16') ? 2 : 1;
      const shape = [4099 * 2 / size];
      for (const littleEndian of [true, false]) {
        const tensor = rawTensor(bytes, shape, { dtype, littleEndian, stride: size, offset: 0 });
        const [reference] = engines();
        assert.ok(reference);
        const expected = await reference.moments(tensor, [{ kept: [false] }]);
        const found = await fastEngine().moments(tensor, [{ kept: [false] }]);
        assertFast(found.overall, expected.overall, dtype);
        assertShape(found.overall, expected.overall, dtype);
        assert.deepEqual([found.subnormal, found.firstNotFinite], [expected.subnormal, expected.firstNotFinite], dtype);
      }
    }
  });

  it('count subnormal elements once, and find the first that is not finite', async () => {
    for (const [rows, columns] of [[70, 600], [600, 40], [40, 300], [1000, 3]] as const) {
      const values = matrix(rows, columns, (z, row, column) => ((row + column) % 5 === 0 ? 1e-40 : row === 30 && column === 1 ? -Infinity : z));
      for (const groupings of [rowsAndColumns, rowsAndColumns.slice(1), []]) {
        const found = await fastEngine().moments(tensorOf(values, [rows, columns], float32), groupings);
        assert.equal(found.subnormal, values.filter((value) => value !== 0 && Math.abs(value) < 2 ** -126).length);
        assert.equal(found.firstNotFinite, 30 * columns + 1);
      }
    }
  });

  it('are the same bits for the same chunks, and within 1e-6 for others', async () => {
    const values = matrix(500, 70, (z) => 2 + z);
    const tensor = tensorOf(values, [500, 70], float32);
    const once = await fastEngine(5000).moments(tensor, rowsAndColumns);
    assert.deepEqual(await fastEngine(5000).moments(tensor, rowsAndColumns), once);
    for (const chunkBytes of [4, 280, 10_000, 1 << 22]) await assertTensor(tensor, values, rowsAndColumns, `${chunkBytes}`, chunkBytes);
  });

  it('keep within 1e-6 where every rounding of a sum of squares goes the same way', async () => {
    let worst = 0;
    for (const [first, period, vector] of roundedAway) {
      const run = roundedDown(first, period, vector);
      for (const [rows, columns, transposed] of [[12, 4096, false], [12, 64, false], [12, 96, false], [512, 40, true], [512, 700, true], [100, 700, true]] as const) {
        const values = Float32Array.from({ length: rows * columns }, (_, index) => run(transposed ? Math.floor(index / columns) : index % columns));
        const grouping = rowsAndColumns[transposed ? 1 : 0] as Grouping;
        const expected = momentsByDefinition(values, [rows, columns], grouping);
        for (const asked of [[grouping], rowsAndColumns]) {
          const result = await fastEngine().moments(tensorOf(values, [rows, columns], float32), asked);
          const table = result.tables[asked.indexOf(grouping)] as MomentTable;
          assertFast(table, expected, `${first} of ${period}, ${rows} × ${columns}`);
          worst = Math.max(worst, ...table.m2.map((m2, group) => Math.abs(m2 / (expected.m2[group] ?? NaN) - 1)));
        }
      }
    }
    // Or these numbers are hard for some other kernel, and show nothing here.
    assert.ok(worst > 4e-7, `at most ${worst}`);
  });

  it('count every element once for the quantiles, also those that are summed again', () => {
    for (const [rows, columns] of [[9, 257], [5, 1003], [40, 300], [3, 4099], [70, 12]] as const) {
      for (const value of [hard['1e4 ± 1e-2'], hard['a first row of outliers'], hard['NaN here and there'], hard['stepping half-way']]) {
        const values = matrix(rows, columns, value as (typeof hard)[string]);
        const encoding = { dtype: 'float32', littleEndian: true, stride: 4, offset: 0 } as const;
        const task = { shape: [rows, columns], axisOrder: [0, 1], encoding, bases: rowsAndColumns, keepsValues: false, counts: true, shared: false };
        const pass = new FastPass(kernelModule(), task, 0, 0);
        // Two stretches, of which the first ends inside of a row.
        const half = Math.floor(values.length / 2);
        pass.take(new Uint8Array(values.buffer, 0, half * 4), 0, half);
        pass.take(new Uint8Array(values.buffer, half * 4), half, values.length - half);
        const expected = new Float64Array(65536);
        for (const bits of new Uint32Array(values.buffer)) expected[bits >>> 16] = (expected[bits >>> 16] ?? 0) + 1;
        assert.deepEqual(pass.finish().counts, expected);
      }
    }
  });

  it('are left to the precise mode for small tensors, wide types and whoever asks', async () => {
    const small = tensorOf([1, 2, 3], [3], float32);
    const [, ordinary] = engines();
    assert.equal((await ordinary?.moments(small, []))?.exact, true);
    assert.equal((await fastEngine().moments(small, [], { precise: true })).exact, true);
    for (const dtype of ['float64', 'int32', 'uint32', 'int64', 'uint64'] as const satisfies readonly DType[]) {
      assert.equal((await fastEngine().moments(tensorOf([1, 2, 3], [3], { dtype }), [])).exact, true, dtype);
    }
    assert.equal((await fastEngine().moments(small, [])).exact, false);
  });

  it('are right where the float32 sums of NumPy and PyTorch are wrong by 700 % and more', async () => {
    // numpy.var(x, axis=0) and torch.native_batch_norm of 1e6 ± 1 add row to row in float32: see docs/engine.md.
    const values = matrix(8192, 16, (z) => 1e6 + z);
    const { tables } = await assertTensor(tensorOf(values, [8192, 16], float32), values, rowsAndColumns.slice(1), '1e6 ± 1');
    let sum = 0;
    for (let row = 0; row < 8192; row++) sum = Math.fround(sum + (values[16 * row] ?? 0));
    const mean = Math.fround(sum / 8192);
    let naive = 0;
    for (let row = 0; row < 8192; row++) naive = Math.fround(naive + Math.fround(Math.fround((values[16 * row] ?? 0) - mean) ** 2));
    const right = (tables[0]?.m2[0] ?? NaN) / 8192;
    assert.ok(naive / 8192 > 1000 * right, `float32 says ${naive / 8192}, the truth is ${right}`);
  });
});
