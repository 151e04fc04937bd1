import assert from 'node:assert/strict';
import fs from 'node:fs';
import { document, normoscope } from '../../support/commandLine';
import { inProject } from '../../support/root';

const fixture = (name: string) => inProject('test', 'fixtures', 'npy', `${name}.npy`);
const truth = JSON.parse(fs.readFileSync(inProject('test', 'fixtures', 'npy', 'truth.json'), 'utf8')) as Record<
  string,
  { tensors: { groups: Record<string, { mean: number[]; variance: number[] }> }[] }
>;

interface Series {
  readonly size: number;
  readonly first: (number | null)[];
  readonly last: (number | null)[];
  readonly min: number | null;
  readonly max: number | null;
  readonly values?: (number | null)[];
}

interface Method {
  readonly notApplicable?: string;
  readonly reducedAxes?: number[];
  readonly groups?: number;
  readonly elementsPerGroup?: number;
  readonly sharedBy?: string;
  readonly mean?: Series;
  readonly variance?: Series;
  readonly meanSquare?: Series;
}

interface Compared extends Record<string, unknown> {
  readonly methods: Record<'layer' | 'batch' | 'rms' | 'group' | 'instance', Method>;
}

const compare = (...args: string[]) => {
  const ran = normoscope(['compare', ...args, '--json']);
  assert.equal(ran.exitCode, 0, ran.out);
  assert.equal(ran.err, '');
  return document(ran) as unknown as Compared;
};

function close(found: readonly (number | null)[] | undefined, expected: readonly number[] | undefined): void {
  assert.ok(found !== undefined && expected !== undefined);
  assert.equal(found.length, expected.length);
  found.forEach((value, index) => assert.ok(Math.abs((value ?? NaN) / (expected[index] ?? NaN) - 1) < 1e-9, `${value} ${expected[index]}`));
}

describe('normoscope compare', () => {
  it('holds BatchNorm in training against given running statistics', () => {
    const file = inProject('test', 'fixtures', 'attached', 'bn.npz');
    const { batch } = JSON.parse(fs.readFileSync(inProject('test', 'fixtures', 'attached', 'truth.json'), 'utf8')) as { readonly batch: Record<'plain eval', number[]> };
    const found = compare(file, '--tensor', 'bn1.input', '--eps', '1e-3', '--running-mean', `${file}:bn1.running_mean`, '--running-var', `${file}:bn1.running_var`);
    const { from, output } = found['inference'] as { readonly from: string; readonly output: { readonly mean: number; readonly std: number } };
    const outputs = batch['plain eval'];
    const mean = outputs.reduce((sum, value) => sum + value, 0) / outputs.length;
    close([output.mean, output.std], [mean, Math.sqrt(outputs.reduce((sum, value) => sum + (value - mean) ** 2, 0) / outputs.length)]);
    assert.deepEqual([from, found['affine']], ['given', []]);
    const alone = normoscope(['compare', file, '--tensor', 'bn1.input', '--running-mean', `${file}:bn1.running_mean`]);
    assert.equal(alone.exitCode, 2);
    assert.match(alone.err, /^normoscope: Running statistics are a mean and a variance; the variance is missing\.$/m);
  });

  it('writes the document of the contract', () => {
    const found = compare(fixture('far_from_zero'));
    assert.deepEqual([found['file'], found['tensor'], found['shape'], found['layout'], found['eps']], [fixture('far_from_zero'), '', [16, 4], 'NC', 1e-5]);
    assert.equal(typeof found['layoutReason'], 'string');
    assert.deepEqual(Object.keys(found.methods), ['layer', 'batch', 'rms', 'group', 'instance']);
    const { layer, batch, rms, instance } = found.methods;
    assert.deepEqual([layer.reducedAxes, layer.groups, layer.sharedBy, layer.elementsPerGroup], [[1], 16, 'each sample', 4]);
    assert.deepEqual([batch.reducedAxes, batch.groups, batch.sharedBy, batch.elementsPerGroup], [[0], 4, 'each feature', 16]);
    assert.deepEqual(Object.keys(layer.mean ?? {}), ['size', 'first', 'last', 'min', 'max']);
    assert.deepEqual([layer.variance?.size, rms.meanSquare?.size, rms.mean], [16, 16, undefined]);
    assert.deepEqual(Object.keys(instance), ['notApplicable']);
    const [one, point] = found['batchSize'] as Record<string, unknown>[];
    assert.deepEqual([one?.['n'], one?.['raises'], one?.['relativeStdOfVariance'], point?.['raises']], [1, true, 'Infinity', false]);
    assert.deepEqual(Object.keys(point ?? {}), ['n', 'raises', 'relativeStdOfVariance', 'relativeStdOfMean', 'resampledStdOfVariance', 'resampledStdOfMean', 'effectiveN']);
    assert.deepEqual([found['resampling'], point?.['effectiveN']], [{ draws: 200, samples: 16, channels: 4 }, 2]);
    // 1/√2 for samples that are independent; from 200 draws and four channels.
    assert.ok(Math.abs(Number(point?.['resampledStdOfMean']) - Math.SQRT1_2) < 0.1);
    const { methods } = found['coupling'] as { methods: Record<string, { mean: number; max: number }> };
    assert.deepEqual(methods['layer'], { mean: 0, max: 0 });
    assert.ok((methods['batch']?.mean ?? 0) > 0 && (methods['batch']?.max ?? 0) > (methods['batch']?.mean ?? 0));
    assert.deepEqual(Object.keys(found['recommendation'] as object), ['method', 'reasons']);
    assert.ok(Array.isArray(found['findings']));
  });

  it('writes every number with --full, as NumPy has them', () => {
    const { layer, batch } = compare(fixture('far_from_zero'), '--full').methods;
    const groups = truth['far_from_zero.npy']?.tensors[0]?.groups ?? {};
    close(layer.mean?.values, groups['1']?.mean);
    close(layer.variance?.values, groups['1']?.variance);
    close(batch.mean?.values, groups['0']?.mean);
    close(batch.variance?.values, groups['0']?.variance);
  });

  it('writes histograms and more of every group when asked', () => {
    const found = compare(fixture('far_from_zero'), '--full', '--histograms');
    const histograms = found['histograms'] as Record<string, { size: number; counts: number[][] }>;
    assert.deepEqual([histograms['tensor']?.size, histograms['channel']?.size, histograms['sample']?.size], [1, 4, 16]);
    assert.equal(histograms['sample']?.counts.flat().reduce((a, b) => a + b, 0), 64);
    assert.deepEqual((found.methods.batch as { perGroup?: { count: number[] } }).perGroup?.count, [16, 16, 16, 16]);
    assert.ok(!('histograms' in compare(fixture('far_from_zero'))));
  });

  it('takes the layout, the axes, the groups and eps that are given', () => {
    const found = compare(fixture('fortran'), '--layout', 'nct', '--normalized-dims', '1', '--groups', '2', '--eps', '0.5');
    assert.deepEqual([found['layout'], found['eps'], found['epsSource']], ['NCT', 0.5, 'given']);
    assert.deepEqual(found.methods.layer.reducedAxes, [2]);
    assert.equal(found.methods.group.groups, 6);
    assert.equal(found.methods.instance.groups, 6);
  });

  it('runs the averages of mini-batches where a momentum or a size is given', () => {
    const { runningAverages } = compare(fixture('far_from_zero'), '--momentum', 'cumulative', '--batch', '4');
    const found = runningAverages as { momentum: unknown; steps: number; points: { mean: { max: number } }[] };
    assert.deepEqual([found.momentum, found.steps, found.points.length], ['cumulative', 4, 4]);
    // Four means of four samples each are the mean of all.
    assert.ok((found.points.at(-1)?.mean.max ?? 1) < 1e-6);
    const { out } = normoscope(['compare', fixture('far_from_zero'), '--momentum', '0.1']);
    assert.match(out, /Running statistics after 8 steps of 2 samples, momentum 0\.1: means off by/);
    assert.match(out, /After 8 steps 43.% of the running statistics is still their initial 0 and 1; less than 1 % is after 44 steps\./);
  });

  it('takes the first readable floating tensor, or the one that is named', () => {
    assert.equal(compare(fixture('record'))['tensor'], 'x');
    assert.equal(compare(fixture('record_nested'), '--tensor', 'r.b')['tensor'], 'r.b');
    assert.equal(compare(fixture('little_u1'))['dtype'], 'uint8');
  });

  it('reports what the rules find', () => {
    const findings = compare(fixture('not_finite'))['findings'] as { rule: string; severity: string }[];
    assert.ok(findings.some(({ rule }) => rule === 'non-finite'));
  });

  it('has null for a group without a finite element', () => {
    const { layer } = compare(fixture('not_finite'), '--full').methods;
    assert.equal(layer.mean?.values?.[3], null);
  });

  it('has nothing but words for an empty tensor and a single number', () => {
    for (const name of ['empty', 'empty_axis', 'scalar']) assert.equal(compare(fixture(name))['file'], fixture(name));
  });

  it('simulates the arithmetics that --precision names, and only these', () => {
    assert.equal(compare(fixture('far_from_zero'))['precision'], null);
    const precision = compare(fixture('far_from_zero'), '--precision', 'fp16,fp32,float16')['precision'] as Record<string, Record<string, unknown>>;
    assert.deepEqual(Object.keys(precision), ['float16', 'float32-one-pass']);
    const { methods, cast, epsFlushed } = precision['float16'] ?? {};
    assert.equal(epsFlushed, false);
    assert.equal((cast as Record<string, unknown>)['elements'], 64);
    assert.deepEqual(Object.keys(methods as object), ['layer', 'batch', 'rms', 'group']);
    // Squares of values near 1e4 are beyond float16 from the first on.
    const { firstBreak } = (methods as Record<string, Record<string, unknown>>)['layer'] ?? {};
    assert.deepEqual(firstBreak, { kind: 'square-overflow', element: 0, group: 0, coordinates: [0] });
    const { out } = normoscope(['compare', fixture('far_from_zero'), '--precision', 'all']);
    assert.match(out, /^ {2}float16 +0 +0 +0 +is held$/m);
    assert.match(out, /^ {2}float16 +LayerNorm +none finite +none finite +16 of 16 +element \[0, 0\] has a square that overflows$/m);
    const wrong = normoscope(['compare', fixture('far_from_zero'), '--precision', 'fp17']);
    assert.equal(wrong.exitCode, 2);
    assert.match(wrong.err, /"fp17"; it takes fp32, fp32-two-pass, fp16, bf16, fp8-e4m3, fp8-e5m2, several/);
  });

  const refused: readonly [name: string, code: string][] = [
    ['objects', 'refused'],
    ['truncated', 'truncated'],
    ['truncated_header', 'truncated'],
    ['dates', 'unsupported'],
  ];
  for (const [name, code] of refused) {
    it(`fails on ${name} with ${code}`, () => {
      const ran = normoscope(['compare', fixture(name), '--json']);
      assert.equal(ran.exitCode, 3);
      assert.deepEqual(Object.keys(document(ran)), ['error']);
      assert.equal((document(ran)['error'] as { code: string }).code, code);
    });
  }

  it('shows people the methods as a table, and the findings', () => {
    const { exitCode, out, err } = normoscope(['compare', fixture('far_from_zero')]);
    assert.deepEqual([exitCode, err], [0, '']);
    assert.match(out, /^ {2}LayerNorm {5}each sample +C +16 +4 /m);
    assert.match(out, /^ {2}InstanceNorm {2}not applicable: one element per \(sample, channel\)$/m);
    assert.match(out, /^ {2}batch of +1 +2 +4 +8 +16$/m);
    assert.doesNotMatch(out, /\u001b/);
    assert.match(out, /^ {2}error {4}.*\[eps-dominated-variance\]$/m);
  });

  describe('with a mask', () => {
    const masked = (name: string) => inProject('test', 'fixtures', 'mask', `${name}.npy`);
    const of = (name: string, ...args: string[]) => compare(masked(name), '--layout', name.slice(0, 3).toUpperCase(), ...args)['mask'] as Record<string, unknown>;

    it('writes what it left out, and what the statistics would be without', () => {
      const found = compare(masked('ntc-lengths'), '--lengths', masked('ntc-lengths.mask'), '--full');
      const { withoutMask, ...mask } = found['mask'] as { withoutMask: Record<string, Method & Record<string, unknown>> };
      const expected = { kind: 'lengths', source: 'lengths', axes: [0, 1], positions: 21, maskedPositions: 9, maskedElements: 45, share: 45 / 105 };
      assert.deepEqual(mask, expected);
      assert.deepEqual(Object.keys(withoutMask).sort(), ['batch', 'layer']);
      assert.deepEqual(Object.keys(withoutMask['batch'] ?? {}), ['mean', 'variance', 'meanShift', 'meanShiftGroup', 'varianceRatio', 'varianceRatioGroup']);
      assert.equal(withoutMask['batch']?.mean?.values?.length, 5);
      assert.deepEqual([withoutMask['layer']?.['meanShift'], withoutMask['layer']?.['varianceRatio']], [0, 1]);
      assert.deepEqual((found.methods.layer as Record<string, unknown>)['unmasked'], { least: 5, most: 5, empty: 9 });
      assert.equal(found.methods.layer.mean?.values?.filter((value) => value === null).length, 9);
      assert.equal(compare(fixture('far_from_zero'))['mask'], null);
    });

    it('takes a tensor, inverted if so asked, lengths, or a value', () => {
      assert.equal(of('ntc-mask', '--mask', masked('ntc-mask.mask'))['maskedPositions'], 9);
      assert.equal(of('tnc-inverted', '--mask', masked('tnc-inverted.mask'), '--mask-inverted')['maskedPositions'], 9);
      assert.equal(of('tnc-inverted', '--mask', masked('tnc-inverted.mask'))['maskedPositions'], 12);
      assert.equal(of('tnc-lengths', '--lengths', masked('tnc-lengths.mask'))['maskedPositions'], 9);
      assert.equal(of('ntc-pad', '--pad-value=-3')['maskedPositions'], 11);
    });

    it('shows people both as a table', () => {
      const { exitCode, out } = normoscope(['compare', masked('half-padded'), '--pad-value', '0']);
      assert.equal(exitCode, 0);
      assert.match(out, /The mask \(trailing positions equal to 0\) leaves out/);
      assert.match(out, /^ {2} +with the mask +without it +off by up to$/m);
      assert.match(out, /^ {2}BatchNorm's variances +1\.\d+ to 2\.\d+ +3\.\d+ to 3\.\d+ +a factor of 1\.\d+ \(group \d\)$/m);
    });

    const wrong: readonly [args: readonly string[], message: RegExp][] = [
      [['--mask', 'm.npy', '--pad-value', '0'], /--mask and --pad-value are given; one of them says what is left out/],
      [['--lengths', 'm.npy', '--mask', 'm.npy', '--pad-value', '0'], /--mask, --lengths and --pad-value are given; one of them/],
      [['--mask-inverted'], /--mask-inverted is given without --mask/],
      [['--pad-value', 'zero'], /--pad-value is "zero", which is not a number/],
      [['--mask', fixture('far_from_zero')], /The mask has the shape \(16, 4\); \(3, 7\) by the axes N, T, the leading axes/],
      [['--mask', fixture('record')], /--mask: record\.npy holds \d+ tensors; name one as FILE:NAME/],
      [['--lengths', fixture('far_from_zero')], /The lengths have the shape \(16, 4\); one for each sample, \(3,\), is expected/],
    ];
    for (const [args, message] of wrong) {
      it(`is told of wrong usage in one sentence: ${args.map((arg) => arg.split('/').at(-1)).join(' ')}`, () => {
        const ran = normoscope(['compare', masked('ntc-mask'), ...args]);
        assert.deepEqual([ran.exitCode, ran.out], [2, '']);
        assert.match(ran.err, message);
        assert.equal(ran.err.trimEnd().split('\n').length, 1);
      });
    }
  });
});
