import { opendir } from 'node:fs/promises';
import type * as vscode from 'vscode';
import { noSiblings, siblingFiles, type Undecided } from '../core/analysis/siblings';
import { glanceExtensions } from '../core/formats/endings';
import type { Catalog, TensorInfo } from '../core/tensor/tensor';

/** A tensor in a file of its own, whose name pairs with that of another. */
export interface SiblingTensor {
  readonly uri: vscode.Uri;
  /** As it is in its file, under the name of the file without its ending. */
  readonly info: TensorInfo;
  /** The name in the file itself. */
  readonly tensorName: string;
}

export interface SiblingTensors {
  /** The file's own name without its ending. */
  readonly stem: string;
  readonly tensors: readonly SiblingTensor[];
  readonly undecided: readonly Undecided[];
}

/** Entries of a folder that are looked through: of a larger one nothing is found. */
const mostEntries = 10_000;

/**
 * Parameters that lie beside a file in its folder, each in a file with one tensor. A folder that cannot be listed has none, and so
 * has a file whose header cannot be read: nobody has asked for them.
 * @param inspect reads a header
 * @param at the URI of a name in the folder
 */
export async function siblingTensors(uri: vscode.Uri, inspect: (uri: vscode.Uri) => Promise<{ readonly catalog: Catalog }>, at: (name: string) => vscode.Uri): Promise<SiblingTensors> {
  const own = uri.path.split('/').pop() ?? '';
  const stem = stemOf(own) ?? '';
  // Only folders on the disk: others are reached over who knows what.
  const names = uri.scheme === 'file' ? await namesIn(uri.fsPath.slice(0, -own.length)).catch(() => null) : null;
  const { files, undecided } = names === null ? noSiblings : siblingFiles(own, names, stemOf);
  const found = await Promise.all(
    files.map(async ({ file, stem: name }): Promise<SiblingTensor[]> => {
      const other = at(file);
      const [info, ...more] = (await inspect(other).catch(() => null))?.catalog.tensors ?? [];
      return info === undefined || more.length > 0 ? [] : [{ uri: other, info: { ...info, name }, tensorName: info.name }];
    }),
  );
  return { stem, tensors: found.flat(), undecided };
}

/** Null for a folder with more than are looked through. */
async function namesIn(folder: string): Promise<string[] | null> {
  const names: string[] = [];
  for await (const entry of await opendir(folder)) {
    if (names.length >= mostEntries) return null;
    if (!entry.isDirectory()) names.push(entry.name);
  }
  return names;
}

/** Null for what is no tensor file, and for text, whose header is all of it. */
function stemOf(name: string): string | null {
  const ending = glanceExtensions.filter((extension) => name.toLowerCase().endsWith(extension)).sort((a, b) => b.length - a.length)[0];
  return ending === undefined ? null : name.slice(0, -ending.length);
}
