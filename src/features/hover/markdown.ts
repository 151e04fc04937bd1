import type { Finding } from '../../core/analysis/finding';
import { isApplicable, type MethodReport, type NotApplicable, type Report } from '../../core/analysis/report';
import { findingsOfFile } from '../../core/diagnostics/ofFile';
import { counted, formatBytes, formatCount, formatNumber, formatShape } from '../../core/text/numbers';
import type { Catalog } from '../../core/tensor/tensor';

/** The header of a file in Markdown: one line for one tensor, a short list for several. */
export function headerMarkdown(fileName: string, { tensors, warnings }: Catalog, bytes: number): string {
  const findings = findingsOfFile(warnings).map(findingLine);
  return [listMarkdown(fileName, tensors, bytes), ...(findings.length === 0 ? [] : ['', ...findings])].join('\n');
}

function listMarkdown(fileName: string, tensors: Catalog['tensors'], bytes: number): string {
  const [only] = tensors;
  if (tensors.length === 1 && only !== undefined) {
    const what = only.reason ?? `${only.dtype ?? only.storedDtype} ${formatShape(only.shape)}`;
    return `**${escaped(fileName)}** · ${escaped(what)} · ${formatBytes(bytes)}`;
  }
  const names = tensors.slice(0, 5).map(({ name, dtype, storedDtype, shape }) => {
    return `- ${escaped(name)}: ${escaped(dtype ?? storedDtype)} ${formatShape(shape)}`;
  });
  return [`**${escaped(fileName)}** · ${counted(tensors.length, 'tensor')} · ${formatBytes(bytes)}`, ...names].join('\n');
}

/** The key numbers of LayerNorm and BatchNorm, and the findings of the tensor: those of the file stand with the header. */
export function reportMarkdown(report: Report): string {
  const { statistics, layout } = report;
  const numbers = [statistics.mean, statistics.std, statistics.min, statistics.max].map((value) =>
    value === null ? 'none' : formatNumber(value),
  );
  const [mean, std, min, max] = numbers;
  const bad = statistics.nan + statistics.posInf + statistics.negInf;
  const lines = report.methods.filter(({ id }) => id === 'layer' || id === 'batch').map(line);
  const ofFile = new Set(findingsOfFile(report.warnings).map(({ rule }) => rule));
  const findings = report.findings.filter(({ rule }) => !ofFile.has(rule)).map(findingLine);
  return [
    `mean ${mean} · std ${std} · min ${min} · max ${max}${bad === 0 ? '' : ` · **${formatCount(bad)} not finite**`} · layout ${layout.roles}`,
    '',
    ...lines,
    ...(findings.length === 0 ? [] : ['', ...findings]),
  ].join('\n');
}

function findingLine({ severity, message }: Finding): string {
  return `- **${severity}** ${escaped(message)}`;
}

function line(method: MethodReport | NotApplicable): string {
  if (!isApplicable(method)) return `- **${method.label}** does not apply: ${escaped(method.notApplicable)}`;
  const { label, groups, sharedBy, mean, variance } = method;
  return `- **${label}** ${counted(groups, 'group')} (${escaped(sharedBy)}) · means ${span(mean)} · variances ${span(variance)}`;
}

function span(series: MethodReport['mean']): string {
  if (series === undefined || series.min === null || series.max === null) return 'none';
  return `${formatNumber(series.min)} … ${formatNumber(series.max)}`;
}

/** Names come from files: nothing of them may act as Markdown. */
function escaped(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-.!|<>&~]/g, '\\$&').replace(/\s+/g, ' ');
}
