import type * as vscode from 'vscode';
import { glanceExtensions, sharedExtensions, tensorExtensions } from '../core/formats/endings';

const all = [...new Set([...tensorExtensions, ...sharedExtensions])];

function ends(path: string, endings: readonly string[]): boolean {
  const lower = path.toLowerCase();
  return endings.some((ending) => lower.endsWith(ending));
}

/** Whether a path ends as files do that may hold tensors: those of any format, text among them. */
export function mayBeTensorPath(path: string): boolean {
  return ends(path, all);
}

/** Whether a path ends as the files of tensor formats alone do: what cannot be read of them is worth telling. */
export function isTensorPath(path: string): boolean {
  return ends(path, tensorExtensions);
}

/** Whether a file's header may be looked at without being asked for: not that of text, which has none. */
export function mayGlanceAt(path: string): boolean {
  return ends(path, glanceExtensions);
}

/** Files that a person may want to choose from: those whose header can be looked at. */
export function tensorGlob(): string {
  return globOf(glanceExtensions);
}

/** Every file that may hold tensors. */
export function anyTensorGlob(): string {
  return globOf(all);
}

/** `**\/*.npy` or `**\/*.{npy,safetensors}`. */
function globOf(extensions: readonly string[]): string {
  const endings = extensions.map((extension) => extension.slice(1));
  return endings.length === 1 ? `**/*.${endings[0]}` : `**/*.{${endings.join(',')}}`;
}

export function mayBeTensorFile(uri: vscode.Uri): boolean {
  return mayBeTensorPath(uri.path);
}
