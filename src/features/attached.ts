import type * as vscode from 'vscode';
import type { AttachedRole } from '../core/analysis/attached';
import type { MethodId } from '../core/engine/normalizations/normalization';

/** A tensor beside the shown one: where it is. */
export interface OtherTensor {
  readonly uri: vscode.Uri;
  /** Index in the file's catalog, and the name that it had there. */
  readonly tensor: number;
  readonly tensorName: string;
  readonly shape: readonly number[];
}

/** A tensor that another is analyzed with. */
export interface AttachedTensor extends OtherTensor {
  readonly role: AttachedRole;
  readonly methods?: readonly MethodId[];
  readonly inverted?: boolean;
}
