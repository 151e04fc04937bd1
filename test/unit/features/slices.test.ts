import assert from 'node:assert/strict';
import type * as vscode from 'vscode';
import type { Slice, SliceRequest } from '../../../src/core/analysis/slice';
import { NormoscopeError } from '../../../src/core/errors';
import { createSlices } from '../../../src/features/customEditor/slices';
import type { TensorStore } from '../../../src/features/tensorStore';

const uri = { path: '/acts.npy' } as vscode.Uri;
const request: SliceRequest = { fixed: [0], rowAxis: 0, columnAxis: null, rows: [0, 1], columns: [0, 1] };
const slice: Slice = { rows: 1, columns: 1, values: Float64Array.of(7) };

/** A store that answers when it is told to, and stops when it is told to. */
function slowStore() {
  const answers: (() => void)[] = [];
  const store: Pick<TensorStore, 'slice'> = {
    slice: (_, __, ___, { signal } = {}) =>
      new Promise((resolve, reject) => {
        answers.push(() => resolve(slice));
        signal?.addEventListener('abort', () => reject(new NormoscopeError('cancelled', 'Cancelled.')));
      }),
  };
  return { store: store as TensorStore, answers };
}

describe('the numbers of a page', () => {
  it('are those asked for last; what was asked before is given up, but for what is copied', async () => {
    const { store, answers } = slowStore();
    const slices = createSlices(uri, store);
    const copied = slices.read('copy', 0, request);
    const first = slices.read('view', 0, request);
    const second = slices.read('view', 0, request);
    assert.deepEqual(await first, { ok: false, error: { code: 'cancelled', message: 'Cancelled.' } });
    for (const answer of answers) answer();
    assert.deepEqual(await second, { ok: true, value: slice });
    assert.deepEqual(await copied, { ok: true, value: slice });
  });

  it('are given up with the page', async () => {
    const { store } = slowStore();
    const slices = createSlices(uri, store);
    const answer = slices.read('view', 0, request);
    slices.dispose();
    assert.equal((await answer).ok, false);
  });
});
