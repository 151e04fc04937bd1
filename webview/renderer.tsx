import { signal, type Signal } from '@preact/signals';
import { render } from 'preact';
import * as v from 'valibot';
import type { ActivationFunction, OutputItem, RendererContext } from 'vscode-notebook-renderer';
import { toErrorData } from '../src/core/errors';
import type { RendererHostApi, ViewOptions } from '../src/protocol/messages';
import { notebookPayload, type NotebookPayload } from '../src/protocol/notebookPayload';
import { connect, type Rpc } from '../src/protocol/rpc';
import { createDrawing, DrawingContext, type Drawing } from './drawing';
import base from './styles/base.css';
import columns from './styles/columns.css';
import page from './styles/page.css';
import { Output, type OutputActions, type OutputState } from './views/output';

/** Root of the notebook renderer: one of it serves all outputs of a notebook, with one GPU device and one line to the host. */

type Host = Rpc<RendererHostApi, object>;

export const activate: ActivationFunction = (context) => {
  const host = connectHost(context);
  const outputs = new Map<string, Shown>();
  let drawing: Drawing | null = null;
  return {
    renderOutputItem(item, element) {
      drawing ??= createDrawing(document.documentElement, () => undefined);
      outputs.get(item.id)?.dispose();
      outputs.set(item.id, new Shown(item, element, host, drawing));
    },
    disposeOutputItem(id) {
      for (const [key, output] of outputs) {
        if (id !== undefined && key !== id) continue;
        output.dispose();
        outputs.delete(key);
      }
    },
  };
};

/** Null where the notebook is shown without our extension host: in an export, or on a page that only views. */
function connectHost(context: RendererContext<unknown>): Host | null {
  if (context.postMessage === undefined || context.onDidReceiveMessage === undefined) return null;
  return connect<RendererHostApi, object>(
    { post: (message) => context.postMessage?.(message), on: (listener) => void context.onDidReceiveMessage?.(listener) },
    {},
    { onError: (error) => console.warn(error.message), form: 'text' },
  );
}

/** One output on the page. */
class Shown {
  private readonly state: Signal<OutputState>;
  private readonly options = signal<ViewOptions>({ views: ['layer', 'batch'] });
  private readonly payload: NotebookPayload | null;
  private readonly place: ShadowRoot;
  private asked = 0;

  constructor(
    private readonly item: OutputItem,
    element: HTMLElement,
    private readonly host: Host | null,
    drawing: Drawing,
  ) {
    const read = readPayload(item);
    this.payload = 'payload' in read ? read.payload : null;
    this.state = signal<OutputState>('payload' in read ? { kind: 'computing', payload: read.payload } : { kind: 'failed', payload: null, error: read.error });
    // A shadow root keeps our styles from the other outputs of the page, and theirs from ours.
    this.place = element.shadowRoot ?? element.attachShadow({ mode: 'open' });
    render(
      <DrawingContext.Provider value={drawing}>
        <style>{base + page + columns}</style>
        <Output state={this.state} options={this.options} actions={this.actions()} />
      </DrawingContext.Provider>,
      this.place,
    );
    void this.compute();
  }

  dispose(): void {
    this.asked++;
    void this.host?.cancel.asEvent(this.item.id);
    render(null, this.place);
  }

  private actions(): OutputActions | null {
    const { host, payload } = this;
    if (host === null || payload === null) return null;
    return {
      setOptions: (options) => {
        this.options.value = options;
        void this.compute();
      },
      openInEditor: () => void this.openInEditor(host, payload),
      openRule: (rule) => void host.openRule.asEvent(rule),
    };
  }

  private async openInEditor(host: Host, payload: NotebookPayload): Promise<void> {
    const reply = await host.openInEditor(payload);
    if (!reply.ok) this.state.value = { kind: 'failed', payload, error: reply.error };
  }

  private async compute(): Promise<void> {
    const { host, payload } = this;
    if (payload === null) return;
    if (payload.data === undefined) return this.show({ kind: 'travelled', payload, why: 'The output carries statistics alone, no data to compute more from.' });
    if (host === null) return this.show({ kind: 'travelled', payload, why: 'Normoscope’s engine is not running here: open the notebook in VS Code with the extension for more.' });
    const asked = ++this.asked;
    try {
      const reply = await host.analyze(this.item.id, payload, this.options.value);
      // A newer question, or the output's end, has overtaken this answer.
      if (asked !== this.asked) return;
      this.show(reply.ok ? { kind: 'computed', payload, result: reply.value } : { kind: 'failed', payload, error: reply.error });
    } catch (error) {
      if (asked === this.asked) this.show({ kind: 'failed', payload, error: toErrorData(error) });
    }
  }

  private show(state: OutputState): void {
    this.state.value = state;
  }
}

function readPayload(item: OutputItem): { readonly payload: NotebookPayload } | { readonly error: ReturnType<typeof toErrorData> } {
  try {
    const result = v.safeParse(notebookPayload, item.json());
    if (result.success) return { payload: result.output };
    const [issue] = result.issues;
    const where = v.getDotPath(issue);
    return { error: { code: 'malformed', message: `This output is not a Normoscope tensor: ${where === null ? '' : `"${where}": `}${issue.message}.` } };
  } catch {
    return { error: { code: 'malformed', message: 'This output is not a Normoscope tensor: it is not JSON.' } };
  }
}
