import * as vscode from 'vscode';
import type { ExportKind } from '../../protocol/messages';
import { nameOf, pickFile } from '../pickFile';

const kinds: Readonly<Record<ExportKind, string>> = { png: 'PNG picture', svg: 'SVG drawing', csv: 'Comma-separated values' };

/**
 * Asks for a file and writes what the page exported to it, and nowhere else.
 * @param tensor name of the shown tensor, empty where the file has one alone
 * @returns the file, once it is there; undefined when nothing was written, which has been told
 */
export async function saveExport(source: vscode.Uri, tensor: string, name: string, kind: ExportKind, bytes: Uint8Array): Promise<vscode.Uri | undefined> {
  const target = await pickFile({ source, parts: [tensor, name, kind], filters: { [kinds[kind]]: [kind] }, title: 'Export' });
  if (target === undefined) return undefined;
  await vscode.workspace.fs.writeFile(target, bytes);
  vscode.window.setStatusBarMessage(`${nameOf(target)} written`, 3000);
  return target;
}
