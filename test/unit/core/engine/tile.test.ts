import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Grouping } from '../../../../src/core/engine/engine';
import { groupCount } from '../../../../src/core/engine/grouping';
import type { Mask } from '../../../../src/core/engine/mask';
import type { Tile, TileRequest } from '../../../../src/core/engine/tile';
import { elementCount, type TensorData } from '../../../../src/core/tensor/tensor';
import { groupOf, seededNormal } from '../../../support/moments';
import { engines, rawTensor, tensorOf } from '../../../support/tensors';

/** What an engine is to find when it looks at everything: element by element, as the interface says it. */
function byDefinition(values: ArrayLike<number>, shape: readonly number[], request: TileRequest, mask?: Mask) {
  const { rowAxes, columnAxes, fixed, row, rows, column, columns, rowsPerPixel, columnsPerPixel } = request;
  const size = [Math.ceil(rows / rowsPerPixel), Math.ceil(columns / columnsPerPixel)] as const;
  const flags = new Array<number>(size[0] * size[1]).fill(0);
  const onPixel = request.views.map(() => flags.map((): number[] => []));
  for (let index = 0; index < values.length; index++) {
    let rest = index;
    const at = shape.map(() => 0);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at[axis] = rest % (shape[axis] as number);
      rest = Math.floor(rest / (shape[axis] as number));
    }
    const along = (axes: readonly number[]) => axes.reduce((sum, axis) => sum * (shape[axis] as number) + (at[axis] as number), 0);
    const [y, x] = [along(rowAxes) - row, along(columnAxes) - column];
    const isThere = at.every((place, axis) => rowAxes.includes(axis) || columnAxes.includes(axis) || place === fixed[axis]);
    if (!isThere || y < 0 || y >= rows || x < 0 || x >= columns) continue;
    const pixel = Math.floor(y / rowsPerPixel) * size[1] + Math.floor(x / columnsPerPixel);
    const value = values[index] as number;
    if (mask !== undefined && mask.counts[groupOf(index, shape, { kept: mask.kept })] === 0) {
      flags[pixel] = (flags[pixel] as number) | 8;
      continue;
    }
    if (!Number.isFinite(value)) flags[pixel] = (flags[pixel] as number) | (Number.isNaN(value) ? 1 : 2);
    request.views.forEach(({ grouping, shift, scale, affine }, view) => {
      const group = groupOf(index, shape, grouping);
      const normalized = (value - (shift[group] as number)) * (scale[group] as number);
      const place = affine === undefined ? 0 : groupOf(index, shape, affine.grouping);
      const shown = affine === undefined ? normalized : (normalized - (affine.shift[place] as number)) * (affine.scale[place] as number) + (affine.offset[place] as number);
      if (Number.isFinite(shown)) onPixel[view]?.[pixel]?.push(shown);
    });
  }
  return { size, flags, onPixel };
}

function assertTile(tile: Tile, expected: ReturnType<typeof byDefinition>, what: string): void {
  assert.deepEqual([tile.rows, tile.columns], expected.size, what);
  assert.equal(tile.sampledEvery, 1);
  assert.deepEqual([...tile.flags], expected.flags, `${what} flags`);
  tile.views.forEach(({ mean, min, max }, view) => {
    expected.onPixel[view]?.forEach((list, pixel) => {
      const close = (found: number | undefined, value: number) =>
        assert.ok(list.length === 0 ? Number.isNaN(found) : Math.abs((found ?? NaN) - value) <= 1e-6 * Math.max(1, Math.abs(value)), `${what} view ${view} pixel ${pixel}: ${found}, not ${value}`);
      close(mean[pixel], list.reduce((a, b) => a + b, 0) / list.length);
      if (min !== null) close(min[pixel], Math.min(...list));
      if (max !== null) close(max[pixel], Math.max(...list));
    });
  });
}

function raw(rank: number): TileRequest['views'][number] {
  return { grouping: { kept: new Array<boolean>(rank).fill(false) }, shift: Float64Array.of(0), scale: Float64Array.of(1) };
}

const everything = { maxElements: 1e9, maxStretches: 1e9 };

/** All of a matrix of the leading axes by the others. */
function whole(shape: readonly number[], rowAxes: number, perPixel: readonly [number, number], rest: Partial<TileRequest> = {}): TileRequest {
  const axes = shape.map((_, axis) => axis);
  return {
    views: [raw(shape.length)],
    rowAxes: axes.slice(0, rowAxes),
    columnAxes: axes.slice(rowAxes),
    fixed: shape.map(() => 0),
    row: 0,
    rows: elementCount(shape.slice(0, rowAxes)),
    column: 0,
    columns: elementCount(shape.slice(rowAxes)),
    rowsPerPixel: perPixel[0],
    columnsPerPixel: perPixel[1],
    ...everything,
    ...rest,
  };
}

/** A tensor that counts the bytes of its reads. */
function watched(data: TensorData) {
  const reads: number[] = [];
  const read: TensorData['read'] = (first, target, signal) => {
    reads.push(target.length);
    return data.read(first, target, signal);
  };
  return { data: { ...data, read }, reads };
}

const cases = fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 5 }).chain((shape) => {
  const axes = shape.map((_, axis) => axis);
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  return fc.record({
    shape: fc.constant(shape),
    axisOrder: fc.shuffledSubarray(axes, { minLength: axes.length }),
    kept: fc.array(fc.array(fc.boolean(), { minLength: axes.length, maxLength: axes.length }), { minLength: 1, maxLength: 3 }),
    masked: fc.option(fc.array(fc.boolean(), { minLength: axes.length, maxLength: axes.length }), { nil: undefined }),
    /** Of each axis: 0 goes down, 1 along, 2 stays where it is. */
    goes: fc.array(fc.constantFrom(0, 1, 1, 2), { minLength: axes.length, maxLength: axes.length }),
    from: fc.tuple(share, share),
    to: fc.tuple(share, share),
    perPixel: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
    isBig: fc.boolean(),
    stride: fc.constantFrom(4, 7),
    seed: fc.integer(),
  });
});

describe('tiles of both engines', () => {
  it('are the definitions, for any shape, order of storage, window, grouping and mask', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ shape, axisOrder, kept, masked, goes, from, to, perPixel, isBig, stride, seed }) => {
        const normal = seededNormal(seed);
        const odd = [NaN, Infinity, -Infinity];
        const values = Array.from({ length: elementCount(shape) }, (_, index) => (normal() > 1.5 ? (odd[index % 3] as number) : Math.round(8 * normal()) / 8));
        const axes = (way: number) => shape.flatMap((_, axis) => (goes[axis] === way ? [axis] : []));
        const side = (way: 0 | 1) => {
          const size = elementCount(axes(way).map((axis) => shape[axis] as number));
          const start = Math.floor(from[way] * (size - 1));
          return [start, Math.max(1, Math.floor(to[way] * (size - start)))] as const;
        };
        const views = kept.map((flags, view) => {
          const grouping: Grouping = { kept: flags };
          const column = (at: (group: number) => number, of = grouping) => Float64Array.from({ length: groupCount(shape, of) }, (_, group) => at(group));
          const other: Grouping = { kept: flags.map((flag) => !flag) };
          // γ and β lie over other axes than the statistics.
          const affine = view === 0 && { affine: { grouping: other, shift: column(() => 0, other), scale: column((place) => (place % 3) - 1, other), offset: column((place) => place % 2, other) } };
          return { grouping, shift: column((group) => (group % 5 === 4 ? NaN : group % 3)), scale: column((group) => 2 ** ((group % 4) - 2)), ...affine };
        });
        const [[row, rows], [column, columns]] = [side(0), side(1)];
        const request = { ...everything, views, rowAxes: axes(0), columnAxes: axes(1), fixed: shape.map((size) => size - 1), row, rows, column, columns, rowsPerPixel: perPixel[0], columnsPerPixel: perPixel[1] };
        const mask = masked && { kept: masked, counts: Uint8Array.from({ length: groupCount(shape, { kept: masked }) }, (_, position) => (position % 3 === 0 ? 0 : 1)) };
        const tensor = tensorOf(values, shape, { dtype: 'float32', axisOrder, littleEndian: !isBig, stride, offset: stride - 4 });
        for (const engine of engines({ chunkBytes: 64 })) {
          assertTile(await engine.tile(tensor, request, mask && { mask }), byDefinition(values, shape, request, mask), engine.backend);
        }
      }),
      { numRuns: 300, seed: 5 },
    );
  });

  it('decode packed types, half precision and types of one byte from the middle of their items', async () => {
    const bytes = (count: number) => Uint8Array.from({ length: count }, (_, index) => (index * 37 + 11) % 120);
    const tensors = [
      rawTensor(bytes(34 * 24), [12, 64], { dtype: 'q8_0', littleEndian: true, stride: 34, offset: 0 }),
      rawTensor(bytes(144 * 6), [6, 256], { dtype: 'q4_k', littleEndian: true, stride: 144, offset: 0 }),
      rawTensor(bytes(105), [14, 15], { dtype: 'int4', littleEndian: true, stride: 1, offset: 0 }, [1, 0]),
      rawTensor(bytes(420), [14, 15], { dtype: 'float16', littleEndian: false, stride: 2, offset: 0 }),
      rawTensor(bytes(420), [14, 15], { dtype: 'bfloat16', littleEndian: true, stride: 2, offset: 0 }, [1, 0]),
    ];
    for (const data of tensors) {
      const [tall, wide] = data.shape as readonly [number, number];
      const request = whole(data.shape, 1, [1, 3], { row: 1, rows: tall - 2, column: 5, columns: wide - 7 });
      for (const engine of engines()) {
        const values = await engine.elements(data, 0, tall * wide);
        assertTile(await engine.tile(data, request), byDefinition(values, data.shape, request), `${engine.backend} ${data.encoding.dtype}`);
      }
    }
  });

  it('have the elements themselves, in float64, where a pixel is one', async () => {
    const values = [1 / 3, 1e300, -1e-300, 2 ** 53, NaN, Infinity];
    for (const engine of engines()) {
      const { views, flags } = await engine.tile(tensorOf(values, [2, 3], { dtype: 'float64' }), whole([2, 3], 1, [1, 1]));
      assert.deepEqual(views, [{ mean: Float64Array.from([1 / 3, 1e300, -1e-300, 2 ** 53, NaN, NaN]), min: null, max: null }], engine.backend);
      assert.deepEqual([...flags], [0, 0, 0, 0, 1, 2]);
    }
  });

  it('read the bytes of their window alone', async () => {
    const shape = [512, 4096];
    for (const axisOrder of [[0, 1], [1, 0]]) {
      const { data, reads } = watched(tensorOf(new Float32Array(elementCount(shape)), shape, { dtype: 'float32', axisOrder }));
      for (const engine of engines()) {
        reads.length = 0;
        await engine.tile(data, whole(shape, 1, [1, 1], { row: 100, rows: 32, column: 2000, columns: 48 }));
        const wanted = 32 * 48 * 4;
        const read = reads.reduce((a, b) => a + b, 0);
        // Short gaps are read with what lies around them.
        assert.ok(read <= (axisOrder[0] === 0 ? wanted : wanted + 47 * 512 * 4), `${engine.backend} ${axisOrder.join()}: ${read} bytes`);
      }
    }
  });

  it('of more elements than asked for look at some of every pixel, evenly, and say so', async () => {
    const shape = [96, 640];
    // Every pixel has one value, so that whatever is looked at of it, its mean is known.
    const values = Array.from({ length: elementCount(shape) }, (_, index) => Math.floor(index / 640 / 16) * 100 + Math.floor((index % 640) / 64));
    for (const axisOrder of [[0, 1], [1, 0]]) {
      const { data, reads } = watched(tensorOf(values, shape, { dtype: 'float32', axisOrder }));
      for (const [maxElements, every] of [[61440, 1], [10000, 8], [1000, 64], [60, 1024]] as const) {
        for (const engine of engines()) {
          reads.length = 0;
          const tile = await engine.tile(data, whole(shape, 1, [16, 64], { maxElements }));
          assert.deepEqual([...(tile.views[0]?.mean ?? [])], Array.from({ length: 60 }, (_, pixel) => Math.floor(pixel / 10) * 100 + (pixel % 10)), `${engine.backend} ${axisOrder.join()} ${every}`);
          assert.equal(tile.sampledEvery, every);
          assert.ok(tile.flags.every((flag) => flag === 0));
        }
      }
    }
  });

  it('stop when they are cancelled', async () => {
    const stop = new AbortController();
    const data = tensorOf(new Float32Array(4096), [64, 64], { dtype: 'float32' });
    const read: TensorData['read'] = (first, target) => {
      stop.abort();
      return data.read(first, target);
    };
    for (const engine of engines({ chunkBytes: 1024 })) {
      await assert.rejects(engine.tile({ ...data, read }, whole([64, 64], 1, [1, 1]), { signal: stop.signal }), { code: 'cancelled' });
    }
  });
});
