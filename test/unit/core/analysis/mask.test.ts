import assert from 'node:assert/strict';
import fs from 'node:fs';
import type { MaskRequest } from '../../../../src/core/analysis/mask';
import { isApplicable, type MethodReport, type Report } from '../../../../src/core/analysis/report';
import type { Engine } from '../../../../src/core/engine/engine';
import { defaultLimits } from '../../../../src/core/limits';
import { openTensorFile } from '../../../../src/core/normoscope';
import { memorySource } from '../../../../src/core/tensor/memorySource';
import { analyzed } from '../../../support/analysis';
import { inProject } from '../../../support/root';
import { engines } from '../../../support/tensors';

interface GroupsTruth {
  readonly count: readonly number[];
  readonly mean: readonly (number | null)[];
  readonly variance: readonly (number | null)[];
}

interface Truth {
  readonly layout: string;
  readonly kind: 'mask' | 'inverted' | 'lengths' | 'pad';
  readonly value?: number;
  readonly masked: number;
  readonly quantiles: readonly number[] | null;
  readonly methods: Readonly<Record<string, GroupsTruth>>;
  readonly without: Readonly<Record<string, GroupsTruth>>;
}

const folder = inProject('test', 'fixtures', 'mask');
const truth = JSON.parse(fs.readFileSync(`${folder}/truth.json`, 'utf8')) as Readonly<Record<string, Truth>>;
const open = (name: string) => openTensorFile(memorySource(`${name}.npy`, fs.readFileSync(`${folder}/${name}.npy`)));

async function requestOf(engine: Engine, name: string, { kind, value }: Truth): Promise<MaskRequest> {
  if (kind === 'pad') return { kind: 'pad-value', value: value ?? NaN };
  const file = await open(`${name}.mask`);
  if (kind === 'lengths') return { kind: 'lengths', from: await file.values(engine, 0) };
  return { kind: 'mask', from: await file.flags(engine, 0), inverted: kind === 'inverted' };
}

function assertAll(actual: ArrayLike<number> | null | undefined, expected: readonly (number | null)[], what: string): void {
  assert.equal(actual?.length, expected.length, what);
  expected.forEach((value, index) => {
    const found = actual?.[index] ?? NaN;
    const same = value === null ? Number.isNaN(found) : Math.abs(found - value) <= 1e-11 * Math.abs(value) + 1e-30;
    assert.ok(same, `${what}[${index}] is ${found}, PyTorch says ${value}`);
  });
}

function applicable({ methods }: Report, id: string): MethodReport | null {
  const method = methods.find((candidate) => candidate.id === id);
  return method !== undefined && isApplicable(method) ? method : null;
}

describe('statistics under a mask', () => {
  for (const [name, expected] of Object.entries(truth)) {
    it(`are PyTorch's of the elements that ${name} leaves`, async () => {
      const file = await open(name);
      // Small chunks, so that each file is read in many.
      for (const engine of engines({ chunkBytes: 52 })) {
        const mask = await requestOf(engine, name, expected);
        const report = await file.analyze(engine, { tensor: 0, layout: expected.layout, mask, full: true });
        assert.equal(report.mask?.maskedElements, expected.masked, engine.backend);
        assertAll(Object.values(report.statistics.quantiles ?? {}), expected.quantiles ?? [], `${engine.backend} quantiles`);
        for (const [id, groups] of Object.entries(expected.methods)) {
          const method = applicable(report, id);
          if (method === null) continue;
          assertAll(method.mean?.values, groups.mean, `${engine.backend} ${id} mean`);
          assertAll(method.variance?.values, groups.variance, `${engine.backend} ${id} variance`);
          const left = groups.count.filter((count) => count > 0);
          const [least, most] = left.length === 0 ? [0, 0] : [Math.min(...left), Math.max(...left)];
          assert.deepEqual(method.unmasked, { least, most, empty: groups.count.length - left.length }, id);
        }
        for (const [id, groups] of Object.entries(expected.without)) {
          const effect = report.mask?.withoutMask[id as 'layer'];
          assertAll(effect?.mean.values, groups.mean, `${engine.backend} ${id} mean without`);
          assertAll(effect?.variance.values, groups.variance, `${engine.backend} ${id} variance without`);
        }
      }
    });
  }

  it('say how far padding moves BatchNorm: half of N(3, 2) padded with zeros, as in TensorFlow issue 30161', async () => {
    const { methods, without } = truth['half-padded'] as Truth;
    const file = await open('half-padded');
    for (const engine of engines()) {
      const report = await file.analyze(engine, { tensor: 0, layout: 'NTC', mask: { kind: 'pad-value', value: 0 } });
      const effect = report.mask?.withoutMask.batch;
      const [mean, variance] = [methods['batch']?.mean ?? [], methods['batch']?.variance ?? []] as [number[], number[]];
      const [otherMean, otherVariance] = [without['batch']?.mean ?? [], without['batch']?.variance ?? []] as [number[], number[]];
      const shifts = mean.map((value, c) => Math.abs(value - (otherMean[c] ?? NaN)) / Math.sqrt(variance[c] ?? NaN));
      const ratios = variance.map((value, c) => (otherVariance[c] ?? NaN) / value);
      assert.ok(Math.abs((effect?.meanShift ?? 0) - Math.max(...shifts)) < 1e-9);
      assert.equal(effect?.meanShiftGroup, shifts.indexOf(Math.max(...shifts)));
      assert.ok(Math.abs((effect.varianceRatio ?? 0) - Math.max(...ratios)) < 1e-9);
      // 1.5 of √2 σ and 3.25 of 2, but for the sample.
      assert.ok(Math.abs((effect.meanShift ?? 0) - 1.06) < 0.05 && Math.abs((effect.varianceRatio ?? 0) - 1.625) < 0.05);
      assert.match(report.answer.at(-1) ?? '', /^The mask \(trailing positions equal to 0\) leaves out 1\u202f000 of 2\u202f000 positions, 50\u202f% of the elements\. Without it BatchNorm's means are off by up to 1\.\d+\u202fσ/);
      assert.match(report.answer.at(-1) ?? '', /LayerNorm's statistics are the same\.$/);
      assert.match(report.answer[0] ?? '', /1\u202f000 pairs/);
      assert.match(report.answer[1] ?? '', /from the 1\u202f000 unmasked of 2\u202f000 values of each feature: 2 pairs/);
    }
  });

  it('are those of the tensor without the masked samples, for the noise by batch size too', async () => {
    const values = Array.from({ length: 6 * 4 * 3 }, (_, index) => Math.sin(index * index));
    const masked = [0, 1, 0, 0, 0, 1];
    const flags = { shape: [6], counts: Uint8Array.from(masked, (flag) => 1 - flag) };
    const kept = values.filter((_, index) => masked[Math.floor(index / 12)] === 0);
    const found = await analyzed(values, [6, 4, 3], { layout: 'NTC', mask: { kind: 'mask', from: flags } });
    const expected = await analyzed(kept, [4, 4, 3], { layout: 'NTC' });
    const numbers = ({ batchSize }: Report) => batchSize.map(({ n, relativeStdOfVariance, effectiveN }) => [n, relativeStdOfVariance.toPrecision(9), effectiveN.toPrecision(9)]);
    assert.deepEqual(numbers(found), numbers(expected));
    assert.deepEqual(applicable(found, 'batch')?.variance?.values, applicable(expected, 'batch')?.variance?.values);
  });

  it('draw masked pixels as such, and count nothing of them', async () => {
    const flags = { shape: [2, 2], counts: Uint8Array.of(1, 0, 1, 1) };
    const { views, findings } = await analyzed([1, 2, NaN, 9, 3, 4, 5, 6], [2, 2, 2], { layout: 'NTC', views: ['layer'], mask: { kind: 'mask', from: flags } });
    for (const { picture, histogram } of views) {
      assert.deepEqual([...picture.flags], [0, 0, 8, 8, 0, 0, 0, 0]);
      assert.deepEqual([histogram.notFinite, histogram.counts.reduce((sum, count) => sum + count, 0)], [0, 6]);
    }
    assert.deepEqual(findings, []);
  });

  const refused: readonly [name: string, layout: string, mask: MaskRequest, message: RegExp][] = [
    ['a mask of another shape', 'NTC', { kind: 'mask', from: { shape: [3, 2], counts: new Uint8Array(6) } }, /The mask has the shape \(3, 2\); \(2, 3\) by the axes N, T, the leading axes of \(2, 3, 4\), or that with axes of 1, is expected\./],
    ['a mask without axes', 'NTC', { kind: 'mask', from: { shape: [], counts: new Uint8Array(1) } }, /The mask has the shape \(\)/],
    ['lengths without time', 'NCH', { kind: 'lengths', from: { shape: [2], values: Float64Array.of(1, 2) } }, /Lengths count along a time axis T; the layout "NCH" has none\./],
    ['trailing positions without time', 'NCH', { kind: 'pad-value', value: 0 }, /Trailing positions lie along a time axis T; the layout "NCH" has none\./],
    ['too few lengths', 'NTC', { kind: 'lengths', from: { shape: [1], values: Float64Array.of(1) } }, /The lengths have the shape \(1,\); one for each sample, \(2,\), is expected\./],
    ['a length beyond the end', 'NTC', { kind: 'lengths', from: { shape: [2], values: Float64Array.of(1, 4) } }, /Length 1 is 4; a whole number from 0 to 3 is expected\./],
    ['a length that is no number', 'NTC', { kind: 'lengths', from: { shape: [2], values: Float64Array.of(NaN, 1) } }, /Length 0 is NaN/],
    ['a tensor that is not there', 'NTC', { kind: 'mask', from: 7 }, /Tensor number 7 was asked for/],
  ];
  for (const [name, layout, mask, message] of refused) {
    it(`refuse ${name} in one sentence`, async () => {
      await assert.rejects(analyzed(new Float64Array(24), [2, 3, 4], { layout, mask }), { code: 'usage', message });
    });
  }

  it('refuse a mask that is added to scores, and one too large to hold', async () => {
    const additive = await openTensorFile(memorySource('m.npy', fs.readFileSync(`${folder}/ntc-pad.npy`)));
    const limits = { ...defaultLimits, maskPositions: 100 };
    const large = await openTensorFile(memorySource('m.npy', fs.readFileSync(`${folder}/ntc-elements.mask.npy`)), limits);
    for (const engine of engines()) {
      await assert.rejects(additive.flags(engine, 0), { code: 'usage', message: /An element of the mask is -?\d.*; 0 and numbers above it are expected\./ });
      await assert.rejects(large.flags(engine, 0), { code: 'too-large', message: 'A mask may have 100 elements; this tensor has 105 elements.' });
    }
  });
});
