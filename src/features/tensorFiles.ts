import type * as vscode from 'vscode';
import { tensorExtensions } from '../core/formats/registry';

/** Whether a name ends as the tensor formats' files do. */
export function isTensorFile(uri: vscode.Uri): boolean {
  const path = uri.path.toLowerCase();
  return tensorExtensions.some((extension) => path.endsWith(extension));
}

/** `**\/*.npy` or `**\/*.{npy,safetensors}`: every tensor file of a folder. */
export function tensorGlob(): string {
  const endings = tensorExtensions.map((extension) => extension.slice(1));
  return endings.length === 1 ? `**/*.${endings[0]}` : `**/*.{${endings.join(',')}}`;
}
