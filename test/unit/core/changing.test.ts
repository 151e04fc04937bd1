import assert from 'node:assert/strict';
import { NormoscopeError } from '../../../src/core/errors';
import { openTensorFile } from '../../../src/core/normoscope';
import { memorySource } from '../../../src/core/tensor/memorySource';
import { failure } from '../../support/errors';
import { float32Npy } from '../../support/npyFiles';
import { engines } from '../../support/tensors';

describe('a file that changes while it is read', () => {
  const source = memorySource('acts.npy', float32Npy([1, 2, 3, 4], [2, 2]));
  const changing = { ...source, verify: () => Promise.reject(new NormoscopeError('changed', 'It was written to.')) };

  it('is noticed by everything that tells numbers of it', async () => {
    const file = await openTensorFile(changing);
    for (const engine of engines()) {
      await assert.rejects(file.analyze(engine, { tensor: 0 }), failure('changed'));
      await assert.rejects(file.inspect(engine, 0), failure('changed'));
      await assert.rejects(file.values(engine, 0), failure('changed'));
      await assert.rejects(file.flags(engine, 0), failure('changed'));
      await assert.rejects(file.slice(engine, 0, { fixed: [0, 0], rowAxis: 0, columnAxis: 1, rows: [0, 2], columns: [0, 2] }), failure('changed'));
    }
  });

  it('is noticed when its header alone was asked for', async () => assert.rejects((await openTensorFile(changing)).verify(), failure('changed')));
});
