import type { HostApi, PageApi } from '../src/protocol/messages';
import { connect, type Rpc } from '../src/protocol/rpc';

/** What VS Code gives a webview; it can be had once a page. */
interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

export interface Host {
  readonly calls: Rpc<HostApi, PageApi>;
  /** What `remember` last kept, also after the page was hidden and made anew; null at first. */
  recall(): unknown;
  remember(state: unknown): void;
}

/** The line to the extension host. What arrives broken is told on the console and changes nothing. */
export function connectHost(page: PageApi): Host {
  const vscode = acquireVsCodeApi();
  const calls = connect<HostApi, PageApi>(
    {
      post: (message) => vscode.postMessage(message),
      on: (listener) => window.addEventListener('message', (event) => listener(event.data)),
    },
    page,
    { onError: (error) => console.warn(error.message), form: 'text' },
  );
  return {
    calls,
    recall: () => vscode.getState() ?? null,
    remember: (state) => vscode.setState(state),
  };
}
