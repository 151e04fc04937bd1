import assert from 'node:assert/strict';
import { batchSizesOf, relativeStdOfMean, relativeStdOfVariance } from '../../../../src/core/analysis/batchSize';
import type { SampleCells } from '../../../../src/core/analysis/plans';
import { resample } from '../../../../src/core/analysis/resampling';
import { createMomentTable, type MomentTable } from '../../../../src/core/engine/moments';
import { analyzed } from '../../../support/analysis';
import { momentsByDefinition, seededNormal } from '../../../support/moments';
import { engines } from '../../../support/tensors';

const grouping = { kept: [true, true, false] };

/** Cells of (sample, channel) by definition. */
function cellsOf(values: readonly number[], samples: number, channels: number, positions: number): MomentTable {
  return momentsByDefinition(values, [samples, channels, positions], grouping);
}

function walkOf(samples: number, channels: number): SampleCells {
  return { grouping, samples, channels, sampleStride: channels, channelStride: 1 };
}

/** Normal values whose positions of one sample and channel share `rho` of their variance; each channel at its own offset and scale. */
function correlated(samples: number, channels: number, positions: number, rho: number, seed: number): number[] {
  const normal = seededNormal(seed);
  const values: number[] = [];
  for (let sample = 0; sample < samples; sample++) {
    for (let channel = 0; channel < channels; channel++) {
      const effect = Math.sqrt(rho) * normal();
      for (let position = 0; position < positions; position++) {
        values.push(1000 * channel + (1 + channel) * (effect + Math.sqrt(1 - rho) * normal()));
      }
    }
  }
  return values;
}

describe('resampled noise of BatchNorm', () => {
  for (const [samples, positions, rho] of [[64, 9, 0.3], [64, 4, 0], [48, 16, 0.8], [8, 25, 0.2]] as const) {
    it(`is what the formula says of Gaussian elements: ${samples} samples, ${positions} positions, correlation ${rho}`, () => {
      const channels = 60;
      const cells = cellsOf(correlated(samples, channels, positions, rho, 11), samples, channels, positions);
      const sizes = batchSizesOf(samples);
      const found = resample(cells, walkOf(samples, channels), sizes);
      assert.deepEqual([found?.draws, found?.samples, found?.channels], [200, samples, channels]);
      const noise = { samples, positions, correlation: rho };
      // Three standard deviations: of a standard deviation from 200 draws with χ² tails, √(14/4 / 200), and of one from N
      // samples, √(1/2 / (N−1)), both over independent channels; and what the correction leaves of the part inside samples.
      const allowed = 3 * Math.hypot(Math.sqrt(3.5 / 200 / channels), Math.sqrt(0.5 / (samples - 1) / channels)) + 0.5 / samples;
      sizes.slice(0, -1).forEach((n, index) => {
        const point = found?.points[index];
        const ofMean = (point?.stdOfMean ?? NaN) / relativeStdOfMean(n, noise) - 1;
        const ofVariance = (point?.stdOfVariance ?? NaN) / relativeStdOfVariance(n, noise) - 1;
        assert.ok(Math.abs(ofMean) < allowed, `mean of ${n}: off by ${ofMean}, allowed ${allowed}`);
        assert.ok(Math.abs(ofVariance) < allowed, `variance of ${n}: off by ${ofVariance}, allowed ${allowed}`);
      });
      assert.equal(found?.points.at(-1), null);
    });
  }

  it('is the scatter over all pairs of four samples, by definition', () => {
    const [samples, positions] = [4, 3];
    const values = correlated(samples, 1, positions, 0.5, 3);
    const [point] = resample(cellsOf(values, samples, 1, positions), walkOf(samples, 1), [2])?.points ?? [];
    const own = spread(values);
    const pairs = [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]].map((pair) => spread(pair.flatMap((sample) => values.slice(3 * sample, 3 * sample + 3))));
    const means = spread(pairs.map(({ mean }) => mean));
    const variances = spread(pairs.map(({ variance }) => variance));
    const correction = Math.sqrt(3 / 2);
    // 200 draws of six pairs: some 5 %.
    assert.ok(Math.abs((point?.stdOfMean ?? NaN) / (correction * Math.sqrt(means.variance / own.variance)) - 1) < 0.12);
    assert.ok(Math.abs((point?.stdOfVariance ?? NaN) / (correction * Math.sqrt(variances.variance) / variances.mean) - 1) < 0.12);
  });

  it('is the same of samples with one element a channel, from the elements themselves', async () => {
    const [samples, channels] = [6, 4];
    const values = correlated(samples, channels, 1, 0, 9);
    const expected = resample(cellsOf(values, samples, channels, 1), walkOf(samples, channels), [1, 2, 4, 6]);
    for (const engine of engines()) {
      for (const [shape, layout] of [[[samples, channels], 'NC'], [[2, 3, channels], 'NNC'], [[samples, channels, 1, 1], 'NCHW']] as const) {
        const { batchSize, resampling } = await analyzed(values, shape, { layout, dtype: 'float64' }, engine);
        assert.deepEqual(resampling, { draws: 200, samples, channels });
        batchSize.forEach(({ resampledStdOfMean, resampledStdOfVariance }, index) => {
          const point = expected?.points[index] ?? null;
          assert.equal(resampledStdOfMean === null, point === null);
          if (point === null) return;
          // One element has no variance, and what was drawn of it is rounding.
          assert.equal(resampledStdOfVariance === null, index === 0);
          assert.ok(Math.abs((resampledStdOfMean ?? NaN) / point.stdOfMean - 1) < 1e-10, `${layout} ${point.stdOfMean}`);
          if (resampledStdOfVariance !== null) assert.ok(Math.abs(resampledStdOfVariance / point.stdOfVariance - 1) < 1e-10);
        });
      }
      const turned = await analyzed(Array.from({ length: values.length }, (_, index) => values[(index % samples) * channels + Math.floor(index / samples)] ?? 0), [channels, samples], { layout: 'CN', dtype: 'float64' }, engine);
      assert.ok(Math.abs((turned.batchSize[1]?.resampledStdOfMean ?? NaN) / (expected?.points[1]?.stdOfMean ?? NaN) - 1) < 1e-10);
    }
  });

  it('shows tails that the formula does not know of', () => {
    // Every eighth sample ten times as wide.
    const [samples, channels, positions] = [64, 20, 16];
    const values = correlated(samples, channels, positions, 0, 5).map((value, index) => {
      const sample = Math.floor(index / (channels * positions));
      const channel = Math.floor(index / positions) % channels;
      return sample % 8 === 0 ? 1000 * channel + 10 * (value - 1000 * channel) : value;
    });
    const found = resample(cellsOf(values, samples, channels, positions), walkOf(samples, channels), [8, 64]);
    const formula = relativeStdOfVariance(8, { samples, positions, correlation: 0 });
    assert.ok((found?.points[0]?.stdOfVariance ?? 0) > 4 * formula);
  });

  it('leaves out constant channels and what is not finite', () => {
    const [samples, positions] = [16, 4];
    const one = correlated(samples, 1, positions, 0.5, 8);
    const two = one.flatMap((_, index) => (index % positions === 0 ? [...one.slice(index, index + positions), 7, 7, 7, 7] : []));
    const alone = resample(cellsOf(one, samples, 1, positions), walkOf(samples, 1), [2, 4, 16]);
    assert.deepEqual(resample(cellsOf(two, samples, 2, positions), walkOf(samples, 2), [2, 4, 16]), alone);
    const holes = one.map((value, index) => (index < 6 ? NaN : value));
    const found = resample(cellsOf(holes, samples, 1, positions), walkOf(samples, 1), [2, 4, 16]);
    assert.ok(found?.points.slice(0, 2).every((point) => point !== null && point.stdOfVariance > 0 && point.stdOfMean > 0));
    assert.equal(resample(cellsOf(new Array<number>(64).fill(3), samples, 1, positions), walkOf(samples, 1), [2, 16]), null);
  });

  it('cannot be told of three samples, nor of the batch of all', () => {
    assert.equal(resample(cellsOf([1, 2, 5, 4, 8, 6], 3, 1, 2), walkOf(3, 1), [2, 3]), null);
    assert.equal(resample(cellsOf([1, 2, 5, 4, 8, 6, 3, 3], 4, 1, 2), walkOf(4, 1), [4]), null);
  });

  it('looks at a part of very many samples or channels, and says so', () => {
    const normal = seededNormal(6);
    const table = (size: number) => {
      const cells = createMomentTable(size);
      for (let cell = 0; cell < size; cell++) {
        cells.count[cell] = 4;
        cells.mean[cell] = normal();
        cells.m2[cell] = 4;
      }
      return cells;
    };
    const long = resample(table(100_000), walkOf(100_000, 1), batchSizesOf(100_000));
    assert.deepEqual([long?.samples, long?.channels], [25_000, 1]);
    assert.deepEqual(long?.points.map((point) => point !== null), [true, true, true, true, true, true, true, true, true, true, true, true, true, true, false, false, false, false]);
    const wide = resample(table(100_000), walkOf(10, 10_000), batchSizesOf(10));
    assert.deepEqual([wide?.samples, wide?.channels], [10, 1310]);
  });

  it('is in the report, the same by both engines and each time', async () => {
    const values = correlated(6, 3, 20, 0.4, 2);
    const reports = await Promise.all([...engines(), ...engines()].map((engine) => analyzed(values, [6, 3, 4, 5], { dtype: 'float64' }, engine)));
    const [first] = reports;
    assert.deepEqual(first?.resampling, { draws: 200, samples: 6, channels: 3 });
    assert.deepEqual(first.batchSize.map(({ n, resampledStdOfMean: share }) => [n, share !== null]), [[1, true], [2, true], [4, true], [6, false]]);
    for (const { batchSize } of reports) {
      batchSize.forEach((point, index) => {
        for (const name of ['resampledStdOfMean', 'resampledStdOfVariance', 'effectiveN'] as const) {
          const expected = first.batchSize[index]?.[name] ?? null;
          if (expected === null) assert.equal(point[name], null);
          else assert.ok(Math.abs((point[name] ?? NaN) / expected - 1) < 1e-10, `${name}: ${point[name]} and ${expected}`);
        }
      });
    }
  });
});

/** Mean and biased variance by definition. */
function spread(values: readonly number[]): { readonly mean: number; readonly variance: number } {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length };
}
