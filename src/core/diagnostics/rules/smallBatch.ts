import { noisyVariance } from '../../analysis/answer';
import { counted, formatNumber, formatPercent } from '../../text/numbers';
import type { Rule, RulePage } from '../rule';

export const page: RulePage = {
  title: 'Batch too small for BatchNorm',
  explanation: [
    'BatchNorm estimates each channel’s variance from the batch at hand, so another batch of the same size gives another one. Of n independent Gaussian elements it scatters by √(2 / (n − 1)): 53 % for 8, 25 % for 32, 13 % for 128. Elements of one sample are alike, so that a sample of many positions counts as fewer elements than it has; the correlation is estimated from this tensor.',
    'The outputs of training scatter with the statistics, and differ from those of inference, which uses running averages.',
    'What to do: a larger batch, statistics shared over devices (SyncBatchNorm), or a normalization that does not depend on the batch: GroupNorm for planes, LayerNorm for tokens and features. If the file holds only a part of the batch, this is about the part.',
  ],
  severity: 'a warning; a note for tensors with a token axis, which rarely go through BatchNorm',
  evidence: [
    {
      samples: 'samples in the batch',
      relativeStdOfVariance: 'how far a channel’s variance scatters from batch to batch, relative',
      relativeStdOfMean: 'how far its mean does, in standard deviations of the channel',
      effectiveN: 'as many independent elements would leave the mean as uncertain',
    },
  ],
};

/** A12: a batch too small for BatchNorm's statistics. */
export const smallBatch: Rule = {
  id: 'small-batch',
  source: 'textbook for independent elements, cluster sampling for correlated ones; Wu & He 2018; the cut at 25 % is a heuristic',

  check({ batchSize, layout, tensor }) {
    const point = batchSize.at(-1);
    // Integers are labels, tokens or pixels: they go through no BatchNorm as they are.
    if (point === undefined || !tensor.dtype?.includes('float') || !(point.relativeStdOfVariance > noisyVariance)) return [];
    const { n, relativeStdOfVariance, relativeStdOfMean, effectiveN } = point;
    return [
      {
        rule: smallBatch.id,
        severity: layout.roles.includes('T') ? 'info' : 'warning',
        message: `A batch of ${counted(n, 'sample')} leaves BatchNorm's variances uncertain by ${formatPercent(relativeStdOfVariance)} and its means by ${formatNumber(relativeStdOfMean, 2)}\u202fσ.`,
        evidence: { samples: n, relativeStdOfVariance, relativeStdOfMean, effectiveN },
        source: smallBatch.source,
      },
    ];
  },
};
