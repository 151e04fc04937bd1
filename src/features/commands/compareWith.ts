import * as vscode from 'vscode';
import { toErrorData } from '../../core/errors';
import type { Catalog } from '../../core/tensor/tensor';
import { tensorViewType, type ActiveEditor, type FeatureContext } from '../context';
import { mayBeTensorFile } from '../tensorFiles';
import { nameOf as fileNameOf } from '../pickFile';
import { fileEndings, pickTensor, pickTensorOf, type PickedTensor } from '../pickTensor';

/** Milliseconds that an editor may take to be there. */
const patience = 20_000;

/**
 * Holds one tensor against another: the two files that are selected in the Explorer, the one that is, or the active editor's. What
 * is not said by that is asked for. Two files of several tensors each, and the list of a file's tensors, are held against each other
 * as a whole.
 */
export async function compareWith({ editors, tensors, log }: FeatureContext, clicked: unknown, selected: unknown): Promise<void> {
  try {
    const all = Array.isArray(selected) ? selected : [clicked];
    const files = all.filter((one): one is vscode.Uri => one instanceof vscode.Uri && mayBeTensorFile(one));
    if (files.length > 2) {
      void vscode.window.showInformationMessage(`${files.length} files are selected; two are held against each other.`);
      return;
    }
    const [first, second] = files;
    if (first === undefined) return await chooseAndCompare(editors.active);
    if (await isOfSeveral(first)) {
      if (second !== undefined && (await isOfSeveral(second))) return await (await editorOf(first)).compareFiles(second);
      if (second === undefined) {
        const whole = await pickWhole(first);
        if (whole === undefined) return;
        const other = whole ? await pickFile(first) : undefined;
        if (other !== undefined) await (await editorOf(first)).compareFiles(other);
        if (whole) return;
      }
    }
    const one = await pickTensorOf(tensors, first, { title: 'The first tensor', fits: () => true });
    if (one === undefined) return;
    const other = await otherOf(one, second);
    if (other === undefined) return;
    await (await editorOf(first)).compareWith(other, one.tensor);
  } catch (error) {
    const { message } = toErrorData(error);
    log.error(message);
    void vscode.window.showErrorMessage(message);
  }

  async function chooseAndCompare(editor: ActiveEditor | null): Promise<void> {
    const catalog = editor?.state.catalog ?? null;
    if (editor === null || catalog === null) {
      void vscode.window.showInformationMessage('Open a tensor first: it is what another is held against.');
      return;
    }
    if (editor.state.place === 'catalog' || editor.state.place === 'pairs') {
      const file = await pickFile(editor.uri);
      if (file !== undefined) await editor.compareFiles(file);
      return;
    }
    const other = await otherOf({ uri: editor.uri, catalog, tensor: editor.state.tensor }, undefined);
    if (other !== undefined) await editor.compareWith(other);
  }

  function otherOf(one: PickedTensor, file: vscode.Uri | undefined): Promise<PickedTensor | undefined> {
    const picking = { title: `What ${nameOf(one.catalog, one.tensor)} is held against`, fits: sameShape(one) };
    return file === undefined ? pickTensor(tensors, { own: one, except: one.tensor, ...picking }) : pickTensorOf(tensors, file, picking);
  }

  async function isOfSeveral(uri: vscode.Uri): Promise<boolean> {
    return (await tensors.inspect(uri)).catalog.tensors.length > 1;
  }

  /** Opens a file's editor. @throws when it does not come */
  async function editorOf(uri: vscode.Uri): Promise<ActiveEditor> {
    const opened = editors.opened(uri, patience);
    await vscode.commands.executeCommand('vscode.openWith', uri, tensorViewType);
    return opened;
  }
}

function nameOf({ tensors }: Catalog, tensor: number): string {
  return tensors[tensor]?.name || 'this tensor';
}

export function sameShape({ catalog, tensor }: PickedTensor): (shape: readonly number[]) => boolean {
  const own = catalog.tensors[tensor]?.shape.join();
  return (shape) => shape.join() === own;
}

/** Whether all tensors of a file are meant, or one of them; undefined when nothing is chosen. */
async function pickWhole(uri: vscode.Uri): Promise<boolean | undefined> {
  const items = [
    { label: '$(files) All Tensors of the File', description: 'each beside the one of its name in another file', whole: true },
    { label: '$(symbol-array) One Tensor…', description: 'on the same axes as another', whole: false },
  ];
  return (await vscode.window.showQuickPick(items, { title: `What of ${fileNameOf(uri)} is compared` }))?.whole;
}

/** Another file, by VS Code's open dialog. */
async function pickFile(own: vscode.Uri): Promise<vscode.Uri | undefined> {
  const folder = own.scheme === 'file' ? { defaultUri: vscode.Uri.joinPath(own, '..') } : {};
  const picked = await vscode.window.showOpenDialog({ ...folder, title: `What ${fileNameOf(own)} is held against`, openLabel: 'Compare', filters: { 'Tensor files': fileEndings(), 'All files': ['*'] } });
  return picked?.[0];
}
