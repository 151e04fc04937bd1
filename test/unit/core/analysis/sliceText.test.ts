import assert from 'node:assert/strict';
import type { Slice, SliceRequest } from '../../../../src/core/analysis/slice';
import { exactText, indexText, sliceText, type TextFormat } from '../../../../src/core/analysis/sliceText';
import type { DType } from '../../../../src/core/tensor/dtype';

const both: SliceRequest = { fixed: [7, 0, 0], rowAxis: 1, columnAxis: 2, rows: [0, 2], columns: [4, 2] };
const column: SliceRequest = { fixed: [0], rowAxis: 0, columnAxis: null, rows: [0, 2], columns: [0, 1] };
const one: SliceRequest = { fixed: [], rowAxis: null, columnAxis: null, rows: [0, 1], columns: [0, 1] };

function text(format: TextFormat, dtype: DType, slice: Partial<Slice> & { values: Float64Array<ArrayBuffer> }, request: SliceRequest = both): string {
  const shape = request === both ? [8, 2, 9] : request === column ? [2] : [];
  return sliceText({ rows: request.rows[1], columns: request.columns[1], ...slice }, { name: 'acts.npy', dtype, shape, request }, format);
}

/** The statement alone. */
const python = (...args: [DType, Parameters<typeof text>[2], SliceRequest?]) => text('python', ...args).split('\n').slice(3).join('\n').trim();

describe('elements as text', () => {
  const odd = { values: Float64Array.of(1, NaN, -Infinity, -0) };

  it('are a NumPy array that says where it comes from', () => {
    assert.equal(
      text('python', 'float64', odd),
      'import numpy as np\n\n# acts.npy[7, :, 4:6] of shape (8, 2, 9), float64\nx = np.array([[1.0, float("nan")],\n              [float("-inf"), -0.0]], dtype=np.float64)\n',
    );
    assert.equal(python('float64', { values: Float64Array.of(2, 3) }, column), 'x = np.array([2.0, 3.0], dtype=np.float64)');
    assert.equal(python('float64', { values: Float64Array.of(2.5) }, one), 'x = np.array(2.5, dtype=np.float64)');
  });

  it('keep their type in Python where NumPy has it, and say so where it has not', () => {
    const values = Float64Array.of(0, 1);
    assert.equal(python('bool', { values }, column), 'x = np.array([False, True], dtype=np.bool_)');
    assert.equal(python('uint4', { values }, column), 'x = np.array([0, 1], dtype=np.uint8)');
    assert.match(text('python', 'bfloat16', { values }, column), /, bfloat16 as float32\nx = np\.array\(\[0\.0, 1\.0\], dtype=np\.float32\)/);
    assert.match(text('python', 'q4_k', { values }, column), /, q4_k as float32\n/);
    assert.equal(
      python('complex128', { values, imaginary: Float64Array.of(-2, NaN) }, column),
      'x = np.array([complex(0.0, -2.0), complex(1.0, float("nan"))], dtype=np.complex128)',
    );
  });

  it('are lines of CSV with nothing for NaN, as readers of text take it', () => {
    assert.equal(text('csv', 'float64', odd), '1,\n-inf,-0\n');
    assert.equal(text('csv', 'complex64', { values: Float64Array.of(1, 0.5), imaginary: Float64Array.of(-2, Infinity) }, column), '1-2j\n0.5+infj\n');
  });

  it('are JSON that every parser takes', () => {
    assert.deepEqual(JSON.parse(text('json', 'float64', odd)), [[1, 'NaN'], ['-Infinity', -0]]);
    assert.deepEqual(JSON.parse(text('json', 'float32', { values: Float64Array.of(1, 2) }, column)), [1, 2]);
    assert.equal(JSON.parse(text('json', 'float32', { values: Float64Array.of(1) }, one)), 1);
    assert.deepEqual(JSON.parse(text('json', 'bool', { values: Float64Array.of(1, 0) }, column)), [true, false]);
    assert.deepEqual(JSON.parse(text('json', 'complex64', { values: Float64Array.of(1, 2), imaginary: Float64Array.of(NaN, 3) }, column)), [[1, 'NaN'], [2, 3]]);
  });

  it('keep every digit of 64-bit integers', () => {
    const integers = BigInt64Array.of(2n ** 63n - 1n, -5n);
    const slice = { values: Float64Array.from(integers, Number), integers };
    assert.equal(python('int64', slice, column), 'x = np.array([9223372036854775807, -5], dtype=np.int64)');
    assert.equal(text('csv', 'int64', slice, column), '9223372036854775807\n-5\n');
    assert.equal(text('json', 'int64', slice, column), '["9223372036854775807", -5]');
  });

  it('have as many digits as tell a number from its neighbours', () => {
    assert.equal(exactText(Math.fround(0.1), 'float32'), '0.1');
    assert.equal(exactText(0.1, 'float64'), '0.1');
    assert.equal(exactText(Math.fround(0.1), 'float64'), '0.10000000149011612');
    for (const bits of [0x00000001, 0x007fffff, 0x00800000, 0x3f800001, 0x4b800001, 0x7f7fffff, 0x3eaaaaab]) {
      const [value = 0] = new Float32Array(Uint32Array.of(bits).buffer);
      assert.equal(Math.fround(Number(exactText(value, 'float32'))), value);
      assert.ok(exactText(value, 'float32').replace(/e.*|[.-]|^0\./g, '').length <= 10 || Number.isInteger(value));
    }
  });

  it('cannot be led out of the comment by a name', () => {
    const source = { name: 'a\nimport os\u2028b', dtype: 'float64', shape: [], request: one } as const;
    assert.match(sliceText({ rows: 1, columns: 1, values: Float64Array.of(1) }, source, 'python'), /# a\?import os\?b\[\] of shape/);
  });

  it('tell their place as NumPy would cut them', () => {
    assert.equal(indexText([8, 2, 9], { ...both, rowAxis: 2, columnAxis: 0, rows: [0, 9], columns: [1, 3] }), '[1:4, 0, :].T');
  });
});
