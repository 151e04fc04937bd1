import { counted, formatCount, formatNumber, formatPercent } from '../../text/numbers';
import type { Rule, RulePage } from '../rule';

/** Share of the tokens from which on padding is told of. */
const warnAbove = 0.01;
/** Tokens of one value that come about by chance are not told of: padding is this many times as frequent. */
const timesChance = 10;

export const page: RulePage = {
  title: "Padding in BatchNorm's statistics",
  explanation: [
    "Tokens at the end of sequences have one and the same value in all of their features: padding, which brings sequences of several lengths to one. BatchNorm counts it in. Its means are drawn to the padding value, its variances shrink or swell, and both change with how long the batch's longest sequence happens to be; the running statistics of inference take it over. With half of the positions zero, elements of mean 3 and variance 2 have mean 1.5 and variance 3.25.",
    "LayerNorm's statistics of the other tokens stay as they are. Those of GroupNorm and InstanceNorm over time do not.",
    'What to do: leave padding out of the statistics. BatchNormalization in Keras takes a mask and does; in PyTorch BatchNorm has none: select the real positions before it (`y[mask] = bn(x[mask])`) or pack the sequences. `normoscope compare --pad-value V` has all statistics without it.',
    'Only tokens at the end of a sequence count, of two features or more, and where such tokens are not nearly as frequent before the end: a ReLU makes tokens of few features zero now and then, and those are data.',
  ],
  severity: 'always a warning',
  evidence: [
    {
      tokens: 'tokens in all',
      padded: 'tokens at the end of their sequence whose features are all of the padding value',
      share: 'the second by the first',
      value: 'the padding value',
      byChance: 'how many such tokens there would be if they came about as often at the end as before it',
      meanShift: "the largest shift of a channel's mean by padding, in the channel's standard deviation without it",
      meanShiftChannel: 'the channel that has it, counted from 0; -1 where no channel varies',
      varianceRatio: "a channel's variance with padding by that without, the one farthest from 1",
      varianceRatioChannel: 'the channel that has it, counted from 0; -1 where no channel varies',
    },
  ],
};

/** A17: padded tokens in BatchNorm's statistics. */
export const paddingPollution: Rule = {
  id: 'padding-pollution',
  source: "TensorFlow issue 30161 and PyTorch issue 70529 (padding in BatchNorm's statistics); the cuts at 1 % and at ten times chance are heuristics",

  check({ padding }) {
    if (padding === null) return [];
    const { tokens, padded, value, byChance, meanShift, meanShiftChannel, varianceRatio, varianceRatioChannel } = padding;
    const share = padded / tokens;
    if (share <= warnAbove || padded <= timesChance * byChance) return [];
    const moved = `which moves BatchNorm's means by up to ${formatNumber(meanShift, 2)}\u202fσ (channel ${meanShiftChannel}) and makes a variance ${formatNumber(varianceRatio, 2)} times what it is without (channel ${varianceRatioChannel})`;
    const effect = meanShiftChannel < 0 ? "which has a part in all of BatchNorm's statistics" : moved;
    return [
      {
        rule: paddingPollution.id,
        severity: 'warning',
        message: `${formatCount(padded)} of ${counted(tokens, 'token')} (${formatPercent(share)}) are padding (${formatNumber(value)} at the end of a sequence), ${effect}.`,
        evidence: { tokens, padded, share, value, byChance, meanShift, meanShiftChannel, varianceRatio, varianceRatioChannel },
        source: paddingPollution.source,
      },
    ];
  },
};
