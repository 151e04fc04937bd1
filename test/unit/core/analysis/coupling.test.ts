import assert from 'node:assert/strict';
import { compareDocument } from '../../../../src/core/analysis/json';
import type { Coupling } from '../../../../src/core/analysis/report';
import { analyzed, type AnalyzedAs } from '../../../support/analysis';
import { seededNormal } from '../../../support/moments';
import { engines } from '../../../support/tensors';

const eps = 1e-5;

/** BatchNorm of the samples that are kept: (samples × channels × positions) row-major, statistics over finite elements. */
function batchNorm(values: readonly number[], samples: number, channels: number, without: number | null): number[] {
  const positions = values.length / samples / channels;
  const channelOf = (index: number) => Math.floor(index / positions) % channels;
  const sampleOf = (index: number) => Math.floor(index / (positions * channels));
  const statistics = Array.from({ length: channels }, (_, channel) => {
    const own = values.filter((value, index) => channelOf(index) === channel && sampleOf(index) !== without && Number.isFinite(value));
    const mean = own.reduce((a, b) => a + b, 0) / own.length;
    return { mean, variance: own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / own.length };
  });
  return values.map((value, index) => {
    const { mean, variance } = statistics[channelOf(index)] ?? { mean: NaN, variance: NaN };
    return (value - mean) / Math.sqrt(variance + eps);
  });
}

/** By definition: the batch computed again without each sample. */
function couplingByDefinition(values: readonly number[], samples: number, channels: number, at: readonly number[]): number[][] {
  const whole = batchNorm(values, samples, channels, null);
  const size = values.length / samples;
  return at.map((i) =>
    at.map((j) => {
      if (i === j) return 0;
      const left = batchNorm(values, samples, channels, j);
      const changes = left.map((value, index) => (value - (whole[index] ?? 0)) ** 2).slice(i * size, (i + 1) * size);
      const finite = changes.filter(Number.isFinite);
      return Math.sqrt(finite.reduce((a, b) => a + b, 0) / finite.length);
    }),
  );
}

function assertIs(coupling: Coupling | null, expected: readonly (readonly number[])[], what: string): void {
  assert.ok(coupling, what);
  const flat = expected.flat();
  assert.equal(coupling.values.length, flat.length);
  flat.forEach((value, pair) => {
    const found = coupling.values[pair] ?? NaN;
    assert.ok(Math.abs(found - value) <= 1e-9 * value + 1e-13, `${what}: pair ${pair} is ${found}, by definition ${value}`);
  });
  const off = expected.flatMap((row, i) => row.filter((_, j) => j !== i));
  assert.ok(Math.abs(coupling.max - Math.max(...off)) < 1e-9 * coupling.max);
  assert.ok(Math.abs(coupling.mean - off.reduce((a, b) => a + b, 0) / off.length) < 1e-9 * coupling.mean);
}

/** Samples of their own mean and width, one of them far out, channels of their own offset. */
function samplesOf(samples: number, channels: number, positions: number, seed: number): number[] {
  const normal = seededNormal(seed);
  return Array.from({ length: samples }, (_, sample) => {
    const width = sample === 1 ? 20 : 1 + normal() ** 2;
    return Array.from({ length: channels }, (_empty, channel) => {
      const middle = normal();
      return Array.from({ length: positions }, () => 100 * channel + width * (middle + normal()));
    });
  }).flat(2);
}

describe('coupling of samples', () => {
  const cases: readonly (readonly [string, readonly number[], string, AnalyzedAs?])[] = [
    ['planes', [7, 3, 2, 5], 'NCHW'],
    ['plain features', [9, 4], 'NC'],
    ['two samples', [2, 3, 4], 'NCT'],
    ['axes of one element behind the channels', [6, 5, 1, 1], 'NCHW'],
  ];
  for (const [name, shape, layout] of cases) {
    it(`is what BatchNorm computed again without each sample shows: ${name}`, async () => {
      const [samples = 0, channels = 0, ...rest] = shape;
      const values = samplesOf(samples, channels, rest.reduce((a, b) => a * b, 1), 5);
      const at = Array.from({ length: samples }, (_, sample) => sample);
      for (const engine of engines()) {
        const { coupling } = await analyzed(values, shape, { layout, eps, dtype: 'float64' }, engine);
        assertIs(coupling, couplingByDefinition(values, samples, channels, at), `${engine.backend} ${name}`);
        assert.deepEqual(coupling?.samples, at);
      }
    });
  }

  it('is nothing for normalizations that take their statistics from one sample', async () => {
    const values = samplesOf(6, 4, 9, 2);
    const { coupling } = await analyzed(values, [6, 4, 3, 3], { layout: 'NCHW' });
    const none = { mean: 0, max: 0 };
    assert.deepEqual({ ...coupling?.methods, batch: null }, { layer: none, batch: null, rms: none, group: none, instance: none });
    assert.ok((coupling?.methods.batch?.mean ?? 0) > 0.01);
    // Of all axes but none: LayerNorm over the samples, too, is not said to be free of them.
    const over = await analyzed(values, [6, 36], { layout: 'NC', normalizedDims: 2 });
    assert.deepEqual([over.coupling?.methods.layer, over.coupling?.methods.rms], [null, null]);
  });

  it('leaves out elements that are not finite, and channels that nothing is left of', async () => {
    const values = samplesOf(4, 3, 5, 9);
    for (const index of [0, 17, 18]) values[index] = NaN;
    // All of the last channel but one sample's.
    values.forEach((_, index) => {
      if (Math.floor(index / 5) % 3 === 2 && index >= 15) values[index] = Infinity;
    });
    const { coupling } = await analyzed(values, [4, 3, 5], { layout: 'NCT', eps, dtype: 'float64' });
    assertIs(coupling, couplingByDefinition(values, 4, 3, [0, 1, 2, 3]), 'with NaN');
  });

  it('is of what a mask leaves, and of no sample that it leaves nothing of', async () => {
    const [samples, channels, positions] = [6, 3, 5];
    const values = samplesOf(samples, channels, positions, 9);
    const lengths = [5, 0, 2, 1, 4, 5];
    const counts = Uint8Array.from({ length: samples * positions }, (_, index) => (index % positions < (lengths[Math.floor(index / positions)] ?? 0) ? 1 : 0));
    const isLeft = (index: number) => counts[Math.floor(index / (channels * positions)) * positions + (index % positions)] === 1;
    const left = values.map((value, index) => (isLeft(index) ? value : NaN));
    const at = [0, 2, 3, 4, 5];
    const mask = { kind: 'mask', from: { shape: [samples, positions], counts } } as const;
    // What is left out may be anything.
    const given = values.map((value, index) => (isLeft(index) ? value : 1e30));
    for (const engine of engines()) {
      const { coupling } = await analyzed(given, [samples, channels, positions], { layout: 'NCT', eps, dtype: 'float64', mask }, engine);
      assert.deepEqual(coupling?.samples, at);
      assertIs(coupling, couplingByDefinition(left, samples, channels, at), engine.backend);
    }
    // One element to a cell: the elements themselves are the cells.
    const plain = samplesOf(8, 3, 1, 4);
    const some = Uint8Array.from([1, 1, 0, 1, 0, 1, 1, 1]);
    const found = await analyzed(plain, [8, 3], { layout: 'NC', eps, dtype: 'float64', mask: { kind: 'mask', from: { shape: [8], counts: some } } });
    const ofSome = plain.map((value, index) => (some[Math.floor(index / 3)] === 1 ? value : NaN));
    assertIs(found.coupling, couplingByDefinition(ofSome, 8, 3, [0, 1, 3, 5, 6, 7]), 'plain features');
  });

  it('is told of evenly spaced samples of a large tensor, against all of it', async () => {
    const [samples, channels] = [70, 3];
    const values = samplesOf(samples, channels, 1, 4);
    const all = await analyzed(values, [samples, channels], { dtype: 'float64', eps });
    assert.equal(all.coupling?.samples.length, 64);
    assertIs(all.coupling, couplingByDefinition(values, samples, channels, all.coupling.samples), 'of 70');
    for (const engine of engines({ quantileElements: 40 })) {
      const some = await analyzed(values, [samples, channels], { dtype: 'float64', eps, limits: { quantileElements: 40 } }, engine);
      const at = [0, 6, 12, 18, 24, 30, 36, 42, 48, 54, 60];
      assert.deepEqual(some.coupling?.samples, at);
      assertIs(some.coupling, couplingByDefinition(values, samples, channels, at), 'one in six');
      assert.deepEqual(some.resampling, { draws: 200, samples: 11, channels });
    }
  });

  it('is not known of one sample, or without BatchNorm', async () => {
    assert.equal((await analyzed([1, 2, 3, 4], [1, 2, 2], { layout: 'NCT' })).coupling, null);
    assert.equal((await analyzed([1, 2, 3, 4], [2, 2], { layout: 'NT' })).coupling, null);
    assert.equal((await analyzed([5, 5, 5, 5], [2, 2])).coupling, null);
  });

  it('is in the document of compare, the matrix with --full', async () => {
    const report = await analyzed(samplesOf(3, 2, 4, 1), [3, 2, 4], { layout: 'NCT' });
    const short = compareDocument('acts.npy', report, { full: false })['coupling'] as Record<string, unknown>;
    assert.deepEqual(Object.keys(short), ['samples', 'channels', 'methods']);
    const long = compareDocument('acts.npy', report, { full: true })['coupling'] as { values: number[][] };
    assert.deepEqual(long.values.map((row) => row.length), [3, 3, 3]);
    assert.deepEqual(long.values.map((row, index) => row[index]), [0, 0, 0]);
  });
});
