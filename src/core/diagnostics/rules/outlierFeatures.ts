import { outlierShare } from '../../analysis/outliers';
import { formatCount, formatPercent } from '../../text/numbers';
import { channelsEvidence, channelsEvidenceText, channelsText } from '../channels';
import type { Rule, RulePage } from '../rule';

/** Where more of the features than this share are beyond 6, it is the tensor's scale and no outlier. */
const mostFeatures = 0.25;

export const page: RulePage = {
  title: 'Outlier features',
  explanation: [
    'These features are 6 or more in absolute value at 6 % or more of the positions. In large language models a few features of the hidden states, the same ones in most layers, are so: about one in a thousand, and the predictions hang on them.',
    "LayerNorm and RMSNorm take them into each token's statistics: a token's other features are divided by what its outliers make of the variance. BatchNorm divides each by its own. In int8 with one scale for the tensor, or for a token, they leave few steps for all others.",
    'What to do: nothing where nothing is quantized. Before int8, keep these features in 16 bits (LLM.int8()) or move their scale into the weights that follow (SmoothQuant). The paper also asks that a feature be so in a quarter of the layers: compare other layers of the same network.',
  ],
  severity: 'always info',
  evidence: [channelsEvidenceText, {
      shares: 'the share of positions at which each of the channels is 6 or more in absolute value',
      sampledEvery: '1 where every element was counted; k where about one in k was',
    }],
};

/** A19: features that are far from zero at many positions. */
export const outlierFeatures: Rule = {
  id: 'outlier-features',
  source: 'Dettmers et al. 2022 (LLM.int8()), arXiv 2208.07339: magnitude of 6 or more, at 6 % or more of the sequence positions. Of one tensor the share of layers cannot be told. That at most a quarter of the features may be so is a heuristic: where more are, the tensor has another scale',

  check({ outliers }) {
    if (outliers === null) return [];
    const { far, looked, sampledEvery } = outliers;
    const share = (c: number) => (far[c] ?? 0) / (looked[c] ?? 0);
    const channels = [...far.keys()].filter((c) => share(c) >= outlierShare);
    if (channels.length === 0 || channels.length > mostFeatures * far.length) return [];
    const most = channels.reduce((highest, c) => Math.max(highest, share(c)), 0);
    const evidence = channelsEvidence(channels);
    const sampled = sampledEvery > 1 ? `, counted in a sample of 1:${formatCount(sampledEvery)}` : '';
    return [
      {
        rule: outlierFeatures.id,
        severity: 'info',
        message: `${channelsText(channels, far.length)} ${channels.length === 1 ? 'is an outlier feature' : 'are outlier features'}: 6 or more in absolute value at ${channels.length === 1 ? '' : 'up to '}${formatPercent(most)} of the positions${sampled}.`,
        evidence: { ...evidence, shares: evidence.channels.map(share), sampledEvery },
        source: outlierFeatures.source,
      },
    ];
  },
};
