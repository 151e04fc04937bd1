import type { MomentTable } from '../../engine/moments';
import type { DType } from '../../tensor/dtype';
import { formatNumber, formatPercent } from '../../text/numbers';
import { groupsEvidence, groupsEvidenceText, groupsText, spread, whichText, worstGroups } from '../groups';
import type { Rule, RulePage } from '../rule';

/** Binary digits behind the leading one, and the power of two of the least subnormal number. */
const formats: Partial<Record<DType, readonly [digits: number, least: number]>> = { float16: [10, -24], bfloat16: [7, -133] };

const much = 0.01;

export const page: RulePage = {
  title: 'Variance made by the rounding of the stored type',
  explanation: [
    'A float16 has 11 binary digits and a bfloat16 has 8. Near the mean of a group the numbers of the type are one step apart, 2^(⌊log₂ |mean|⌋ − 10) or 2^(⌊log₂ |mean|⌋ − 7), and rounding to them adds about step² / 12 to the variance. Where the mean is large against the deviation that is a part of the variance which was not in the data: 2 % in bfloat16 at a ratio of 100, 19 % at 256.',
    'Where the step is larger than the standard deviation, the group is only a few different numbers: its variance then says how they fell on the steps and little else.',
    'What to do: take the offset out before the cast, or store what goes into a normalization in float32.',
  ],
  severity: 'always a warning',
  evidence: [groupsEvidenceText, {
      mean: 'its mean',
      std: 'its standard deviation',
      step: 'the distance of the numbers of the type near that mean',
      noiseShare: 'step² / 12 as a share of its variance',
    }],
};

/** A11: variances that the rounding of the stored type is a part of. */
export const storageRounding: Rule = {
  id: 'storage-rounding',
  source: 'variance of rounding to a grid, step² / 12, where the deviation is larger than the step; the cut at 1 % is a heuristic',

  check(evidence) {
    const format = evidence.tensor.dtype === null ? undefined : formats[evidence.tensor.dtype];
    if (format === undefined) return [];
    const stepOf = (table: MomentTable, group: number) => {
      const exponent = Math.floor(Math.log2(Math.abs(table.mean[group] ?? 0)));
      return 2 ** Math.max(format[1], exponent - format[0]);
    };
    const worst = worstGroups(evidence, (table, group) => stepOf(table, group) ** 2 / 12 / spread(table, group), much);
    if (worst === null) return [];
    const { table, greatest: noiseShare, greatestGroup } = worst;
    const [mean, std, step] = [table.mean[greatestGroup] ?? 0, Math.sqrt(spread(table, greatestGroup)), stepOf(table, greatestGroup)];
    const what =
      step > std
        ? 'it is quantized to a few numbers, and its variance says little'
        : `rounding makes about ${formatPercent(noiseShare)} of its variance`;
    const verb = worst.groups.length === 1 ? 'has' : 'have';
    return [
      {
        rule: storageRounding.id,
        severity: 'warning',
        message: `${groupsText(worst)} ${verb} a standard deviation of the order of ${evidence.tensor.dtype}'s steps, at worst ${formatNumber(std)} against steps of ${formatNumber(step)} near the mean ${formatNumber(mean)}${whichText(worst)}: ${what}.`,
        evidence: { ...groupsEvidence(worst), mean, std, step, noiseShare },
        source: storageRounding.source,
      },
    ];
  },
};
