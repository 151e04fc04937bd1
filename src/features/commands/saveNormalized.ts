import * as vscode from 'vscode';
import { roleLabels, takesPart } from '../../core/analysis/attached';
import { codeMethods } from '../../core/analysis/code/methods';
import type { NormalizeMethod } from '../../core/analysis/normalize';
import { isApplicable, type Report } from '../../core/analysis/report';
import { toErrorData } from '../../core/errors';
import { formatShape, listed } from '../../core/text/numbers';
import type { AttachedTensor } from '../attached';
import { tensorViewType, type ActiveEditor, type FeatureContext } from '../context';
import { nameOf, pickFile } from '../pickFile';
import { withShare } from '../progress';
import { analysisRequest } from '../request';

/** What is not asked for when the command is given it, by a key binding say. */
interface Given {
  readonly method?: NormalizeMethod;
  readonly target?: vscode.Uri;
}

/**
 * Writes the active editor's tensor, normalized with the options of its page and what is attached to it, into a `.npy` file of the user's choice.
 * @returns the file, once it is there; undefined when nothing was written, which has been told
 */
export async function saveNormalized({ editors, tensors, log }: FeatureContext, asked: unknown): Promise<vscode.Uri | undefined> {
  const editor = editors.active;
  const report = editor?.state.report ?? null;
  if (editor === null || report === null || report.progress < 1) {
    const what = editor === null ? 'Open a tensor first: it is what is saved.' : 'The statistics are not computed yet.';
    return told(vscode.window.showInformationMessage(what));
  }
  const { tensor, options } = editor.state;
  const given = (asked ?? {}) as Given;
  const methods = savedMethods(report, editor.attached);
  const method = methods.find(({ id }) => id === given.method) ?? (await vscode.window.showQuickPick(methods, { placeHolder: 'How the saved tensor is normalized' }));
  if (method === undefined) return undefined;
  const target = given.target ?? (await pickTarget(editor, method.id));
  if (target === undefined) return undefined;
  if (target.scheme !== 'file') {
    return told(vscode.window.showWarningMessage(`Normalized tensors are written to the disk alone; "${target.scheme}:" is elsewhere.`));
  }
  try {
    const { mask, ...plan } = analysisRequest(tensor, options, false);
    const request = { ...plan, method: method.id, ...(mask !== undefined && method.id !== 'batch-eval' && { mask }) };
    const attached = editor.attached.filter(({ role }) => takesPart(role, method.id, report.affine));
    const normalized = await withShare(`Writing ${nameOf(target)}`, (progress) => tensors.normalize(editor.uri, request, target.fsPath, { ...progress, attached }));
    const done = `${nameOf(target)}: ${method.label}, ${normalized.dtype} ${formatShape(normalized.shape)}`;
    void vscode.window.showInformationMessage(done, 'Open').then((answer) => {
      if (answer === 'Open') void vscode.commands.executeCommand('vscode.openWith', target, tensorViewType);
    });
    return target;
  } catch (error) {
    const { code, message } = toErrorData(error);
    if (code === 'cancelled') return undefined;
    log.error(message);
    return told(vscode.window.showErrorMessage(message));
  }
}

interface SavedMethod extends vscode.QuickPickItem {
  readonly id: NormalizeMethod;
}

/** What applies, and BatchNorm in inference where running statistics are attached; with what of the attached is in it. */
function savedMethods(report: Report, attached: readonly AttachedTensor[]): SavedMethod[] {
  const roles = attached.map(({ role }) => role);
  const running = roles.includes('runningMean') && roles.includes('runningVar');
  return codeMethods(report).flatMap(({ id, label }): SavedMethod[] => {
    if (id === 'batch-eval' && !running) return [];
    const sharedBy = id === 'batch-eval' ? 'the running statistics' : `statistics of ${report.methods.filter(isApplicable).find((method) => method.id === id)?.sharedBy ?? ''}`;
    const parts = [...new Set(roles.filter((role) => takesPart(role, id, report.affine) && !role.startsWith('running')).map((role) => roleLabels[role]))];
    return [{ id, label, description: [sharedBy, ...(parts.length > 0 ? [`with ${listed(parts)}`] : [])].join(', ') }];
  });
}

/** Asks for a file, beside the tensor's own where that is on the disk: `acts.npy` becomes `acts.layer.npy`. */
async function pickTarget({ uri, state }: ActiveEditor, method: NormalizeMethod): Promise<vscode.Uri | undefined> {
  const tensor = state.catalog?.tensors[state.tensor]?.name ?? '';
  return pickFile({ source: uri, parts: [tensor, method, 'npy'], filters: { 'NumPy array': ['npy'] }, title: 'Save Normalized Tensor' });
}

/** A message goes its own way: nothing waits until it is dismissed. */
function told(message: Thenable<unknown>): undefined {
  void message;
  return undefined;
}
