import * as vscode from 'vscode';
import { tensorExtensions } from '../../core/formats/endings';
import { compareCommand, tensorViewType, type FeatureContext } from '../context';
import { fileEndings } from '../pickTensor';
import { mayBeTensorFile, tensorGlob } from '../tensorFiles';
import { compareWith } from './compareWith';
import { copyCode } from './copyCode';
import { exportReport } from './exportReport';
import { saveNormalized } from './saveNormalized';

/** More files than a person picks from; the pick says so. */
const offered = 1000;

/** The palette's and the Explorer's commands. */
export function activate(context: FeatureContext): void {
  const commands: Readonly<Record<string, (...args: unknown[]) => Promise<unknown>>> = {
    'normoscope.openTensor': () => openTensor(),
    [compareCommand]: (selected) => compare(context, selected),
    'normoscope.compareWith': (clicked, selected) => compareWith(context, clicked, selected),
    'normoscope.copyStatistics': () => copyStatistics(context),
    'normoscope.copyCode': (asked) => copyCode(context, asked),
    'normoscope.saveNormalized': (asked) => saveNormalized(context, asked),
    'normoscope.exportReport': (asked) => exportReport(context, asked),
    'normoscope.showLog': () => Promise.resolve(context.log.show()),
  };
  for (const [id, run] of Object.entries(commands)) {
    context.subscriptions.push(vscode.commands.registerCommand(id, run));
  }
}

async function openTensor(): Promise<void> {
  const picked = await vscode.window.showOpenDialog({
    canSelectMany: true,
    openLabel: 'Open Tensor',
    filters: { 'Tensor files': fileEndings(), 'All files': ['*'] },
  });
  for (const uri of picked ?? []) await open(uri);
}

/** The Explorer's selection, else the active tensor, else a pick. */
async function compare({ editors }: FeatureContext, selected: unknown): Promise<void> {
  if (selected instanceof vscode.Uri) return open(selected);
  const uri = editors.active?.uri ?? activeTensorTab() ?? (await pickTensor());
  if (uri !== undefined) await open(uri);
}

function activeTensorTab(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const uri = input instanceof vscode.TabInputText || input instanceof vscode.TabInputCustom ? input.uri : undefined;
  return uri !== undefined && mayBeTensorFile(uri) ? uri : undefined;
}

async function pickTensor(): Promise<vscode.Uri | undefined> {
  const files = await vscode.workspace.findFiles(tensorGlob(), null, offered);
  if (files.length === 0) {
    void vscode.window.showInformationMessage(`No tensor files (${tensorExtensions.join(', ')}) in this workspace.`);
    return undefined;
  }
  const items = files
    .map((uri) => ({ label: uri.path.split('/').pop() ?? '', description: vscode.workspace.asRelativePath(uri), uri }))
    .sort((a, b) => a.description.localeCompare(b.description));
  const placeHolder = files.length === offered ? `A tensor to compare (the first ${offered} found)` : 'A tensor to compare';
  return (await vscode.window.showQuickPick(items, { placeHolder, matchOnDescription: true }))?.uri;
}

async function copyStatistics({ editors }: FeatureContext): Promise<void> {
  if (editors.active === null) {
    void vscode.window.showInformationMessage('Open a tensor first: its statistics are what is copied.');
  } else if (!(await editors.active.copyStatistics())) {
    void vscode.window.showInformationMessage('The statistics are not computed yet.');
  }
}

async function open(uri: vscode.Uri): Promise<void> {
  await vscode.commands.executeCommand('vscode.openWith', uri, tensorViewType);
}
