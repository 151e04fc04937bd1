import type * as vscode from 'vscode';
import type { PairRow } from '../../core/analysis/pairRow';
import type { TensorPair } from '../../core/analysis/pairs';
import type { Catalog } from '../../core/tensor/tensor';
import type { SentPairRow } from '../../protocol/attachments';
import type { TensorStore } from '../tensorStore';

/** Another file that all tensors of the shown one are held against: its catalog, and the rows that are known. */
export class ComparedFile {
  private readonly rows = new Map<string, PairRow>();
  private work: AbortController | null = null;

  constructor(
    private readonly own: { readonly uri: vscode.Uri; readonly catalog: Catalog },
    readonly uri: vscode.Uri,
    readonly catalog: Catalog,
    private readonly tensors: TensorStore,
  ) {}

  get fileName(): string {
    return this.uri.path.split('/').pop() ?? '';
  }

  /** Computes the rows that are wanted and not known, in their order. What was wanted before is dropped. */
  async want(pairs: readonly TensorPair[], tell: (rows: readonly SentPairRow[]) => void): Promise<void> {
    this.stop();
    const known = pairs.flatMap((pair) => {
      const row = this.rows.get(keyOf(pair));
      return row === undefined ? [] : [[pair.one, pair.other, row] as const];
    });
    if (known.length > 0) tell(known);
    const missing = pairs.filter((pair) => !this.rows.has(keyOf(pair)) && this.isReadable(pair));
    if (missing.length === 0) return;
    const work = new AbortController();
    this.work = work;
    const onPairRow = (place: number, row: PairRow) => {
      const pair = missing[place];
      if (work.signal.aborted || pair === undefined) return;
      this.rows.set(keyOf(pair), row);
      tell([[pair.one, pair.other, row]]);
    };
    // What fails of a file as a whole is told when it is opened; a row without numbers says enough.
    await this.tensors.pairRows(this.own.uri, this.uri, missing, { signal: work.signal, onPairRow }).catch(() => undefined);
  }

  stop(): void {
    this.work?.abort();
    this.work = null;
  }

  /** Whether those of a pair that are there can be read. */
  private isReadable({ one, other }: TensorPair): boolean {
    const sides = [one === null ? null : this.own.catalog.tensors[one], other === null ? null : this.catalog.tensors[other]];
    return sides.some((info) => info !== null) && sides.every((info) => info === null || info?.status === 'readable');
  }
}

function keyOf({ one, other }: TensorPair): string {
  return `${one} ${other}`;
}
