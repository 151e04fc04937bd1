import assert from 'node:assert/strict';
import { anyTensorGlob, isTensorPath, mayBeTensorPath, mayGlanceAt, tensorGlob } from '../../../src/features/tensorFiles';

describe('files by their names', () => {
  it('are tensors, may be, or are none', () => {
    const kinds = ['acts.npy', 'ACTS.NPZ', 'table.csv', 'settings.json', 'notes.md', 'npy'].map((path) => [isTensorPath(path), mayBeTensorPath(path), mayGlanceAt(path)]);
    assert.deepEqual(kinds, [
      [true, true, true],
      [true, true, true],
      [false, true, false],
      [false, true, false],
      [false, false, false],
      [false, false, false],
    ]);
  });

  it('are watched all, and offered but for text', () => {
    assert.match(anyTensorGlob(), /^\*\*\/\*\.\{.*\bjson\b/);
    assert.match(tensorGlob(), /\bnpz\b/);
    assert.doesNotMatch(tensorGlob(), /[{,]json[,}]/);
  });
});
