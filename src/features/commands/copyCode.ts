import * as vscode from 'vscode';
import { codeMethods, frameworkIds, frameworkLabels, type FrameworkId } from '../../core/analysis/code/methods';
import type { NormalizeMethod } from '../../core/analysis/normalize';
import type { FeatureContext } from '../context';

/** What is not asked for when the command is given it, by a key binding say. */
interface Given {
  readonly method?: NormalizeMethod;
  readonly framework?: FrameworkId;
}

/** Puts what a method computes on the active editor's tensor on the clipboard, as code of a framework of the user's choice. */
export async function copyCode({ editors }: FeatureContext, asked: unknown): Promise<void> {
  const editor = editors.active;
  const report = editor?.state.report ?? null;
  if (editor === null || report === null || report.progress < 1) {
    const what = editor === null ? 'Open a tensor first: the code is for its axes.' : 'The statistics are not computed yet.';
    void vscode.window.showInformationMessage(what);
    return;
  }
  const given = (asked ?? {}) as Given;
  const methods = codeMethods(report).map(({ id, label }) => ({ id, label }));
  const method = methods.find(({ id }) => id === given.method) ?? (await vscode.window.showQuickPick(methods, { placeHolder: 'What the code computes' }));
  if (method === undefined) return;
  const frameworks = frameworkIds.map((id) => ({ id, label: frameworkLabels[id] }));
  const framework = frameworks.find(({ id }) => id === given.framework) ?? (await vscode.window.showQuickPick(frameworks, { placeHolder: 'What it is written for' }));
  if (framework === undefined) return;
  if (!(await editor.copyCode(method.id, framework.id))) {
    void vscode.window.showInformationMessage(`${method.label} does not apply to what the editor shows now.`);
  }
}
