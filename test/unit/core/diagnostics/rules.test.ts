import assert from 'node:assert/strict';
import { diagnose, rules } from '../../../../src/core/diagnostics/registry';
import { globalWarnings } from '../../../../src/core/formats/pickle/globals';
import type { CastReport, PrecisionReport } from '../../../../src/core/analysis/precision';
import type { Arithmetic } from '../../../../src/core/engine/arithmetic';
import type { Evidence } from '../../../../src/core/analysis/evidence';
import { evidenceOf } from '../../../support/evidence';
import { seededNormal } from '../../../support/moments';

/** (4 samples, 3 channels), made sound and then spoilt. */
const shape = [4, 3];

function tensor(spoil: (values: number[]) => void = () => undefined): number[] {
  const normal = seededNormal(7);
  const values = Array.from({ length: 12 }, normal);
  spoil(values);
  return values;
}

function channel(values: number[], index: number, value: (old: number) => number): void {
  for (let sample = 0; sample < 4; sample++) values[sample * 3 + index] = value(values[sample * 3 + index] as number);
}

function scatter(n: number, relativeStdOfVariance: number): Evidence['batchSize'][number] {
  const drawn = { resampledStdOfVariance: null, resampledStdOfMean: null };
  return { n, raises: false, relativeStdOfVariance, relativeStdOfMean: 0.5, ...drawn, effectiveN: n };
}

function cast(arithmetic: Arithmetic, counts: Partial<CastReport>): PrecisionReport {
  const none = { elements: 12, overflow: 0, underflow: 0, subnormal: 0, firstOverflow: null, dynamicRange: 4, formatRange: 17.8 };
  return { arithmetic, epsFlushed: false, cast: { ...none, ...counts }, methods: [] };
}

const float8 = (counts: Partial<CastReport>) => cast('float8_e4m3fn', counts);

interface Case {
  readonly positive: Evidence;
  readonly severity: string;
  readonly says: readonly RegExp[];
  readonly evidence: Readonly<Record<string, unknown>>;
}

/** A rule without a case here fails below. Every rule is silent on the sound tensor. */
const cases: Readonly<Record<string, Case>> = {
  'unsafe-pickle': {
    positive: evidenceOf(tensor(), shape, 'NC', {
      warnings: globalWarnings(['posix.system', 'torch.Size', 'builtins.eval', 'models.Net'].map((name, index) => ({ kind: 'global', name, at: 30 + index })), 'archive/data.pkl'),
    }),
    severity: 'error',
    says: [/^Loading this file in Python would call posix\.system and builtins\.eval \(byte 30 of the pickle archive\/data\.pkl\)\. Here no name was looked up, and nothing was run\.$/],
    evidence: { calls: 'posix.system, builtins.eval', callCount: 2, pickle: 'archive/data.pkl', at: 30 },
  },
  'massive-activation': {
    positive: evidenceOf(
      tensor((values) => {
        values[7] = -5e4;
      }),
      shape,
      'NC',
    ),
    severity: 'info',
    says: [/^Channel 1 \(of 3\) has massive activations, up to 50\u202f000: \d\d\u202f\d{3} times what half of the tensor stays within\.$/],
    evidence: { channels: [1], channelCount: 1, largest: 5e4 },
  },
  'outlier-features': {
    positive: evidenceOf(tensor(), shape, 'NC', { outliers: { far: Float64Array.of(1, 0, 6, 0), looked: Float64Array.of(100, 100, 100, 0), sampledEvery: 3 } }),
    severity: 'info',
    says: [/^Channel 2 \(of 4\) is an outlier feature: 6 or more in absolute value at 6.% of the positions, counted in a sample of 1:3\.$/],
    evidence: { channels: [2], channelCount: 1, shares: [0.06], sampledEvery: 3 },
  },
  'non-finite': {
    positive: evidenceOf(
      tensor((values) => {
        values[4] = NaN;
        values[5] = -Infinity;
      }),
      shape,
      'NC',
    ),
    severity: 'error',
    says: [/1 NaN, 1 −Inf \(16\.7.%/, /first at \[1, 1\]/, /Channels 1 and 2 \(of 3\) hold them/],
    evidence: { nan: 1, posInf: 0, negInf: 1, firstIndex: 4, channels: [1, 2], channelCount: 2 },
  },
  'constant-channel': {
    positive: evidenceOf(tensor((values) => channel(values, 2, () => 0)), shape, 'NC'),
    severity: 'warning',
    says: [/^Channel 2 \(of 3\) is zero everywhere \(dead\)/],
    evidence: { channels: [2], channelCount: 1, zeroChannels: 1 },
  },
  'eps-dominated-variance': {
    positive: evidenceOf(tensor((values) => channel(values, 0, (old) => 5 + 1e-4 * old)), shape, 'NC'),
    severity: 'error',
    says: [/^Channel 0 \(of 3\) has a variance of/, /against eps 10⁻⁵/],
    evidence: { method: 'batch', groups: [0], groupCount: 1, smallestGroup: 0, eps: 1e-5 },
  },
  'padding-pollution': {
    // ±1 about 3 in turn: mean 3, variance 1; with as many zeros mean 1.5, variance 0.5 + 2.25.
    positive: sequences([40, 0, 20, 20], 2, ((index) => () => 3 + ([1, -1, -1, 1][index++ % 4] ?? 0))(0)),
    severity: 'warning',
    says: [/^80 of 160 tokens \(50.%\) are padding \(0 at the end/, /by up to 1\.5.σ \(channel 0\) and makes a variance 2\.8 times/],
    evidence: { tokens: 160, padded: 80, share: 0.5, value: 0, meanShift: 1.5, meanShiftChannel: 0, varianceRatio: 2.75, varianceRatioChannel: 0 },
  },
  'one-pass-variance': {
    positive: evidenceOf(tensor((values) => channel(values, 1, (old) => 1000 + old)), shape, 'NC'),
    severity: 'warning',
    says: [/^Channel 1 \(of 3\) has a mean of .* standard deviations: E\[x²\] − E\[x\]² in float32 gets the variance wrong by about/],
    evidence: { method: 'batch', groups: [1], groupCount: 1, worstGroup: 1 },
  },
  'float16-square-overflow': {
    positive: evidenceOf(tensor((values) => (values[8] = -300)), shape, 'NC', { dtype: 'float16' }),
    severity: 'error',
    says: [/^In float16, the squares of elements beyond 255\.9 are infinite: the greatest magnitude is 300, in channel 2 \(of 3\)\.$/],
    evidence: { absMax: 300, channels: [2], channelCount: 1 },
  },
  'float16-sum-overflow': {
    // Root mean square 150 of three elements; the limit is √(65504 / 3).
    positive: evidenceOf(tensor((values) => values.splice(3, 3, 150, -150, 150)), shape, 'NC', { dtype: 'float16' }),
    severity: 'error',
    says: [/sum of squares of 1 group of LayerNorm \(of 4\) is infinite: the 3 elements of group 1 have a root mean square of 150, and 147\.8/],
    evidence: { groupCount: 1, worstGroup: 1, limit: Math.sqrt(65504 / 3) },
  },
  'eps-vanishes': {
    positive: evidenceOf(tensor((values) => channel(values, 2, () => 1)), shape, 'NC', { dtype: 'float16', eps: 1e-12 }),
    severity: 'error',
    says: [/^eps 10⁻¹² is 0 in float16, .* so is the variance of 1 channel \(of 3\), which gives NaN\.$/],
    evidence: { eps: 1e-12, limit: 2 ** -25, zeroLayer: 0, zeroBatch: 1 },
  },
  'float16-cast': {
    positive: evidenceOf(tensor((values) => values.splice(0, 2, 1e-6, -1e-7)), shape, 'NC', { dtype: 'float16' }),
    severity: 'warning',
    says: [/^16\.7.% of the elements are subnormal in float16/],
    evidence: { elements: 12, overflow: 0, underflow: 0, subnormal: 2 },
  },
  'float8-cast': {
    positive: evidenceOf(tensor(), shape, 'NC', { precision: [float8({ overflow: 6, underflow: 0, dynamicRange: 12 })] }),
    severity: 'warning',
    says: [/^Cast to float8_e4m3fn without a scale, 50.% of the elements overflow and none becomes 0; .* so a scale would fit\.$/],
    evidence: { format: 'float8_e4m3fn', elements: 12, overflow: 6, underflow: 0, dynamicRange: 12 },
  },
  'storage-rounding': {
    // 256 ± 1, where bfloat16 has steps of 2: step² / 12 is a third.
    positive: evidenceOf(tensor((values) => channel(values, 0, (old) => 256 + Math.sign(old))), shape, 'NC', { dtype: 'bfloat16' }),
    severity: 'warning',
    says: [/^Channel 0 \(of 3\) has a standard deviation of the order of bfloat16's steps, .* steps of 2 near the mean 256\.?\d*/],
    evidence: { method: 'batch', groups: [0], groupCount: 1, worstGroup: 0, step: 2 },
  },
  'small-batch': {
    positive: evidenceOf(tensor(), shape, 'NC', { batchSize: [scatter(2, 1.4), scatter(4, 0.8)] }),
    severity: 'warning',
    says: [/^A batch of 4 samples leaves BatchNorm's variances uncertain by 80.% and its means by 0\.5.σ\.$/],
    evidence: { samples: 4, relativeStdOfVariance: 0.8, relativeStdOfMean: 0.5, effectiveN: 4 },
  },
};

/** (samples, 40 tokens, features) with as many real tokens as `lengths` says, each element by `real`, and a value behind. */
function sequences(lengths: readonly number[], features: number, real: () => number, pad = 0): Evidence {
  const values = lengths.flatMap((length) => Array.from({ length: 40 * features }, (_, index) => (index < length * features ? real() : pad)));
  return evidenceOf(values, [lengths.length, 40, features], 'NTC');
}

function relu(seed: number): () => number {
  const normal = seededNormal(seed);
  return () => Math.max(0, normal());
}

describe('diagnostic rules', () => {
  for (const rule of rules) {
    it(`${rule.id} finds its case and says where`, () => {
      const expected = cases[rule.id];
      assert.ok(expected, `the rule ${rule.id} has no case in this test`);
      const [finding, ...others] = rule.check(expected.positive);
      assert.ok(finding);
      assert.equal(others.length, 0);
      assert.equal(finding.rule, rule.id);
      assert.equal(finding.severity, expected.severity);
      for (const pattern of expected.says) assert.match(finding.message, pattern);
      for (const [name, value] of Object.entries(expected.evidence)) assert.deepEqual(finding.evidence[name], value, name);
    });

    it(`${rule.id} is silent on a sound tensor`, () => {
      assert.deepEqual(rule.check(evidenceOf(tensor(), shape, 'NC')), []);
    });
  }

  it('tells the output deviation by exact algebra at the cuts of eps', () => {
    // ±a has variance a²: 9 eps warns with √(9/10), eps itself is an error with √(1/2).
    for (const [multiple, severity, std] of [[9, 'warning', Math.sqrt(0.9)], [1, 'error', Math.SQRT1_2]] as const) {
      const a = Math.sqrt(multiple * 1e-5);
      const [finding] = diagnose(evidenceOf([a, 1, -a, -1], [2, 2], 'NC')).filter(({ rule }) => rule === 'eps-dominated-variance');
      assert.equal(finding?.severity, severity);
      assert.ok(Math.abs((finding?.evidence['outputStd'] as number) - std) < 1e-12);
    }
  });

  const found = (id: string, evidence: Evidence) => diagnose(evidence).filter(({ rule }) => rule === id);

  it('only notes of other types what would be an error in float16', () => {
    for (const dtype of ['float32', 'bfloat16', 'float64'] as const) {
      const square = evidenceOf(tensor((values) => (values[8] = -300)), shape, 'NC', { dtype });
      const sum = evidenceOf(tensor((values) => values.splice(3, 3, 150, -150, 150)), shape, 'NC', { dtype });
      const eps = evidenceOf(tensor((values) => channel(values, 2, () => 1)), shape, 'NC', { dtype, eps: 1e-12 });
      for (const [id, evidence] of [['float16-square-overflow', square], ['float16-sum-overflow', sum], ['eps-vanishes', eps]] as const) {
        assert.deepEqual(found(id, evidence).map(({ severity }) => severity), ['info'], `${id} ${dtype}`);
      }
    }
    const integers = evidenceOf(tensor((values) => (values[8] = 30000)), shape, 'NC', { dtype: 'int32', batchSize: [scatter(4, 0.8)] });
    assert.deepEqual(diagnose(integers).map(({ rule }) => rule), []);
  });

  it('compares massive activations with what is surely no less than the median, and with no zeros', () => {
    const channels = (values: readonly number[], quantiles?: Evidence['quantiles']) =>
      found('massive-activation', evidenceOf(values, [values.length, 1], 'NC', quantiles === undefined ? {} : { quantiles })).length;
    const ones = Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? 1 : -1));
    assert.deepEqual([channels([...ones, 1001]), channels([...ones, 999])], [1, 0]);
    assert.equal(channels(ones.map((value) => value / 100).concat(99)), 0, 'below 100');
    assert.equal(channels([...new Array<number>(40).fill(0), 5000]), 0, 'of a sparse tensor');
    // Quartiles that may be larger by a hundredth part.
    const counted = { values: [-1, -1, -1, 0, 1, 1, 1], from: 'counters', error: 0.01 } as const;
    assert.deepEqual([channels([...ones, 1005], counted), channels([...ones, 1011], counted)], [0, 1]);
  });

  it('draws the limits of float16 where arithmetic draws them', () => {
    const squares = (value: number) => found('float16-square-overflow', evidenceOf(tensor((values) => (values[8] = value)), shape, 'NC', { dtype: 'float16' }));
    assert.deepEqual([squares(255.9).length, squares(256).length], [0, 1]);
    // 65 519.9 is rounded to 65 504, and its square is infinite; 65 520 is infinite itself.
    const casts = (value: number) => {
      const evidence = evidenceOf(tensor((values) => (values[8] = value)), shape, 'NC', { dtype: 'float32' });
      return [found('float16-square-overflow', evidence).length, found('float16-cast', evidence).length];
    };
    assert.deepEqual([casts(65519.9), casts(65520)], [[1, 0], [0, 1]]);
    const eps = (value: number) => found('eps-vanishes', evidenceOf(tensor(), shape, 'NC', { dtype: 'float16', eps: value })).map(({ severity }) => severity);
    assert.deepEqual([eps(0), eps(2 ** -25), eps(2.99e-8)], [[], ['warning'], []]);
  });

  it('says nothing of sums that are large by their number of elements alone', () => {
    const many = Array.from({ length: 70000 }, (_, index) => (index % 2 === 0 ? 1.9 : -1.9));
    assert.deepEqual(diagnose(evidenceOf(many, [1, many.length], 'NC', { dtype: 'float16' })), []);
  });

  it('notes means beyond 30 standard deviations and warns beyond 130', () => {
    const onePass = (ratio: number) => found('one-pass-variance', evidenceOf([ratio - 1, 1, ratio + 1, -1], [2, 2], 'NC')).filter(({ evidence }) => evidence['method'] === 'batch');
    assert.deepEqual(onePass(29), []);
    assert.deepEqual([onePass(31)[0]?.severity, onePass(131)[0]?.severity], ['info', 'warning']);
    assert.ok(Math.abs((onePass(131)[0]?.evidence['relativeError'] as number) - 131 ** 2 / 2 ** 24) < 1e-12);
  });

  it('counts what a cast to float16 loses where it was simulated', () => {
    const simulated = (counts: Partial<CastReport>) => found('float16-cast', evidenceOf(tensor(), shape, 'NC', { precision: [cast('float16', counts)] }));
    assert.deepEqual(simulated({}), []);
    const [lost] = simulated({ overflow: 3, underflow: 6, subnormal: 1 });
    assert.equal(lost?.severity, 'warning');
    assert.match(lost.message, /^Cast to float16, of the elements 3 \(25.%\) become infinite and 50.% become 0;/);
    assert.deepEqual([lost.evidence['overflow'], lost.evidence['underflow'], lost.evidence['subnormal']], [3, 6, 1]);
  });

  it('notes a range that no scale of float8 fits', () => {
    const [wide] = found('float8-cast', evidenceOf(tensor(), shape, 'NC', { precision: [float8({ dynamicRange: 20 })] }));
    assert.equal(wide?.severity, 'info');
    assert.match(wide.message, /no element overflows and none becomes 0; .* span 20 powers of two and the format 17\.8, so no single scale fits\.$/);
  });

  it('asks of rounding only where the type is narrow, and says where little is left', () => {
    const values = tensor((all) => channel(all, 0, (old) => 4096 + Math.sign(old)));
    assert.deepEqual(found('storage-rounding', evidenceOf(values, shape, 'NC', { dtype: 'float32' })), []);
    const [coarse] = found('storage-rounding', evidenceOf(values, shape, 'NC', { dtype: 'bfloat16' }));
    assert.match(coarse?.message ?? '', /against steps of 32 near the mean 4.09\d.*: it is quantized to a few numbers/);
  });

  it('only notes a small batch of tokens, and not one that is large enough', () => {
    const small = (roles: string, of: readonly number[], share: number) => found('small-batch', evidenceOf(tensor(), of, roles, { batchSize: [scatter(4, share)] }));
    assert.deepEqual(small('NC', shape, 0.25), []);
    assert.equal(small('NTC', [2, 2, 3], 0.26)[0]?.severity, 'info');
  });

  it('does not call ten times eps dominated', () => {
    const a = Math.sqrt(10.1e-5);
    assert.deepEqual(diagnose(evidenceOf([a, 1, -a, -1], [2, 2], 'NC')), []);
  });

  describe('on padding', () => {
    const found = (evidence: Evidence) => diagnose(evidence).filter(({ rule }) => rule === 'padding-pollution');

    it('raise no alarm at the zeros of a ReLU, however few the features', () => {
      for (const features of [2, 3, 4, 8]) {
        for (let seed = 0; seed < 12; seed++) {
          for (const samples of [2, 9]) assert.deepEqual(found(sequences(new Array<number>(samples).fill(40), features, relu(seed))), [], `${features} ${seed}`);
        }
      }
    });

    it('see padding among the zeros of a ReLU, and of any value', () => {
      const lengths = [40, 31, 22, 35, 18, 40, 27, 9];
      for (const features of [2, 8]) {
        const padded = lengths.reduce((sum, length) => sum + 40 - length, 0);
        const [finding] = found(sequences(lengths, features, relu(3), -1));
        assert.deepEqual([finding?.evidence['padded'], finding?.evidence['value']], [padded, -1]);
        assert.equal(found(sequences(lengths, features, relu(4))).length, 1);
      }
    });

    it('are silent up to one token in a hundred, and where all is padding', () => {
      assert.deepEqual(found(sequences([...new Array<number>(9).fill(40), 37], 4, seededNormal(1))), []);
      assert.equal(found(sequences([...new Array<number>(9).fill(40), 34], 4, seededNormal(1))).length, 1);
      assert.deepEqual(found(sequences([0, 0], 4, seededNormal(1))), []);
    });
  });

  it('puts errors before warnings', () => {
    const both = tensor((values) => {
      channel(values, 2, () => 1);
      values[0] = NaN;
    });
    assert.deepEqual(
      diagnose(evidenceOf(both, shape, 'NC')).map(({ severity }) => severity),
      ['error', 'warning'],
    );
  });

  it('says nothing of constant tokens as eps-dominated: they are padding', () => {
    const values = [1, 2, 3, 0, 0, 0, -1, 4, 2, 0, 0, 0];
    assert.deepEqual(diagnose(evidenceOf(values, [2, 2, 3], 'NTC')), []);
  });
});
