import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { createReferenceEngine } from '../../../src/core/engine/reference/referenceEngine';
import { openTensorFile } from '../../../src/core/normoscope';
import { normalizingAttached, withAttached } from '../../../src/platform/attached';
import { openFileSource } from '../../../src/platform/fileByteSource';
import type { AttachedFile } from '../../../src/protocol/attachments';
import { normalizedBy } from '../../support/normalized';
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

  it("is in what is saved, as PyTorch's modules compute it", async () => {
    const truth = JSON.parse(fs.readFileSync(inProject('test', 'fixtures', 'attached', 'truth.json'), 'utf8')) as { readonly eps: number; readonly batch: Record<'train' | 'eval', number[]>; readonly layer: { readonly output: number[] } };
    const engine = createReferenceEngine();
    const signal = new AbortController().signal;
    const withSource = () => assert.fail('all is in the file itself');
    for (const [name, input, method, roles, expected] of [
      ['bn.npz', 'bn1.input', 'batch', ['weight', 'bias'], truth.batch.train],
      ['bn.npz', 'bn1.input', 'batch-eval', ['weight', 'bias', 'runningMean', 'runningVar'], truth.batch.eval],
      ['ln.npz', 'ln.input', 'layer', ['weight', 'bias', 'lengths'], truth.layer.output],
    ] as const) {
      const source = await openFileSource(inProject('test', 'fixtures', 'attached', name));
      const own = await openTensorFile(source);
      const names = own.catalog.tensors.map((tensor) => tensor.name);
      const layer = input.replace('input', '');
      const named = { weight: `${layer}weight`, bias: `${layer}bias`, runningMean: 'bn1.running_mean', runningVar: 'bn1.running_var', lengths: 'lengths' };
      const attached = roles.map((role): AttachedFile => ({ role, file: null, fileName: name, tensor: names.indexOf(named[role]), tensorName: named[role] }));
      const request = await normalizingAttached({ tensor: names.indexOf(input), method, eps: truth.eps }, attached, { engine, own, signal, withSource });
      assert.equal(request.mask?.kind, method === 'layer' ? 'lengths' : undefined);
      const { values } = await normalizedBy(engine, own, request);
      // Of the tokens that count.
      const lengths = request.mask?.kind === 'lengths' && typeof request.mask.from === 'object' ? request.mask.from.values : null;
      const kept = [...values.keys()].filter((index) => lengths === null || Math.floor((index % 48) / 8) < (lengths[Math.floor(index / 48)] ?? 0));
      assert.equal(kept.length, lengths === null ? 144 : 19 * 8);
      for (const index of kept) assert.ok(Math.abs((values[index] ?? NaN) - (expected[index] ?? NaN)) < 1e-12, `${method} ${index}`);
      await source.close();
    }
  });
});
