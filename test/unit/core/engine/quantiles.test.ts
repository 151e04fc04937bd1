import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Engine } from '../../../../src/core/engine/engine';
import { quantileLevels, type Quantiles } from '../../../../src/core/engine/quantiles';
import { decoder } from '../../../../src/core/engine/reference/decode';
import { bitsPerElement, packing, type DType } from '../../../../src/core/tensor/dtype';
import type { TensorData } from '../../../../src/core/tensor/tensor';
import { seededNormal } from '../../../support/moments';
import { engines, rawTensor, tensorOf } from '../../../support/tensors';

/** By definition: each level's two neighbours in order, and what lies between them. */
function byDefinition(values: Iterable<number>) {
  const order = [...values].filter(Number.isFinite).sort((a, b) => a - b);
  return quantileLevels.map((level) => {
    const place = level * (order.length - 1);
    const [low = NaN, high = low] = order.slice(Math.floor(place), Math.floor(place) + 2);
    const share = place - Math.floor(place);
    return { low, high, value: low === high ? low : low * (1 - share) + high * share };
  });
}

async function quantilesOf(engine: Engine, data: TensorData): Promise<Quantiles> {
  const { quantiles } = await engine.moments(data, []);
  assert.ok(quantiles);
  return quantiles;
}

function assertExact(found: Quantiles, values: Iterable<number>, what: string): void {
  assert.equal(found.error, 0, what);
  const expected = byDefinition(values);
  const allowed = 1e-14 * Math.max(...expected.map(({ value }) => Math.abs(value)));
  expected.forEach(({ value }, index) => {
    const difference = Math.abs((found.values[index] ?? NaN) - value);
    assert.ok(difference <= allowed, `${what}: ${quantileLevels[index]} is ${found.values[index]}, not ${value}`);
  });
}

/** Within the bound that the result states. */
function assertBound(found: Quantiles, values: Iterable<number>, what: string): void {
  assert.deepEqual([found.from, found.error], ['counters', 2 ** -7], what);
  byDefinition(values).forEach(({ low, high, value }, index) => {
    const allowed = (found.error ?? NaN) * Math.max(Math.abs(low), Math.abs(high)) + 2 ** -126;
    const is = found.values[index] ?? NaN;
    assert.ok(Math.abs(is - value) <= allowed, `${what}: ${quantileLevels[index]} is ${is}, not ${value}`);
  });
}

function assertNear(a: Quantiles | undefined, b: Quantiles | undefined, what: string): void {
  assert.deepEqual([a?.from, a?.error], [b?.from, b?.error], what);
  a?.values.forEach((value, index) => assert.ok(Math.abs(value - (b?.values[index] ?? NaN)) <= 1e-12 * Math.abs(value), `${what}: ${value} and ${b?.values[index]}`));
}

/** Random bytes, which are every kind of element of every type. */
function randomBytes(length: number, seed: number): Uint8Array {
  const normal = seededNormal(seed);
  return Uint8Array.from({ length }, () => Math.floor(Math.abs(normal()) * 1e6));
}

/** The finite elements of raw bytes, by the definition of their type. */
function decoded(bytes: Uint8Array, dtype: DType, littleEndian: boolean, stride: number, offset: number): number[] {
  const decode = decoder({ dtype, littleEndian, stride, offset });
  const view = new DataView(bytes.buffer);
  return Array.from({ length: bytes.length / stride }, (_, index) => decode(view, index * stride + offset));
}

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
  'many sizes': (index) => normal() * 10 ** ((index % 60) - 30),
};

describe('quantiles of kept elements', () => {
  it('are the definition, in any order and with many that are equal', async () => {
    const element = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.constantFrom(NaN, Infinity, -Infinity, 1e300, -1e-300));
    await fc.assert(
      fc.asyncProperty(fc.array(element, { minLength: 1, maxLength: 60 }), async (list) => {
        const values = [0.5, ...list];
        for (const engine of engines({ chunkBytes: 64 })) {
          const found = await quantilesOf(engine, tensorOf(values, [values.length], { dtype: 'float64' }));
          assert.equal(found.from, 'elements');
          assertExact(found, values, engine.backend);
        }
      }),
      { numRuns: 200, seed: 4 },
    );
  });

  for (const [name, value] of Object.entries(orders)) {
    it(`are the definition of very many elements: ${name}`, async () => {
      const values = Float64Array.from({ length: long }, (_, index) => value(index));
      const [, wasm] = engines();
      assertExact(await quantilesOf(wasm as Engine, tensorOf(values, [long], { dtype: 'float64' })), values, name);
    });
  }

  it('lie between numbers whose difference is none', async () => {
    const values = [-1.7e308, 1.7e308, 1.7e308];
    for (const engine of engines()) {
      const { values: found } = await quantilesOf(engine, tensorOf(values, [3], { dtype: 'float64' }));
      assert.equal(found[3], 1.7e308);
      assert.ok(found.every(Number.isFinite));
    }
  });

  it('are the same whatever the storage order, and exact up to the limit', async () => {
    const values = Array.from({ length: 24 }, (_, index) => (index === 5 ? NaN : (index * 7) % 24));
    for (const axisOrder of [[0, 1], [1, 0]]) {
      const data = tensorOf(values, [4, 6], { dtype: 'float32', axisOrder });
      for (const engine of engines({ chunkBytes: 64, quantileElements: 24 })) assertExact(await quantilesOf(engine, data), values, engine.backend);
      for (const engine of engines({ chunkBytes: 64, quantileElements: 23 })) assertBound(await quantilesOf(engine, data), values, engine.backend);
    }
  });

  it('are none without a finite element', async () => {
    for (const engine of engines()) {
      for (const dtype of ['float32', 'float64'] as const) {
        for (const limit of [0, 100]) {
          const [reference, wasm] = engines({ quantileElements: limit });
          for (const { moments } of [reference as Engine, wasm as Engine]) {
            assert.equal((await moments(tensorOf([NaN, Infinity, -Infinity], [3], { dtype }), [])).quantiles, null);
          }
        }
      }
      assert.equal((await engine.moments(tensorOf([], [0, 3], { dtype: 'float32' }), [])).quantiles, null);
    }
  });
});

describe('quantiles of counted elements', () => {
  for (const [name, value] of Object.entries(orders)) {
    it(`are within the bound they state, the same by both engines: ${name}`, async () => {
      for (const dtype of ['float32', 'float64'] as const) {
        const values = Float64Array.from({ length: long }, (_, index) => (dtype === 'float32' ? Math.fround(value(index)) : value(index)));
        const [reference, wasm] = await Promise.all(
          engines({ quantileElements: 0, chunkBytes: 4096 }).map((engine) => quantilesOf(engine, tensorOf(values, [long], { dtype }))),
        );
        assertBound(wasm as Quantiles, values, `${dtype} ${name}`);
        assertNear(wasm, reference, `${dtype} ${name}`);
      }
    });
  }

  for (const dtype of ['int32', 'uint32', 'int64', 'uint64'] as const) {
    it(`are within the bound for ${dtype}`, async () => {
      const values = Array.from({ length: 500 }, (_, index) => Math.floor(2 ** (index % 31)) * (dtype.startsWith('u') || index % 2 ? 1 : -1));
      for (const engine of engines({ quantileElements: 0 })) {
        assertBound(await quantilesOf(engine, tensorOf(values, [500], { dtype })), values, `${engine.backend} ${dtype}`);
      }
    });
  }

  it('tell zeros as zeros, beside others as small as can be', async () => {
    const values = [...new Array<number>(60).fill(0), ...new Array<number>(20).fill(1e-40), ...new Array<number>(20).fill(5)];
    for (const engine of engines({ quantileElements: 0 })) {
      const found = await quantilesOf(engine, tensorOf(values, [100], { dtype: 'float32' }));
      assert.deepEqual(found.values.slice(0, 4), [0, 0, 0, 0], engine.backend);
      assertBound(found, values.map(Math.fround), engine.backend);
    }
  });

  it('state no bound for what float32 does not reach, and stay inside the extremes', async () => {
    const values = [1, 2, 3, 1e100, 1e200, 1e300];
    for (const engine of engines({ quantileElements: 0 })) {
      const found = await quantilesOf(engine, tensorOf(values, [6], { dtype: 'float64' }));
      assert.equal(found.error, null, engine.backend);
      assert.ok(found.values.every((value, index) => value <= 1e300 && value >= (index === 0 ? 1 : (found.values[index - 1] ?? 0))), found.values.join(' '));
    }
  });

  it('do not depend on the order of the elements or how they are read', async () => {
    const values = Array.from({ length: 3000 }, normal);
    const engine = (chunkBytes: number) => engines({ quantileElements: 0, chunkBytes })[1] as Engine;
    const once = await quantilesOf(engine(1 << 20), tensorOf(values, [3000], { dtype: 'float32' }));
    for (const chunkBytes of [4, 36, 1000]) {
      const sorted = tensorOf([...values].sort((a, b) => a - b), [30, 100], { dtype: 'float32', axisOrder: [1, 0] });
      assert.deepEqual(await quantilesOf(engine(chunkBytes), sorted), once);
    }
  });

  const stored: readonly DType[] = ['bool', 'int8', 'uint8', 'int16', 'uint16', 'float16', 'bfloat16', 'float8_e4m3fn', 'float8_e4m3fnuz', 'float8_e5m2', 'float8_e5m2fnuz'];
  for (const dtype of stored) {
    it(`are exact of ${dtype}, whatever the size: every element has a counter`, async () => {
      const size = bitsPerElement(dtype) / 8;
      for (const [littleEndian, stride, offset] of [[true, size, 0], [false, size, 0], [false, 7, 3]] as const) {
        const bytes = randomBytes(999 * stride, size + stride);
        const data = rawTensor(bytes, [27, 37], { dtype, littleEndian, stride, offset });
        for (const engine of engines({ quantileElements: 0, chunkBytes: 600 })) {
          const found = await quantilesOf(engine, data);
          assert.equal(found.from, 'counters');
          assertExact(found, decoded(bytes, dtype, littleEndian, stride, offset), `${engine.backend} ${stride}`);
        }
      }
    });
  }

  for (const dtype of ['int4', 'uint4', 'q4_0', 'q8_0', 'q6_k'] as const) {
    it(`are within the bound for ${dtype}, whose elements are packed`, async () => {
      const { bytes: stride, elements } = packing(dtype) ?? { bytes: 0, elements: 0 };
      const count = elements * Math.ceil(5000 / elements);
      const data = rawTensor(randomBytes((count / elements) * stride, stride), [count], { dtype, littleEndian: true, stride, offset: 0 });
      const [reference, wasm] = engines({ quantileElements: 0 }) as [Engine, Engine];
      const values = await reference.elements(data, 0, count);
      assertBound(await quantilesOf(wasm, data), values, dtype);
      assertNear(await quantilesOf(wasm, data), await quantilesOf(reference, data), dtype);
    });
  }

  it('are the same in records and in either byte order', async () => {
    for (const dtype of ['float32', 'float64', 'int64'] as const) {
      const size = bitsPerElement(dtype) / 8;
      for (const [littleEndian, stride, offset] of [[false, size, 0], [true, size + 3, 2], [false, size + 5, 1]] as const) {
        const bytes = randomBytes(501 * stride, stride);
        const values = decoded(bytes, dtype, littleEndian, stride, offset);
        const data = rawTensor(bytes, [501], { dtype, littleEndian, stride, offset });
        const [reference, wasm] = await Promise.all(engines({ quantileElements: 0 }).map((engine) => quantilesOf(engine, data)));
        assertNear(wasm, reference, `${dtype} ${stride}`);
        if (dtype !== 'float64') assertBound(wasm as Quantiles, values, `${dtype} ${stride}`);
      }
    }
  });
});
