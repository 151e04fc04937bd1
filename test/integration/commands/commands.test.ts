import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../../src/extension';
import { activated, closeAll, documentOf, openTensor, until, untilDone, viewType, writeNpy } from '../../support/extensionHost';

describe('commands', () => {
  let api: ExtensionApi;
  before(async () => {
    api = await activated();
  });
  afterEach(() => closeAll(api));

  it('copies the statistics of the active tensor as JSON', async () => {
    await vscode.env.clipboard.writeText('something else');
    const uri = await writeNpy('copied.npy', Float32Array.of(1, 2, 3, 4), [2, 2]);
    await untilDone(await openTensor(api, uri));
    await vscode.commands.executeCommand('normoscope.copyStatistics');
    const copied = JSON.parse(await vscode.env.clipboard.readText()) as { file: string; statistics: { mean: number } };
    assert.equal(copied.file, 'copied.npy');
    assert.equal(copied.statistics.mean, 2.5);
  });

  it('compares the file that is selected in the Explorer', async () => {
    const uri = await writeNpy('selected.npy', Float32Array.of(1, 2), [2, 1]);
    await vscode.commands.executeCommand('normoscope.compare', uri);
    const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    assert.ok(input instanceof vscode.TabInputCustom);
    assert.deepEqual([input.viewType, input.uri.toString()], [viewType, uri.toString()]);
  });

  it('compares the active tensor when nothing is selected', async () => {
    const uri = await writeNpy('active.npy', Float32Array.of(1, 2), [2, 1]);
    await openTensor(api, uri);
    await vscode.commands.executeCommand('normoscope.compare');
    await until('its editor', () => documentOf(api, uri));
    assert.equal(api.editors.documents.length, 1);
  });

  it('shows the log', async () => {
    await vscode.commands.executeCommand('normoscope.showLog');
  });
});
