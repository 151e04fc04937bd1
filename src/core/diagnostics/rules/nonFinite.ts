import { formatCount, formatPercent } from '../../text/numbers';
import { channelsEvidence, channelsEvidenceText, channelsText, channelTable, positionText } from '../channels';
import type { Rule, RulePage } from '../rule';

export const page: RulePage = {
  title: 'NaN or infinite elements',
  explanation: [
    'The tensor holds NaN or infinite elements. In a framework one of them is enough: it makes the mean and variance of its whole group NaN. With BatchNorm the group is a channel of every sample in the batch, and the running mean and variance stay NaN from then on, so that the fault shows only at validation. With LayerNorm the group is one sample or token, and the others stay sound.',
    'Every number that Normoscope shows is over the finite elements and counts the others apart.',
    'What to do: look at the first such element, then at what made it. Common causes are an overflow in float16, a division by a standard deviation of zero, the logarithm of zero, and a learning rate too large. Under automatic mixed precision a skipped step does not undo what the forward pass wrote into the running statistics: restore those from a checkpoint.',
  ],
  severity: 'always an error',
  evidence: [{
      nan: 'elements that are NaN',
      posInf: 'elements that are +Inf',
      negInf: 'elements that are −Inf',
      firstIndex: 'the first of them in row-major order, counted from 0; its position by axes is in the message',
    }, channelsEvidenceText],
};

/** A1: NaN or infinite elements. */
export const nonFinite: Rule = {
  id: 'non-finite',
  source: 'TensorFlow Debugger (health categories); PyTorch issue 88474 (running statistics under mixed precision)',

  check(evidence) {
    const { overall, tensor, firstNotFinite } = evidence;
    const [nan = 0, posInf = 0, negInf = 0] = [overall.nan[0], overall.posInf[0], overall.negInf[0]];
    const total = nan + posInf + negInf;
    if (total === 0) return [];
    const kinds = [
      [nan, 'NaN'],
      [posInf, '+Inf'],
      [negInf, '−Inf'],
    ] as const;
    const found = kinds.filter(([count]) => count > 0).map(([count, kind]) => `${formatCount(count)} ${kind}`);
    const share = formatPercent(total / (total + (overall.count[0] ?? 0)));
    const table = channelTable(evidence);
    const channels =
      table === null
        ? []
        : [...table.nan.keys()].filter((c) => (table.nan[c] ?? 0) + (table.posInf[c] ?? 0) + (table.negInf[c] ?? 0) > 0);
    const where = channels.length === 0 || table === null ? '' : ` ${channelsText(channels, table.size)} hold them.`;
    return [
      {
        rule: nonFinite.id,
        severity: 'error',
        message: `${found.join(', ')} (${share} of the elements), the first at ${positionText(firstNotFinite, tensor.shape)}.${channels.length === 1 ? where.replace('hold', 'holds') : where}`,
        evidence: { nan, posInf, negInf, firstIndex: firstNotFinite, ...channelsEvidence(channels) },
        source: nonFinite.source,
      },
    ];
  },
};
