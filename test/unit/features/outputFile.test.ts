import assert from 'node:assert/strict';
import { outputFile, outputFileName } from '../../../src/features/notebook/outputFile';
import { openTensorFile } from '../../../src/core/normoscope';
import { memorySource } from '../../../src/core/tensor/memorySource';
import type { NotebookPayload } from '../../../src/protocol/notebookPayload';

function payload(part: Partial<NotebookPayload>): NotebookPayload {
  const data = Buffer.from(Float32Array.of(1, 2, 3, 4, 5, 6).buffer).toString('base64');
  return { version: 1, name: 'acts', dtype: 'float32', shape: [2, 3], data, ...part };
}

describe('data of a notebook output', () => {
  it('is a file like any other', async () => {
    const { catalog } = await openTensorFile(memorySource('acts.npy', outputFile(payload({})), 'x'));
    assert.deepEqual(catalog.tensors.map(({ dtype, shape, status }) => ({ dtype, shape, status })), [
      { dtype: 'float32', shape: [2, 3], status: 'readable' },
    ]);
    assert.deepEqual(catalog.warnings, []);
  });

  it('must be as long as its shape says', () => {
    assert.throws(() => outputFile(payload({ shape: [2, 4] })), { code: 'malformed', message: /24 bytes of data.*takes 32/ });
    assert.throws(() => outputFile(payload({ shape: [2 ** 40, 2 ** 40] })), { code: 'malformed' });
  });

  it('must be there', () => {
    const none = payload({});
    delete none.data;
    assert.throws(() => outputFile(none), { code: 'malformed', message: /statistics but no data/ });
  });

  it('is refused before it is decoded when there is too much of it', () => {
    assert.throws(() => outputFile(payload({ data: 'A'.repeat(90_000_000) })), { code: 'too-large' });
  });

  it('gets a name that is never a path', () => {
    assert.equal(outputFileName('../../etc/passwd'), 'etc_passwd.npy');
    assert.equal(outputFileName(''), 'tensor.npy');
    assert.equal(outputFileName('block 3: attn'), 'block_3_attn.npy');
  });
});
