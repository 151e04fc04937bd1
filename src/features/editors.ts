import type * as vscode from 'vscode';
import { NormoscopeError } from '../core/errors';
import type { ActiveEditor, EditorRegistry } from './context';

interface Waiting {
  readonly uri: string;
  found(editor: ActiveEditor): void;
}

/** The tensor editors that are open. */
export class Editors implements EditorRegistry {
  active: ActiveEditor | null = null;
  private readonly all = new Set<ActiveEditor>();
  private readonly waiting = new Set<Waiting>();

  add(editor: ActiveEditor): void {
    this.all.add(editor);
    for (const one of this.waiting) if (one.uri === editor.uri.toString()) one.found(editor);
  }

  remove(editor: ActiveEditor): void {
    this.all.delete(editor);
    if (this.active === editor) this.active = null;
  }

  async opened(uri: vscode.Uri, patience: number): Promise<ActiveEditor> {
    const wanted = uri.toString();
    const there = [...this.all].find((editor) => editor.uri.toString() === wanted);
    if (there !== undefined) return there;
    let timer: NodeJS.Timeout | undefined;
    let waiting: Waiting | undefined;
    try {
      return await new Promise<ActiveEditor>((resolve, reject) => {
        timer = setTimeout(() => reject(new NormoscopeError('io', `${uri.path.split('/').pop() ?? ''} does not open in the tensor editor.`)), patience);
        waiting = { uri: wanted, found: resolve };
        this.waiting.add(waiting);
      });
    } finally {
      clearTimeout(timer);
      if (waiting !== undefined) this.waiting.delete(waiting);
    }
  }
}
