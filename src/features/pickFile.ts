import * as vscode from 'vscode';

interface Picked {
  /** The tensor's file: the proposed one stands beside it where that is on the disk. */
  readonly source: vscode.Uri;
  /** `['block0', 'histogram-raw', 'png']` makes `acts.block0.histogram-raw.png` of `acts.npz`. Empty ones are left out. */
  readonly parts: readonly string[];
  readonly filters: Readonly<Record<string, string[]>>;
  readonly title: string;
}

/** Asks for a file to write. Never the tensor's own, which is told; undefined then, and when nothing is chosen. */
export async function pickFile({ source, parts, filters, title }: Picked): Promise<vscode.Uri | undefined> {
  const folder = source.scheme === 'file' ? vscode.Uri.joinPath(source, '..') : vscode.workspace.workspaceFolders?.[0]?.uri;
  const stem = nameOf(source).replace(/\.[^.]*$/, '');
  const name = [stem, ...parts.map((part) => part.replace(/[^\w.-]+/g, '_').slice(0, 100))].filter((part) => part !== '').join('.');
  const target = await vscode.window.showSaveDialog({
    ...(folder === undefined ? {} : { defaultUri: vscode.Uri.joinPath(folder, name) }),
    filters: { ...filters },
    title,
  });
  return target === undefined || isItself(source, target) ? undefined : target;
}

/** Whether a file to write is the tensor's own, which is told: nothing is written over it. */
export function isItself(source: vscode.Uri, target: vscode.Uri): boolean {
  if (target.toString() !== source.toString()) return false;
  void vscode.window.showWarningMessage(`${nameOf(source)} is the tensor itself; nothing was written over it.`);
  return true;
}

export function nameOf(uri: vscode.Uri): string {
  return uri.path.split('/').pop() ?? '';
}
