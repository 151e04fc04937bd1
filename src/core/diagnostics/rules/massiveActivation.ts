import { formatCount, formatNumber } from '../../text/numbers';
import { channelsEvidence, channelsEvidenceText, channelsText, channelTable } from '../channels';
import type { Rule, RulePage } from '../rule';

/** Sun et al. 2024: beyond this in absolute value, */
const least = 100;
/** and beyond so many times the median of the absolute values. */
const times = 1000;

export const page: RulePage = {
  title: 'Massive activations',
  explanation: [
    'Single elements of these channels are more than 100 in absolute value and at least a thousand times as large as half of the tensor. Large language models have such elements in few, fixed dimensions of their hidden states, often at the first token and at delimiters; they act as biases of attention and are part of how the model works.',
    "They rule LayerNorm's statistics of their tokens: the variance is theirs alone, and all other features of that token come out near zero. BatchNorm puts them into the statistics of their channel only. In float16 their squares overflow, and one scale for the whole tensor in int8 leaves nothing of the others.",
    'What to do: nothing, if the tensor is of a language model and the dimensions are the same for every input. Before quantization, scale by token or by channel, or keep these dimensions in more digits. Elsewhere look for a layer that diverges.',
  ],
  severity: 'always info',
  evidence: [channelsEvidenceText, {
      largest: 'the largest absolute value of the tensor',
      middle: 'half of the elements are at most this large in absolute value',
      times: 'the first by the second',
    }],
};

/** A18: single elements that are a thousand times as large as most others. */
export const massiveActivation: Rule = {
  id: 'massive-activation',
  source: 'Sun et al. 2024, arXiv 2402.17762: above 100, and 1000 times the median of the absolute values. That median is bounded from above by the larger of the quartiles, so that nothing is told that does not hold',

  check(evidence) {
    const table = channelTable(evidence);
    const { tensor, quantiles, overall } = evidence;
    if (table === null || !tensor.dtype?.includes('float') || quantiles === null || quantiles.error === null) return [];
    const [, , low = NaN, , high = NaN] = quantiles.values;
    const middle = Math.max(Math.abs(low), Math.abs(high)) / (1 - quantiles.error);
    const limit = Math.max(least, times * middle);
    // Where three quarters are zero, most have no size to be compared with.
    if (!(middle > 0)) return [];
    const channels = [...table.count.keys()].filter((c) => Math.max(-(table.min[c] ?? 0), table.max[c] ?? 0) > limit);
    if (channels.length === 0) return [];
    const largest = Math.max(-(overall.min[0] ?? 0), overall.max[0] ?? 0);
    return [
      {
        rule: massiveActivation.id,
        severity: 'info',
        message: `${channelsText(channels, table.size)} ${channels.length === 1 ? 'has' : 'have'} massive activations, up to ${formatNumber(largest)}: ${formatCount(Math.floor(largest / middle))} times what half of the tensor stays within.`,
        evidence: { ...channelsEvidence(channels), largest, middle, times: largest / middle },
        source: massiveActivation.source,
      },
    ];
  },
};
