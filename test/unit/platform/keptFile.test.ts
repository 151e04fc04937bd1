import assert from 'node:assert/strict';
import { NormoscopeError } from '../../../src/core/errors';
import type { ByteSource } from '../../../src/core/tensor/byteSource';
import { memorySource } from '../../../src/core/tensor/memorySource';
import { KeptFile } from '../../../src/platform/keptFile';
import { failure } from '../../support/errors';
import { float32Npy } from '../../support/npyFiles';

describe('a file that is looked at', () => {
  let opened: number;
  let closed: number;
  beforeEach(() => {
    opened = 0;
    closed = 0;
  });
  const open = (): Promise<ByteSource> => {
    opened++;
    const source = memorySource('acts.npy', float32Npy([1, 2], [2]));
    return Promise.resolve({ ...source, close: () => Promise.resolve(void closed++) });
  };
  const { signal } = new AbortController();
  const shape = (kept: KeptFile, key: string) => kept.use(key, open, signal, ({ catalog }) => Promise.resolve(catalog.tensors[0]?.shape));

  it('is opened once for questions that follow each other, and closed for another one', async () => {
    const kept = new KeptFile();
    assert.deepEqual(await Promise.all([shape(kept, 'a'), shape(kept, 'a'), shape(kept, 'a')]), [[2], [2], [2]]);
    assert.deepEqual([opened, closed], [1, 0]);
    await shape(kept, 'b');
    assert.deepEqual([opened, closed], [2, 1]);
  });

  it('is opened anew after a failure, since it may have changed', async () => {
    const kept = new KeptFile();
    const changed = () => Promise.reject(new NormoscopeError('changed', 'The file has changed.'));
    await assert.rejects(kept.use('a', open, signal, changed), failure('changed'));
    assert.deepEqual([opened, closed], [1, 1]);
    assert.deepEqual(await shape(kept, 'a'), [2]);
  });

  it('stays open when a question was given up', async () => {
    const kept = new KeptFile();
    const cancelled = () => Promise.reject(new NormoscopeError('cancelled', 'Cancelled.'));
    await assert.rejects(kept.use('a', open, signal, cancelled), failure('cancelled'));
    await assert.rejects(kept.use('a', open, AbortSignal.abort(), () => Promise.resolve()), { name: 'AbortError' });
    assert.deepEqual([opened, closed], [1, 0]);
  });

  it('tells why it cannot be opened', async () => {
    const kept = new KeptFile();
    const missing = () => Promise.reject(new NormoscopeError('not-found', 'The file is gone.'));
    await assert.rejects(kept.use('a', missing, signal, () => Promise.resolve()), failure('not-found'));
    assert.deepEqual(await shape(kept, 'a'), [2]);
  });
});
