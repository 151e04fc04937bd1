import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { AffineView, Engine, Grouping } from '../../../src/core/engine/engine';
import { groupCount } from '../../../src/core/engine/grouping';
import type { MomentTable } from '../../../src/core/engine/moments';
import { createWasmEngine } from '../../../src/core/engine/wasmEngine';
import { NormoscopeError } from '../../../src/core/errors';
import { defaultLimits } from '../../../src/core/limits';
import { elementCount, type TensorData } from '../../../src/core/tensor/tensor';
import { createEngineThreads, type EngineThreads } from '../../../src/platform/engineThreads';
import { assertClose } from '../../support/closeMoments';
import { failure } from '../../support/errors';
import { seededNormal } from '../../support/moments';
import { inProject } from '../../support/root';
import { kernelModule, rawTensor, tensorOf } from '../../support/tensors';

/** Stretches of a few elements, and threads for every tensor. */
const limits = { ...defaultLimits, chunkBytes: 64, sharedElements: 0 };

/** Tensors of odd sizes, in any order of storage, with NaN among their elements; one element too. */
const cases = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 3 }).chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    axisOrder: fc.shuffledSubarray(shape.map((_, axis) => axis), { minLength: shape.length }),
    kept: fc.array(fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }), { minLength: 1, maxLength: 3 }),
    dtype: fc.constantFrom('float32' as const, 'float64' as const),
    offset: fc.constantFrom(0, 1e6),
    odd: fc.constantFrom(0, 0.1, 1),
    seed: fc.integer(),
  }),
);

interface Case {
  readonly data: TensorData;
  readonly groupings: readonly Grouping[];
}

function caseOf({ shape, axisOrder, kept, dtype, offset, odd, seed }: (typeof cases extends fc.Arbitrary<infer T> ? T : never)): Case {
  const draw = seededNormal(seed);
  const values = Float64Array.from({ length: elementCount(shape) }, () => (Math.abs(draw()) < odd ? NaN : offset + draw()));
  return { data: tensorOf(values, shape, { dtype, axisOrder }), groupings: kept.map((axes) => ({ kept: axes })) };
}

/** Numbers for every group of a grouping. */
function column(shape: readonly number[], grouping: Grouping, from: number): Float64Array {
  return Float64Array.from({ length: groupCount(shape, grouping) }, (_, group) => from + group / 7);
}

async function written(engine: Engine, { data, groupings }: Case): Promise<string> {
  const maps = groupings.map((grouping) => ({
    grouping,
    shift: column(data.shape, grouping, 0.5),
    scale: column(data.shape, grouping, 1),
    offset: column(data.shape, grouping, -1),
  }));
  const parts: Uint8Array[] = [];
  await engine.apply(data, { maps, output: 'float64' }, { write: async (bytes) => void parts.push(bytes.slice()) });
  return Buffer.concat(parts).toString('base64');
}

describe('threads of the engine', () => {
  const all: EngineThreads[] = [];
  const withThreads = (count: number) => {
    const threads = createEngineThreads(inProject('dist', 'engineWorker.js'), kernelModule(), count);
    all.push(threads);
    return { threads, engine: createWasmEngine(kernelModule(), limits, threads) };
  };
  const alone = createWasmEngine(kernelModule(), limits);
  const engines = [1, 2, 3].map((count) => ({ count, ...withThreads(count) }));

  after(() => Promise.all(all.map((threads) => threads.stop())));

  it('find what one thread finds, to twelve digits, and the same bits every time', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (drawn) => {
        const { data, groupings } = caseOf(drawn);
        const expected = await alone.moments(data, groupings);
        for (const { count, engine } of engines) {
          const found = await engine.moments(data, groupings);
          [expected.overall, ...expected.tables].forEach((table, index) => {
            assertClose([found.overall, ...found.tables][index] as MomentTable, table, `${count} threads`, 1e-12);
          });
          const { firstNotFinite, subnormal, quantiles } = expected;
          assert.deepEqual({ firstNotFinite, subnormal, quantiles }, { firstNotFinite: found.firstNotFinite, subnormal: found.subnormal, quantiles: found.quantiles });
          assert.deepEqual(await engine.moments(data, groupings), found);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('find many groups in one table, cut by the stretches wherever it is', async () => {
    const draw = seededNormal(3);
    for (const run of [1, 3, 10, 21]) {
      const values = Float64Array.from({ length: 5000 * run }, (_, index) => (index % 97 === 0 ? NaN : 1e6 + draw()));
      const data = tensorOf(values, [5000, run], { dtype: 'float64' });
      const groupings = [{ kept: [true, false] }, { kept: [false, true] }];
      const expected = await alone.moments(data, groupings);
      for (const { threads } of engines) {
        const partial: number[] = [];
        const engine = createWasmEngine(kernelModule(), { ...limits, chunkBytes: 8008 }, threads);
        const found = await engine.moments(data, groupings, { onProgress: ({ overall }) => partial.push(overall().count[0] ?? NaN) });
        [expected.overall, ...expected.tables].forEach((table, index) => {
          assertClose([found.overall, ...found.tables][index] as MomentTable, table, `${threads.count} threads, runs of ${run}`, 1e-12);
        });
        assert.equal(partial.at(-1), expected.overall.count[0]);
      }
    }
  });

  it('find within 1e-6 in the fast mode, and the same bits every time', async () => {
    const draw = seededNormal(8);
    const values = Float32Array.from({ length: 700 * 600 }, (_, index) => (index === 4000 ? NaN : Math.floor(index / 600) / 50 + draw()));
    const data = tensorOf(values, [700, 600], { dtype: 'float32' });
    const groupings = [{ kept: [true, false] }, { kept: [false, true] }];
    const expected = await alone.moments(data, groupings, { precise: true });
    for (const { threads } of engines) {
      const fast = createWasmEngine(kernelModule(), { ...limits, preciseElements: 0, chunkBytes: 100_000 }, threads);
      const found = await fast.moments(data, groupings);
      assert.equal(found.exact, false);
      [found.overall, ...found.tables].forEach((table, index) => {
        const right = [expected.overall, ...expected.tables][index] as MomentTable;
        table.m2.forEach((m2, group) => assert.ok(Math.abs(m2 / (right.m2[group] ?? NaN) - 1) < 1e-6, `${threads.count} threads, group ${group}`));
        for (const column of ['count', 'nan', 'min', 'max'] as const) assert.deepEqual(table[column], right[column]);
      });
      assert.equal(found.firstNotFinite, 4000);
      assert.deepEqual(await fast.moments(data, groupings), found);
    }
  });

  it('draw what one thread draws, of all elements and of some', async () => {
    await fc.assert(
      fc.asyncProperty(cases, fc.constantFrom(5, 1000), async (drawn, maxElements) => {
        const { data, groupings } = caseOf(drawn);
        const views: AffineView[] = groupings.map((grouping) => ({
          grouping,
          shift: column(data.shape, grouping, drawn.offset),
          scale: column(data.shape, grouping, 1),
          low: -2,
          high: 3,
        }));
        const groups = groupings.map((grouping) => ({ grouping, bins: 3, low: drawn.offset - 1, high: drawn.offset + 1 }));
        const request = { views, groups, bins: 5, rowAxes: Math.min(1, data.shape.length), maxRows: 3, maxColumns: 4, maxElements };
        const expected = await alone.distributions(data, request);
        for (const { count, engine } of engines) {
          const found = await engine.distributions(data, request);
          const pixels = ({ views: [first] }: typeof found) => [...(first?.mean ?? [])].map((value) => value.toPrecision(6));
          assert.deepEqual(pixels(found), pixels(expected), `${count} threads`);
          const rest = ({ views: drawnViews, ...others }: typeof found) => ({ ...others, views: drawnViews.map((view) => ({ ...view, mean: null })) });
          assert.deepEqual(rest(found), rest(expected), `${count} threads`);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('write what one thread writes, in order', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (drawn) => {
        const one = caseOf(drawn);
        const expected = await written(alone, one);
        for (const { count, engine } of engines) assert.equal(await written(engine, one), expected, `${count} threads`);
      }),
      { numRuns: 30 },
    );
  });

  const long = tensorOf(Float64Array.from({ length: 4000 }, (_, index) => index), [50, 80], { dtype: 'float64' });
  const rows: readonly Grouping[] = [{ kept: [true, false] }];
  /** `long`, of which read number `at` does something else first. */
  const interrupted = (at: number, first: () => Promise<void>): TensorData => {
    let reads = 0;
    return { ...long, read: async (...range) => (++reads === at ? first().then(() => long.read(...range)) : long.read(...range)) };
  };

  it('tell of progress with moments of all elements up to there', async () => {
    const { threads } = withThreads(2);
    const large = createWasmEngine(kernelModule(), { ...defaultLimits, sharedElements: 0 }, threads);
    const encoding = { dtype: 'uint8', littleEndian: true, stride: 1, offset: 0 } as const;
    const data = rawTensor(new Uint8Array(9 * 2 ** 20).fill(7), [9, 2 ** 20], encoding);
    const told: { done: number; count: number }[] = [];
    await large.moments(data, rows, {
      onProgress: ({ elementsDone, overall }) => told.push({ done: elementsDone, count: overall().count[0] ?? 0 }),
    });
    assert.ok(told.length > 1);
    assert.deepEqual(told.map(({ count }) => count), told.map(({ done }) => done));
    assert.equal(told.at(-1)?.done, elementCount(data.shape));
  });

  it('stop at the next stretch when cancelled, and go on with the next pass', async () => {
    const { engine } = withThreads(2);
    const controller = new AbortController();
    let reads = 0;
    const data: TensorData = {
      ...long,
      read: (...range) => {
        if (++reads === 7) controller.abort();
        return long.read(...range);
      },
    };
    await assert.rejects(engine.moments(data, rows, { signal: controller.signal }), failure('cancelled'));
    assert.equal(reads, 7);
    assertClose((await engine.moments(long, rows)).overall, (await alone.moments(long, rows)).overall, 'after', 1e-12);
  });

  it('fail with the reading and with the writing, in their words', async () => {
    const { engine } = withThreads(2);
    const broken = interrupted(9, () => Promise.reject(new NormoscopeError('io', 'The disk is gone.')));
    await assert.rejects(engine.moments(broken, rows), failure('io', /disk is gone/));
    let writes = 0;
    const full = { write: () => (++writes === 5 ? Promise.reject(new NormoscopeError('io', 'The disk is full.')) : Promise.resolve()) };
    await assert.rejects(engine.apply(long, { maps: [], output: 'float32' }, full), failure('io', /disk is full/));
    assert.equal(writes, 5);
  });

  it('refuse what the kernels do not take in the same words as one thread', async () => {
    const { engine } = withThreads(2);
    const strange: TensorData = { ...long, encoding: { ...long.encoding, dtype: 'complex64' } };
    const [refusal, same] = await Promise.allSettled([alone, engine].map((each) => each.moments(strange, rows)));
    assert.equal(refusal?.status, 'rejected');
    assert.deepEqual(same, refusal);
  });

  it('are replaced when they die, and what waited for them fails in one sentence', async () => {
    const { threads, engine } = withThreads(2);
    assert.equal(threads.running, 0);
    await assert.rejects(engine.moments(interrupted(20, () => threads.stop()), rows), failure('worker-lost'));
    assert.equal(threads.running, 0);
    assertClose((await engine.moments(long, rows)).overall, (await alone.moments(long, rows)).overall, 'after', 1e-12);
    assert.equal(threads.running, 2);
  });

  it('are not asked for small tensors, nor for more states than memory is meant for', async () => {
    const { threads } = withThreads(2);
    // Rows leave the memory of a thread as they are done; each of the columns has a state in both, and is counted eightfold.
    const both: readonly Grouping[] = [...rows, { kept: [false, true] }];
    for (const fewer of [{ sharedElements: 4001 }, { cellsInMemory: 1279 }]) {
      await createWasmEngine(kernelModule(), { ...limits, ...fewer }, threads).moments(long, both);
      assert.equal(threads.running, 0);
    }
    await createWasmEngine(kernelModule(), { ...limits, sharedElements: 4000, cellsInMemory: 1280 }, threads).moments(long, both);
    assert.equal(threads.running, 2);
  });
});
