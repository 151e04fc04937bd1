import assert from 'node:assert/strict';
import { pairKind, pairTensors } from '../../../../src/core/analysis/pairs';
import { npyFile } from '../../../../src/core/formats/npyWriter';
import { openTensorFile } from '../../../../src/core/normoscope';
import { memorySource } from '../../../../src/core/tensor/memorySource';
import type { TensorInfo } from '../../../../src/core/tensor/tensor';
import { engines } from '../../../support/tensors';

const catalog = (...names: readonly string[]): TensorInfo[] => names.map((name) => ({ name, dtype: 'float32', storedDtype: 'F32', shape: [2], bytes: 8, status: 'readable', reason: null }));
const pairs = (ones: readonly string[], others: readonly string[]) => pairTensors(catalog(...ones), catalog(...others)).map(({ one, other }) => [one === null ? null : ones[one], other === null ? null : others[other]]);

describe('the tensors of two files', () => {
  it('are paired by their names, whatever their order, and each is there once', () => {
    assert.deepEqual(pairs(['a', 'b', 'gone'], ['new', 'b', 'a']), [['a', 'a'], ['b', 'b'], ['gone', null], [null, 'new']]);
    assert.deepEqual(pairs(['a', 'a'], ['a']), [['a', 'a'], ['a', null]]);
  });

  it('are paired past what wrappers put before their names, where no name is as it stands', () => {
    assert.deepEqual(pairs(['module.a', 'b'], ['a', '_orig_mod.module.b', 'b']), [['module.a', 'a'], ['b', 'b'], [null, '_orig_mod.module.b']]);
  });

  it('are paired past what one file puts before all of its names, in whichever file that is', () => {
    const names = ['conv.weight', 'conv.bias', 'bn.running_mean'];
    const wrapped = names.map((name) => `state_dict.model.${name}`);
    assert.deepEqual(pairs(names, ['epoch', ...wrapped]), [...names.map((name, index) => [name, wrapped[index]]), [null, 'epoch']]);
    assert.deepEqual(pairs(wrapped, [...names, 'extra']), [...wrapped.map((name, index) => [name, names[index]]), [null, 'extra']]);
    assert.deepEqual(pairs(['module.a', 'module.b'], ['params/a', 'params/b']), [['module.a', 'params/a'], ['module.b', 'params/b']]);
  });

  it('are not paired by guessing: where two prefixes would do, or few names have one', () => {
    assert.deepEqual(pairs(['weight', 'bias'], ['one.weight', 'one.bias', 'two.weight', 'two.bias']).filter(([one, other]) => one !== null && other !== null), []);
    assert.deepEqual(pairs(['a', 'b', 'c', 'd'], ['x.a', 'e', 'f', 'g']).filter(([one, other]) => one !== null && other !== null), []);
    const long = `${'a.'.repeat(1 << 18)}b`;
    assert.equal(pairs([long], ['b']).length, 2);
  });

  it('say by their headers alone what cannot be compared', () => {
    const [info] = catalog('a');
    assert.ok(info);
    const kinds = [[undefined, info], [info, undefined], [info, { ...info, shape: [3] }], [info, { ...info, storedDtype: 'BF16' }], [info, { ...info, status: 'refused' as const }], [info, info]] as const;
    assert.deepEqual(kinds.map(([one, other]) => pairKind(one, other)), ['only-second', 'only-first', 'shape', 'type', 'unreadable', 'alike']);
  });
});

for (const engine of engines({ chunkBytes: 64 })) {
  describe(`a row of two files, ${engine.backend}`, () => {
    const open = (values: readonly number[], shape: readonly number[] = [values.length]) => openTensorFile(memorySource('x.npy', npyFile('float64', shape, Float64Array.from(values))));
    const row = async (one: readonly number[], other: readonly number[], shape?: readonly number[]) => (await open(one)).pairRow(engine, 0, { file: await open(other, shape), tensor: 0 });

    it('has means, root mean squares and the difference by their definitions', async () => {
      const one = Array.from({ length: 40 }, (_, index) => index - 3);
      const other = one.map((value, index) => (index === 7 ? value - 9 : value));
      const found = await row(one, other);
      assert.ok('difference' in found && found.difference !== null && 'max' in found.difference);
      const squares = (values: readonly number[]) => values.reduce((sum, value) => sum + value * value, 0);
      assert.deepEqual([found.difference.max, found.difference.equal, found.difference.notFinite], [9, false, 0]);
      for (const [actual, expected] of [
        [found.difference.relative, Math.sqrt(81 / squares(one))],
        [found.one?.mean, 16.5],
        [found.other?.mean, 16.5 - 9 / 40],
        [found.one?.rms, Math.sqrt(squares(one) / 40)],
        [found.other?.rms, Math.sqrt(squares(other) / 40)],
      ] as const) {
        assert.ok(Math.abs((actual ?? NaN) / expected - 1) < 1e-12, `${actual} ${expected}`);
      }
    });

    it('tells equal ones, what is not finite, another shape, and one alone', async () => {
      assert.deepEqual(((await row([1, NaN, 3], [1, 2, 3])) as { difference: unknown }).difference, { max: 0, relative: 0, equal: true, notFinite: 1 });
      assert.deepEqual(((await row([1, 2, 3, 4], [1, 2, 3, 4], [2, 2])) as { difference: unknown }).difference, { notApplicable: 'the shapes differ' });
      const alone = await (await open([3, -4])).pairRow(engine, 0, { file: await open([1]), tensor: null });
      assert.deepEqual(alone, { one: { mean: -0.5, rms: Math.sqrt(12.5) }, other: null, difference: null });
    });
  });
}
