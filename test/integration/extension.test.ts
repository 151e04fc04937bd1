import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { activated, closeAll, extension, openTensor, viewType, writeNpy } from '../support/extensionHost';

interface Contributions {
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly customEditors: readonly { readonly viewType: string; readonly selector: readonly { readonly filenamePattern: string }[] }[];
    readonly notebookRenderer: readonly { readonly id: string; readonly mimeTypes: readonly string[] }[];
  };
}

describe('the extension', () => {
  it('becomes active and registers every command that its manifest names', async () => {
    await activated();
    const registered = new Set(await vscode.commands.getCommands(true));
    const { commands } = (extension().packageJSON as Contributions).contributes;
    const named = commands.map(({ command }) => command);
    assert.deepEqual(named.filter((command) => !registered.has(command)), []);
    for (const command of ['openTensor', 'compare', 'copyStatistics', 'saveNormalized', 'showLog']) {
      assert.ok(named.includes(`normoscope.${command}`), `the manifest names no ${command}`);
    }
  });

  it('names its editor and its renderer in the manifest as the code does', () => {
    const { customEditors, notebookRenderer } = (extension().packageJSON as Contributions).contributes;
    // The second is offered beside other editors, and is the same.
    assert.deepEqual(customEditors.map((editor) => editor.viewType), [viewType, 'normoscope.sharedTensor']);
    assert.ok(notebookRenderer.some(({ mimeTypes }) => mimeTypes.includes('application/vnd.normoscope.tensor+json')));
  });

  it('is what opens a .npy file', async () => {
    const api = await activated();
    const uri = await writeNpy('opened.npy', Float32Array.of(1, 2), [2, 1]);
    // Without a view type: as a click in the Explorer.
    await vscode.commands.executeCommand('vscode.open', uri);
    const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    assert.ok(input instanceof vscode.TabInputCustom, 'another editor took the file');
    assert.equal(input.viewType, viewType);
    await openTensor(api, uri);
    await closeAll(api);
  });
});
