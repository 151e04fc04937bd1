import assert from 'node:assert/strict';
import type { BatchOutputs } from '../../../../src/core/analysis/batchOutputs';
import type { Report } from '../../../../src/core/analysis/report';
import { inOrder, seededUniform, shuffle } from '../../../../src/core/analysis/resampling';
import { analyzed } from '../../../support/analysis';
import { seededNormal } from '../../../support/moments';
import { engines } from '../../../support/tensors';

const bins = 128;

/** (samples, channels, positions), row-major; channels far from zero and of unlike width, samples that differ. */
function planes(samples: number, channels: number, positions: number): number[] {
  const normal = seededNormal(4);
  const values: number[] = [];
  for (let sample = 0; sample < samples; sample++) {
    for (let channel = 0; channel < channels; channel++) {
      const effect = normal();
      for (let position = 0; position < positions; position++) values.push(100 * channel + (1 + channel) * (effect + normal()));
    }
  }
  return values;
}

function outputsOf({ batchOutputs }: Report): BatchOutputs {
  assert.ok(batchOutputs !== undefined && 'sizes' in batchOutputs, JSON.stringify(batchOutputs));
  return batchOutputs;
}

/** BatchNorm of some samples, by definition. @param at the value of (sample, channel, position) */
function normalized(at: (sample: number, channel: number, position: number) => number, batch: readonly number[], channels: number, positions: number, eps: number): number[][] {
  return Array.from({ length: channels }, (_, channel) => {
    const values = batch.flatMap((sample) => Array.from({ length: positions }, (__, position) => at(sample, channel, position)));
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    return values.map((value) => (value - mean) / Math.sqrt(variance + eps));
  });
}

describe('outputs of BatchNorm by batch size', () => {
  const [samples, channels, positions] = [7, 3, 10] as const;
  const values = planes(samples, channels, positions);
  const at = (sample: number, channel: number, position: number) => values[(sample * channels + channel) * positions + position] ?? NaN;

  for (const engine of engines()) {
    it(`are those of the definition, draw by draw: ${engine.backend}`, async () => {
      const eps = 1e-3;
      const report = await analyzed(values, [samples, channels, 2, 5], { views: ['batch'], batchOutputs: true, dtype: 'float64', eps }, engine);
      const found = outputsOf(report);
      assert.deepEqual(found.sizes.map(({ n }) => n), [1, 2, 4, 7]);
      assert.deepEqual([found.draws, found.samples, found.elements, found.raisesAt], [20, 7, 210, null]);
      const histogram = report.views[1]?.histogram;
      assert.deepEqual([found.low, found.high], [histogram?.low, histogram?.high], 'the range of the views, so that they can be laid on each other');
      const whole = normalized(at, [0, 1, 2, 3, 4, 5, 6], channels, positions, eps);
      const order = inOrder(samples);
      const uniform = seededUniform(1);
      const drawn = Array.from({ length: 20 }, () => {
        shuffle(order, 4, uniform);
        return [...order];
      });
      for (const { n, mean, least, most, distance } of found.sizes.slice(0, -1)) {
        const shares = drawn.map((all) => {
          const counts = new Float64Array(bins);
          for (const output of normalized(at, all.slice(0, n), channels, positions, eps).flat()) {
            const bin = Math.min(bins - 1, Math.floor(((output - found.low) / (found.high - found.low)) * bins));
            counts[bin] = (counts[bin] ?? 0) + 1 / (n * channels * positions);
          }
          return counts;
        });
        for (let bin = 0; bin < bins; bin++) {
          const inBin = shares.map((counts) => counts[bin] ?? 0);
          assert.ok(Math.abs((mean[bin] ?? NaN) - inBin.reduce((a, b) => a + b, 0) / 20) < 1e-12);
          assert.ok(Math.abs((least[bin] ?? NaN) - Math.min(...inBin)) < 1e-12);
          assert.ok(Math.abs((most[bin] ?? NaN) - Math.max(...inBin)) < 1e-12);
        }
        const squares = drawn.flatMap((all) => {
          const batch = all.slice(0, n);
          return normalized(at, batch, channels, positions, eps).map((outputs, channel) => outputs.reduce((sum, output, index) => sum + (output - (whole[channel]?.[(batch[Math.floor(index / positions)] ?? 0) * positions + (index % positions)] ?? NaN)) ** 2, 0) / (n * positions));
        });
        const expected = Math.sqrt(squares.reduce((a, b) => a + b, 0) / squares.length);
        assert.ok(Math.abs(distance / expected - 1) < 1e-9, `${n}: ${distance} and ${expected}`);
      }
      const all = found.sizes.at(-1);
      assert.equal(all?.distance, 0);
      assert.deepEqual(all.mean.map((share) => Math.round(share * 210)), histogram?.counts, 'all samples: what the view shows');
      assert.deepEqual(all.least, all.most);
    });

    it(`do not depend on the layout, and leave out what is not finite: ${engine.backend}`, async () => {
      const withHole = values.map((value, index) => (index === 4 ? NaN : value));
      const first = outputsOf(await analyzed(withHole, [samples, channels, positions], { layout: 'NCT', batchOutputs: true, views: [], dtype: 'float64' }, engine));
      assert.equal(first.sizes.length, 4);
      const turned = Array.from({ length: values.length }, (_, index) => {
        const [sample, position, channel] = [Math.floor(index / (positions * channels)), Math.floor(index / channels) % positions, index % channels];
        return withHole[(sample * channels + channel) * positions + position] ?? NaN;
      });
      const last = outputsOf(await analyzed(turned, [samples, positions, channels], { layout: 'NTC', batchOutputs: true, views: [], dtype: 'float64' }, engine));
      first.sizes.forEach(({ mean, distance }, index) => {
        const other = last.sizes[index];
        assert.ok(mean.every((share, bin) => Math.abs(share - (other?.mean[bin] ?? NaN)) < 1e-12));
        assert.ok(Math.abs(distance - (other?.distance ?? NaN)) < 1e-9);
      });
    });
  }

  it('have two values of two samples with one element a channel, and PyTorch raises at one', async () => {
    const found = outputsOf(await analyzed([1, 10, 3, 30, 2, 50, 9, 5], [4, 2], { views: [], batchOutputs: true, dtype: 'float64', eps: 0 }));
    assert.deepEqual([found.raisesAt, found.sizes.map(({ n }) => n)], [1, [2, 4]]);
    const [two] = found.sizes;
    const filled = [...(two?.mean.keys() ?? [])].filter((bin) => (two?.mean[bin] ?? 0) > 0);
    assert.deepEqual(filled.map((bin) => two?.mean[bin]), [0.5, 0.5], 'whatever they were: −1 and 1');
    assert.deepEqual(two?.least, two?.most);
  });

  it('of a large tensor are of places that are the same in all samples, under the statistics of all', async () => {
    const [many, wide, long] = [16, 4, 20_000] as const;
    const large = planes(many, wide, long);
    const found = outputsOf(await analyzed(large, [many, wide, long], { layout: 'NCT', views: [], batchOutputs: true, exact: true }));
    assert.equal(found.elements, 16 * 8 * 4096);
    const whole = normalized((sample, channel, position) => Math.fround(large[(sample * wide + channel) * long + position] ?? NaN), [...Array(many).keys()], wide, long, 1e-5);
    const places = Array.from({ length: 8 }, (_, index) => Math.floor((index * (wide * long - 4096)) / 7));
    const counts = new Float64Array(bins);
    for (let sample = 0; sample < many; sample++) {
      for (const place of places) {
        for (let element = place; element < place + 4096; element++) {
          const output = whole[Math.floor(element / long)]?.[sample * long + (element % long)] ?? NaN;
          if (output < found.low || output > found.high) continue;
          const bin = Math.min(bins - 1, Math.floor(((output - found.low) / (found.high - found.low)) * bins));
          counts[bin] = (counts[bin] ?? 0) + 1;
        }
      }
    }
    const all = found.sizes.at(-1);
    // At an edge of a bin, one more or less.
    assert.ok(all?.mean.every((share, bin) => Math.abs(share * found.elements - (counts[bin] ?? 0)) < 2));
    const turned = (await analyzed(large, [long, wide, many], { layout: 'TCN', views: [], batchOutputs: true })).batchOutputs;
    assert.deepEqual(turned, { notApplicable: 'the samples of this tensor do not lie one behind the other, and are too many to keep' });
  });

  it('are not told of a single sample, with a mask, or unless they are asked for', async () => {
    assert.deepEqual((await analyzed([1, 2, 3, 4], [1, 2, 2], { layout: 'NCT', views: [], batchOutputs: true })).batchOutputs, { notApplicable: 'the tensor has a single sample' });
    const masked = await analyzed([1, 2, 3, 0], [2, 2, 1], { layout: 'NTC', views: [], batchOutputs: true, mask: { kind: 'pad-value', value: 0 } });
    assert.deepEqual(masked.batchOutputs, { notApplicable: 'with a mask, samples have unlike numbers of elements' });
    assert.equal('batchOutputs' in (await analyzed(values, [samples, channels, positions], { views: [] })), false);
  });
});
