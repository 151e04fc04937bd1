import type { Evidence } from '../analysis/evidence';
import type { Finding } from '../analysis/finding';
import type { Warning } from '../tensor/tensor';

/** A diagnostic rule. One file each, listed in `rules/all.ts`. */
export interface Rule {
  /** Kebab case; also the name of its page in `docs/rules/`. */
  readonly id: string;
  readonly title: string;
  /** Paragraphs for the rule's page: what it means, what to do. */
  readonly explanation: readonly string[];
  /** A paper, a framework's documentation, algebra, or that its threshold is a heuristic. */
  readonly source: string;
  /** Which severity its findings have, and when. */
  readonly severity: string;
  /** What each number of a finding's `evidence` is, by its name. For the rule's page and for programs. */
  readonly evidence: Readonly<Record<string, string>>;
  check(evidence: Evidence): readonly Finding[];
  /** Of a rule about the file as a whole: what can be told of its header alone, before any tensor is read. */
  checkFile?(warnings: readonly Warning[]): readonly Finding[];
}
