import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { memorySource } from '../../../src/core/tensor/memorySource';
import { sha256 } from '../../../src/platform/sha256';

describe('the hash of a file', () => {
  it('is of all its bytes, however many chunks they are, and of none', async () => {
    const bytes = Uint8Array.from({ length: 9 * 1024 * 1024 + 3 }, (_, index) => index % 251);
    const shares: number[] = [];
    assert.equal(await sha256(memorySource('a', bytes), { onShare: (done) => void shares.push(done) }), createHash('sha256').update(bytes).digest('hex'));
    assert.deepEqual([shares.length, shares.at(-1)], [3, 1]);
    assert.equal(await sha256(memorySource('empty', new Uint8Array())), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });

  it('stops when it is cancelled, and is not told of a file that changed', async () => {
    const controller = new AbortController();
    const source = memorySource('a', new Uint8Array(9 * 1024 * 1024));
    const cancelled = sha256(source, { signal: controller.signal, onShare: () => controller.abort() });
    await assert.rejects(cancelled, { code: 'cancelled' });
    const changed = { ...source, verify: () => Promise.reject(Object.assign(new Error('changed'), { code: 'changed' })) };
    await assert.rejects(sha256(changed), { code: 'changed' });
  });
});
