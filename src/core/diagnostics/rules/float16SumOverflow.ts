import { counted, formatCount, formatNumber } from '../../text/numbers';
import { couldBeFloat16, float16Severity, greatestFloat16, inFloat16 } from '../float16';
import type { Rule, RulePage } from '../rule';

const rootOfGreatest = Math.sqrt(greatestFloat16);
/** Groups of many elements overflow whatever is in them: those of ordinary scale are not told of. */
const ordinary = 2;

export const page: RulePage = {
  title: 'Sums of squares that overflow float16',
  explanation: [
    'LayerNorm and RMSNorm sum the squares of a group’s elements. The greatest float16 is 65 504, so with d elements the sum is infinite where their root mean square is beyond √(65504 / d): 9.24 for 768 elements, 8 for 1 024, 4 for 4 096, 2.83 for 8 192. The variance is then infinite or NaN, and the output 0 or NaN.',
    'PyTorch and JAX sum in float32 where the data is float16; hand-written kernels, exported graphs and some accelerators do not. `normoscope compare --precision fp16` shows which groups break.',
    'What to do: sum in float32, or divide the elements by a power of two before they are squared and correct eps for it.',
    'Groups in which a single square overflows are another rule’s. Groups with a root mean square of at most 2 are left out (a heuristic): with more than 16 384 elements they overflow by their number alone.',
  ],
  severity: 'an error where the tensor is float16, a note where it would have to be cast',
  evidence: [
    {
      groupCount: 'how many of LayerNorm’s groups overflow',
      worstGroup: 'the one with the largest sum, counted from 0',
      sumOfSquares: 'its sum of squares',
      rms: 'the root mean square of its elements',
      limit: 'the root mean square from which on that many elements overflow, √(65504 / d)',
    },
  ],
};

/** A7: groups of LayerNorm and RMSNorm whose sum of squares float16 cannot hold, though it holds every square. */
export const float16SumOverflow: Rule = {
  id: 'float16-sum-overflow',
  source: 'arithmetic of IEEE 754 binary16; PyTorch pull request 133085, SKaiNET issue 1281; the exemption of a root mean square up to 2 is a heuristic',

  check(evidence) {
    const table = evidence.methods.get('layer')?.table;
    if (table === undefined || !couldBeFloat16(evidence)) return [];
    let groupCount = 0;
    let worstGroup = -1;
    let sumOfSquares = 0;
    for (let group = 0; group < table.size; group++) {
      const count = table.count[group] ?? 0;
      const sum = (table.m2[group] ?? 0) + count * (table.mean[group] ?? 0) ** 2;
      const absMax = Math.max(-(table.min[group] ?? 0), table.max[group] ?? 0);
      if (!(sum > greatestFloat16) || absMax > rootOfGreatest || sum <= count * ordinary ** 2) continue;
      groupCount++;
      if (sum > sumOfSquares) [sumOfSquares, worstGroup] = [sum, group];
    }
    if (groupCount === 0) return [];
    const d = table.count[worstGroup] ?? 0;
    const rms = Math.sqrt(sumOfSquares / d);
    const limit = Math.sqrt(greatestFloat16 / d);
    return [
      {
        rule: float16SumOverflow.id,
        severity: float16Severity(evidence),
        message: `${inFloat16(evidence)} the sum of squares of ${counted(groupCount, 'group')} of LayerNorm (of ${formatCount(table.size)}) is infinite: the ${formatCount(d)} elements of group ${worstGroup} have a root mean square of ${formatNumber(rms)}, and ${formatNumber(limit)} is the limit.`,
        evidence: { groupCount, worstGroup, sumOfSquares, rms, limit },
        source: float16SumOverflow.source,
      },
    ];
  },
};
