import type { Finding, Severity } from '../../src/core/analysis/finding';

const marks: Readonly<Record<Severity, string>> = { error: '✕', warning: '▲', info: 'ℹ' };

interface FindingsProps {
  readonly findings: readonly Finding[];
  openRule(rule: string): void;
}

/** What the rules found, the gravest first; each leads to its rule. Nothing at all where nothing was found. */
export function Findings({ findings, openRule }: FindingsProps) {
  if (findings.length === 0) return null;
  return (
    <section class="findings" aria-label="Findings">
      <ul>
        {findings.map(({ rule, severity, message }) => (
          <li key={`${rule} ${message}`} class={severity}>
            <span class="mark" role="img" aria-label={severity}>{marks[severity]}</span>
            <span class="message">{message} <button class="link" onClick={() => openRule(rule)}>{rule}</button></span>
          </li>
        ))}
      </ul>
    </section>
  );
}
