import assert from 'node:assert/strict';
import type { ExtensionApi } from '../../../src/extension';
import { activated, closeAll, openTensor, until, untilDone, untilState, writeNpy, writeSparseNpy } from '../../support/extensionHost';

const GiB = 1024 ** 3;
const shape = [256, 256, 128, 128];
/** An extension host has 150 to 250 MiB before it opens anything: with this much more it stays under 400. */
const most = 150 * 1024 * 1024;

describe('a file of 4 GiB', () => {
  let api: ExtensionApi;
  before(async () => {
    api = await activated();
  });
  afterEach(() => closeAll(api));

  it('shows its header at once, streams its numbers, cancels, and leaves the extension host small', async () => {
    // A new thread: what the tests before left in the old one is not this file's.
    await api.analysis.kill();
    const before = process.memoryUsage.rss();
    const document = await openTensor(api, await writeSparseNpy('huge.npy', 'float32', shape, 4 * GiB));
    const opened = await untilState(document, 'the header', ({ catalog }) => catalog !== null, 2);
    assert.deepEqual(opened.catalog?.tensors[0]?.shape, shape);

    const seen = new Set<number>();
    let largest = 0;
    await until('progress', () => {
      const { report, phase } = document.session.current;
      assert.notEqual(phase, 'failed');
      if (report !== null) seen.add(report.progress);
      largest = Math.max(largest, process.memoryUsage.rss());
      return seen.size >= 8;
    });
    const progress = [...seen];
    assert.deepEqual(progress, [...progress].sort((a, b) => a - b));
    assert.ok(progress.every((part) => part >= 0 && part < 1));
    assert.ok((document.session.current.report?.statistics.zeros ?? 0) > 0);

    document.session.cancel();
    assert.equal(document.session.current.phase, 'cancelled');
    // The thread is free for the next file long before it could have read 4 GiB.
    const small = await openTensor(api, await writeNpy('small.npy', Float32Array.of(1, 3), [2, 1]));
    assert.equal((await untilDone(small, 5)).report?.statistics.mean, 2);
    largest = Math.max(largest, process.memoryUsage.rss());
    assert.ok(largest - before < most, `the extension host took ${Math.round((largest - before) / 1024 ** 2)} MiB more`);
  });
});
