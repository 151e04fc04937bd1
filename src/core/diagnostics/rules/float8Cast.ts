import type { Finding } from '../../analysis/finding';
import type { PrecisionReport } from '../../analysis/precision';
import { formatNumber, formatPercent } from '../../text/numbers';
import type { Rule, RulePage } from '../rule';

/** A smaller share near to zero hardly moves a statistic. */
const much = 0.01;

export const page: RulePage = {
  title: 'Elements that float8 does not hold',
  explanation: [
    'E4M3 goes from 2⁻⁹ to 448, E5M2 from 2⁻¹⁶ to 57 344. Without a scale, a cast makes elements beyond the greatest number NaN (E4M3) or infinite (E5M2), and small ones 0.',
    'One scale for the whole tensor moves both ends together. It fits where the dynamic range of the tensor, the powers of two from the least magnitude that is not 0 to the greatest, is at most that of the format; where it is not, one end is lost whatever the scale.',
    'Told only where it is asked for, with `normoscope compare --precision fp8-e4m3,fp8-e5m2`: it takes another look at every element.',
    'What to do: scale by the greatest magnitude over 448 (or 57 344), per channel or per block where a few channels have the outliers.',
  ],
  severity: 'a warning where the cast overflows or makes more than 1 % zero; a note where only the range is too wide',
  evidence: [
    {
      format: '`float8_e4m3fn` or `float8_e5m2`',
      elements: 'finite elements',
      overflow: 'elements beyond its greatest number',
      underflow: 'elements that become 0',
      dynamicRange: 'log₂ of the greatest magnitude over the least that is not 0',
      formatRange: 'the same of the format',
    },
  ],
};

/** A10: elements that float8 does not hold, where the cast was asked for. */
export const float8Cast: Rule = {
  id: 'float8-cast',
  source: 'Open Compute Project 8-bit floating point (2023); dynamic range as in Transformer Engine’s statistics; the cut at 1 % is a heuristic',

  check: ({ precision }) => precision.filter(({ arithmetic }) => arithmetic.startsWith('float8')).flatMap(ofFormat),
};

function ofFormat({ arithmetic, cast }: PrecisionReport): Finding[] {
  const { elements, overflow, underflow, dynamicRange, formatRange } = cast;
  if (dynamicRange === null) return [];
  const lost = overflow > 0 || underflow > much * elements;
  const fits = dynamicRange <= formatRange;
  if (!lost && fits) return [];
  const effects = `${overflow === 0 ? 'no element overflows' : `${formatPercent(overflow / elements)} of the elements overflow`} and ${underflow === 0 ? 'none becomes 0' : `${formatPercent(underflow / elements)} become 0`}`;
  const range = `magnitudes span ${formatNumber(dynamicRange, 3)} powers of two and the format ${formatNumber(formatRange, 3)}, so ${fits ? 'a scale would fit' : 'no single scale fits'}`;
  return [
    {
      rule: float8Cast.id,
      severity: lost ? 'warning' : 'info',
      message: `Cast to ${arithmetic} without a scale, ${effects}; ${range}.`,
      evidence: { format: arithmetic, elements, overflow, underflow, dynamicRange, formatRange },
      source: float8Cast.source,
    },
  ];
}
