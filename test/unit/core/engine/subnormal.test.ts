import assert from 'node:assert/strict';
import type { DType } from '../../../../src/core/tensor/dtype';
import { engines, rawTensor } from '../../../support/tensors';

async function countAll(bytes: Uint8Array, dtype: DType, size: number): Promise<number[]> {
  const tensor = rawTensor(bytes, [bytes.length / size], { dtype, littleEndian: true, stride: size, offset: 0 }, [0]);
  return Promise.all(engines({ chunkBytes: 1000 }).map(async (engine) => (await engine.moments(tensor, [])).subnormal));
}

describe('subnormal elements', () => {
  // Exponent field 0, mantissa not 0: of every mantissa of m bits but one, with either sign.
  const small: readonly (readonly [DType, number, number])[] = [
    ['float16', 2, 10],
    ['bfloat16', 2, 7],
    ['float8_e4m3fn', 1, 3],
    ['float8_e4m3fnuz', 1, 3],
    ['float8_e5m2', 1, 2],
    ['float8_e5m2fnuz', 1, 2],
  ];
  for (const [dtype, size, mantissaBits] of small) {
    it(`of ${dtype} are those codes that the standard says`, async () => {
      const codes = 256 ** size;
      const bytes = size === 1 ? Uint8Array.from({ length: codes }, (_, code) => code) : new Uint8Array(Uint16Array.from({ length: codes }, (_, code) => code).buffer);
      const expected = 2 * (2 ** mantissaBits - 1);
      assert.deepEqual(await countAll(bytes, dtype, size), [expected, expected]);
    });
  }

  it('of float32 and float64 end at the least normal number', async () => {
    const float32 = Uint32Array.of(0, 0x80000000, 1, 0x80000001, 0x7fffff, 0x807fffff, 0x800000, 0x80800000, 0x3f800000, 0x7f800000, 0x7fc00000);
    assert.deepEqual(await countAll(new Uint8Array(float32.buffer), 'float32', 4), [4, 4]);
    const float64 = BigUint64Array.of(0n, 1n << 63n, 1n, 0xfffffffffffffn, 0x800fffffffffffffn, 0x10000000000000n, 0x7ff0000000000000n);
    assert.deepEqual(await countAll(new Uint8Array(float64.buffer), 'float64', 8), [3, 3]);
  });

  it('there are none of integers', async () => {
    assert.deepEqual(await countAll(Uint8Array.of(0, 1, 2, 255), 'uint8', 1), [0, 0]);
    assert.deepEqual(await countAll(Uint8Array.of(0, 1, 1), 'bool', 1), [0, 0]);
  });
});
