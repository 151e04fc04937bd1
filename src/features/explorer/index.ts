import * as vscode from 'vscode';
import { toErrorData } from '../../core/errors';
import { findingsOfFile } from '../../core/diagnostics/ofFile';
import { counted, formatBytes, formatShape } from '../../core/text/numbers';
import type { Catalog } from '../../core/tensor/tensor';
import type { FeatureContext } from '../context';
import { isTensorPath, mayGlanceAt } from '../tensorFiles';

/** What is told of a file in the Explorer. */
export interface ExplorerFeature {
  /** Undefined: nothing. */
  decoration(uri: vscode.Uri): Promise<vscode.FileDecoration | undefined>;
}

/** Tensor files in the Explorer carry their rank as a badge, and header and known findings as a tooltip. Never a scan. */
export function activate(context: FeatureContext): ExplorerFeature {
  const changed = new vscode.EventEmitter<vscode.Uri>();
  const provider: vscode.FileDecorationProvider = {
    onDidChangeFileDecorations: changed.event,
    provideFileDecoration: (uri, token) => glance(uri, token),
  };
  context.subscriptions.push(
    changed,
    vscode.window.registerFileDecorationProvider(provider),
    context.tensors.onDidAnalyze(({ uri }) => changed.fire(uri)),
  );
  return { decoration: (uri) => glance(uri, new vscode.CancellationTokenSource().token) };

  async function glance(uri: vscode.Uri, token: vscode.CancellationToken): Promise<vscode.FileDecoration | undefined> {
    return mayGlanceAt(uri.path) ? decoration(context, uri, token) : undefined;
  }
}

async function decoration(
  { tensors }: FeatureContext,
  uri: vscode.Uri,
  token: vscode.CancellationToken,
): Promise<vscode.FileDecoration | undefined> {
  try {
    const { catalog, bytes } = await tensors.inspect(uri);
    const report = await tensors.known(uri);
    if (token.isCancellationRequested) return undefined;
    const findings = report?.findings ?? findingsOfFile(catalog.warnings);
    const errors = findings.filter(({ severity }) => severity === 'error').length;
    const warnings = findings.filter(({ severity }) => severity === 'warning').length;
    const found = [...(errors > 0 ? [counted(errors, 'error')] : []), ...(warnings > 0 ? [counted(warnings, 'warning')] : [])];
    if (catalog.tensors.every(({ status }) => status !== 'readable')) return unreadable([headerText(catalog), ...found].join(' · '));
    const tooltip = [headerText(catalog), formatBytes(bytes), ...found].join(' · ');
    const colour = errors > 0 ? 'list.errorForeground' : warnings > 0 ? 'list.warningForeground' : null;
    return new vscode.FileDecoration(badge(catalog), tooltip, colour === null ? undefined : new vscode.ThemeColor(colour));
  } catch (error) {
    // What has another home may well be no tensor at all.
    return isTensorPath(uri.path) ? unreadable(toErrorData(error).message) : undefined;
  }
}

function unreadable(why: string): vscode.FileDecoration {
  return new vscode.FileDecoration('!', why, new vscode.ThemeColor('list.errorForeground'));
}

/** At most two characters: the rank of one tensor, or how many there are. */
function badge({ tensors }: Catalog): string {
  const [only] = tensors;
  if (tensors.length === 1 && only !== undefined) return `${Math.min(9, only.shape.length)}D`;
  return tensors.length > 99 ? '99' : String(tensors.length);
}

function headerText({ tensors }: Catalog): string {
  const [only] = tensors;
  if (tensors.length !== 1 || only === undefined) return counted(tensors.length, 'tensor');
  return only.reason ?? `${only.dtype ?? only.storedDtype} ${formatShape(only.shape)}`;
}
