import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import * as vscode from 'vscode';
import { npyHeader } from '../../src/core/formats/npyWriter';
import type { DType } from '../../src/core/tensor/dtype';
import type { ExtensionApi } from '../../src/extension';
import type { OpenDocument } from '../../src/features/customEditor';
import type { EditorState } from '../../src/protocol/messages';

/** For tests inside VS Code: the extension, files in its workspace, and waiting for what comes in its own time. */

export const viewType = 'normoscope.tensor';

export function extension(): vscode.Extension<ExtensionApi> {
  const found = vscode.extensions.getExtension<ExtensionApi>('normoscope.normoscope');
  assert.ok(found, 'the extension is not there');
  return found;
}

/** What the extension offers to tests, once it is active. */
export async function activated(): Promise<ExtensionApi> {
  return extension().activate();
}

/**
 * Waits until `condition` gives something, and returns it.
 * @param what for the failure's sentence: what was waited for
 */
export async function until<T>(what: string, condition: () => T | null | undefined | false, seconds = 20): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const value = condition();
    if (value !== null && value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${seconds} seconds`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A path in the workspace, which is a temporary folder of the run. */
export function inWorkspace(name: string): vscode.Uri {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder, 'no folder is open');
  return vscode.Uri.joinPath(folder.uri, name);
}

/** A `.npy` file's bytes. */
export function npyBytes(values: Float32Array, shape: readonly number[]): Uint8Array {
  return Buffer.concat([npyHeader('float32', shape), new Uint8Array(values.buffer, values.byteOffset, values.byteLength)]);
}

export async function writeNpy(name: string, values: Float32Array, shape: readonly number[]): Promise<vscode.Uri> {
  const uri = inWorkspace(name);
  await fs.writeFile(uri.fsPath, npyBytes(values, shape));
  return uri;
}

/** A `.npy` of zeros that takes no room on the disk. */
export async function writeSparseNpy(name: string, dtype: DType, shape: readonly number[], dataBytes: number): Promise<vscode.Uri> {
  const uri = inWorkspace(name);
  const header = npyHeader(dtype, shape);
  await fs.writeFile(uri.fsPath, header);
  await fs.truncate(uri.fsPath, header.length + dataBytes);
  return uri;
}

/** Opens a tensor's editor and gives its document. */
export async function openTensor(api: ExtensionApi, uri: vscode.Uri): Promise<OpenDocument> {
  await vscode.commands.executeCommand('vscode.openWith', uri, viewType);
  return until(`the document of ${uri.path}`, () => documentOf(api, uri));
}

export function documentOf({ editors }: ExtensionApi, uri: vscode.Uri): OpenDocument | undefined {
  return editors.documents.find((document) => document.uri.toString() === uri.toString());
}

/** Waits until a document's state is as `accepted` says; a failure shows the state that it stayed in. */
export async function untilState(
  { session }: OpenDocument,
  what: string,
  accepted: (state: EditorState) => boolean,
  seconds?: number,
): Promise<EditorState> {
  try {
    return await until(what, () => accepted(session.current) && session.current, seconds);
  } catch (error) {
    const { phase, stale, report, error: failure } = session.current;
    const shown = JSON.stringify({ phase, stale, progress: report?.progress, failure });
    throw new Error(`${error instanceof Error ? error.message : String(error)}; it is ${shown}`, { cause: error });
  }
}

export async function untilDone(document: OpenDocument, seconds?: number): Promise<EditorState> {
  return untilState(document, 'the numbers', ({ phase }) => {
    if (phase === 'failed') throw new Error(document.session.current.error?.message);
    return phase === 'done';
  }, seconds);
}

/** Closes every editor and waits until no document is left. */
export async function closeAll(api: ExtensionApi): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  await until('every document closed', () => api.editors.documents.length === 0);
}
