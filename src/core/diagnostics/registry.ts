import type { Evidence } from '../analysis/evidence';
import type { Finding, Severity } from '../analysis/finding';
import type { Rule } from './rule';
import * as all from './rules/all';

/** Every rule, in the order of `rules/all.ts`. */
export const rules: readonly Rule[] = checked(Object.values(all));

const order: readonly Severity[] = ['error', 'warning', 'info'];

/** What all rules find, the gravest first. */
export function diagnose(evidence: Evidence): Finding[] {
  return rules
    .flatMap((rule) => rule.check(evidence))
    .sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
}

function checked(list: readonly Rule[]): readonly Rule[] {
  const ids = new Set(list.map(({ id }) => id));
  if (ids.size !== list.length) throw new Error('Two diagnostic rules have the same id.');
  return list;
}
