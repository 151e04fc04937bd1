import * as vscode from 'vscode';
import { rules } from '../core/diagnostics/registry';
import { NormoscopeError } from '../core/errors';
import type { FeatureContext } from './context';

/** The page of a rule that the registry knows. */
export function rulePage({ extensionUri }: Pick<FeatureContext, 'extensionUri'>, rule: string): vscode.Uri {
  if (!rules.some(({ id }) => id === rule)) throw new NormoscopeError('usage', `There is no rule "${rule}".`);
  return vscode.Uri.joinPath(extensionUri, 'docs', 'rules', `${rule}.md`);
}

export async function openRulePage(context: Pick<FeatureContext, 'extensionUri'>, rule: string): Promise<void> {
  await vscode.commands.executeCommand('markdown.showPreview', rulePage(context, rule));
}
