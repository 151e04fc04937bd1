import assert from 'node:assert/strict';
import fs from 'node:fs';
import { npyHeader } from '../../../../src/core/formats/npyWriter';
import { openFile } from '../../../../src/core/formats/registry';
import { defaultLimits } from '../../../../src/core/limits';
import { bitsPerElement, dtypes } from '../../../../src/core/tensor/dtype';
import { memorySource } from '../../../../src/core/tensor/memorySource';
import { failure } from '../../../support/errors';
import { inProject } from '../../../support/root';

const absent = dtypes.filter((dtype) => /^(int4|uint4|bfloat16|float8.*|q\d_\w)$/.test(dtype));

describe('the .npy writer', () => {
  const written = [
    ['little_f4', 'float32', [3, 4]],
    ['little_b1', 'bool', [3, 4]],
    ['little_c16', 'complex128', [3, 4]],
    ['one_axis', 'float32', [37]],
    ['scalar', 'float64', []],
    ['empty_axis', 'float64', [3, 0, 2]],
    ['eight_axes', 'float32', [2, 1, 2, 1, 1, 1, 3, 1]],
  ] as const;
  for (const [name, dtype, shape] of written) {
    it(`writes the header of ${name} byte for byte as NumPy does`, () => {
      const file = fs.readFileSync(inProject('test', 'fixtures', 'npy', `${name}.npy`));
      const header = npyHeader(dtype, shape);
      assert.deepEqual([...header], [...file.subarray(0, header.length)]);
    });
  }

  it('writes the header of a Fortran-order array byte for byte as NumPy does', () => {
    for (const [name, dtype, shape] of [['fortran', 'float32', [3, 2, 4]], ['fortran_four_axes', 'float64', [2, 3, 2, 3]]] as const) {
      const file = fs.readFileSync(inProject('test', 'fixtures', 'npy', `${name}.npy`));
      const header = npyHeader(dtype, shape, 'F');
      assert.deepEqual([...header], [...file.subarray(0, header.length)]);
    }
  });

  it('writes what the reader reads, for every type that NumPy has', async () => {
    for (const dtype of dtypes.filter((name) => !absent.includes(name))) {
      const header = npyHeader(dtype, [2, 5]);
      const file = new Uint8Array(header.length + (10 * bitsPerElement(dtype)) / 8);
      file.set(header);
      const { catalog } = await openFile(memorySource('a.npy', file), defaultLimits);
      assert.deepEqual([catalog.tensors[0]?.dtype, catalog.tensors[0]?.shape, catalog.warnings], [dtype, [2, 5], []]);
      assert.equal(header.length % 64, 0);
    }
  });

  it('refuses the types that NumPy lacks', () => {
    for (const dtype of absent) assert.throws(() => npyHeader(dtype, [1]), failure('unsupported', new RegExp(dtype)));
  });
});
