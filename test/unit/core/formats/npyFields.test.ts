import assert from 'node:assert/strict';
import { openFile } from '../../../../src/core/formats/registry';
import { defaultLimits } from '../../../../src/core/limits';
import type { ByteSource } from '../../../../src/core/tensor/byteSource';
import { memorySource } from '../../../../src/core/tensor/memorySource';
import { failure } from '../../../support/errors';
import { header, rawNpy } from '../../../support/npyFiles';
import { engines } from '../../../support/tensors';

interface Read {
  readonly position: number;
  readonly length: number;
}

/** A source that remembers what was read of it. */
function watched(bytes: Uint8Array): { source: ByteSource; reads: Read[] } {
  const source = memorySource('a.npy', bytes);
  const reads: Read[] = [];
  const read: ByteSource['read'] = (position, target) => {
    reads.push({ position, length: target.length });
    return source.read(position, target);
  };
  return { source: { ...source, read }, reads };
}

/** A file of records with `wide` bytes, then a float32 that counts records; some bytes follow the array. */
function records(count: number, wide: number) {
  const text = header({ descr: `[('wide', '|u1', (${wide},)), ('x', '<f4')]`, shape: `(${count},)` });
  const start = 10 + text.length;
  const end = start + count * (wide + 4);
  const bytes = rawNpy({ header: text, data: end - start + 100 });
  bytes.fill(7, start);
  const view = new DataView(bytes.buffer);
  for (let record = 0; record < count; record++) view.setFloat32(start + record * (wide + 4) + wide, record, true);
  return { ...watched(bytes), start, end };
}

describe('fields of records', () => {
  for (const wide of [3, 5000, 700_000]) {
    it(`are picked out of items of ${wide + 4} bytes`, async () => {
      const count = wide > 10_000 ? 5 : 400;
      const { source } = records(count, wide);
      const file = await openFile(source, defaultLimits);
      for (const engine of engines()) {
        const x = await engine.elements(file.tensor(1), 0, count);
        assert.deepEqual([...x], Array.from({ length: count }, (_, index) => index));
        const { overall } = await engine.moments(file.tensor(0), []);
        assert.deepEqual([overall.count[0], overall.min[0], overall.max[0]], [count * wide, 7, 7]);
      }
    });
  }

  it('never read beyond the array, though the file goes on', async () => {
    for (const wide of [3, 5000]) {
      const { source, reads, start, end } = records(50, wide);
      const file = await openFile(source, defaultLimits);
      reads.length = 0;
      for (const index of [0, 1]) for (const engine of engines()) await engine.moments(file.tensor(index), []);
      assert.ok(reads.every(({ position, length }) => position >= start && position + length <= end));
    }
  });

  it('do not read what lies between numbers that are far apart', async () => {
    const { source, reads } = records(3, 2_000_000);
    const file = await openFile(source, defaultLimits);
    reads.length = 0;
    const target = new Uint8Array(12);
    await file.tensor(1).read(0, target);
    assert.deepEqual(reads.map(({ length }) => length), [4, 4, 4]);
  });

  it('refuse elements that there are not', async () => {
    for (const wide of [3, 5000]) {
      const file = await openFile(records(2, wide).source, defaultLimits);
      for (const index of [0, 1]) {
        const { encoding, read, shape } = file.tensor(index);
        const elements = shape.reduce((product, size) => product * size, 1);
        await assert.rejects(read(elements, new Uint8Array(encoding.stride)), failure('internal', /beyond the tensor's end/));
      }
    }
  });
});
