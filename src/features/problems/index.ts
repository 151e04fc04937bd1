import * as vscode from 'vscode';
import type { Finding, Severity } from '../../core/analysis/finding';
import { findingsOfFile } from '../../core/diagnostics/ofFile';
import type { FeatureContext } from '../context';
import { rulePage } from '../rulePages';
import { anyTensorGlob } from '../tensorFiles';

const severities: Readonly<Record<Severity, vscode.DiagnosticSeverity>> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  info: vscode.DiagnosticSeverity.Information,
};

/** Findings stand in the Problems panel on the tensor file, each with a link to its rule; gone when the file changes. */
export function activate(context: FeatureContext): void {
  const problems = vscode.languages.createDiagnosticCollection('normoscope');
  const watcher = vscode.workspace.createFileSystemWatcher(anyTensorGlob());
  const show = (uri: vscode.Uri, findings: readonly Finding[]) => problems.set(uri, findings.map((finding) => diagnostic(context, finding)));
  const check = async (uri: vscode.Uri) => {
    // News of a change may come late, of one that the last report has seen already.
    if ((await context.tensors.known(uri).catch(() => null)) !== null) return;
    problems.delete(uri);
    context.tensors.forget(uri);
  };
  watcher.onDidChange(check);
  watcher.onDidDelete(check);
  context.subscriptions.push(
    problems,
    watcher,
    context.tensors.onDidAnalyze(({ uri, report }) => show(uri, report.findings)),
    // What is wrong with the file as a whole shows before any tensor of it is read; a report's findings have it too.
    context.tensors.onDidInspect(({ uri, catalog }) => {
      const findings = findingsOfFile(catalog.warnings);
      if (findings.length > 0 && !problems.has(uri)) show(uri, findings);
    }),
  );
}

function diagnostic(context: FeatureContext, { rule, severity, message }: Finding): vscode.Diagnostic {
  // A tensor file has no lines: the finding is of the file as a whole.
  const problem = new vscode.Diagnostic(new vscode.Range(0, 0, 0, 0), message, severities[severity]);
  problem.source = 'Normoscope';
  problem.code = { value: rule, target: rulePage(context, rule) };
  return problem;
}
