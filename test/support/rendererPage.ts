import fs from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { createWasmEngine } from '../../src/core/engine/wasmEngine';
import { toErrorData } from '../../src/core/errors';
import { openTensorFile } from '../../src/core/normoscope';
import { memorySource } from '../../src/core/tensor/memorySource';
import { outputFile } from '../../src/features/notebook/outputFile';
import { analysisRequest } from '../../src/features/request';
import { guarded, rendererHostCalls } from '../../src/protocol/guards';
import type { OutputReport, RendererHostApi, WorkerReply } from '../../src/protocol/messages';
import type { NotebookPayload } from '../../src/protocol/notebookPayload';
import { connect } from '../../src/protocol/rpc';
import { openEmptyPage } from './browserPage';
import { settled } from './editorPage';
import { inProject } from './root';
import { themeStyle, type ThemeName } from './themes';

export interface RendererPageOptions {
  readonly theme?: ThemeName;
  readonly width?: number;
  /** Without it the page is as a viewer that has no extension host. */
  readonly messaging?: boolean;
  /** Answers wait until `release` is called. */
  readonly held?: boolean;
}

/** A page with the notebook renderer on it, as VS Code loads it, and the real core behind its messages. */
export interface RendererPage {
  readonly page: Page;
  /** What the renderer asked of its host: `analyze a`, `cancel a`, `openInEditor name`, `openRule id`. */
  readonly asked: string[];
  readonly errors: string[];
  /** Renders an output, again if there is one of this name; `payload` is what the notebook holds, well-formed or not. */
  render(id: string, payload: unknown): Promise<void>;
  /** All outputs, or one. */
  dispose(id?: string): Promise<void>;
  /** When every question has been answered and the answers are shown. */
  answered(): Promise<void>;
  release(): void;
  close(): Promise<void>;
}

/** What the page's side of the harness is, for `evaluate`. */
interface Harness {
  render(id: string, text: string): void;
  dispose(id: string | undefined): void;
  receive(message: unknown): void;
}

export async function openRendererPage(browser: Browser, options: RendererPageOptions = {}): Promise<RendererPage> {
  const { theme = 'dark', width = 1000, messaging = true, held = false } = options;
  const { page, errors, close } = await openEmptyPage(browser, 'webview', { width });
  const engine = createWasmEngine(new WebAssembly.Module(fs.readFileSync(inProject('dist', 'engine.wasm'))));
  const asked: string[] = [];
  const running = new Set<Promise<unknown>>();
  let release: () => void = () => undefined;
  const released = held ? new Promise<void>((resolve) => (release = resolve)) : Promise.resolve();

  const analyze = async (payload: NotebookPayload, chosen: Parameters<RendererHostApi['analyze']>[2]): Promise<WorkerReply<OutputReport>> => {
    await released;
    try {
      const file = await openTensorFile(memorySource(payload.name, outputFile(payload), 'output'));
      const report = await file.analyze(engine, analysisRequest(0, { ...chosen, layout: chosen.layout ?? payload.layout }, false));
      return { ok: true, value: { catalog: file.catalog, report } };
    } catch (error) {
      return { ok: false, error: toErrorData(error) };
    }
  };
  const api: RendererHostApi = {
    analyze: (output, payload, chosen) => {
      asked.push(`analyze ${output}`);
      return analyze(payload, chosen);
    },
    cancel: (output) => void asked.push(`cancel ${output}`),
    openInEditor: (payload) => {
      asked.push(`openInEditor ${payload.name}`);
      return Promise.resolve(
        payload.name === 'unopenable' ? { ok: false, error: { code: 'io', message: 'VS Code would not open it.' } } : { ok: true, value: null },
      );
    },
    openRule: (rule) => void asked.push(`openRule ${rule}`),
  };
  let listener: (message: unknown) => void = () => undefined;
  await page.exposeFunction('postToHost', (message: unknown) => listener(message));
  connect<object, RendererHostApi>(
    {
      post: (message) => {
        const sent = page.evaluate((text) => (window as unknown as { harness: Harness }).harness.receive(text), message).catch(() => undefined);
        running.add(sent);
        void sent.finally(() => running.delete(sent));
      },
      on: (next) => (listener = next),
    },
    guarded(rendererHostCalls, api),
    { onError: (error) => errors.push(error.message), form: 'text' },
  );

  await page.evaluate(
    async ({ style, name, withMessaging }) => {
      document.documentElement.style.cssText = style;
      document.body.className = `vscode-${name}`;
      const listeners: ((message: unknown) => void)[] = [];
      const { activate } = (await import(`${location.href}renderer.js`)) as { activate(context: unknown): { renderOutputItem(item: unknown, element: HTMLElement): void; disposeOutputItem(id?: string): void } };
      const post = (window as unknown as { postToHost(message: unknown): void }).postToHost;
      const renderer = activate({
        workspace: { isTrusted: true },
        setState: () => undefined,
        getState: () => undefined,
        ...(withMessaging && { postMessage: post, onDidReceiveMessage: (next: (message: unknown) => void) => void listeners.push(next) }),
      });
      const harness: Harness = {
        render(id, text) {
          const element = document.getElementById(id) ?? document.body.appendChild(document.createElement('div'));
          element.id = id;
          renderer.renderOutputItem({ id, mime: 'application/vnd.normoscope.tensor+json', text: () => text, json: () => JSON.parse(text) as unknown }, element);
        },
        dispose: (id) => renderer.disposeOutputItem(id),
        receive: (message) => listeners.forEach((listen) => listen(message)),
      };
      Object.assign(window, { harness });
    },
    { style: themeStyle(theme), name: theme, withMessaging: messaging },
  );

  return {
    page,
    asked,
    errors,
    render: async (id, payload) => {
      const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
      await page.evaluate(([name, content]) => (window as unknown as { harness: Harness }).harness.render(name, content), [id, text] as const);
    },
    dispose: (id) => page.evaluate((name) => (window as unknown as { harness: Harness }).harness.dispose(name), id),
    answered: async () => {
      await page.waitForFunction(() => [...document.body.children].every((element) => element.shadowRoot?.querySelector('.working') === null));
      await Promise.all(running);
      await settled(page);
    },
    release: () => release(),
    close,
  };
}
