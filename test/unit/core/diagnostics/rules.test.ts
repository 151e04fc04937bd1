import assert from 'node:assert/strict';
import { diagnose, rules } from '../../../../src/core/diagnostics/registry';
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

interface Case {
  readonly positive: Evidence;
  readonly severity: string;
  readonly says: readonly RegExp[];
  readonly evidence: Readonly<Record<string, unknown>>;
}

/** A rule without a case here fails below. Every rule is silent on the sound tensor. */
const cases: Readonly<Record<string, Case>> = {
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
