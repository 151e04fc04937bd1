import type * as vscode from 'vscode';
import type { AttachedRole } from '../core/analysis/attached';
import type { MethodId } from '../core/engine/normalizations/normalization';

/** A tensor that another is analyzed with: where it is. */
export interface AttachedTensor {
  readonly role: AttachedRole;
  readonly uri: vscode.Uri;
  /** Index in the file's catalog, and the name that it had there. */
  readonly tensor: number;
  readonly tensorName: string;
  readonly shape: readonly number[];
  readonly methods?: readonly MethodId[];
  readonly inverted?: boolean;
}
