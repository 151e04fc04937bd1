import type { Evidence } from '../analysis/evidence';
import type { Finding } from '../analysis/finding';

/** A diagnostic rule. One file each, listed in `rules/all.ts`. */
export interface Rule {
  /** Kebab case; also the name of its page in `docs/rules/`. */
  readonly id: string;
  readonly title: string;
  /** Paragraphs for the rule's page: what it means, what to do. */
  readonly explanation: readonly string[];
  /** A paper, a framework's documentation, algebra, or that its threshold is a heuristic. */
  readonly source: string;
  check(evidence: Evidence): readonly Finding[];
}
