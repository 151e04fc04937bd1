import { channelsEvidence, channelsEvidenceText, channelsText, channelTable } from '../channels';
import type { Rule, RulePage } from '../rule';

export const page: RulePage = {
  title: 'Constant or dead channel',
  explanation: [
    'Every element of the channel has the same value, over all samples and positions of this tensor. Its variance is zero: BatchNorm divides by √eps alone and gives zero for every element, so the channel carries nothing; only β of the affine step is left of it. A channel of zeros after a ReLU is called dead.',
    'One batch does not prove a channel dead: look at several before you act on it.',
    'What to do: for a dead ReLU, look for a large negative bias or a learning rate that was too large early on; a leaky activation or a better initialization avoids it. A channel that is constant before any activation often comes from weights that are zero, from pruning, or from a mask.',
  ],
  severity: 'always a warning',
  evidence: [channelsEvidenceText, { zeroChannels: 'how many of them are zero everywhere' }],
};

/** A2: channels whose elements are all equal. */
export const constantChannel: Rule = {
  id: 'constant-channel',
  source: 'definition: the least and the greatest element are equal',

  check(evidence) {
    const table = channelTable(evidence);
    if (table === null) return [];
    const constant = [...table.count.keys()].filter((c) => (table.count[c] ?? 0) > 1 && table.min[c] === table.max[c]);
    if (constant.length === 0) return [];
    const zero = constant.filter((channel) => table.min[channel] === 0);
    const one = constant.length === 1;
    const verb = one ? 'is' : 'are';
    const how =
      zero.length === constant.length
        ? `${verb} zero everywhere (dead)`
        : `${verb} constant${zero.length === 0 ? '' : `, ${zero.length} of them zero (dead)`}`;
    return [
      {
        rule: constantChannel.id,
        severity: 'warning',
        message: `${channelsText(constant, table.size)} ${how}: BatchNorm gives 0 for every element of ${one ? 'it' : 'them'}.`,
        evidence: { ...channelsEvidence(constant), zeroChannels: zero.length },
        source: constantChannel.source,
      },
    ];
  },
};
