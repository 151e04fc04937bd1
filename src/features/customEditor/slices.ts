import type * as vscode from 'vscode';
import type { Slice, SliceRequest } from '../../core/analysis/slice';
import type { SlicePurpose, WorkerReply } from '../../protocol/messages';
import type { TensorStore } from '../tensorStore';
import { Newest } from './newest';

/** What one page reads of a file's elements. */
export interface Slices {
  /** The newest of a purpose wins: the one before is given up. Never rejects. */
  read(purpose: SlicePurpose, tensor: number, request: SliceRequest): Promise<WorkerReply<Slice>>;
  /** Gives up what still runs. */
  dispose(): void;
}

/** Two pages on one file look at different places, so each has its own. */
export function createSlices(uri: vscode.Uri, tensors: TensorStore): Slices {
  const newest = new Newest<SlicePurpose>();
  return {
    read: (purpose, tensor, request) => newest.answer(purpose, (signal) => tensors.slice(uri, tensor, request, { signal })),
    dispose: () => newest.dispose(),
  };
}
