import assert from 'node:assert/strict';
import { planAll, sampleCells } from '../../../../src/core/analysis/plans';
import type { NormalizationOptions } from '../../../../src/core/engine/normalizations/normalization';
import { defaultLimits } from '../../../../src/core/limits';
import { parseLayout } from '../../../../src/core/tensor/layout';
import { failure } from '../../../support/errors';

/** `reduced axes: groups × elements (who shares)`, or why not. */
function said(shape: readonly number[], roles: string, options: NormalizationOptions = {}): Record<string, string> {
  const planned = planAll(shape, parseLayout(roles, shape), { tensor: 0, ...options }, defaultLimits);
  return Object.fromEntries(
    planned.map((method) => {
      if ('notApplicable' in method) return [method.normalization.id, method.notApplicable];
      const { reducedAxes, groups, elementsPerGroup, sharedBy } = method.plan;
      return [method.normalization.id, `${reducedAxes}: ${groups} × ${elementsPerGroup} (${sharedBy})`];
    }),
  );
}

describe('the plans of the normalizations', () => {
  const tables: readonly (readonly [string, readonly number[], NormalizationOptions, Record<string, string>])[] = [
    ['NC', [32, 10], {}, {
      layer: '1: 32 × 10 (each sample)',
      batch: '0: 10 × 32 (each feature)',
      rms: '1: 32 × 10 (each sample)',
      group: '1: 160 × 2 (each sample and group of 2 channels)',
      instance: 'one element per (sample, channel)',
    }],
    ['NC', [32, 10], { numGroups: 10 }, {
      layer: '1: 32 × 10 (each sample)',
      batch: '0: 10 × 32 (each feature)',
      rms: '1: 32 × 10 (each sample)',
      group: 'one element per (sample, group)',
      instance: 'one element per (sample, channel)',
    }],
    ['NTC', [8, 16, 12], {}, {
      layer: '2: 128 × 12 (each token)',
      batch: '0,1: 12 × 128 (each feature)',
      rms: '2: 128 × 12 (each token)',
      group: '1,2: 48 × 32 (each sample and group of 2 channels)',
      instance: '1: 96 × 16 (each sample and channel)',
    }],
    ['TNC', [16, 8, 12], {}, {
      layer: '2: 128 × 12 (each token)',
      batch: '0,1: 12 × 128 (each feature)',
      rms: '2: 128 × 12 (each token)',
      group: '0,2: 48 × 32 (each sample and group of 2 channels)',
      instance: '0: 96 × 16 (each sample and channel)',
    }],
    ['NCT', [8, 64, 16], {}, {
      layer: '1,2: 8 × 1024 (each sample)',
      batch: '0,2: 64 × 128 (each feature)',
      rms: '1,2: 8 × 1024 (each sample)',
      group: '1,2: 256 × 32 (each sample and group of 2 channels)',
      instance: '2: 512 × 16 (each sample and channel)',
    }],
    ['NCHW', [4, 6, 5, 7], { numGroups: 3 }, {
      layer: '1,2,3: 4 × 210 (each sample)',
      batch: '0,2,3: 6 × 140 (each channel)',
      rms: '1,2,3: 4 × 210 (each sample)',
      group: '1,2,3: 12 × 70 (each sample and group of 2 channels)',
      instance: '2,3: 24 × 35 (each sample and channel)',
    }],
    ['NCHW', [4, 6, 5, 7], { normalizedDims: 2 }, {
      layer: '2,3: 24 × 35 (each sample and channel)',
      batch: '0,2,3: 6 × 140 (each channel)',
      rms: '2,3: 24 × 35 (each sample and channel)',
      group: '1,2,3: 12 × 70 (each sample and group of 2 channels)',
      instance: '2,3: 24 × 35 (each sample and channel)',
    }],
    // ConvNeXt's LayerNorm2d: over the channels of each position.
    ['NCHW', [4, 6, 5, 7], { normalizedAxes: 'C' }, {
      layer: '1: 140 × 6 (each position)',
      batch: '0,2,3: 6 × 140 (each channel)',
      rms: '1: 140 × 6 (each position)',
      group: '1,2,3: 12 × 70 (each sample and group of 2 channels)',
      instance: '2,3: 24 × 35 (each sample and channel)',
    }],
    ['NCT', [4, 6, 5], { normalizedAxes: 'c' }, {
      layer: '1: 20 × 6 (each token)',
      batch: '0,2: 6 × 20 (each feature)',
      rms: '1: 20 × 6 (each token)',
      group: '1,2: 12 × 10 (each sample and group of 2 channels)',
      instance: '2: 24 × 5 (each sample and channel)',
    }],
    ['NHWC', [4, 5, 7, 6], {}, {
      layer: '3: 140 × 6 (each position)',
      batch: '0,1,2: 6 × 140 (each channel)',
      rms: '3: 140 × 6 (each position)',
      group: '1,2,3: 12 × 70 (each sample and group of 2 channels)',
      instance: '1,2: 24 × 35 (each sample and channel)',
    }],
    ['NCDHW', [2, 4, 3, 5, 7], {}, {
      layer: '1,2,3,4: 2 × 420 (each sample)',
      batch: '0,2,3,4: 4 × 210 (each channel)',
      rms: '1,2,3,4: 2 × 420 (each sample)',
      group: '1,2,3,4: 4 × 210 (each sample and group of 2 channels)',
      instance: '2,3,4: 8 × 105 (each sample and channel)',
    }],
    // Samples behind the channels are still never mixed by LayerNorm.
    ['CN', [10, 32], {}, {
      layer: '0: 32 × 10 (each sample)',
      batch: '1: 10 × 32 (each feature)',
      rms: '0: 32 × 10 (each sample)',
      group: '0: 160 × 2 (each sample and group of 2 channels)',
      instance: 'one element per (sample, channel)',
    }],
    ['C', [10], {}, {
      layer: '0: 1 × 10 (the whole tensor)',
      batch: 'one element per channel',
      rms: '0: 1 × 10 (the whole tensor)',
      group: '0: 5 × 2 (each sample and group of 2 channels)',
      instance: 'one element per (sample, channel)',
    }],
    ['NHW', [4, 5, 7], {}, {
      layer: 'no channel axis to reduce over',
      batch: 'no channel axis to keep',
      rms: 'no channel axis to reduce over',
      group: 'no channel axis to cut into groups',
      instance: 'no channel axis to keep',
    }],
  ];
  for (const [roles, shape, options, expected] of tables) {
    it(`are these for ${roles} (${shape.join(', ')}) ${JSON.stringify(options)}`, () => {
      assert.deepEqual(said(shape, roles, options), expected);
    });
  }

  it('refuse axes to normalize over that there are not', () => {
    const refused: readonly [NormalizationOptions, RegExp][] = [
      [{ normalizedAxes: 'CT' }, /normalizedAxes "CT" has the letter "T"; of the layout NCHW there can be C H W/],
      [{ normalizedAxes: 'NC' }, /has the letter "N"/],
      [{ normalizedAxes: '' }, /names no axis/],
      [{ normalizedAxes: 'C', normalizedDims: 1 }, /normalizedDims and normalizedAxes are both given/],
    ];
    for (const [options, message] of refused) assert.throws(() => said([2, 3, 4, 4], 'NCHW', options), failure('usage', message));
  });

  it('cut channels into as many groups as divide them, up to 32 and of at least two channels', () => {
    const groups = (channels: number) => said([2, channels, 3, 3], 'NCHW')['group'];
    assert.match(groups(64) ?? '', /group of 2 channels/);
    assert.match(groups(48) ?? '', /group of 2 channels/);
    assert.match(groups(37) ?? '', /group of 37 channels/);
    assert.match(groups(24) ?? '', /group of 2 channels/);
    assert.match(groups(1) ?? '', /group of 1 channel\)/);
  });

  it('find samples and channels on either side, and none where a cell would be one element', () => {
    const cells = (shape: readonly number[], roles: string) => {
      const found = sampleCells(shape, parseLayout(roles, shape), [], defaultLimits);
      return found && [found.samples, found.channels, found.sampleStride, found.channelStride];
    };
    assert.deepEqual(cells([4, 6, 5, 7], 'NCHW'), [4, 6, 6, 1]);
    assert.deepEqual(cells([4, 5, 7, 6], 'NHWC'), [4, 6, 6, 1]);
    assert.deepEqual(cells([6, 4, 9], 'CNT'), [4, 6, 1, 4]);
    assert.deepEqual(cells([2, 3, 9, 6], 'NNTC'), [6, 6, 6, 1]);
    assert.equal(cells([4, 6], 'NC'), null);
    assert.equal(cells([2, 6, 3, 9], 'NCNT'), null);
    assert.equal(cells([6, 9], 'CT'), null);
  });
});
