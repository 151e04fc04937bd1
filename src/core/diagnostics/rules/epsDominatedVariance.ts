import type { Evidence } from '../../analysis/evidence';
import type { Finding } from '../../analysis/finding';
import { variances } from '../../analysis/statistics';
import { counted, formatCount, formatNumber, listed } from '../../text/numbers';
import { channelsText } from '../channels';
import type { Rule, RulePage } from '../rule';

/** Below this multiple of eps the output's standard deviation is under 0.953. */
const warnBelow = 10;
const inEvidence = 64;

export const page: RulePage = {
  title: 'Variance of the order of eps',
  explanation: [
    'Normalization divides by √(variance + eps). Where the variance is not large against eps, eps decides the scale: the output has standard deviation √(variance / (variance + eps)) and not 1. It is 0.953 at ten times eps, 0.707 at eps, and nearly nothing far below.',
    'It matters most when a network moves between frameworks: eps is 10⁻⁵ in PyTorch and 10⁻³ in Keras, and such groups change their scale with it.',
    'What to do: make sure that eps is the one of your framework, then ask why the channel varies so little. Often its incoming weights have shrunk, and scaling them up (or leaving the channel out) is better than a smaller eps, which float16 flushes to zero.',
    'Groups in which all elements are equal are left out here: the rule on constant channels names them, and a constant token is usually padding.',
  ],
  severity: 'an error where the smallest variance is at most eps, a warning up to ten times eps',
  evidence: [
    {
      method: 'the normalization whose groups these are: `batch` or `layer`',
      groups: 'the groups (for BatchNorm the channels), counted from 0; the first 64 of them',
      groupCount: 'how many groups there are of this kind in all',
      smallestVariance: 'the smallest variance among them, over n elements, in the unit of the data squared',
      smallestGroup: 'the group that has it',
      eps: 'the eps that the comparison is made with',
      outputStd: 'the standard deviation of that group after normalization; 1 where eps does not matter',
    },
  ],
};

/** A3: groups whose variance is not large against eps. */
export const epsDominatedVariance: Rule = {
  id: 'eps-dominated-variance',
  source: 'exact algebra, √(v / (v + eps)); the cuts at eps and at 10 eps are heuristics',

  check(evidence) {
    return [...batchFindings(evidence), ...layerFindings(evidence)];
  },
};

interface Dominated {
  /** Groups with variance below 10 eps, not constant. */
  readonly groups: readonly number[];
  readonly smallest: number;
  readonly smallestGroup: number;
  readonly size: number;
}

function dominated(evidence: Evidence, method: 'batch' | 'layer'): Dominated | null {
  const table = evidence.methods.get(method)?.table;
  if (table === undefined) return null;
  const variance = variances(table);
  const groups: number[] = [];
  let smallest = Infinity;
  let smallestGroup = -1;
  for (let group = 0; group < table.size; group++) {
    const value = variance[group] ?? NaN;
    // A constant group is another rule's; written so that NaN (no finite element) is passed over too.
    if (!(value < warnBelow * evidence.eps) || !((table.min[group] ?? 0) < (table.max[group] ?? 0))) continue;
    groups.push(group);
    if (value < smallest) {
      smallest = value;
      smallestGroup = group;
    }
  }
  return groups.length === 0 ? null : { groups, smallest, smallestGroup, size: table.size };
}

function batchFindings(evidence: Evidence): Finding[] {
  const found = dominated(evidence, 'batch');
  if (found === null) return [];
  const { groups, size } = found;
  const subject = `${channelsText(groups, size)} ${groups.length === 1 ? 'has' : 'have'} a variance`;
  return [finding(evidence, found, 'batch', subject, `channel ${found.smallestGroup}`)];
}

function layerFindings(evidence: Evidence): Finding[] {
  const found = dominated(evidence, 'layer');
  if (found === null) return [];
  const { groups, size } = found;
  const which = groups.length <= 5 ? ` (${listed(groups)})` : '';
  const subject = `${counted(groups.length, 'group')} of LayerNorm${which}, of ${formatCount(size)}, ${groups.length === 1 ? 'has' : 'have'} a variance`;
  return [finding(evidence, found, 'layer', subject, `group ${found.smallestGroup}`)];
}

function finding(
  { eps }: Evidence,
  { groups, smallest, smallestGroup }: Dominated,
  method: string,
  subject: string,
  which: string,
): Finding {
  const outputStd = Math.sqrt(smallest / (smallest + eps));
  const least = groups.length === 1 ? `${formatNumber(smallest)}` : `down to ${formatNumber(smallest)} (${which})`;
  return {
    rule: epsDominatedVariance.id,
    severity: smallest <= eps ? 'error' : 'warning',
    message: `${subject} of ${least} against eps ${formatNumber(eps)}: after normalization the standard deviation is ${formatNumber(outputStd)}, not 1.`,
    evidence: {
      method,
      groups: groups.slice(0, inEvidence),
      groupCount: groups.length,
      smallestVariance: smallest,
      smallestGroup,
      eps,
      outputStd,
    },
    source: epsDominatedVariance.source,
  };
}
