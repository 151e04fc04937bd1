import assert from 'node:assert/strict';
import { fitsRole, pairedParameters, partnerOf } from '../../../../src/core/analysis/attached';
import type { TensorInfo } from '../../../../src/core/tensor/tensor';

function catalog(shapes: Readonly<Record<string, readonly number[]>>): TensorInfo[] {
  return Object.entries(shapes).map(([name, shape]) => ({ name, dtype: 'float32', storedDtype: '<f4', shape, bytes: 0, status: 'readable', reason: null }));
}

/** What is found beside the first tensor, by name. */
function found(shapes: Readonly<Record<string, readonly number[]>>, options: { layout?: string } = {}) {
  const tensors = catalog(shapes);
  const { methods, ...parts } = pairedParameters(tensors, 0, { shape: tensors[0]?.shape ?? [], ...options });
  return { ...Object.fromEntries(Object.entries(parts).map(([part, index]) => [part, tensors[index]?.name])), ...(methods && { methods }) };
}

describe('parameters beside a tensor', () => {
  it('are found under its own name or that of its layer, as PyTorch, Keras and Flax call them', () => {
    const running = { weight: 'bn1.weight', bias: 'bn1.bias', runningMean: 'bn1.running_mean', runningVar: 'bn1.running_var', methods: ['batch'] };
    assert.deepEqual(found({ 'bn1.input': [8, 4, 3, 3], 'bn1.weight': [4], 'bn1.bias': [4], 'bn1.running_mean': [4], 'bn1.running_var': [4], 'bn1.num_batches_tracked': [] }), running);
    assert.deepEqual(found({ x: [8, 4, 3, 3], gamma: [4], beta: [4], moving_mean: [4], moving_variance: [4] }), { weight: 'gamma', bias: 'beta', runningMean: 'moving_mean', runningVar: 'moving_variance', methods: ['batch'] });
    assert.deepEqual(found({ 'a/x': [8, 4], 'a/x_running_mean': [4], 'a/x_running_var': [4] }), { runningMean: 'a/x_running_mean', runningVar: 'a/x_running_var' });
    assert.deepEqual(found({ 'LayerNorm_0/x': [8, 5, 4], 'LayerNorm_0/scale': [4], 'LayerNorm_0/bias': [4] }), { weight: 'LayerNorm_0/scale', bias: 'LayerNorm_0/bias', methods: ['layer', 'rms'] });
  });

  it('prefer its own name to that of its layer', () => {
    assert.deepEqual(found({ x: [8, 4], weight: [4], 'x.weight': [4] }), { weight: 'x.weight', methods: ['layer', 'rms'] });
  });

  it('are none of another shape, no bias alone, no half of running statistics, and nothing of a layer’s own tensor', () => {
    assert.deepEqual(found({ x: [8, 4], 'x.weight': [5], 'x.bias': [4], 'x.running_mean': [4] }), {});
    assert.deepEqual(found({ 'conv.weight': [64, 3, 7, 7], 'conv.bias': [3] }), {});
    assert.deepEqual(found({ 'dense/kernel': [8, 4], 'dense/scale': [4] }), {});
    assert.deepEqual(found({ x: [8, 4], 'y.weight': [4], xweight: [4] }), {});
  });

  it('follow the layout: what is a channel says what fits', () => {
    const shapes = { x: [8, 6, 4], 'x.weight': [6], 'x.running_mean': [6], 'x.running_var': [6] };
    assert.deepEqual(found(shapes, { layout: 'NTC' }), {});
    assert.deepEqual(found(shapes, { layout: 'NCT' }), { weight: 'x.weight', runningMean: 'x.running_mean', runningVar: 'x.running_var', methods: ['batch'] });
  });

  it('go together in pairs', () => {
    const tensors = catalog({ 'a.weight': [4], 'a.bias': [4], 'b.weight': [4], 'b.bias': [3] });
    assert.equal(partnerOf(tensors, 0, 'bias'), 1);
    assert.equal(partnerOf(tensors, 2, 'bias'), null);
  });

  it('fit by their shape in each role', () => {
    const target = { shape: [8, 6, 4], layout: 'NTC' };
    for (const [role, shape] of [['weight', [4]], ['runningVar', [4]], ['lengths', [8]], ['mask', [8, 6]], ['mask', [8]], ['mask', [8, 6, 1]]] as const) assert.ok(fitsRole(role, shape, target), role);
    for (const [role, shape] of [['weight', [6]], ['runningMean', [8]], ['lengths', [6]], ['mask', [6, 8]], ['mask', []]] as const) assert.ok(!fitsRole(role, shape, target), role);
  });
});
