import assert from 'node:assert/strict';
import type { TensorInfo } from '../../../../src/core/tensor/tensor';
import { matching, rowsOf, sorted, treeOf } from '../../../../webview/views/catalog/tree';

const tensor = (name: string, shape: readonly number[] = [4]): TensorInfo => ({
  name,
  dtype: 'float32',
  storedDtype: 'F32',
  shape,
  bytes: 4 * shape.reduce((product, size) => product * size, 1),
  status: 'readable',
  reason: null,
});
const all = (tensors: readonly TensorInfo[]) => tensors.keys();
const text = (tensors: readonly TensorInfo[], open = (): boolean => true) =>
  rowsOf(treeOf(tensors, all(tensors)), open).map(({ level, branch, leaf }) => `${'  '.repeat(level - 1)}${branch === undefined ? leaf?.label : `${branch.label}/`}`);

describe('the tree of a file\'s tensors', () => {
  it('has a branch for what names share, numbers in their order, and chains as one', () => {
    const names = ['model.layers.10.weight', 'model.layers.2.weight', 'model.layers.2.bias', 'head'];
    assert.deepEqual(text(names.map((name) => tensor(name))), ['model.layers/', '  2/', '    bias', '    weight', '  10/', '    weight', 'head']);
  });

  it('adds up what is in a branch', () => {
    const tensors = [tensor('a.x', [2, 3]), tensor('a.b.y', [10]), tensor('c', [])];
    const [a] = treeOf(tensors, all(tensors)).branches;
    assert.deepEqual([a?.tensors, a?.parameters, a?.bytes], [2, 16, 64]);
  });

  it('shows no rows of a closed branch', () => {
    assert.deepEqual(text([tensor('a.x'), tensor('b')], () => false), ['a/', 'b']);
  });

  it('takes names that repeat, are empty, or are nothing but separators', () => {
    const names = ['', '', '.', 'a..b', '/x'];
    assert.equal(rowsOf(treeOf(names.map((name) => tensor(name)), names.keys()), () => true).filter(({ leaf }) => leaf !== undefined).length, names.length);
  });

  it('keeps the end of a name of thousands of parts together', () => {
    const rows = rowsOf(treeOf([tensor('a.'.repeat(100_000))], [0]), () => true);
    assert.equal(rows.length, 2);
  });

  it('sorts by a column either way, what is not known last', () => {
    const values = [3, null, 1, 2];
    assert.deepEqual(sorted([0, 1, 2, 3], (index) => values[index] ?? null, false), [2, 3, 0, 1]);
    assert.deepEqual(sorted([0, 1, 2, 3], (index) => values[index] ?? null, true), [0, 3, 2, 1]);
  });

  it('finds tensors by all words, in names, types, shapes and kinds of layer', () => {
    const tensors = [tensor('layer1.bn1.weight', [64]), tensor('layer1.conv.weight', [64, 3, 7, 7]), tensor('fc.weight', [10, 64])];
    const layers = new Map([[0, { name: 'layer1.bn1', kind: 'batch' as const, features: 64, weight: 0, bias: null, runningMean: null, runningVar: null }]]);
    assert.deepEqual(matching(tensors, layers, 'LAYER1 weight'), [0, 1]);
    assert.deepEqual(matching(tensors, layers, '64×3'), [1]);
    assert.deepEqual(matching(tensors, layers, 'batchnorm'), [0]);
    assert.deepEqual(matching(tensors, layers, 'nothing'), []);
    assert.deepEqual(matching(tensors, layers, ' '), [0, 1, 2]);
  });
});
