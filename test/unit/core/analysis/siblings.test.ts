import assert from 'node:assert/strict';
import { siblingFiles, undecidedText } from '../../../../src/core/analysis/siblings';

const stemOf = (name: string) => (/\.(npy|safetensors)$/.test(name) ? name.replace(/\.[^.]*$/, '') : null);
const found = (own: string, ...names: string[]) => {
  const { files, undecided } = siblingFiles(own, [own, ...names], stemOf);
  return { ...Object.fromEntries(files.map(({ part, file }) => [part, file])), ...(undecided.length > 0 && { undecided: undecided.map(undecidedText) }) };
};

describe('files beside a tensor', () => {
  it('are its parameters under its own name or that of its layer', () => {
    assert.deepEqual(found('x.npy', 'x_gamma.npy', 'x.bias.npy', 'x_running_mean.npy', 'x_running_var.npy', 'y_gamma.npy', 'xx_beta.npy', 'x_gamma.txt'), {
      weight: 'x_gamma.npy',
      bias: 'x.bias.npy',
      runningMean: 'x_running_mean.npy',
      runningVar: 'x_running_var.npy',
    });
    assert.deepEqual(found('layer1.bn.input.npy', 'layer1.bn.weight.npy', 'layer1.weight.npy'), { weight: 'layer1.bn.weight.npy' });
    assert.deepEqual(found('bn.x.npy', 'bn.weight.npy', 'bn.x.weight.npy'), { weight: 'bn.x.weight.npy' }, 'its own name is nearer');
  });

  it('are none that could be any file’s, none of a parameter, and none where two would do', () => {
    assert.deepEqual(found('x.npy', 'weight.npy', 'gamma.npy', 'xweight.npy'), {});
    assert.deepEqual(found('bn.weight.npy', 'bn.bias.npy'), {});
    assert.deepEqual(found('x.npy', 'x_gamma.npy', 'x.weight.safetensors', 'x_beta.npy'), {
      bias: 'x_beta.npy',
      undecided: ['γ could be x.weight.safetensors or x_gamma.npy: attach the one that is meant.'],
    });
  });
});
