import assert from 'node:assert/strict';
import { findLayers } from '../../../../src/core/analysis/layers';
import type { TensorInfo } from '../../../../src/core/tensor/tensor';

const tensor = (name: string, ...shape: number[]): TensorInfo => ({ name, dtype: 'float32', storedDtype: 'F32', shape, bytes: 0, status: 'readable', reason: null });
const kinds = (...tensors: TensorInfo[]) => findLayers(tensors).map(({ name, kind, features }) => `${name}: ${kind} ${features}`);

describe('normalization layers of a checkpoint', () => {
  it('are BatchNorm by structure, whatever the name', () => {
    const names = ['weight', 'bias', 'running_mean', 'running_var'].map((part) => tensor(`layer2.0.downsample.1.${part}`, 128));
    assert.deepEqual(kinds(...names, tensor('layer2.0.downsample.1.num_batches_tracked')), ['layer2.0.downsample.1: batch 128']);
    assert.deepEqual(findLayers(names)[0], { name: 'layer2.0.downsample.1', kind: 'batch', features: 128, weight: 0, bias: 1, runningMean: 2, runningVar: 3 });
  });

  it('are BatchNorm in Keras and Flax too, and without weight and bias', () => {
    assert.deepEqual(kinds(tensor('bn/moving_mean:0', 8), tensor('bn/moving_variance:0', 8), tensor('bn/gamma:0', 8)), ['bn: batch 8']);
    assert.deepEqual(kinds(tensor('batch_stats/BatchNorm_0/mean', 8), tensor('batch_stats/BatchNorm_0/var', 8)), ['batch_stats/BatchNorm_0: batch 8']);
  });

  for (const [name, expected] of [
    ['encoder.layer.0.output.LayerNorm', 'layer'],
    ['transformer.h.0.ln_1', 'layer'],
    ['model.layers.3.input_layernorm', 'rms'],
    ['blk.0.attn_norm', 'rms'],
    ['backbone.gn1', 'group'],
    ['down.0.group_norm', 'group'],
  ] as const) {
    it(`are told by name: ${name}`, () => {
      const bias = expected === 'rms' ? [] : [tensor(`${name}.bias`, 16)];
      assert.deepEqual(kinds(tensor(`${name}.weight`, 16), ...bias), [`${name}: ${expected} 16`]);
    });
  }

  it('are not what only looks like one', () => {
    assert.deepEqual(kinds(tensor('fc.weight', 10, 64), tensor('fc.bias', 10)), [], 'a linear layer');
    assert.deepEqual(kinds(tensor('blocks.0.gamma', 96)), [], 'ConvNeXt\'s LayerScale');
    assert.deepEqual(kinds(tensor('blocks.0.ls1.gamma', 96)), [], 'LayerScale');
    assert.deepEqual(kinds(tensor('conv.bias', 96)), [], 'a bias');
    assert.deepEqual(kinds(tensor('norm.weight', 96), tensor('norm.bias', 95)), [], 'lengths that differ');
  });
});
