export type Severity = 'error' | 'warning' | 'info';

/** Something that a rule found. The page, the hover, the Problems panel and the command line all show this. */
export interface Finding {
  /** The rule's id: `non-finite`. Its page is `docs/rules/<rule>.md`. */
  readonly rule: string;
  readonly severity: Severity;
  /** One sentence with the numbers in it. */
  readonly message: string;
  /** The numbers, by name. */
  readonly evidence: Readonly<Record<string, number | string | readonly number[]>>;
  /** Where the rule comes from: a paper, a framework's documentation, algebra, or that its threshold is a heuristic. */
  readonly source: string;
}
