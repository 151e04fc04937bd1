import { stat } from 'node:fs/promises';
import path from 'node:path';
import type * as vscode from 'vscode';
import type { Part } from '../core/formats/format';
import type { InspectResult } from '../protocol/messages';

/**
 * Which other files the tensors of a file are in, as its header said when it was read last: shards by an index, external data
 * of a model. An index stays as it is while they change, so that what is known by its identity alone would be kept for too long.
 */
export class KnownParts {
  private readonly known = new Map<string, Pick<InspectResult, 'identity' | 'parts'>>();

  /** @returns what the file is known by, with its parts, as they were when the header was read */
  learn(uri: vscode.Uri, { identity, parts }: Pick<InspectResult, 'identity' | 'parts'>): string {
    // Without a path there are no other files.
    const readable = uri.scheme === 'file' ? parts : [];
    this.known.set(uri.toString(), { identity, parts: readable });
    return joined(identity, readable);
  }

  /** Whether the header of the file as it is now has been read. */
  has(uri: vscode.Uri, own: string): boolean {
    return this.known.get(uri.toString())?.identity === own;
  }

  /**
   * What a file is known by, with its parts as they are now; of a tensor, with those that it is in.
   * @param own identity of the file itself
   */
  async identity(uri: vscode.Uri, own: string, tensor?: number): Promise<string> {
    const known = this.known.get(uri.toString());
    if (known?.identity !== own || known.parts.length === 0) return own;
    const parts = known.parts.filter(({ tensors }) => tensor === undefined || tensors.includes(tensor));
    const folder = path.dirname(uri.fsPath);
    return joined(own, await Promise.all(parts.map(async (part) => ({ path: part.path, identity: await identityOf(path.join(folder, part.path)) }))));
  }
}

function joined(own: string, parts: readonly Pick<Part, 'path' | 'identity'>[]): string {
  return [own, ...parts.map((part) => `${part.identity ?? 'nothing'} ${part.path}`)].join('\n');
}

/** As the thread has it of a file that it opens. */
async function identityOf(file: string): Promise<string | null> {
  try {
    const { size, mtimeNs } = await stat(file, { bigint: true });
    return `${size}:${mtimeNs}`;
  } catch {
    return null;
  }
}
