import { formatNumber, formatPercent } from '../../text/numbers';
import { groupsEvidence, groupsEvidenceText, groupsText, spread, whichText, worstGroups } from '../groups';
import type { Rule, RulePage } from '../rule';

/** From here on float32 loses digits that a comparison shows; from the second on the variance is not to be used. */
const noted = 30;
const unsafe = Math.sqrt(1e-3 * 2 ** 24);

export const page: RulePage = {
  title: 'Variance that E[x²] − E[x]² does not give in float32',
  explanation: [
    'A variance computed in one pass, as E[x²] − E[x]², is the small difference of two large numbers where the mean is large against the standard deviation. In float32 its relative error is of the order of 2⁻²⁴ · (mean / standard deviation)²: 0.1 % at a ratio of 130, all digits from about 4 000 on. The result can even be negative, and its root NaN.',
    'Normoscope computes in float64 and about the mean, so its own numbers are right; what your framework computes may not be. Flax (`use_fast_variance=True`) does it in one pass, and so do many fused kernels. `normoscope compare --precision fp32` simulates it.',
    'What to do: take the offset out before the normalization (a bias that has drifted, data in absolute units), or let the framework compute the variance in two passes (Flax: `use_fast_variance=False`).',
  ],
  severity: 'a warning where the error is beyond 0.1 %, a note where the mean is more than 30 standard deviations',
  evidence: [groupsEvidenceText, {
      ratio: 'its mean in standard deviations, without sign',
      relativeError: 'the expected relative error of its variance in float32, in one pass',
    }],
};

/** A5: means so large against the deviation that E[x²] − E[x]² cancels in float32. */
export const onePassVariance: Rule = {
  id: 'one-pass-variance',
  source: 'error of float32 sums, 2⁻²⁴ · (mean / standard deviation)², measured; the cuts at 0.1 % and at a ratio of 30 are heuristics; Flax documentation, `use_fast_variance`',

  check(evidence) {
    const ratioOf = (limit: number) =>
      worstGroups(evidence, (table, group) => Math.abs(table.mean[group] ?? 0) / Math.sqrt(spread(table, group)), limit);
    const worst = ratioOf(unsafe) ?? ratioOf(noted);
    if (worst === null) return [];
    const ratio = worst.greatest;
    const relativeError = 2 ** -24 * ratio ** 2;
    const verb = worst.groups.length === 1 ? 'has a mean of' : 'have means of up to';
    return [
      {
        rule: onePassVariance.id,
        severity: ratio > unsafe ? 'warning' : 'info',
        message: `${groupsText(worst)} ${verb} ${formatNumber(ratio)} standard deviations${whichText(worst)}: E[x²] − E[x]² in float32 gets the variance wrong by about ${formatPercent(relativeError)}.`,
        evidence: { ...groupsEvidence(worst), ratio, relativeError },
        source: onePassVariance.source,
      },
    ];
  },
};
