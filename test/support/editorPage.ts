import fs from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type * as vscode from 'vscode';
import { EditorSession } from '../../src/features/customEditor/session';
import { guarded, hostCalls } from '../../src/protocol/guards';
import type { EditorState, HostApi, PageApi } from '../../src/protocol/messages';
import { connect } from '../../src/protocol/rpc';
import { localStore } from './localStore';
import { inProject } from './root';
import { themeStyle, type ThemeName } from './themes';

export interface PageOptions {
  readonly theme?: ThemeName;
  readonly width?: number;
  readonly height?: number;
  readonly reducedMotion?: boolean;
}

/** The editor's page in a browser, with the real session and engine behind it. */
export interface EditorPage {
  readonly page: Page;
  readonly session: EditorSession;
  /** What the page asked of its host beside the session: `copyStatistics`, `openRule normal`, `rendererChosen canvas …`. */
  readonly asked: string[];
  /** Errors that the page threw or wrote to its console. */
  readonly errors: string[];
  /** When the session's state holds and the page has been told. */
  until(holds: (state: EditorState) => boolean): Promise<EditorState>;
  close(): Promise<void>;
}

/** Served to the browser as the origin that VS Code would give it: a secure context, as WebGPU asks. */
const origin = 'http://localhost/';

export async function openEditorPage(browser: Browser, file: string, options: PageOptions = {}): Promise<EditorPage> {
  const { theme = 'dark', width = 1400, height = 1100, reducedMotion = false } = options;
  const context = await browser.newContext({ viewport: { width, height }, reducedMotion: reducedMotion ? 'reduce' : null });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.route(`${origin}**`, (route) => {
    const name = new URL(route.request().url()).pathname.slice(1);
    if (name === '') return route.fulfill({ contentType: 'text/html', body: html(theme) });
    const asset = inProject('dist', 'webview', name);
    return fs.existsSync(asset) ? route.fulfill({ path: asset }) : route.fulfill({ status: 204 });
  });

  const absolute = path.resolve(file);
  const session = new EditorSession({ path: absolute, fsPath: absolute } as vscode.Uri, localStore());
  const asked: string[] = [];
  let listener: (message: unknown) => void = () => undefined;
  await page.exposeFunction('postToHost', (message: unknown) => listener(message));
  await page.addInitScript(() => {
    let state: unknown;
    const post = (window as unknown as { postToHost(message: unknown): void }).postToHost;
    Object.assign(window, { acquireVsCodeApi: () => ({ postMessage: post, getState: () => state, setState: (next: unknown) => (state = next) }) });
  });
  const api: HostApi = {
    ready: () => session.current,
    setOptions: (chosen) => void session.setOptions(chosen),
    selectTensor: (index) => session.selectTensor(index),
    retry: () => void session.open(),
    cancel: () => session.cancel(),
    copyStatistics: () => void asked.push('copyStatistics'),
    openRule: (rule) => void asked.push(`openRule ${rule}`),
    rendererChosen: (name, reason) => void asked.push(`rendererChosen ${name} ${reason}`),
  };
  const waiting = new Set<() => void>();
  const rpc = connect<PageApi, HostApi>(
    {
      post: (message) => {
        const sent = page.evaluate((text) => window.postMessage(text, '*'), message);
        // The page may be gone by now; what it would have shown is nobody's loss.
        sent.catch(() => undefined).finally(() => waiting.forEach((look) => look()));
      },
      on: (next) => (listener = next),
    },
    guarded(hostCalls, api),
    { onError: (error) => errors.push(error.message), text: true },
  );
  session.attach((state) => void rpc.show.asEvent(state));
  await page.goto(origin);
  void session.open();
  return {
    page,
    session,
    asked,
    errors,
    until: (holds) =>
      new Promise((resolve) => {
        const look = () => {
          if (!holds(session.current)) return;
          waiting.delete(look);
          resolve(session.current);
        };
        waiting.add(look);
        look();
      }),
    async close() {
      session.dispose();
      await context.close();
    },
  };
}

function html(theme: ThemeName): string {
  return `<!DOCTYPE html>
<html lang="en" style="${themeStyle(theme)}">
<head>
  <meta charset="UTF-8">
  <meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:">
  <link rel="stylesheet" href="editor.css">
  <title>Normoscope</title>
</head>
<body class="vscode-${theme}"><div id="root"></div><script src="editor.js"></script></body>
</html>`;
}
