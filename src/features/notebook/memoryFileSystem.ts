import * as vscode from 'vscode';
import type { MemoryFiles } from '../context';

export const memoryScheme = 'normoscope-output';

/** Outputs that are kept for the editor; more are not open at once. */
const kept = 20;

/** Files that exist only in memory, read-only: tensors of notebook outputs on their way to the editor. */
export class MemoryFileSystem implements vscode.FileSystemProvider, MemoryFiles {
  private readonly files = new Map<string, { readonly bytes: Uint8Array; readonly created: number }>();
  private readonly changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly onDidChangeFile = this.changed.event;
  private lastId = 0;

  add(name: string, bytes: Uint8Array): vscode.Uri {
    const uri = vscode.Uri.from({ scheme: memoryScheme, path: `/${++this.lastId}/${name}` });
    this.files.set(uri.path, { bytes, created: Date.now() });
    for (const oldest of this.files.keys()) {
      if (this.files.size <= kept) break;
      this.files.delete(oldest);
    }
    return uri;
  }

  stat(uri: vscode.Uri): vscode.FileStat {
    const { bytes, created } = this.file(uri);
    return { type: vscode.FileType.File, ctime: created, mtime: created, size: bytes.length };
  }

  readFile(uri: vscode.Uri): Uint8Array {
    return this.file(uri).bytes;
  }

  readDirectory(): [string, vscode.FileType][] {
    return [];
  }

  watch(): vscode.Disposable {
    return new vscode.Disposable(() => undefined);
  }

  createDirectory(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  writeFile(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  delete(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  rename(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  private file(uri: vscode.Uri) {
    const file = this.files.get(uri.path);
    if (file === undefined) throw vscode.FileSystemError.FileNotFound(uri);
    return file;
  }
}
