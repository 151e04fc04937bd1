import assert from 'node:assert/strict';
import {
  batchSizePoints,
  intraSampleCorrelation,
  relativeStdOfMean,
  relativeStdOfVariance,
} from '../../../../src/core/analysis/batchSize';
import { momentsByDefinition, seededNormal } from '../../../support/moments';

/** Mean and biased variance by definition. */
function spread(values: readonly number[]): { readonly mean: number; readonly variance: number } {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length };
}

describe('noise of BatchNorm by batch size', () => {
  it('is the textbook √(2/(n−1)) and 1/√n for one position', () => {
    const [, two] = batchSizePoints({ samples: 37, positions: 1, correlation: 0 });
    assert.equal(two?.n, 2);
    assert.ok(Math.abs((two?.relativeStdOfVariance ?? 0) - Math.SQRT2) < 1e-12);
    assert.ok(Math.abs((two?.relativeStdOfMean ?? 0) - Math.SQRT1_2) < 1e-12);
  });

  it('ends at the batch itself', () => {
    const sizes = batchSizePoints({ samples: 37, positions: 1, correlation: 0 }).map(({ n }) => n);
    assert.deepEqual(sizes, [1, 2, 4, 8, 16, 32, 37]);
    assert.deepEqual(batchSizePoints({ samples: 1, positions: 9, correlation: 0 }), []);
  });

  it('says where PyTorch raises: one element to a channel, and nothing more', () => {
    // torch.nn.BatchNorm1d(3)(torch.ones(1, 3)): "Expected more than 1 value per channel when training".
    const [one, two] = batchSizePoints({ samples: 8, positions: 1, correlation: 0 });
    assert.deepEqual([one?.n, one?.raises, one?.relativeStdOfVariance, one?.relativeStdOfMean], [1, true, Infinity, 1]);
    assert.equal(two?.raises, false);
    // Of nine independent positions one sample has a variance as uncertain as that of nine samples of one.
    const [alone] = batchSizePoints({ samples: 8, positions: 9, correlation: 0 });
    assert.equal(alone?.raises, false);
    assert.ok(Math.abs((alone?.relativeStdOfVariance ?? NaN) - Math.sqrt(2 / 8)) < 1e-12);
    // All positions of a sample alike: a sample has no variance, and PyTorch takes it.
    const [alike] = batchSizePoints({ samples: 8, positions: 9, correlation: 1 });
    assert.deepEqual([alike?.raises, alike?.relativeStdOfVariance], [false, Infinity]);
  });

  it('gives the worked numbers of correlated positions', () => {
    // ρ = 0.3, m = 196, n = 32: four times the 0.018 of independent elements.
    const noise = relativeStdOfVariance(32, { samples: 32, positions: 196, correlation: 0.3 });
    assert.ok(Math.abs(noise - 0.0765) < 0.0005, String(noise));
    const mean = relativeStdOfMean(32, { samples: 32, positions: 196, correlation: 0 });
    assert.ok(Math.abs(mean - 1 / Math.sqrt(32 * 196)) < 1e-12);
  });

  it('is what variances of simulated batches scatter by, two samples included', () => {
    const batches = 4000;
    for (const [n, m, rho] of [[2, 49, 0.3], [2, 2, 0.5], [4, 9, 0.9], [8, 9, 0.1]] as const) {
      const normal = seededNormal(7);
      const found = Array.from({ length: batches }, () => {
        const values = Array.from({ length: n }, () => {
          const effect = Math.sqrt(rho) * normal();
          return Array.from({ length: m }, () => effect + Math.sqrt(1 - rho) * normal());
        }).flat();
        return spread(values).variance;
      });
      const { mean, variance } = spread(found);
      const predicted = relativeStdOfVariance(n, { samples: n, positions: m, correlation: rho });
      // A standard deviation from 4 000 draws is uncertain by about 1 %, by 2 % where tails are those of few degrees of freedom.
      const ratio = Math.sqrt(variance) / mean / predicted;
      assert.ok(Math.abs(ratio - 1) < 0.06, `n ${n}, m ${m}, ρ ${rho}: ${ratio} of ${predicted}`);
    }
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
