import assert from 'node:assert/strict';
import fs from 'node:fs';
import type { Report, RunningAverages } from '../../../../src/core/analysis/report';
import { runningText } from '../../../../src/core/analysis/runningAverages';
import type { Limits } from '../../../../src/core/limits';
import { analyzed, analyzedTensor, type AnalyzedAs } from '../../../support/analysis';
import { failure } from '../../../support/errors';
import { seededNormal } from '../../../support/moments';
import { inProject } from '../../../support/root';
import { engines, rawTensor } from '../../../support/tensors';

interface Case {
  readonly shape: readonly number[];
  readonly batchSize: number;
  readonly momentum: number | 'cumulative';
  readonly values: readonly number[];
  readonly steps: readonly { readonly mean: readonly number[]; readonly variance: readonly number[] }[];
}

const file = inProject('test', 'fixtures', 'running', 'truth.json');
const { cases } = JSON.parse(fs.readFileSync(file, 'utf8')) as { cases: Readonly<Record<string, Case>> };

function tracked(found: Report['runningAverages']): RunningAverages {
  assert.ok(found !== null && !('notApplicable' in found), JSON.stringify(found));
  return found;
}

/** Mean and unbiased variance of every channel of (samples, channels, positions), by definition. */
function population({ shape: [, channels = 0, positions = 1], values }: Case) {
  return Array.from({ length: channels }, (_, channel) => {
    const own = values.filter((_value, index) => Math.floor(index / positions) % channels === channel);
    const mean = own.reduce((a, b) => a + b, 0) / own.length;
    return { mean, variance: own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (own.length - 1) };
  });
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
}

function assertNear(actual: number | undefined, expected: number, what: string): void {
  assert.ok(Math.abs((actual ?? NaN) - expected) <= 1e-10 * Math.max(1, Math.abs(expected)), `${what} is ${actual}, PyTorch says ${expected}`);
}

function assertIsTorch(name: string, given: Case, found: RunningAverages): void {
  const own = population(given);
  assert.equal(found.steps, given.steps.length, name);
  assert.deepEqual(found.points.map(({ step }) => step), given.steps.map((_, index) => index + 1));
  given.steps.forEach(({ mean, variance }, index) => {
    const point = found.points[index];
    const means = mean.map((value, channel) => Math.abs(value - (own[channel]?.mean ?? 0)) / Math.sqrt(own[channel]?.variance ?? 0));
    const variances = variance.map((value, channel) => Math.abs(Math.log(value / (own[channel]?.variance ?? 0))));
    assertNear(point?.mean.median, median(means), `${name}: median distance of means at step ${index + 1}`);
    assertNear(point?.mean.max, Math.max(...means), `${name}: largest distance of means`);
    assertNear(point?.variance.median, median(variances), `${name}: median distance of variances`);
    assertNear(point?.variance.max, Math.max(...variances), `${name}: largest distance of variances`);
  });
  const last = given.steps.at(-1);
  assert.equal(found.worstMeans.length, Math.min(8, own.length));
  for (const { channel, running } of found.worstMeans) assertNear(running, last?.mean[channel] ?? NaN, `${name}: mean of channel ${channel}`);
  for (const { channel, running } of found.worstVariances) assertNear(running, last?.variance[channel] ?? NaN, `${name}: variance of channel ${channel}`);
  for (const { distance, channel } of found.worstMeans) {
    assertNear(distance, Math.abs((last?.mean[channel] ?? NaN) - (own[channel]?.mean ?? NaN)) / Math.sqrt(own[channel]?.variance ?? NaN), name);
  }
}

describe('running averages', () => {
  for (const [name, given] of Object.entries(cases)) {
    // From cells and elements of the first pass, and, where those are too many to keep, from another read.
    const [samples = 0, channels = 0] = given.shape;
    const limits: readonly (readonly [string, Partial<Limits>])[] = [
      ['kept', {}],
      ['read again', { quantileElements: 1, cellsInMemory: samples + channels, chunkBytes: 100 }],
    ];
    for (const [how, limited] of limits) {
      it(`are those of PyTorch's BatchNorm1d after every step: ${name}, ${how}`, async () => {
        const { shape, batchSize, momentum, values } = given;
        const request: AnalyzedAs = { layout: shape.length === 2 ? 'NC' : 'NCT', dtype: 'float64', batchSize, momentum, limits: limited };
        for (const engine of engines(limited)) {
          const { runningAverages, coupling } = await analyzed(values, shape, request, engine);
          assert.equal(coupling !== null, how === 'kept');
          assertIsTorch(`${engine.backend} ${name}`, given, tracked(runningAverages));
        }
      });
    }
  }

  it('are over what a mask leaves of every batch, wherever the batches are kept', async () => {
    const normal = seededNormal(6);
    const [batchSize, momentum] = [3, 0.25];
    // Lengths by both axes of samples, or by the first alone; the second batch has nothing left.
    const masks: readonly (readonly [string, readonly number[], readonly number[], (place: readonly number[]) => boolean])[] = [
      ['NTC', [11, 4, 3], [0, 1], ([n = 0, t = 0]) => (n < 3 || n > 5) && t < 1 + ((n * 7) % 4)],
      ['NNTC', [4, 3, 4, 3], [0, 1, 2], ([n = 0, o = 0, t = 0]) => n !== 1 && t < 1 + ((n + o) % 4)],
      ['NNTC', [4, 3, 4, 3], [0], ([n = 0]) => n !== 1],
      ['NC', [12, 3], [0], ([n = 0]) => n < 3 || n > 6],
    ];
    for (const [layout, shape, axes, isLeft] of masks) {
      const values = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 2 + normal());
      const placeOf = (index: number, sizes: readonly number[]) => sizes.map((size, axis) => Math.floor(index / sizes.slice(axis + 1).reduce((a, b) => a * b, 1)) % size);
      const positions = axes.map((axis) => shape[axis] ?? 1);
      const counts = Uint8Array.from({ length: positions.reduce((a, b) => a * b, 1) }, (_, index) => (isLeft(placeOf(index, positions)) ? 1 : 0));
      const samples = shape.filter((_, axis) => layout[axis] === 'N').reduce((a, b) => a * b, 1);
      const inSample = values.length / samples;
      // By definition, in plain sums.
      const running = { mean: [0, 0, 0], variance: [1, 1, 1] };
      let seen = 0;
      for (let first = 0; first < samples; first += batchSize) {
        for (let channel = 0; channel < 3; channel++) {
          const own = values.filter((_, index) => {
            const sample = Math.floor(index / inSample);
            return index % 3 === channel && sample >= first && sample < first + batchSize && isLeft(axes.map((axis) => placeOf(index, shape)[axis] ?? 0));
          });
          if (own.length < 2) continue;
          if (channel === 0) seen++;
          const mean = own.reduce((a, b) => a + b, 0) / own.length;
          const variance = own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (own.length - 1);
          running.mean[channel] = (1 - momentum) * (running.mean[channel] ?? 0) + momentum * mean;
          running.variance[channel] = (1 - momentum) * (running.variance[channel] ?? 0) + momentum * variance;
        }
      }
      const mask = { kind: 'mask', from: { shape: positions, counts } } as const;
      for (const limited of [{}, { quantileElements: 1, cellsInMemory: samples + 3, groupsInMemory: 24 }]) {
        for (const engine of engines(limited)) {
          const report = await analyzed(values, shape, { layout, dtype: 'float64', batchSize, momentum, mask, limits: limited }, engine);
          const found = tracked(report.runningAverages);
          const what = `${engine.backend} ${layout} ${axes.join()} ${JSON.stringify(limited)}`;
          assert.ok(found.final, what);
          found.final.mean.forEach((mean, channel) => assertNear(mean, running.mean[channel] ?? NaN, `${what}: mean of channel ${channel}`));
          found.final.variance.forEach((variance, channel) => assertNear(variance, running.variance[channel] ?? NaN, `${what}: variance of channel ${channel}`));
          assertNear(found.initialWeight, (1 - momentum) ** seen, what);
        }
      }
    }
  });

  it('forget their initial values as the momentum says, and say what is left', async () => {
    const normal = seededNormal(2);
    const values = Array.from({ length: 200 }, normal);
    const run = async (momentum: number | 'cumulative', batchSize: number) =>
      tracked((await analyzed(values, [100, 2], { layout: 'NC', momentum, batchSize })).runningAverages);
    const [slow, fast, cumulative, still] = [await run(0.01, 2), await run(0.1, 2), await run('cumulative', 2), await run(0, 2)];
    // 44, 459 and 4 603 steps of the momenta 0.1, 0.01 and 0.001.
    assert.deepEqual([slow.stepsToForget, fast.stepsToForget, (await run(0.001, 2)).stepsToForget], [459, 44, 4603]);
    assert.ok(Math.abs(slow.initialWeight - 0.99 ** 50) < 1e-12);
    assert.match(slow.note ?? '', /^After 50 steps 60.5.% of the running statistics is still their initial 0 and 1; less than 1 % is after 459 steps\.$/);
    assert.deepEqual([fast.note, cumulative.note, cumulative.stepsToForget, cumulative.initialWeight], [null, null, 1, 0]);
    assert.deepEqual([still.stepsToForget, still.initialWeight], [null, 1]);
    assert.match(still.note ?? '', /stays: the momentum is 0/);
    assert.match(runningText(fast)[0] ?? '', /^Running statistics after 50 steps of 2 samples, momentum 0\.1: means off by .+ σ \(median\), at most .+ σ; variances by a factor of .+, at most .+\.$/);
  });

  it('keep a smaller last batch, but for one without a variance', async () => {
    const values = Array.from({ length: 26 }, seededNormal(5));
    const seven = tracked((await analyzed(values, [13, 2], { layout: 'NC', batchSize: 3 })).runningAverages);
    assert.deepEqual([seven.steps, seven.lastBatch, seven.leftOut, seven.points.at(-1)?.samples], [4, 3, 1, 12]);
    const five = tracked((await analyzed(values, [13, 2], { layout: 'NC', batchSize: 5 })).runningAverages);
    assert.deepEqual([five.steps, five.lastBatch, five.leftOut, five.points.at(-1)?.samples], [3, 3, 0, 13]);
    const planes = tracked((await analyzed(values, [13, 1, 2], { layout: 'NCT', batchSize: 3 })).runningAverages);
    assert.deepEqual([planes.steps, planes.lastBatch, planes.leftOut], [5, 1, 0]);
  });

  it('leave out elements that are not finite, and channels without spread', async () => {
    const normal = seededNormal(7);
    const values = Array.from({ length: 24 }, (_, index) => (index % 3 === 2 ? 7 : normal()));
    const clean = tracked((await analyzed(values, [8, 3], { layout: 'NC', batchSize: 4, momentum: 'cumulative', dtype: 'float64' })).runningAverages);
    assert.equal(clean.channels, 2);
    // The first batch leaves channel 0 one finite element: it changes nothing of that channel, whose mean is still 0.
    const broken = values.map((value, index) => (index % 3 === 0 && index < 9 ? NaN : value));
    const found = tracked((await analyzed(broken, [8, 3], { layout: 'NC', batchSize: 4, momentum: 1, dtype: 'float64' })).runningAverages);
    const distances = [0, 1].map((channel) => {
      const finite = broken.flatMap((value, index) => (index % 3 === channel && Number.isFinite(value) ? [{ value, index }] : []));
      const mean = finite.reduce((sum, { value }) => sum + value, 0) / finite.length;
      const variance = finite.reduce((sum, { value }) => sum + (value - mean) ** 2, 0) / (finite.length - 1);
      const running = channel === 0 ? 0 : finite.reduce((sum, { value, index }) => sum + (index < 12 ? value / 4 : 0), 0);
      return Math.abs(running - mean) / Math.sqrt(variance);
    });
    assertNear(found.points[0]?.mean.max, Math.max(...distances), 'largest distance after a batch with NaN');
    assertNear(found.points[0]?.mean.median, median(distances), 'median distance after a batch with NaN');
    assert.ok(found.points.every(({ mean, variance }) => Number.isFinite(mean.max) && Number.isFinite(variance.max)));
  });

  it('are told of at most 64 steps and the 8 worst channels', async () => {
    const values = Array.from({ length: 400 * 12 }, seededNormal(9));
    const found = tracked((await analyzed(values, [400, 12], { layout: 'NC', batchSize: 2 })).runningAverages);
    assert.deepEqual([found.steps, found.points.length, found.points.at(-1)?.step], [200, 64, 200]);
    assert.deepEqual([found.worstMeans.length, found.worstVariances.length], [8, 8]);
    assert.ok(found.worstMeans.every(({ distance }, index) => distance <= (found.worstMeans[index - 1]?.distance ?? Infinity)));
    assert.equal(found.worstMeans[0]?.distance, found.points.at(-1)?.mean.max);
  });

  it('and the coupling of samples are those of the same elements when these are packed several to an item', async () => {
    const [samples, channels] = [15, 6];
    const bytes = Uint8Array.from({ length: (samples * channels) / 2 }, (_, index) => (index * 89 + (index >> 2)) % 256);
    const values = [...bytes].flatMap((byte) => [byte % 16, byte >> 4]);
    const encoding = { dtype: 'uint4', littleEndian: true, stride: 1, offset: 0 } as const;
    const limits = { quantileElements: 40, chunkBytes: 5 };
    for (const engine of engines(limits)) {
      const request = { layout: 'NC', batchSize: 4, limits };
      const packed = await analyzedTensor(rawTensor(bytes, [samples, channels], encoding), request, engine);
      const plain = await analyzed(values, [samples, channels], { ...request, dtype: 'uint8' }, engine);
      assert.deepEqual(tracked(packed.runningAverages), tracked(plain.runningAverages), engine.backend);
      assert.deepEqual([packed.coupling?.samples, packed.coupling], [[0, 3, 6, 9, 12], plain.coupling]);
      // Samples that begin in the middle of an item are not read one by one.
      const odd = await analyzedTensor(rawTensor(bytes, [18, 5], encoding), request, engine);
      assert.deepEqual([odd.coupling, odd.runningAverages && 'notApplicable' in odd.runningAverages], [null, true]);
    }
  });

  it('are not run where that has no meaning, and say why', async () => {
    const said = async (shape: readonly number[], request: AnalyzedAs) => {
      const { runningAverages } = await analyzed(Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, index) => index), shape, request);
      return runningAverages !== null && 'notApplicable' in runningAverages ? runningAverages.notApplicable : 'ran';
    };
    assert.equal(await said([4, 3], { layout: 'NC', batchSize: 1 }), 'a batch has one element to a channel, of which there is no variance');
    assert.equal(await said([4, 3], { layout: 'NT', batchSize: 2 }), 'BatchNorm has no statistics of this tensor');
    assert.match(await said([3, 8], { layout: 'CN', batchSize: 2, limits: { quantileElements: 4 } }), /do not lie one behind the other/);
    assert.equal((await analyzed([1, 2, 3, 4], [2, 2])).runningAverages, null);
    await assert.rejects(said([4, 3], { momentum: 1.5 }), failure('usage', /The momentum is 1\.5; it is the weight of the new batch, from 0 to 1, or "cumulative"/));
    await assert.rejects(said([4, 3], { batchSize: 2.5 }), failure('usage', /The batch size is 2\.5; it must be a whole number, one or more/));
  });
});
