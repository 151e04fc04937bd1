import assert from 'node:assert/strict';
import {
  batchSizePoints,
  intraSampleCorrelation,
  relativeStdOfMean,
  relativeStdOfVariance,
} from '../../../../src/core/analysis/batchSize';
import { momentsByDefinition, seededNormal } from '../../../support/moments';

describe('noise of BatchNorm by batch size', () => {
  it('is the textbook √(2/(n−1)) and 1/√n for one position', () => {
    const [two] = batchSizePoints({ samples: 37, positions: 1, correlation: 0 });
    assert.equal(two?.n, 2);
    assert.ok(Math.abs((two?.relativeStdOfVariance ?? 0) - Math.SQRT2) < 1e-12);
    assert.ok(Math.abs((two?.relativeStdOfMean ?? 0) - Math.SQRT1_2) < 1e-12);
  });

  it('ends at the batch itself', () => {
    const sizes = batchSizePoints({ samples: 37, positions: 1, correlation: 0 }).map(({ n }) => n);
    assert.deepEqual(sizes, [2, 4, 8, 16, 32, 37]);
    assert.deepEqual(batchSizePoints({ samples: 1, positions: 9, correlation: 0 }), []);
  });

  it('gives the worked numbers of correlated positions', () => {
    // N = 32, m = 196, ρ = 0.3: 0.078 against 0.018 of independent elements.
    const noise = relativeStdOfVariance(32, { samples: 32, positions: 196, correlation: 0.3 });
    assert.ok(Math.abs(noise - 0.078) < 0.001, String(noise));
    const mean = relativeStdOfMean(32, { samples: 32, positions: 196, correlation: 0 });
    assert.ok(Math.abs(mean - 1 / Math.sqrt(32 * 196)) < 1e-12);
  });

  it('finds the correlation that the data was made with', () => {
    // Sample effect √ρ, position effect √(1−ρ), two channels on very different scales.
    const rho = 0.3;
    const [samples, channels, positions] = [400, 2, 25];
    const normal = seededNormal(3);
    const values: number[] = [];
    for (let sample = 0; sample < samples; sample++) {
      for (let channel = 0; channel < channels; channel++) {
        const effect = Math.sqrt(rho) * normal();
        for (let position = 0; position < positions; position++) {
          values.push((channel === 0 ? 1 : 1000) * (effect + Math.sqrt(1 - rho) * normal()));
        }
      }
    }
    const grouping = { kept: [true, true, false] };
    const cells = momentsByDefinition(values, [samples, channels, positions], grouping);
    const walk = { grouping, samples, channels, sampleStride: channels, channelStride: 1 };
    const found = intraSampleCorrelation(cells, walk);
    assert.ok(found !== null && Math.abs(found - rho) < 0.04, String(found));
  });

  it('does not know a correlation from one sample or from constants', () => {
    const grouping = { kept: [true, true, false] };
    const walk = { grouping, samples: 1, channels: 1, sampleStride: 1, channelStride: 1 };
    assert.equal(intraSampleCorrelation(momentsByDefinition([1, 2, 3], [1, 1, 3], grouping), walk), null);
    const two = { ...walk, samples: 2 };
    assert.equal(intraSampleCorrelation(momentsByDefinition([5, 5, 5, 5], [2, 1, 2], grouping), two), null);
  });
});
