import * as vscode from 'vscode';
import { isApplicable, type MethodReport } from '../../core/analysis/report';
import { toErrorData } from '../../core/errors';
import type { MethodId } from '../../core/engine/normalizations/normalization';
import { formatShape } from '../../core/text/numbers';
import { tensorViewType, type ActiveEditor, type FeatureContext } from '../context';
import { nameOf, pickFile } from '../pickFile';
import { withShare } from '../progress';
import { analysisRequest } from '../request';

/** What is not asked for when the command is given it, by a key binding say. */
interface Given {
  readonly method?: MethodId;
  readonly target?: vscode.Uri;
}

/**
 * Writes the active editor's tensor, normalized with the options of its page, into a `.npy` file of the user's choice.
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
  const methods = report.methods.filter(isApplicable);
  const method = methods.find(({ id }) => id === given.method) ?? (await pickMethod(methods));
  if (method === undefined) return undefined;
  const target = given.target ?? (await pickTarget(editor, method.id));
  if (target === undefined) return undefined;
  if (target.scheme !== 'file') {
    return told(vscode.window.showWarningMessage(`Normalized tensors are written to the disk alone; "${target.scheme}:" is elsewhere.`));
  }
  try {
    const request = { ...analysisRequest(tensor, options, false), method: method.id };
    const normalized = await withShare(`Writing ${nameOf(target)}`, (progress) => tensors.normalize(editor.uri, request, target.fsPath, progress));
    const done = `${nameOf(target)}: ${normalized.label}, ${normalized.dtype} ${formatShape(normalized.shape)}`;
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

async function pickMethod(methods: readonly MethodReport[]): Promise<MethodReport | undefined> {
  const items = methods.map((method) => ({ label: method.label, description: `statistics of ${method.sharedBy}`, method }));
  return (await vscode.window.showQuickPick(items, { placeHolder: 'How the saved tensor is normalized' }))?.method;
}

/** Asks for a file, beside the tensor's own where that is on the disk: `acts.npy` becomes `acts.layer.npy`. */
async function pickTarget({ uri, state }: ActiveEditor, method: MethodId): Promise<vscode.Uri | undefined> {
  const tensor = state.catalog?.tensors[state.tensor]?.name ?? '';
  return pickFile({ source: uri, parts: [tensor, method, 'npy'], filters: { 'NumPy array': ['npy'] }, title: 'Save Normalized Tensor' });
}

/** A message goes its own way: nothing waits until it is dismissed. */
function told(message: Thenable<unknown>): undefined {
  void message;
  return undefined;
}
