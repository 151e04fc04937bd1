import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { AffineView, Distribution, DistributionRequest, GroupCounts, GroupHistogramRequest, Grouping } from '../../../../src/core/engine/engine';
import { groupCount } from '../../../../src/core/engine/grouping';
import { elementCount } from '../../../../src/core/tensor/tensor';
import { groupOf, seededNormal } from '../../../support/moments';
import { engines, tensorOf } from '../../../support/tensors';

/** Histogram and picture of one view, element by element as the interface says it. */
function byDefinition(values: readonly number[], shape: readonly number[], view: AffineView, request: DistributionRequest) {
  const product = (sizes: readonly number[]) => sizes.reduce((a, b) => a * b, 1);
  const matrix = [product(shape.slice(0, request.rowAxes)), product(shape.slice(request.rowAxes))] as const;
  const rows = Math.min(matrix[0], request.maxRows);
  const columns = Math.min(matrix[1], request.maxColumns);
  const counts = new Array<number>(request.bins).fill(0);
  const tails = { below: 0, above: 0, notFinite: 0 };
  const onPixel: number[][] = Array.from({ length: rows * columns }, () => []);
  const flags = new Array<number>(rows * columns).fill(0);
  values.forEach((value, index) => {
    // Pixel p of P takes the elements whose middle lies in [p, p + 1) / P of the axis.
    const row = Math.floor((2 * Math.floor(index / matrix[1]) + 1) * rows / (2 * matrix[0]));
    const column = Math.floor((2 * (index % matrix[1]) + 1) * columns / (2 * matrix[1]));
    const pixel = row * columns + column;
    if (!Number.isFinite(value)) flags[pixel] = (flags[pixel] as number) | (Number.isNaN(value) ? 1 : 2);
    const group = groupOf(index, shape, view.grouping);
    const seen = (value - (view.shift[group] as number)) * (view.scale[group] as number);
    if (!Number.isFinite(seen)) return void tails.notFinite++;
    onPixel[pixel]?.push(seen);
    if (seen < view.low) tails.below++;
    else if (seen > view.high) tails.above++;
    else {
      const bin = Math.min(request.bins - 1, Math.floor((seen - view.low) * (request.bins / (view.high - view.low))));
      counts[bin] = (counts[bin] as number) + 1;
    }
  });
  const mean = (list: readonly number[]) => (list.length === 0 ? NaN : list.reduce((a, b) => a + b, 0) / list.length);
  const least = (list: readonly number[]) => (list.length === 0 ? NaN : Math.min(...list));
  const greatest = (list: readonly number[]) => (list.length === 0 ? NaN : Math.max(...list));
  return { rows, columns, counts, tails, flags, mean: onPixel.map(mean), min: onPixel.map(least), max: onPixel.map(greatest) };
}

/** Histograms of groups, element by element: a row for each, with what is below, above and not finite behind its bins. */
function rowsByDefinition(values: readonly number[], shape: readonly number[], { grouping, bins, low, high }: GroupHistogramRequest): number[][] {
  const rows = Array.from({ length: groupCount(shape, grouping) }, () => new Array<number>(bins + 3).fill(0));
  values.forEach((value, index) => {
    const row = rows[groupOf(index, shape, grouping)] as number[];
    const bin = Math.min(bins - 1, Math.floor((value - low) * (bins / (high - low))));
    const place = !Number.isFinite(value) ? bins + 2 : value < low ? bins : value > high ? bins + 1 : bin;
    row[place] = (row[place] as number) + 1;
  });
  return rows;
}

function rowsOf({ groups, bins, counts, below, above, notFinite }: GroupCounts): number[][] {
  return Array.from({ length: groups }, (_, group) =>
    [...counts.subarray(group * bins, (group + 1) * bins), below[group], above[group], notFinite[group]].map(Number),
  );
}

function assertPixels(actual: Float32Array, expected: readonly number[], tolerance: number, what: string): void {
  assert.equal(actual.length, expected.length, what);
  expected.forEach((value, pixel) => {
    const found = actual[pixel] as number;
    const same = Number.isNaN(value) ? Number.isNaN(found) : Math.abs(found - value) <= tolerance * Math.max(1, Math.abs(value));
    assert.ok(same, `${what}: pixel ${pixel} is ${found}, not ${value}`);
  });
}

function assertSame(actual: Distribution, expected: ReturnType<typeof byDefinition>, what: string): void {
  assert.deepEqual([...actual.counts], expected.counts, `${what}: counts`);
  const { below, above, notFinite } = actual;
  assert.deepEqual({ below, above, notFinite }, expected.tails, `${what}: tails`);
  assertPixels(actual.mean, expected.mean, 1e-6, `${what} mean`);
  assertPixels(actual.min, expected.min, 1e-7, `${what} min`);
  assertPixels(actual.max, expected.max, 1e-7, `${what} max`);
}

function request(views: readonly AffineView[], rest: Partial<DistributionRequest> = {}): DistributionRequest {
  return { views, bins: 7, rowAxes: 0, maxRows: 4, maxColumns: 3, maxElements: 1e9, ...rest };
}

/** Raw values. */
function raw(rank: number, low: number, high: number): AffineView {
  return { grouping: { kept: new Array<boolean>(rank).fill(false) }, shift: Float64Array.of(0), scale: Float64Array.of(1), low, high };
}

const cases = fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 5 }).chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    axisOrder: fc.shuffledSubarray(shape.map((_, axis) => axis), { minLength: shape.length }),
    kept: fc.array(fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }), { minLength: 1, maxLength: 3 }),
    rowAxes: fc.integer({ min: 0, max: shape.length }),
    maxRows: fc.integer({ min: 1, max: 8 }),
    maxColumns: fc.integer({ min: 1, max: 8 }),
    oddShare: fc.constantFrom(0, 0.1, 1),
    seed: fc.integer(),
  }),
);

describe('distributions of both engines', () => {
  it('are the definitions, for any shape, order, grouping and picture', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ shape, axisOrder, kept, rowAxes, maxRows, maxColumns, oddShare, seed }) => {
        const normal = seededNormal(seed);
        const odd = [NaN, Infinity, -Infinity];
        const values = Array.from({ length: elementCount(shape) }, (_, index) =>
          // Eighths, so that values meet the edges of bins.
          Math.abs(normal()) < oddShare * 2 ? (odd[index % 3] as number) : Math.round(8 * normal()) / 8,
        );
        const views = kept.map((flags): AffineView => {
          const grouping: Grouping = { kept: flags };
          const groups = groupCount(shape, grouping);
          const shift = Float64Array.from({ length: groups }, (_, group) => (group % 5 === 4 ? NaN : group % 3));
          const scale = Float64Array.from({ length: groups }, (_, group) => 2 ** ((group % 4) - 2));
          return { grouping, shift, scale, low: -1, high: 1 };
        });
        const groups = kept.map((flags, index): GroupHistogramRequest => ({ grouping: { kept: flags }, bins: 3 + index, low: -1, high: 0.75 }));
        const asked = request(views, { groups, rowAxes, maxRows, maxColumns });
        const tensor = tensorOf(values, shape, { dtype: 'float32', axisOrder });
        for (const engine of engines({ chunkBytes: 64 })) {
          const drawn = await engine.distributions(tensor, asked);
          assert.equal(drawn.sampledEvery, 1);
          groups.forEach((group, index) => {
            assert.deepEqual(rowsOf(drawn.groups[index] as GroupCounts), rowsByDefinition(values, shape, group), `${engine.backend} ${JSON.stringify(group.grouping)}`);
          });
          views.forEach((view, index) => {
            const expected = byDefinition(values, shape, view, asked);
            assert.deepEqual([drawn.rows, drawn.columns], [expected.rows, expected.columns]);
            assert.deepEqual([...drawn.flags], expected.flags, engine.backend);
            assertSame(drawn.views[index] as Distribution, expected, `${engine.backend} ${JSON.stringify(view.grouping)}`);
          });
        }
      }),
      { numRuns: 200, seed: 4 },
    );
  });

  it('count the edges of the range inside it', async () => {
    const values = [-1, 1, -1.0000001, 1.0000001, 0, 0.25];
    for (const engine of engines()) {
      const [view] = (await engine.distributions(tensorOf(values, [6], { dtype: 'float64' }), request([raw(1, -1, 1)], { bins: 4 }))).views;
      assert.deepEqual([...(view?.counts ?? [])], [1, 0, 2, 1], engine.backend);
      assert.deepEqual([view?.below, view?.above], [1, 1]);
    }
  });

  it('hold for blocks, runs and pictures larger than a block of the kernels', async () => {
    const shape = [3, 40000, 3];
    const normal = seededNormal(8);
    const values = Array.from({ length: elementCount(shape) }, () => Math.round(64 * normal()) / 64);
    values[123456] = NaN;
    const asked = request([raw(3, -2, 2)], { rowAxes: 1, maxColumns: 250, bins: 128 });
    for (const axisOrder of [[0, 1, 2], [2, 1, 0]]) {
      const tensor = tensorOf(values, shape, { dtype: 'float32', axisOrder });
      for (const engine of engines()) {
        const drawn = await engine.distributions(tensor, asked);
        assertSame(drawn.views[0] as Distribution, byDefinition(values, shape, asked.views[0] as AffineView, asked), `${engine.backend} ${axisOrder}`);
      }
    }
  });

  it('hold where many rows fall on the same pixels, some of their elements not finite, in any order of storage', async () => {
    const shape = [40, 6, 5, 13];
    const normal = seededNormal(9);
    const odd = [NaN, Infinity, -Infinity];
    const values = Array.from({ length: elementCount(shape) }, (_, index) => (index % 211 < 3 ? (odd[index % 211] as number) : Math.round(64 * normal()) / 64));
    const columns: AffineView = {
      grouping: { kept: [false, false, true, true] },
      shift: Float64Array.from({ length: 65 }, (_, group) => (group === 40 ? NaN : group / 8)),
      scale: Float64Array.from({ length: 65 }, (_, group) => 1 + (group % 4)),
      low: -2,
      high: 2,
    };
    for (const rowAxes of [1, 2]) {
      const asked = request([raw(4, -2, 2), columns], { rowAxes, maxRows: 7, maxColumns: 11 });
      for (const axisOrder of [[0, 1, 2, 3], [3, 2, 1, 0], [1, 0, 3, 2], [2, 3, 0, 1], [0, 2, 1, 3]]) {
        for (const engine of engines()) {
          const drawn = await engine.distributions(tensorOf(values, shape, { dtype: 'float32', axisOrder }), asked);
          asked.views.forEach((view, index) => assertSame(drawn.views[index] as Distribution, byDefinition(values, shape, view, asked), `${engine.backend} ${axisOrder} view ${index}`));
        }
      }
    }
  });

  it('look at about as many elements as asked for, say so, and mark the pixels that none fell on', async () => {
    const total = 6000;
    const values = Array.from({ length: total }, (_, index) => index);
    const asked = request([raw(2, 0, total)], { rowAxes: 1, maxRows: 60, maxColumns: 100, maxElements: 600 });
    const [reference, wasm] = await Promise.all(
      engines({ chunkBytes: 40 }).map((engine) => engine.distributions(tensorOf(values, [60, 100], { dtype: 'float32' }), asked)),
    );
    assert.deepEqual(wasm, reference);
    assert.equal(wasm?.sampledEvery, 10);
    const looked = [...(wasm?.views[0]?.counts ?? [])].reduce((a, b) => a + b, 0);
    assert.equal(looked, 600);
    // One pixel for every element: it is either known exactly or marked as not looked at.
    wasm?.flags.forEach((flag, pixel) => {
      assert.equal(flag === 4, Number.isNaN(wasm.views[0]?.mean[pixel]));
      if (flag === 0) assert.equal(wasm.views[0]?.mean[pixel], pixel);
    });
    // Evenly: every tenth of the tensor has its share.
    for (let part = 0; part < 10; part++) {
      const known = wasm?.flags.subarray(part * 600, (part + 1) * 600).filter((flag) => flag === 0).length;
      assert.ok(known !== undefined && known >= 40 && known <= 80, `${known} in part ${part}`);
    }
  });

  it('refuse histograms of more bins than are kept', async () => {
    const groups = [{ grouping: { kept: [true] }, bins: 4, low: 0, high: 1 }];
    for (const engine of engines({ histogramBins: 11 })) {
      await assert.rejects(engine.distributions(tensorOf([1, 2, 3], [3], { dtype: 'float32' }), request([], { groups })), {
        code: 'too-large',
        message: 'Histograms of 3 groups with 4 bins each were asked for; at most 11 bins are kept in memory.',
      });
    }
  });

  it('show float64 beyond float32 at the ends of the picture, not as infinite', async () => {
    const values = [1e300, -1e300, 1, 2];
    for (const engine of engines()) {
      const asked = request([raw(1, -8e307, 8e307)], { maxColumns: 4 });
      const [view] = (await engine.distributions(tensorOf(values, [4], { dtype: 'float64' }), asked)).views;
      assert.deepEqual([...(view?.mean ?? [])], [3.4028234663852886e38, -3.4028234663852886e38, 1, 2], engine.backend);
      assert.equal(view?.notFinite, 0);
    }
  });

  it('stop when cancelled', async () => {
    const controller = new AbortController();
    const tensor = tensorOf(new Float64Array(400), [400], { dtype: 'float64' });
    for (const engine of engines({ chunkBytes: 64 })) {
      let read = 0;
      const counted = { ...tensor, read: (...args: Parameters<typeof tensor.read>) => (++read === 3 && controller.abort(), tensor.read(...args)) };
      await assert.rejects(engine.distributions(counted, request([raw(1, 0, 1)]), { signal: controller.signal }), { code: 'cancelled' });
    }
  });
});
