import * as vscode from 'vscode';
import { tensorViewType } from '../context';
import { isTensorPath } from '../tensorFiles';

/**
 * A tensor file that was clicked before VS Code knew of this extension got its "binary file" page, and would keep it: it is
 * opened again in its place, as a click would open it now. Whoever has chosen an editor for such files is left alone.
 */
export async function reopenEarly(log: vscode.LogOutputChannel): Promise<void> {
  for (const { activeTab: tab, viewColumn } of vscode.window.tabGroups.all) {
    if (tab === undefined || !(tab.input instanceof vscode.TabInputText) || tab.isDirty) continue;
    const { uri } = tab.input;
    if (!isTensorPath(uri.path) || hasChosenEditor(uri)) continue;
    log.info(`${uri.path} was open before the extension was there, and is opened again.`);
    const shown = { viewColumn, preview: tab.isPreview, preserveFocus: true };
    await vscode.window.tabGroups.close(tab, true);
    await vscode.commands.executeCommand('vscode.openWith', uri, tensorViewType, shown);
  }
}

/** By "Configure default editor": an association of the file's ending. */
function hasChosenEditor(uri: vscode.Uri): boolean {
  const associations = vscode.workspace.getConfiguration('workbench', uri).get<Record<string, string>>('editorAssociations', {});
  const path = uri.path.toLowerCase();
  return Object.keys(associations).some((pattern) => path.endsWith(pattern.toLowerCase().replace(/^.*\*/, '')));
}
