import assert from 'node:assert/strict';
import path from 'node:path';
import { createReferenceEngine } from '../../../src/core/engine/reference/referenceEngine';
import { openTensorFile } from '../../../src/core/normoscope';
import { withAttached } from '../../../src/platform/attached';
import { openFileSource } from '../../../src/platform/fileByteSource';
import type { AttachedFile } from '../../../src/protocol/attachments';
import { inProject } from '../../support/root';

describe('what is attached to a tensor', () => {
  const file = inProject('test', 'fixtures', 'attached', 'bn.npz');

  it('is read from its file at once, and is named where it is not there', async () => {
    const source = await openFileSource(file);
    const own = await openTensorFile(source);
    const names = own.catalog.tensors.map(({ name }) => name);
    let opened = 0;
    const withSource = async <T>(_: unknown, work: (from: typeof source) => Promise<T>) => {
      opened++;
      return work(source);
    };
    const reading = { engine: createReferenceEngine(), own, signal: new AbortController().signal, withSource };
    const from = (role: AttachedFile['role'], name: string, tensorName = name): AttachedFile => ({
      role,
      file: { kind: 'path', path: file },
      fileName: path.basename(file),
      tensor: names.indexOf(name),
      tensorName,
    });
    const { parameters } = await withAttached({ tensor: 0 }, [from('weight', 'bn1.weight'), from('bias', 'bn1.bias')], reading);
    assert.equal(opened, 1);
    assert.deepEqual([parameters?.weight?.shape, parameters?.bias?.shape], [[4], [4]]);
    await assert.rejects(withAttached({ tensor: 0 }, [from('weight', 'bn1.weight'), from('bias', 'bn1.bias', 'gone')], reading), {
      code: 'changed',
      message: /^β from bn\.npz: there is no "gone" in its place any more/,
    });
    await source.close();
  });
});
