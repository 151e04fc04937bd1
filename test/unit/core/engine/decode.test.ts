import assert from 'node:assert/strict';
import type { DType } from '../../../../src/core/tensor/dtype';
import { bitsPerElement, dtypes } from '../../../../src/core/tensor/dtype';
import { engines, rawTensor } from '../../../support/tensors';

const scratch = new DataView(new ArrayBuffer(8));

function fromFloat32Bits(bits: number): number {
  scratch.setUint32(0, bits >>> 0);
  return scratch.getFloat32(0);
}

/**
 * A small float by shifting its exponent and mantissa into a float32 and scaling by the difference of the biases: zero
 * and subnormals come out right by themselves.
 */
function small(bits: number, width: number, mantissaBits: number, bias: number): number {
  const magnitude = bits & (2 ** (width - 1) - 1);
  const value = fromFloat32Bits(magnitude << (23 - mantissaBits)) * 2 ** (127 - bias);
  return bits >> (width - 1) === 1 ? -value : value;
}

/** With the highest exponent for infinity and NaN, as IEEE 754 has it. */
function ieee(bits: number, width: number, mantissaBits: number): number {
  const bias = 2 ** (width - mantissaBits - 2) - 1;
  const value = small(bits, width, mantissaBits, bias);
  if (Math.abs(value) < 2 ** (bias + 1)) return value;
  return Math.abs(value) > 2 ** (bias + 1) ? NaN : Math.sign(value) * Infinity;
}

/** What every pattern of 8 or 16 bits means, by a way of reckoning that neither engine uses. */
const definitions: Partial<Record<DType, (bits: number) => number>> = {
  bool: (bits) => Math.min(bits, 1),
  int8: (bits) => (bits << 24) >> 24,
  uint8: (bits) => bits,
  int16: (bits) => (bits << 16) >> 16,
  uint16: (bits) => bits,
  float16: (bits) => ieee(bits, 16, 10),
  bfloat16: (bits) => fromFloat32Bits(bits << 16),
  float8_e5m2: (bits) => ieee(bits, 8, 2),
  float8_e4m3fn: (bits) => ((bits & 0x7f) === 0x7f ? NaN : small(bits, 8, 3, 7)),
  float8_e4m3fnuz: (bits) => (bits === 0x80 ? NaN : small(bits, 8, 3, 8)),
  float8_e5m2fnuz: (bits) => (bits === 0x80 ? NaN : small(bits, 8, 2, 16)),
};

/** Every element by itself: a group each. */
async function decodeAll(bytes: Uint8Array, count: number, dtype: DType, littleEndian: boolean, stride: number, offset: number) {
  const tensor = rawTensor(bytes, [count], { dtype, littleEndian, stride, offset });
  return Promise.all(
    engines({ chunkBytes: 1000 }).map(async (engine) => {
      const [table] = (await engine.moments(tensor, [{ kept: [true] }])).tables;
      assert.ok(table);
      const values = Array.from(table.mean, (mean, index) => {
        if (table.count[index]) return mean;
        return table.nan[index] ? NaN : table.posInf[index] ? Infinity : -Infinity;
      });
      return { backend: engine.backend, values };
    }),
  );
}

describe('decoding', () => {
  it('has every dtype of one or two bytes in the table below', () => {
    const expected = dtypes.filter((dtype) => [8, 16].includes(bitsPerElement(dtype)));
    assert.deepEqual(Object.keys(definitions).sort(), [...expected].sort());
  });

  for (const [dtype, definition] of Object.entries(definitions) as [DType, (bits: number) => number][]) {
    it(`of every bit pattern of ${dtype}, in both byte orders and inside records`, async () => {
      const size = bitsPerElement(dtype) / 8;
      const count = 256 ** size;
      const expected = Array.from({ length: count }, (_, bits) => definition(bits) + 0);
      for (const littleEndian of [true, false]) {
        for (const [stride, offset] of [[size, 0], [size + 3, 2]] as const) {
          const bytes = new Uint8Array(count * stride).fill(0xa5);
          for (let bits = 0; bits < count; bits++) {
            const at = bits * stride + offset;
            if (size === 1) bytes[at] = bits;
            else new DataView(bytes.buffer).setUint16(at, bits, littleEndian);
          }
          for (const { backend, values } of await decodeAll(bytes, count, dtype, littleEndian, stride, offset)) {
            const wrong = expected.findIndex((value, bits) => !Object.is(value, (values[bits] ?? NaN) + 0));
            assert.equal(wrong, -1, `${backend}: 0x${wrong.toString(16)} is ${expected[wrong]}, not ${values[wrong]}`);
          }
        }
      }
    });
  }

  it('reaches the largest and least numbers that the standards name', () => {
    const named: readonly (readonly [DType, number, number])[] = [
      ['float16', 0x7bff, 65504],
      ['float16', 0x0001, 2 ** -24],
      ['bfloat16', 0x7f7f, 3.3895313892515355e38],
      ['float8_e4m3fn', 0x7e, 448],
      ['float8_e4m3fnuz', 0x7f, 240],
      ['float8_e5m2', 0x7b, 57344],
      ['float8_e5m2fnuz', 0x7f, 57344],
    ];
    for (const [dtype, bits, value] of named) assert.equal(definitions[dtype]?.(bits), value, dtype);
  });

  const wide: readonly (readonly [DType, readonly bigint[], (bits: bigint) => number])[] = [
    ['int32', [0n, 1n, 0x7fffffffn, 0x80000000n, 0xffffffffn, 0x01020304n], (bits) => Number(BigInt.asIntN(32, bits))],
    ['uint32', [0n, 1n, 0x7fffffffn, 0x80000000n, 0xffffffffn, 0x01020304n], Number],
    ['int64', [0n, 1n, 2n ** 53n + 1n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n], (bits) => Number(BigInt.asIntN(64, bits))],
    ['uint64', [0n, 1n, 2n ** 53n + 1n, 2n ** 53n + 3n, 2n ** 63n, 2n ** 64n - 1n], Number],
    // 1, the least subnormal, the largest, −0.1, infinity, a NaN with a payload.
    ['float32', [0x3f800000n, 1n, 0x7f7fffffn, 0xbdcccccdn, 0x7f800000n, 0xffc12345n], (bits) => fromFloat32Bits(Number(bits))],
    [
      'float64',
      [0x3ff0000000000000n, 1n, 0x7fefffffffffffffn, 0xbfb999999999999an, 0xfff0000000000000n, 0x7ff8000000012345n],
      (bits) => (scratch.setBigUint64(0, bits), scratch.getFloat64(0)),
    ],
  ];
  for (const [dtype, patterns, definition] of wide) {
    it(`of ${dtype}, whatever the number of elements, byte order and record`, async () => {
      const size = bitsPerElement(dtype) / 8;
      for (const littleEndian of [true, false]) {
        for (const [stride, offset] of [[size, 0], [size + 5, 3]] as const) {
          // Counts that leave every remainder of the kernels' steps.
          for (let count = 1; count <= 9; count++) {
            const bits = Array.from({ length: count }, (_, index) => patterns[(index + count) % patterns.length] as bigint);
            const bytes = new Uint8Array(count * stride).fill(0xa5);
            const view = new DataView(bytes.buffer);
            bits.forEach((pattern, index) => {
              const at = index * stride + offset;
              if (size === 8) view.setBigUint64(at, pattern, littleEndian);
              else view.setUint32(at, Number(pattern), littleEndian);
            });
            for (const { backend, values } of await decodeAll(bytes, count, dtype, littleEndian, stride, offset)) {
              assert.deepEqual(values, bits.map(definition), `${backend} ${count}`);
            }
          }
        }
      }
    });
  }

  for (const dtype of ['int4', 'uint4'] as const) {
    const definition = (half: number) => (dtype === 'int4' && half > 7 ? half - 16 : half);
    const pairs = Array.from({ length: 256 }, (_, byte) => [byte % 16, byte >> 4].map(definition)).flat();

    it(`of every byte as two ${dtype}, the lower half first, in records and in odd numbers`, async () => {
      for (const [stride, offset] of [[1, 0], [4, 3]] as const) {
        const bytes = new Uint8Array(256 * stride).fill(0xa5);
        for (let byte = 0; byte < 256; byte++) bytes[byte * stride + offset] = byte;
        for (const count of [1, 2, 3, 511, 512]) {
          for (const { backend, values } of await decodeAll(bytes, count, dtype, true, stride, offset)) {
            assert.deepEqual(values, pairs.slice(0, count), `${backend} ${count}`);
          }
        }
      }
    });

    it(`of ${dtype} one by one, in pictures, in chunks and applied`, async () => {
      const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
      // (73, 7) in Fortran order: rows and columns begin in the middle of bytes.
      const tensor = rawTensor(bytes, [73, 7], { dtype, littleEndian: true, stride: 1, offset: 0 }, [1, 0]);
      const stored = (row: number, column: number) => pairs[column * 73 + row];
      for (const engine of engines({ chunkBytes: 5 })) {
        const expected = Array.from({ length: 9 }, (_, index) => stored(Math.floor((index + 70) / 7), (index + 70) % 7));
        assert.deepEqual([...(await engine.elements(tensor, 70, 9))], expected, engine.backend);
        const written: number[] = [];
        const sink = { write: (part: Uint8Array) => Promise.resolve(void written.push(...new Float64Array(part.slice().buffer))) };
        await engine.apply(tensor, { maps: [], output: 'float64' }, sink);
        assert.deepEqual(written, pairs.slice(0, 511), engine.backend);
        const [columns] = (await engine.moments(tensor, [{ kept: [false, true] }])).tables;
        const least = Array.from({ length: 7 }, (_, column) => Math.min(...pairs.slice(column * 73, column * 73 + 73)));
        assert.deepEqual([...(columns?.min ?? [])], least, engine.backend);
        const view = { grouping: { kept: [false, false] }, shift: new Float64Array(1), scale: new Float64Array([1]), low: -8, high: 15 };
        const drawn = await engine.distributions(tensor, { views: [view], bins: 23, rowAxes: 1, maxRows: 73, maxColumns: 7, maxElements: 100 });
        assert.ok(drawn.sampledEvery > 1);
        const seen = drawn.views[0]?.mean.findIndex((mean) => !Number.isNaN(mean)) ?? -1;
        assert.equal(drawn.views[0]?.mean[seen], stored(Math.floor(seen / 7), seen % 7), engine.backend);
      }
    });
  }

  it('gives single elements in logical order, whatever the storage order', async () => {
    // (2, 3) in Fortran order: 0 1 2 / 3 4 5 are stored as 0 3 1 4 2 5.
    const tensor = rawTensor(Uint8Array.of(0, 3, 1, 4, 2, 5), [2, 3], { dtype: 'uint8', littleEndian: true, stride: 1, offset: 0 }, [1, 0]);
    for (const engine of engines()) {
      assert.deepEqual([...(await engine.elements(tensor, 1, 4))], [1, 2, 3, 4], engine.backend);
      assert.deepEqual([...(await engine.elements(tensor, 6, 0))], []);
      await assert.rejects(engine.elements(tensor, 0, 2, AbortSignal.abort()), { code: 'cancelled' });
    }
  });

  it('refuses what it has no decoder for, by name', async () => {
    const tensor = rawTensor(new Uint8Array(8), [1], { dtype: 'complex64', littleEndian: true, stride: 8, offset: 0 });
    for (const engine of engines()) {
      await assert.rejects(engine.moments(tensor, []), { code: 'unsupported', message: /complex64/ });
    }
  });
});
