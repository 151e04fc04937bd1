import type { Finding, Severity } from '../core/analysis/finding';
import { printable } from './table';
import type { Style } from './terminal';

/** A finding as a line: how grave it is, its sentence, its rule. */
export function findingLine({ severity, message, rule }: Finding, style: Style): string {
  return `${mark(severity, style)}  ${printable(message)} ${style.faint(`[${rule}]`)}`;
}

function mark(severity: Severity, style: Style): string {
  // As wide as the longest of the three.
  const word = severity.padEnd('warning'.length);
  if (severity === 'error') return style.error(word);
  return severity === 'warning' ? style.warning(word) : word;
}
