import { formatNumber } from '../../text/numbers';
import { channelsEvidence, channelsEvidenceText, channelsText, channelTable } from '../channels';
import { beyondFloat16, couldBeFloat16, float16Severity, greatestFloat16, greatestMagnitude, inFloat16 } from '../float16';
import type { Rule, RulePage } from '../rule';

const rootOfGreatest = Math.sqrt(greatestFloat16);

export const page: RulePage = {
  title: 'Squares that overflow float16',
  explanation: [
    'The greatest float16 is 65 504, so the square of an element beyond 255.9 is infinite. One such element makes the sum of squares of its group infinite, the variance infinite or NaN, and the output 0 or NaN, in every normalization that squares in float16.',
    'PyTorch and JAX sum in float32 where the data is float16, and are safe; hand-written RMSNorm and LayerNorm, exported graphs and some accelerators are not. `normoscope compare --precision fp16` shows the first element and the group that break.',
    'What to do: cast to float32 before squaring (as LLaMA’s RMSNorm does), or compute in bfloat16, whose range is that of float32. Where one element stands out, see whether it should.',
  ],
  severity: 'an error where the tensor is float16, a note where it would have to be cast',
  evidence: [{
      absMax: 'the greatest magnitude of an element',
      limit: 'the greatest magnitude whose square float16 holds, √65504',
    }, channelsEvidenceText],
};

/** A6: elements whose square float16 cannot hold. */
export const float16SquareOverflow: Rule = {
  id: 'float16-square-overflow',
  source: 'arithmetic of IEEE 754 binary16; ConvNeXt issue 80, PyTorch issue 66707',

  check(evidence) {
    const absMax = greatestMagnitude(evidence);
    // Beyond that not even the elements are held: another rule's.
    if (!couldBeFloat16(evidence) || absMax <= rootOfGreatest || absMax >= beyondFloat16) return [];
    const table = channelTable(evidence);
    const beyond = (c: number) => Math.max(-(table?.min[c] ?? 0), table?.max[c] ?? 0) > rootOfGreatest;
    const channels = table === null ? [] : [...table.count.keys()].filter(beyond);
    const where = table === null || channels.length === 0 ? '' : `, in ${channelsText(channels, table.size).replace('Channel', 'channel')}`;
    return [
      {
        rule: float16SquareOverflow.id,
        severity: float16Severity(evidence),
        message: `${inFloat16(evidence)} the squares of elements beyond ${formatNumber(rootOfGreatest)} are infinite: the greatest magnitude is ${formatNumber(absMax)}${where}.`,
        evidence: { absMax, limit: rootOfGreatest, ...channelsEvidence(channels) },
        source: float16SquareOverflow.source,
      },
    ];
  },
};
