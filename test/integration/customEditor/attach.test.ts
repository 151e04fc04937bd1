import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../../src/extension';
import { activated, closeAll, inWorkspace, openTensor, untilDone, untilState, writeNpy } from '../../support/extensionHost';
import { inProject } from '../../support/root';

describe('tensors that are attached', () => {
  let api: ExtensionApi;
  before(async () => {
    api = await activated();
  });
  afterEach(() => closeAll(api));

  it('are found by their names in the file, come from another, and go', async () => {
    const uri = inWorkspace('bn.npz');
    await fs.copyFile(inProject('test', 'fixtures', 'attached', 'bn.npz'), uri.fsPath);
    const document = await openTensor(api, uri);
    const { catalog } = await untilDone(document);
    document.session.selectTensor(catalog?.tensors.findIndex(({ name }) => name === 'bn1.input') ?? -1);
    const found = await untilState(document, 'the inference', ({ report, phase }) => phase === 'done' && report?.inference?.from === 'given');
    assert.deepEqual(found.attachments.map(({ role, tensorName, found: byName }) => [role, tensorName, byName]), [
      ['runningMean', 'bn1.running_mean', true],
      ['runningVar', 'bn1.running_var', true],
      ['weight', 'bn1.weight', true],
      ['bias', 'bn1.bias', true],
    ]);
    await document.session.setOptions({ views: ['batch'], eps: 1e-3 });
    const truth = JSON.parse(await fs.readFile(inProject('test', 'fixtures', 'attached', 'truth.json'), 'utf8')) as { readonly batch: Record<'train' | 'eval', number[]> };
    for (const [method, expected] of [['batch', truth.batch.train], ['batch-eval', truth.batch.eval]] as const) {
      const target = inWorkspace(`saved.${method}.npy`);
      await vscode.commands.executeCommand('normoscope.saveNormalized', { method, target });
      const bytes = (await fs.readFile(target.fsPath)).subarray(-8 * expected.length);
      for (const [index, value] of expected.entries()) assert.ok(Math.abs(bytes.readDoubleLE(8 * index) - value) < 1e-12, `${method} ${index}: γ, β and running statistics are in what is saved`);
    }
    const other = await writeNpy('other.npy', Float32Array.of(9, 9, 9, 9), [4]);
    await document.session.attachTensors([{ role: 'runningVar', uri: other, tensor: 0, tensorName: '', shape: [4] }]);
    assert.equal(document.session.current.report?.inference?.worstShifts[0]?.runningVariance, 9);
    await writeNpy('other.npy', Float32Array.of(1, 1, 1, 1), [4]);
    await document.session.setOptions({ views: ['batch'] });
    assert.equal(document.session.current.report?.inference?.worstShifts[0]?.runningVariance, 1, 'a file that has changed is read again');
    await document.session.detach('runningMean');
    assert.equal(document.session.current.report?.inference, null);
    assert.deepEqual(document.session.current.attachments.map(({ role }) => role), ['weight', 'bias']);
  });
});
