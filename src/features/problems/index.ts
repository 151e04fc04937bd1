import * as vscode from 'vscode';
import type { Finding, Severity } from '../../core/analysis/finding';
import { findingsOfFile } from '../../core/diagnostics/ofFile';
import type { ErrorCode } from '../../core/errors';
import type { FeatureContext } from '../context';
import { rulePage } from '../rulePages';
import { anyTensorGlob, isTensorPath } from '../tensorFiles';

const severities: Readonly<Record<Severity, vscode.DiagnosticSeverity>> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  info: vscode.DiagnosticSeverity.Information,
};

/** What is the file's own fault, and not that of what is read here or of the machine. */
const faults: readonly ErrorCode[] = ['malformed', 'truncated', 'not-recognized', 'refused'];

/**
 * Findings stand in the Problems panel on the tensor file, each with a link to its rule, and why it cannot be read at all; gone
 * when the file changes.
 */
export function activate(context: FeatureContext): void {
  const problems = vscode.languages.createDiagnosticCollection('normoscope');
  const watcher = vscode.workspace.createFileSystemWatcher(anyTensorGlob());
  const show = (uri: vscode.Uri, findings: readonly Finding[]) => problems.set(uri, findings.map((finding) => diagnostic(context, finding)));
  /** What files that could not be read were known by. */
  const unread = new Map<string, string>();
  const identityOf = (uri: vscode.Uri) => context.tensors.identity(uri).catch(() => '');
  const check = async (uri: vscode.Uri) => {
    // News of a change may come late, of one that the last report has seen already.
    if ((await context.tensors.known(uri).catch(() => null)) !== null || unread.get(uri.toString()) === (await identityOf(uri))) return;
    problems.delete(uri);
    unread.delete(uri.toString());
    context.tensors.forget(uri);
  };
  watcher.onDidChange(check);
  watcher.onDidDelete(check);
  context.subscriptions.push(
    problems,
    watcher,
    context.tensors.onDidAnalyze(({ uri, report }) => show(uri, report.findings)),
    // What is wrong with the file as a whole shows before any tensor of it is read; a report's findings have it too.
    context.tensors.onDidFail(({ uri, error }) => {
      // What has another home may well be no tensor at all.
      if (!isTensorPath(uri.path) || !faults.includes(error.code)) return;
      problems.set(uri, [problemOf(error.message, 'error')]);
      void identityOf(uri).then((identity) => unread.set(uri.toString(), identity));
    }),
    context.tensors.onDidInspect(({ uri, catalog }) => {
      const findings = findingsOfFile(catalog.warnings);
      if (unread.delete(uri.toString())) problems.delete(uri);
      if (findings.length > 0 && !problems.has(uri)) show(uri, findings);
    }),
  );
}

function diagnostic(context: FeatureContext, { rule, severity, message }: Finding): vscode.Diagnostic {
  const problem = problemOf(message, severity);
  problem.code = { value: rule, target: rulePage(context, rule) };
  return problem;
}

/** A tensor file has no lines: it is of the file as a whole. */
function problemOf(message: string, severity: Severity): vscode.Diagnostic {
  const problem = new vscode.Diagnostic(new vscode.Range(0, 0, 0, 0), message, severities[severity]);
  problem.source = 'Normoscope';
  return problem;
}
