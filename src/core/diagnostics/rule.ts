import type { Evidence } from '../analysis/evidence';
import type { Finding } from '../analysis/finding';
import type { Warning } from '../tensor/tensor';

/** A diagnostic rule. One file each, listed in `rules/all.ts`; the file exports its page beside it, as `page`. */
export interface Rule {
  /** Kebab case; also the name of its page in `docs/rules/`. */
  readonly id: string;
  /** A paper, a framework's documentation, algebra, or that its threshold is a heuristic. */
  readonly source: string;
  check(evidence: Evidence): readonly Finding[];
  /** Of a rule about the file as a whole: what can be told of its header alone, before any tensor is read. */
  checkFile?(warnings: readonly Warning[]): readonly Finding[];
}

/** What `npm run docs` writes a rule's page from. Apart from the rule, so that no bundle carries prose which nothing in it shows. */
export interface RulePage {
  readonly title: string;
  /** Paragraphs: what it means, what to do. */
  readonly explanation: readonly string[];
  /** Which severity its findings have, and when. */
  readonly severity: string;
  /** What each number of a finding's `evidence` is, by its name. In parts, since bundlers keep what is spread. */
  readonly evidence: readonly Readonly<Record<string, string>>[];
}
