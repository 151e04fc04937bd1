import * as vscode from 'vscode';

/** What is set under `normoscope.` in VS Code's settings; `scripts/manifest.mjs` declares them. Asked for each time, so that a change needs no reload. */
export function isAlwaysExact(): boolean {
  return vscode.workspace.getConfiguration('normoscope').get('exact') === true;
}
