import type * as vscode from 'vscode';
import type { Slice, SliceRequest } from '../../core/analysis/slice';
import { toErrorData } from '../../core/errors';
import type { SlicePurpose, WorkerReply } from '../../protocol/messages';
import type { TensorStore } from '../tensorStore';

/** What one page reads of a file's elements. */
export interface Slices {
  /** The newest of a purpose wins: the one before is given up. Never rejects. */
  read(purpose: SlicePurpose, tensor: number, request: SliceRequest): Promise<WorkerReply<Slice>>;
  /** Gives up what still runs. */
  dispose(): void;
}

/** Two pages on one file look at different places, so each has its own. */
export function createSlices(uri: vscode.Uri, tensors: TensorStore): Slices {
  const running = new Map<SlicePurpose, AbortController>();
  return {
    async read(purpose, tensor, request) {
      running.get(purpose)?.abort();
      const work = new AbortController();
      running.set(purpose, work);
      try {
        return { ok: true, value: await tensors.slice(uri, tensor, request, { signal: work.signal }) };
      } catch (error) {
        return { ok: false, error: toErrorData(error) };
      } finally {
        if (running.get(purpose) === work) running.delete(purpose);
      }
    },
    dispose() {
      for (const work of running.values()) work.abort();
    },
  };
}
