import fs from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { Newest } from '../../src/features/customEditor/newest';
import { EditorSession } from '../../src/features/customEditor/session';
import { createSlices } from '../../src/features/customEditor/slices';
import { checkedPictures, guarded, hostCalls } from '../../src/protocol/guards';
import type { EditorState, HostApi, PageApi, PagePicture, TilesPurpose } from '../../src/protocol/messages';
import type { BufferedMessage } from '../../src/protocol/codec';
import { connect } from '../../src/protocol/rpc';
import { StateSender } from '../../src/protocol/states';
import { errorsOf, origin } from './browserPage';
import type { TensorStore } from '../../src/features/tensorStore';
import { fileUri, localStore } from './localStore';
import { inProject } from './root';
import { themeStyle, type ThemeName } from './themes';

export interface PageOptions {
  readonly theme?: ThemeName;
  readonly width?: number;
  readonly height?: number;
  readonly reducedMotion?: boolean;
  /** What answers the session; the same core without a thread if absent. */
  readonly store?: TensorStore;
}

/** The editor's page in a browser, with the real session and engine behind it. */
export interface EditorPage {
  readonly page: Page;
  readonly session: EditorSession;
  /** What the page asked of its host beside the session: `copyStatistics`, `openRule normal`, `rendererChosen canvas …`. */
  readonly asked: string[];
  /** Files that the page asked to save, by name. */
  readonly saved: Map<string, Uint8Array>;
  /** Errors that the page threw or wrote to its console. */
  readonly errors: string[];
  /** When the session's state holds and the page shows it. */
  until(holds: (state: EditorState) => boolean): Promise<EditorState>;
  /** When all numbers are there and the page shows them. Throws what failed instead. */
  untilDone(): Promise<EditorState>;
  /** What the page answers when a report asks for its pictures. */
  pictures(): Promise<readonly PagePicture[]>;
  close(): Promise<void>;
}

export async function openEditorPage(browser: Browser, file: string, options: PageOptions = {}): Promise<EditorPage> {
  const { theme = 'dark', width = 1400, height = 1100, reducedMotion = false, store = localStore() } = options;
  const context = await browser.newContext({ viewport: { width, height }, reducedMotion: reducedMotion ? 'reduce' : null });
  const page = await context.newPage();
  const errors = errorsOf(page);
  await page.route(`${origin}**`, (route) => {
    const name = new URL(route.request().url()).pathname.slice(1);
    if (name === '') return route.fulfill({ contentType: 'text/html', body: html(theme) });
    if (name === 'theme.js') return route.fulfill({ contentType: 'text/javascript', body: `document.documentElement.style.cssText = ${JSON.stringify(themeStyle(theme))}` });
    const asset = inProject('dist', 'webview', name);
    return fs.existsSync(asset) ? route.fulfill({ path: asset }) : route.fulfill({ status: 204 });
  });

  const absolute = path.resolve(file);
  const uri = fileUri(absolute);
  const session = new EditorSession(uri, store);
  const slices = createSlices(uri, store);
  const tiles = new Newest<TilesPurpose>();
  const asked: string[] = [];
  const saved = new Map<string, Uint8Array>();
  let listener: (message: unknown) => void = () => undefined;
  await page.exposeFunction('postToHost', (message: unknown) => listener(message));
  await page.addInitScript(() => {
    const post = (window as unknown as { postToHost(message: unknown): void }).postToHost;
    // VS Code keeps a page's state while it makes the page anew.
    const getState = () => JSON.parse(sessionStorage.getItem('state') ?? 'null') as unknown;
    const setState = (next: unknown) => sessionStorage.setItem('state', JSON.stringify(next));
    Object.assign(window, { acquireVsCodeApi: () => ({ postMessage: post, getState, setState }) });
  });
  const api: HostApi = {
    ready: () => states.whole(session.current),
    setOptions: (chosen) => void session.setOptions(chosen),
    selectTensor: (index) => session.selectTensor(index),
    // Whoever runs the test chooses.
    attach: (kind) => void asked.push(`attach ${kind}`),
    detach: (role) => void session.detach(role),
    compareWith: () => void asked.push('compareWith'),
    closeComparison: () => session.closeComparison(),
    showCatalog: () => session.showCatalog(),
    wantStatistics: (indices) => void session.wantStatistics(indices),
    wantPairs: (pairs) => void session.wantPairs(pairs),
    openPair: (one, other) => void session.openPair(one, other),
    retry: () => void session.open(),
    cancel: () => session.cancel(),
    copyStatistics: () => void asked.push('copyStatistics'),
    copyCode: (method, framework) => void asked.push(`copyCode ${method} ${framework}`),
    saveExport: (name, kind, bytes) => void saved.set(`${name}.${kind}`, bytes),
    readSlice: (...wanted) => slices.read(...wanted),
    readTiles: (purpose, request) => tiles.answer(purpose, (signal) => session.tiles(request, signal)),
    copyText: (text) => void asked.push(`copyText ${text}`),
    openRule: (rule) => void asked.push(`openRule ${rule}`),
    rendererChosen: (name, reason) => void asked.push(`rendererChosen ${name} ${reason}`),
  };
  const waiting = new Set<() => void>();
  const rpc = connect<PageApi, HostApi>(
    {
      post: (message) => {
        const { text, bytes } = message as BufferedMessage;
        const sent = page.evaluate(
          ([json = '', beside = '']) => window.postMessage({ text: json, bytes: Uint8Array.from(atob(beside), (byte) => byte.charCodeAt(0)).buffer }, '*'),
          [text, Buffer.from(bytes).toString('base64')],
        );
        // The page may be gone by now; what it would have shown is nobody's loss.
        sent.catch(() => undefined).finally(() => waiting.forEach((look) => look()));
      },
      on: (next) => (listener = next),
    },
    guarded(hostCalls, api),
    { onError: (error) => errors.push(error.message), form: 'buffered' },
  );
  const states = new StateSender((sent) => void rpc.show.asEvent(sent));
  session.attach({ show: (state) => states.show(state), rows: (rows) => void rpc.rows.asEvent(rows), pairRows: (rows) => void rpc.pairRows.asEvent(rows), isVisible: () => true });
  await page.goto(origin);
  void session.open();
  const until: EditorPage['until'] = async (holds) => {
    const state = await new Promise<EditorState>((resolve, reject) => {
      const look = () => {
        try {
          if (!holds(session.current)) return;
          resolve(session.current);
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
        waiting.delete(look);
      };
      waiting.add(look);
      look();
    });
    await settled(page);
    return state;
  };
  return {
    page,
    session,
    pictures: () => rpc.pictures().then(checkedPictures),
    asked,
    saved,
    errors,
    until,
    untilDone: () =>
      until(({ phase, error }) => {
        if (phase === 'failed') throw new Error(error?.message);
        return phase === 'done';
      }),
    async close() {
      session.dispose();
      await context.close();
    },
  };
}

/** When the page has taken in all messages that were sent to it, and has drawn what they say. */
export async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const { port1, port2 } = new MessageChannel();
    const arrived = new Promise((resolve) => (port1.onmessage = resolve));
    port2.postMessage(null);
    await arrived;
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  });
}

/** The frame that VS Code shows, under the same policy; the theme comes by script, as VS Code sets it. */
function html(theme: ThemeName): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="UTF-8">
  <meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' blob: data:">
  <link rel="stylesheet" href="editor.css">
  <script src="theme.js"></script>
  <title>Normoscope</title>
</head>
<body class="vscode-${theme}"><div id="root"></div><script src="editor.js"></script></body>
</html>`;
}
