import * as vscode from 'vscode';
import type { FeatureContext } from './features/context';
import * as commands from './features/commands';
import * as customEditor from './features/customEditor';
import { Editors } from './features/editors';
import * as explorer from './features/explorer';
import * as hover from './features/hover';
import * as notebook from './features/notebook';
import { MemoryFileSystem } from './features/notebook/memoryFileSystem';
import * as problems from './features/problems';
import { TensorStore } from './features/tensorStore';
import { createAnalysisService, type AnalysisService } from './platform/analysisService';

/** What the extension offers to its own tests; nothing else is meant to use it. */
export interface ExtensionApi {
  readonly editors: customEditor.CustomEditorFeature;
  readonly analysis: AnalysisService;
  readonly explorer: explorer.ExplorerFeature;
  readonly memoryFiles: MemoryFileSystem;
}

let analysis: AnalysisService | null = null;

/** Composition root: builds what the features share, then activates each. */
export function activate(extension: vscode.ExtensionContext): ExtensionApi {
  const log = vscode.window.createOutputChannel('Normoscope', { log: true });
  const worker = vscode.Uri.joinPath(extension.extensionUri, 'dist', 'analysisWorker.js');
  const service = createAnalysisService(worker.fsPath, (error) => log.error(error.message));
  analysis = service;
  const memoryFiles = new MemoryFileSystem();
  const context: FeatureContext = {
    extensionUri: extension.extensionUri,
    subscriptions: extension.subscriptions,
    log,
    version: String((extension.extension.packageJSON as { version?: unknown }).version),
    tensors: new TensorStore(service),
    editors: new Editors(),
    memoryFiles,
  };
  extension.subscriptions.push(log);
  const editors = customEditor.activate(context);
  commands.activate(context);
  hover.activate(context);
  const badges = explorer.activate(context);
  problems.activate(context);
  notebook.activate(context, service, memoryFiles);
  return { editors, analysis: service, explorer: badges, memoryFiles };
}

export async function deactivate(): Promise<void> {
  await analysis?.dispose();
}
