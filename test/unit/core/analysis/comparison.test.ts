import assert from 'node:assert/strict';
import { comparisonText } from '../../../../src/core/analysis/comparisonText';
import { npyFile } from '../../../../src/core/formats/npyWriter';
import { openTensorFile } from '../../../../src/core/normoscope';
import { memorySource } from '../../../../src/core/tensor/memorySource';
import { seededNormal } from '../../../support/moments';
import { engines } from '../../../support/tensors';

const open = (name: string, shape: readonly number[], values: Float64Array) => openTensorFile(memorySource(name, npyFile('float64', shape, values)));

function meanOf(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

function varianceOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return meanOf(values.map((value) => (value - mean) ** 2));
}

function near(actual: number | null | undefined, expected: number, what: string): void {
  assert.ok(Math.abs((actual ?? NaN) - expected) <= 1e-12 * Math.max(1, Math.abs(expected)), `${what} is ${actual}, not ${expected}`);
}

// Chunks of unlike numbers of elements, so that the two streams meet in the middle of a stretch.
for (const engine of engines({ chunkBytes: 200 })) {
  describe(`two tensors on the same axes, ${engine.backend}`, () => {
    const shape = [5, 4, 3, 2];
    const normal = seededNormal(7);
    const before = Float64Array.from({ length: 120 }, () => normal() * 2 + 1);
    const channel = (index: number) => Math.floor(index / 6) % 4;
    const after = before.map((value, index) => (channel(index) === 2 ? value + 5 : channel(index) === 1 ? value * 3 : value * 1.01));
    const both = async (values: Float64Array = after, to: readonly number[] = shape) => {
      const [one, other] = [await open('before.npy', shape, before), await open('after.npy', to, values)];
      return one.compare(engine, { tensor: 0, layout: 'NCHW' }, { file: other, tensor: 0 });
    };

    it('name the channels that differ most, by their own statistics', async () => {
      const { methods } = await both();
      assert.deepEqual(methods.map(({ id, apart }) => [id, apart]), [['layer', null], ['batch', null]]);
      const { mean, variance } = methods[1] as (typeof methods)[number];
      const of = (values: Float64Array, wanted: number) => [...values].filter((_, index) => channel(index) === wanted);
      const [worst] = mean.worst;
      assert.equal(worst?.group, 2);
      near(worst.distance, 5 / Math.sqrt(varianceOf(of(before, 2))), 'the distance of the means');
      assert.equal(variance.worst[0]?.group, 1);
      near(variance.worst[0].distance, Math.log(9), 'the ratio of the variances');
      assert.ok(!variance.worst.some(({ group, distance }) => group === 2 && distance > 1e-9));
    });

    it('have histograms on one range and the same bins', async () => {
      const { one, other } = await both();
      assert.deepEqual([one.histogram.low, one.histogram.high], [other.histogram.low, other.histogram.high]);
      assert.equal(one.histogram.low, Math.min(...before, ...after));
      for (const { histogram } of [one, other]) assert.equal(histogram.counts.reduce((a, b) => a + b, 0) + histogram.below + histogram.above, 120);
    });

    it('differ element by element as they do by definition', async () => {
      const { difference } = await both();
      assert.ok('rms' in difference);
      const differences = [...after].map((value, index) => value - (before[index] ?? 0));
      const largest = Math.max(...differences.map(Math.abs));
      assert.equal(difference.max, largest);
      assert.equal(difference.maxAt, differences.findIndex((value) => Math.abs(value) === largest));
      assert.equal(difference.elements, 120);
      near(difference.rms, Math.sqrt(meanOf(differences.map((value) => value ** 2))), 'rms');
      near(difference.relative, Math.sqrt(differences.reduce((sum, value) => sum + value ** 2, 0) / before.reduce((sum, value) => sum + value ** 2, 0)), 'relative');
    });

    it('are told to be the same but for so many, where their share would be rounded to all', async () => {
      const sentence = async (equal: number, elements: number) => {
        const comparison = await both();
        assert.ok('rms' in comparison.difference);
        return comparisonText({ ...comparison, difference: { ...comparison.difference, equal, elements } })[0] ?? '';
      };
      assert.match(await sentence(49_151, 49_152), / All but 1 of the elements are the same\.$/);
      assert.match(await sentence(60, 120), / 50\u202f% of the elements are the same\.$/);
      assert.doesNotMatch(await sentence(0, 120), /are the same/);
    });

    it('are the same where they are, but for what is not finite', async () => {
      const same = before.slice();
      same[17] = NaN;
      same[60] = Infinity;
      const { difference, methods } = await both(same);
      assert.deepEqual(difference, { elements: 118, notFinite: 2, equal: 118, max: 0, maxAt: -1, maxValues: null, rms: 0, relative: 0 });
      assert.equal((await both(before)).methods.every(({ mean, variance }) => mean.worst.length + variance.worst.length === 0), true);
      assert.equal(methods.length, 2);
    });

    it('of different shapes are compared as far as they can be, and the rest is said', async () => {
      const fewer = await both(after.subarray(0, 72), [3, 4, 3, 2]);
      assert.deepEqual(fewer.difference, { notApplicable: 'the shapes differ' });
      const [layer, batch] = fewer.methods;
      assert.equal(batch?.apart, null);
      assert.equal(layer?.apart, 'LayerNorm has 5 means of the first, one for each sample (5), and 3 means of the second, one for each sample (3): how they are distributed can be compared, not one by one.');
      assert.deepEqual(layer.mean.worst, []);
      assert.deepEqual([layer.mean.one.histogram.low, layer.mean.one.size, layer.mean.other.size], [layer.mean.other.histogram.low, 5, 3]);
      const flat = await both(after, [120]);
      assert.deepEqual(flat.methods.map(({ id }) => id), ['layer'].filter((id) => flat.methods.some((method) => method.id === id)));
      assert.ok(flat.methods.length + flat.remarks.length >= 1);
    });

    it('stop when cancelled, and end with the failure of either', async () => {
      const one = await open('before.npy', shape, before);
      const controller = new AbortController();
      const options = { signal: controller.signal, onProgress: () => controller.abort() };
      await assert.rejects(one.compare(engine, { tensor: 0 }, { file: await open('after.npy', shape, after), tensor: 0 }, options), { code: 'cancelled' });
      // The last read is one of both side by side: the other has to be let go.
      const failing = async (at: number) => {
        const source = { ...memorySource('broken.npy', npyFile('float64', shape, after)) };
        const { read } = source;
        let reads = 0;
        source.read = (...args: Parameters<typeof read>) => (++reads === at ? Promise.reject(new Error('the disk is gone')) : read.apply(source, args));
        const broken = await openTensorFile(source);
        await one.compare(engine, { tensor: 0 }, { file: broken, tensor: 0 });
        return reads;
      };
      const reads = await failing(-1);
      await assert.rejects(failing(reads), /the disk is gone/);
    });
  });
}
