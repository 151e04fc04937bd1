import type * as vscode from 'vscode';
import { tensorExtensions } from '../core/formats/registry';

/** Whether a path ends as the tensor formats' files do. */
export function isTensorPath(path: string): boolean {
  const lower = path.toLowerCase();
  return tensorExtensions.some((extension) => lower.endsWith(extension));
}

export function isTensorFile(uri: vscode.Uri): boolean {
  return isTensorPath(uri.path);
}

/** `**\/*.npy` or `**\/*.{npy,safetensors}`: every tensor file of a folder. */
export function tensorGlob(): string {
  const endings = tensorExtensions.map((extension) => extension.slice(1));
  return endings.length === 1 ? `**/*.${endings[0]}` : `**/*.{${endings.join(',')}}`;
}
