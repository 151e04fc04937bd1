import type * as vscode from 'vscode';
import type { FrameworkId } from '../core/analysis/code/methods';
import type { NormalizeMethod } from '../core/analysis/normalize';
import type { EditorState, PagePicture } from '../protocol/messages';
import type { AttachedTensor } from './attached';
import type { PickedTensor } from './pickTensor';
import type { TensorStore } from './tensorStore';

/** The view type of the tensor editor, as the manifest declares it. */
export const tensorViewType = 'normoscope.tensor';

/** The same editor where it is offered beside another: VS Code has one priority per view type. */
export const sharedViewType = 'normoscope.sharedTensor';

/**
 * The command that opens a tensor, which links may run: VS Code's own `vscode.openWith` is known to extensions alone.
 * Its argument is the file's URI.
 */
export const compareCommand = 'normoscope.compare';

/** What the features share. They know this and nothing of each other. */
export interface FeatureContext {
  readonly extensionUri: vscode.Uri;
  readonly subscriptions: { push(...items: vscode.Disposable[]): unknown };
  readonly log: vscode.LogOutputChannel;
  /** The extension's own. */
  readonly version: string;
  readonly tensors: TensorStore;
  readonly editors: EditorRegistry;
  /** Documents that exist only in memory: tensors of notebook outputs. */
  readonly memoryFiles: MemoryFiles;
}

/** The tensor editors that are open, for commands that act on the active one. */
export interface EditorRegistry {
  /** The editor that has the focus, or had it last among those still visible. */
  active: ActiveEditor | null;
  add(editor: ActiveEditor): void;
  remove(editor: ActiveEditor): void;
  /**
   * The editor of a file, now or when it comes.
   * @param patience milliseconds
   * @throws NormoscopeError `io` when it does not come
   */
  opened(uri: vscode.Uri, patience: number): Promise<ActiveEditor>;
}

export interface ActiveEditor {
  readonly uri: vscode.Uri;
  /** What it shows now. */
  readonly state: EditorState;
  /** Other tensors that the shown report is computed with. */
  readonly attached: readonly AttachedTensor[];
  /** Puts the shown report on the clipboard as `compare`'s JSON document. False while there is none. */
  copyStatistics(): Promise<boolean>;
  /** What its page shows; none while the page is hidden, or where it cannot answer. */
  pictures(): Promise<readonly PagePicture[]>;
  /** Holds a tensor of its file, by its index in the catalog, or the shown one, against another. */
  compareWith(other: PickedTensor, tensor?: number): Promise<void>;
  /** Holds all tensors of its file against those of another. */
  compareFiles(other: vscode.Uri): Promise<void>;
  /** Puts the computation of a method on the clipboard, as code of a framework. False where there is none. */
  copyCode(method: NormalizeMethod, framework: FrameworkId): Promise<boolean>;
}

export interface MemoryFiles {
  /** Keeps `bytes` under a read-only URI that ends in `name`; the oldest are forgotten. */
  add(name: string, bytes: Uint8Array): vscode.Uri;
}
