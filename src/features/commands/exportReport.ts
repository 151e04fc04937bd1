import * as vscode from 'vscode';
import { roleLabels } from '../../core/analysis/attached';
import { reportBlocks } from '../../core/analysis/reportDocument';
import { reportHtml, reportMarkdown } from '../../core/analysis/reportText';
import { toErrorData } from '../../core/errors';
import { formatShape } from '../../core/text/numbers';
import type { Attachment } from '../../protocol/attachments';
import type { FeatureContext } from '../context';
import { isItself, nameOf, pickFile } from '../pickFile';
import { withShare } from '../progress';

/** What is not asked for when the command is given it, by a key binding say. */
interface Given {
  readonly target?: vscode.Uri;
}

/**
 * Writes all that is known of the active editor's tensor into one HTML or Markdown file of the user's choice: with the
 * pictures of its page, what was assumed, versions, and the hash of the file.
 * @returns the file, once it is there; undefined when nothing was written, which has been told
 */
export async function exportReport({ editors, tensors, log, version }: FeatureContext, asked: unknown): Promise<vscode.Uri | undefined> {
  const editor = editors.active;
  const report = editor?.state.report ?? null;
  if (editor === null || report === null || report.progress < 1 || editor.state.stale) {
    const what = editor === null ? 'Open a tensor first: the report is of it.' : editor.state.stale ? 'The file has changed on disk: read it again first.' : 'The statistics are not computed yet.';
    void vscode.window.showInformationMessage(what);
    return undefined;
  }
  const { uri } = editor;
  const filters = { 'HTML document': ['html'], Markdown: ['md'] };
  const target = (asked as Given | undefined)?.target ?? (await pickFile({ source: uri, parts: [report.tensor.name, 'report', 'html'], filters, title: 'Export Report' }));
  if (target === undefined || isItself(uri, target)) return undefined;
  try {
    const text = await withShare(`Writing ${nameOf(target)}`, async (options) => {
      const pictures = (await editor.pictures()).map(({ title, png }) => ({ title, base64: Buffer.from(png).toString('base64') }));
      const sha256 = await tensors.sha256(uri, options);
      const blocks = reportBlocks(report, { sha256, attached: editor.state.attachments.map(attachedText), pictures, extensionVersion: version, editorVersion: vscode.version });
      return /\.md$/i.test(target.path) ? reportMarkdown(blocks) : reportHtml(blocks);
    });
    await vscode.workspace.fs.writeFile(target, Buffer.from(text, 'utf8'));
  } catch (error) {
    const { code, message } = toErrorData(error);
    if (code === 'cancelled') return undefined;
    log.error(message);
    void vscode.window.showErrorMessage(message);
    return undefined;
  }
  void vscode.window.showInformationMessage(`${nameOf(target)} written`, 'Open').then((answer) => {
    if (answer === 'Open') void vscode.env.openExternal(target);
  });
  return target;
}

/** `γ` and `bn.npz: bn1.weight (4), found by its name`. */
function attachedText({ role, fileName, tensorName, shape, found }: Attachment): readonly [what: string, from: string] {
  return [roleLabels[role], `${fileName}${tensorName === '' ? '' : `: ${tensorName}`} ${formatShape(shape)}${found ? ', found by its name' : ''}`];
}
