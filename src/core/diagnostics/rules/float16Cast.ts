import type { Evidence } from '../../analysis/evidence';
import type { Finding } from '../../analysis/finding';
import { formatCount, formatNumber, formatPercent } from '../../text/numbers';
import { beyondFloat16, couldBeFloat16, greatestFloat16, greatestMagnitude } from '../float16';
import type { Rule, RulePage } from '../rule';

/** A smaller share near to zero hardly moves a statistic. */
const much = 0.01;

export const page: RulePage = {
  title: 'Elements that float16 does not hold',
  explanation: [
    'float16 goes up to 65 504. A cast makes elements beyond it infinite, elements below 2.98 × 10⁻⁸ zero, and holds those below 6.10 × 10⁻⁵ (subnormal ones) with fewer digits the smaller they are.',
    'Of a tensor that is not float16 the greatest magnitude says whether the cast overflows. How many elements overflow or become 0 is counted when it is asked for: `normoscope compare --precision fp16`.',
    'What to do: bfloat16 has the range of float32. With float16, scale the loss (for gradients) or the tensor by a power of two.',
  ],
  severity: 'a warning for float16 with more than 1 % subnormal elements, and where the cast was asked for and overflows or makes more than 1 % zero; otherwise a note',
  evidence: [
    {
      elements: 'finite elements',
      absMax: 'the greatest magnitude of them',
      overflow: 'elements that overflow; -1 where they were not counted',
      underflow: 'elements that become 0; -1 where they were not counted',
      subnormal: 'elements that are subnormal in float16; -1 where they were not counted',
    },
  ],
};

/** A9: elements that float16 does not hold, or holds with few digits. */
export const float16Cast: Rule = {
  id: 'float16-cast',
  source: 'arithmetic of IEEE 754 binary16; the cut at 1 % is a heuristic',

  check(evidence) {
    if (!couldBeFloat16(evidence)) return [];
    return evidence.tensor.dtype === 'float16' ? ofFloat16(evidence) : ofOthers(evidence);
  },
};

function ofFloat16(evidence: Evidence): Finding[] {
  const { subnormal, overall } = evidence;
  const elements = overall.count[0] ?? 0;
  if (!(subnormal > much * elements)) return [];
  const message = `${formatPercent(subnormal / elements)} of the elements are subnormal in float16 (nearer to 0 than 6.1\u202f×\u202f10⁻⁵): they have lost digits, and hardware that flushes them makes them 0.`;
  return [finding('warning', message, { elements, absMax: greatestMagnitude(evidence), overflow: 0, underflow: 0, subnormal })];
}

function ofOthers(evidence: Evidence): Finding[] {
  const elements = evidence.overall.count[0] ?? 0;
  const absMax = greatestMagnitude(evidence);
  const cast = evidence.precision.find(({ arithmetic }) => arithmetic === 'float16')?.cast;
  const counts = { overflow: cast?.overflow ?? -1, underflow: cast?.underflow ?? -1, subnormal: cast?.subnormal ?? -1 };
  const effects = [
    ...(counts.overflow > 0 ? [`${formatCount(counts.overflow)} (${formatPercent(counts.overflow / elements)}) become infinite`] : []),
    ...(counts.underflow > much * elements ? [`${formatPercent(counts.underflow / elements)} become 0`] : []),
  ];
  if (cast === undefined && absMax >= beyondFloat16) effects.push(`those beyond ${formatCount(greatestFloat16)} become infinite`);
  if (effects.length === 0) return [];
  const message = `Cast to float16, of the elements ${effects.join(' and ')}; the greatest magnitude is ${formatNumber(absMax)}.`;
  return [finding(cast === undefined ? 'info' : 'warning', message, { elements, absMax, ...counts })];
}

function finding(severity: Finding['severity'], message: string, evidence: Finding['evidence']): Finding {
  return { rule: float16Cast.id, severity, message, evidence, source: float16Cast.source };
}
