import type { MomentTable } from '../../engine/moments';
import { counted, formatCount, formatNumber } from '../../text/numbers';
import { couldBeFloat16, float16Severity, zeroInFloat16 } from '../float16';
import type { Rule, RulePage } from '../rule';

export const page: RulePage = {
  title: 'eps that is 0 in float16',
  explanation: [
    'eps keeps the division by √(variance + eps) finite where the variance is 0. The least float16 is 2⁻²⁴, so an eps of up to 2.98 × 10⁻⁸ is rounded to 0: both 10⁻⁸ and the 10⁻¹² of BERT. A group that is constant (padding, a dead channel) then gives 0 / 0, which is NaN.',
    'Already 10⁻⁵ is subnormal in float16: it is held with fewer digits, and hardware that flushes subnormal numbers to zero loses it too.',
    'What to do: compute variance + eps in float32, or take an eps of at least 6.2 × 10⁻⁵ where all is float16.',
  ],
  severity: 'where the tensor is float16 an error if a variance is 0 in float16 and a warning otherwise; a note where it would have to be cast and has such a variance',
  evidence: [
    {
      eps: 'the eps that was given',
      limit: 'up to this a number is 0 in float16, 2⁻²⁵',
      zeroLayer: 'groups of LayerNorm whose variance is at most that',
      zeroBatch: 'channels of BatchNorm whose variance is at most that',
    },
  ],
};

/** A8: an eps that float16 rounds to 0. */
export const epsVanishes: Rule = {
  id: 'eps-vanishes',
  source: 'arithmetic of IEEE 754 binary16; eps of BERT: Hugging Face transformers',

  check(evidence) {
    const { eps, tensor, methods } = evidence;
    if (!couldBeFloat16(evidence) || eps === 0 || eps > zeroInFloat16) return [];
    const zeroLayer = vanishing(methods.get('layer')?.table);
    const zeroBatch = vanishing(methods.get('batch')?.table);
    const none = zeroLayer + zeroBatch === 0;
    if (none && tensor.dtype !== 'float16') return [];
    const of = (method: 'layer' | 'batch') => formatCount(methods.get(method)?.table.size ?? 0);
    const found = [
      ...(zeroLayer > 0 ? [`${counted(zeroLayer, 'group')} of LayerNorm (of ${of('layer')})`] : []),
      ...(zeroBatch > 0 ? [`${counted(zeroBatch, 'channel')} (of ${of('batch')})`] : []),
    ];
    const why = none ? 'nothing keeps the division finite where a variance is 0' : `so is the variance of ${found.join(' and ')}, which gives NaN`;
    return [
      {
        rule: epsVanishes.id,
        severity: float16Severity(evidence, none ? 'warning' : 'error'),
        message: `eps ${formatNumber(eps)} is 0 in float16, being no more than ${formatNumber(zeroInFloat16)}; ${why}.`,
        evidence: { eps, limit: zeroInFloat16, zeroLayer, zeroBatch },
        source: epsVanishes.source,
      },
    ];
  },
};

/** Groups with elements whose variance is 0 in float16. */
function vanishing(table: MomentTable | undefined): number {
  let groups = 0;
  for (let group = 0; group < (table?.size ?? 0); group++) {
    if ((table?.m2[group] ?? 0) / (table?.count[group] ?? 0) <= zeroInFloat16) groups++;
  }
  return groups;
}
