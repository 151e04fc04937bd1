import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../../src/extension';
import { activated, closeAll, npyBytes, openTensor, untilDone } from '../../support/extensionHost';

describe('a tensor of a notebook output', () => {
  let api: ExtensionApi;
  before(async () => {
    api = await activated();
  });
  afterEach(() => closeAll(api));

  it('opens in the editor as a file in memory', async () => {
    const uri = api.memoryFiles.add('logits.npy', npyBytes(Float32Array.of(2, 4, 6, 8), [2, 2]));
    const { fileName, report } = await untilDone(await openTensor(api, uri));
    assert.deepEqual([fileName, report?.statistics.mean], ['logits.npy', 5]);
  });

  it('cannot be written to', async () => {
    const uri = api.memoryFiles.add('fixed.npy', npyBytes(Float32Array.of(1), [1]));
    await assert.rejects(Promise.resolve(vscode.workspace.fs.writeFile(uri, new Uint8Array(1))));
    await assert.rejects(Promise.resolve(vscode.workspace.fs.delete(uri)));
  });

  it('is forgotten when twenty more have come', async () => {
    const uri = api.memoryFiles.add('old.npy', npyBytes(Float32Array.of(1), [1]));
    for (let count = 0; count < 20; count++) api.memoryFiles.add('new.npy', new Uint8Array(1));
    await assert.rejects(Promise.resolve(vscode.workspace.fs.readFile(uri)));
  });
});
