import assert from 'node:assert/strict';
import { analyzed } from '../../../support/analysis';
import { seededNormal } from '../../../support/moments';

/** Thin spaces as plain ones: the sentences below are to be read. */
function plain(sentences: readonly string[]): string[] {
  return sentences.map((sentence) => sentence.replaceAll('\u202f', ' '));
}

/** Normal values in whole 64ths whose positions of one sample and channel share `rho` of their variance. */
function planes(count: number, positions: number, rho: number): number[] {
  const normal = seededNormal(1);
  let shared = 0;
  return Array.from({ length: count }, (_, index) => {
    if (index % positions === 0) shared = normal();
    return Math.round(64 * (Math.sqrt(rho) * shared + Math.sqrt(1 - rho) * normal())) / 64;
  });
}

describe('the answer', () => {
  it('tells a batch of planes how both share statistics, and that BatchNorm has enough', async () => {
    const { answer, recommendation } = await analyzed(planes(32 * 24 * 64, 64, 0.2), [32, 24, 8, 8]);
    assert.deepEqual(plain(answer), [
      'LayerNorm takes one mean and variance from the 1 536 values of each sample: 32 pairs, with means from −0.1497 to 0.206.',
      'BatchNorm takes one mean and variance from the 2 048 values of each channel: 24 pairs, with means from −0.1496 to 0.1471; a batch of 32 leaves its variances uncertain by 5.7 %.',
    ]);
    assert.equal(recommendation?.method, 'batch');
    assert.deepEqual(plain(recommendation.reasons), [
      "At 32 samples BatchNorm's variances scatter by 5.7 %, no more than the 25 % beyond which they are called noisy.",
      'Each of the 24 channels has 2 048 values to estimate its statistics from.',
    ]);
  });

  it('recommends GroupNorm for planes in a batch that is too small', async () => {
    const { recommendation } = await analyzed(planes(4 * 24 * 64, 64, 0.5), [4, 24, 8, 8], { numGroups: 8 });
    assert.equal(recommendation?.method, 'group');
    assert.deepEqual(plain(recommendation.reasons), [
      "At 4 samples BatchNorm's variances scatter by 31.7 %, more than the 25 % beyond which they are called noisy.",
      'GroupNorm takes its statistics from 192 values of one sample, so the batch size does not change them.',
    ]);
  });

  it('does not measure a scatter from one sample', async () => {
    const { answer, recommendation } = await analyzed(planes(24 * 64, 64, 0), [1, 24, 8, 8]);
    assert.match(answer[1] ?? '', /with means from \S+ to \S+\.$/);
    assert.equal(recommendation?.reasons[0], "One sample does not tell how far BatchNorm's statistics scatter from batch to batch.");
  });

  it('counts the padding of tokens and recommends LayerNorm', async () => {
    // (2, 4, 2): the second sequence has one real token.
    const values = [1, 2, 3, 5, 2, 2.5, 4, 3, 5, 1, 0, 0, 0, 0, 0, 0];
    const { answer, recommendation } = await analyzed(values, [2, 4, 2]);
    assert.deepEqual(plain(answer), [
      'LayerNorm takes one mean and variance from the 2 values of each token: 8 pairs, with means from 0 to 4.',
      'BatchNorm takes one mean and variance from the 8 values of each feature: 2 pairs, with means from 1.688 to 1.875; 37.5 % of the tokens are padding, which moves its means by up to 0.8 σ.',
    ]);
    assert.equal(recommendation?.method, 'layer');
    assert.deepEqual(plain(recommendation.reasons.slice(0, 2)), [
      'LayerNorm gives each token statistics of its own (8 in all), whatever else is in the batch.',
      "37.5 % of the tokens are padding: that moves BatchNorm's means by up to 0.8 σ and leaves LayerNorm's alone.",
    ]);
  });

  it('goes by the batch for features', async () => {
    const large = await analyzed(planes(64 * 10, 1, 0), [64, 10]);
    assert.equal(large.recommendation?.method, 'batch');
    assert.equal(large.recommendation.reasons[1], 'Each of the 10 features has 64 values to estimate its statistics from.');
    const small = await analyzed(planes(40, 1, 0), [4, 10]);
    assert.equal(small.recommendation?.method, 'layer');
    assert.equal(plain(small.recommendation.reasons)[0], "At 4 samples BatchNorm's variances scatter by 81.6 %, more than the 25 % beyond which they are called noisy.");
  });

  it('says why BatchNorm does not apply', async () => {
    const { answer, recommendation } = await analyzed([1, 2, 6], [1, 3]);
    assert.deepEqual(answer, [
      'LayerNorm takes one mean and variance from all 3 values: the mean is 3.',
      'BatchNorm does not apply: one element per channel.',
    ]);
    assert.equal(recommendation?.reasons[0], 'BatchNorm does not apply: one element per channel.');
  });

  it('has nothing to recommend for what cannot be told apart', async () => {
    const nothing: readonly (readonly [readonly number[], readonly number[], readonly string[]])[] = [
      [[], [0, 3], ['The tensor has no elements: there is nothing to normalize.']],
      [[7], [], ['LayerNorm does not apply: no channel axis to reduce over.', 'BatchNorm does not apply: no channel axis to keep.']],
      [
        [NaN, NaN, NaN, Infinity],
        [2, 2],
        [
          'LayerNorm takes one mean and variance from the 2 values of each sample: 2 pairs, none of them from a finite value.',
          'BatchNorm takes one mean and variance from the 2 values of each feature: 2 pairs, none of them from a finite value.',
        ],
      ],
      [
        [5, 5, 5, 5],
        [2, 2],
        [
          'LayerNorm takes one mean and variance from the 2 values of each sample: 2 pairs, all with the mean 5.',
          'BatchNorm takes one mean and variance from the 2 values of each feature: 2 pairs, all with the mean 5.',
        ],
      ],
      [[1, 2, 3], [3], ['LayerNorm takes one mean and variance from all 3 values: the mean is 2.', 'BatchNorm does not apply: one element per channel.']],
    ];
    for (const [values, shape, sentences] of nothing) {
      const { answer, recommendation } = await analyzed(values, shape);
      assert.deepEqual(plain(answer), sentences);
      assert.equal(recommendation, null);
    }
  });
});
