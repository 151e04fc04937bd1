import * as vscode from 'vscode';
import { toErrorData } from '../../core/errors';
import type { AnalysisService } from '../../platform/analysisService';
import { guarded, rendererHostCalls } from '../../protocol/guards';
import type { FileRef, OutputReport, RendererHostApi, ViewOptions, WorkerReply } from '../../protocol/messages';
import type { NotebookPayload } from '../../protocol/notebookPayload';
import { connect, type Line, type Rpc } from '../../protocol/rpc';
import { tensorViewType, type FeatureContext } from '../context';
import { analysisRequest } from '../request';
import { isAlwaysExact } from '../settings';
import { openRulePage } from '../rulePages';
import type { MemoryFileSystem } from './memoryFileSystem';
import { memoryScheme } from './memoryFileSystem';
import { outputFile, outputFileName } from './outputFile';

export const rendererId = 'normoscope.tensorRenderer';

/** Notebook outputs ask the analysis thread through renderer messaging, and open in the editor as files in memory. */
export function activate(context: FeatureContext, service: AnalysisService, memoryFiles: MemoryFileSystem): void {
  const messaging = vscode.notebooks.createRendererMessaging(rendererId);
  const lines = new Map<vscode.NotebookEditor, NotebookLine>();
  context.subscriptions.push(
    vscode.workspace.registerFileSystemProvider(memoryScheme, memoryFiles, { isReadonly: true }),
    messaging.onDidReceiveMessage(({ editor, message }) => {
      let line = lines.get(editor);
      if (line === undefined) {
        line = new NotebookLine(context, service, (text) => void messaging.postMessage(text, editor));
        lines.set(editor, line);
      }
      line.receive(message);
    }),
    vscode.window.onDidChangeVisibleNotebookEditors((visible) => {
      for (const [editor, line] of lines) {
        if (visible.includes(editor)) continue;
        line.dispose();
        lines.delete(editor);
      }
    }),
  );
}

/** The renderers of one notebook editor: they share one line. */
class NotebookLine {
  private readonly jobs = new Map<string, AbortController>();
  private readonly rpc: Rpc<object, RendererHostApi>;
  private listener: (message: unknown) => void = () => undefined;

  constructor(
    private readonly context: FeatureContext,
    private readonly service: AnalysisService,
    post: (message: unknown) => void,
  ) {
    const line: Line = { post, on: (listener) => (this.listener = listener) };
    const api: RendererHostApi = {
      analyze: (output, payload, options) => this.analyze(output, payload, options),
      cancel: (output) => this.cancel(output),
      openInEditor: (payload) => replied(() => this.openInEditor(payload)),
      openRule: (rule) => void openRulePage(context, rule),
    };
    this.rpc = connect<object, RendererHostApi>(line, guarded(rendererHostCalls, api), {
      onError: (error) => context.log.warn(error.message),
      form: 'text',
    });
  }

  receive(message: unknown): void {
    this.listener(message);
  }

  dispose(): void {
    for (const output of this.jobs.keys()) this.cancel(output);
    this.rpc.$close();
  }

  private cancel(output: string): void {
    this.jobs.get(output)?.abort();
    this.jobs.delete(output);
  }

  private async analyze(output: string, payload: NotebookPayload, options: ViewOptions): Promise<WorkerReply<OutputReport>> {
    this.cancel(output);
    const controller = new AbortController();
    this.jobs.set(output, controller);
    const { signal } = controller;
    try {
      return await replied(async () => {
        const bytes = outputFile(payload);
        const file: FileRef = { kind: 'bytes', name: payload.name, bytes, identity: output };
        const { catalog } = await this.service.inspect(file, { signal });
        const report = await this.service.analyze(file, analysisRequest(0, { ...options, layout: options.layout ?? payload.layout }, isAlwaysExact()), { signal });
        return { catalog, report };
      });
    } finally {
      if (this.jobs.get(output) === controller) this.jobs.delete(output);
    }
  }

  private async openInEditor(payload: NotebookPayload): Promise<null> {
    const uri = this.context.memoryFiles.add(outputFileName(payload.name), outputFile(payload));
    await vscode.commands.executeCommand('vscode.openWith', uri, tensorViewType);
    return null;
  }
}

async function replied<T>(work: () => Promise<T>): Promise<WorkerReply<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    return { ok: false, error: toErrorData(error) };
  }
}
