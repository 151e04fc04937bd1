import * as vscode from 'vscode';

/**
 * Work that a notification tells the share of, from 0 to 1, and that can be cancelled there.
 * @param title `Writing acts.npy`
 */
export function withShare<T>(title: string, work: (options: { readonly signal: AbortSignal; onShare(done: number): void }) => Promise<T>): Thenable<T> {
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  return vscode.window.withProgress(options, async (progress, token) => {
    const controller = new AbortController();
    const cancelled = token.onCancellationRequested(() => controller.abort());
    let shown = 0;
    const onShare = (done: number) => {
      progress.report({ increment: (done - shown) * 100 });
      shown = done;
    };
    try {
      return await work({ signal: controller.signal, onShare });
    } finally {
      cancelled.dispose();
    }
  });
}
