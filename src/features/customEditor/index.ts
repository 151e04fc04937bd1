import * as vscode from 'vscode';
import { frameworkLabels, type FrameworkId } from '../../core/analysis/code/methods';
import type { NormalizeMethod } from '../../core/analysis/normalize';
import { toErrorData } from '../../core/errors';
import { sharedExtensions } from '../../core/formats/endings';
import type { AttachKind } from '../../protocol/attachments';
import type { EditorState, ExportKind, HostApi, PageApi, PagePicture, TilesPurpose } from '../../protocol/messages';
import { checkedPictures, guarded, hostCalls } from '../../protocol/guards';
import { connect } from '../../protocol/rpc';
import { StateSender } from '../../protocol/states';
import { sharedViewType, tensorViewType, type ActiveEditor, type FeatureContext } from '../context';
import type { PickedTensor } from '../pickTensor';
import { openRulePage } from '../rulePages';
import { isAlwaysExact } from '../settings';
import { chooseAttached } from './attach';
import { reopenEarly } from './early';
import { editorHtml } from './page';
import { saveExport } from './saveExport';
import { Newest } from './newest';
import { EditorSession } from './session';
import { createSlices } from './slices';

/** How long a page may draw its pictures, milliseconds. */
const patience = 20_000;

/** What tests may look at and drive: the session of every open document. */
export interface OpenDocument {
  readonly uri: vscode.Uri;
  readonly state: EditorState;
  readonly session: EditorSession;
}

export interface CustomEditorFeature {
  readonly documents: readonly OpenDocument[];
}

/** A click on a tensor file opens its page: a read-only custom editor, one session per file, any number of panels on it. */
export function activate(context: FeatureContext): CustomEditorFeature {
  const documents = new Set<TensorDocument>();
  const provider: vscode.CustomReadonlyEditorProvider<TensorDocument> = {
    openCustomDocument(uri) {
      const document = new TensorDocument(uri, context, () => documents.delete(document));
      documents.add(document);
      return document;
    },
    resolveCustomEditor(document, panel) {
      showPage(context, document, panel);
    },
  };
  const viewTypes = sharedExtensions.length > 0 ? [tensorViewType, sharedViewType] : [tensorViewType];
  for (const viewType of viewTypes) {
    context.subscriptions.push(vscode.window.registerCustomEditorProvider(viewType, provider, { supportsMultipleEditorsPerDocument: true }));
  }
  void reopenEarly(context.log);
  return {
    get documents() {
      return [...documents].map(({ uri, session }) => ({ uri, state: session.current, session }));
    },
  };
}

class TensorDocument implements vscode.CustomDocument {
  readonly session: EditorSession;
  private readonly watcher: vscode.FileSystemWatcher;

  constructor(
    readonly uri: vscode.Uri,
    context: FeatureContext,
    private readonly closed: () => void,
  ) {
    this.session = new EditorSession(uri, context.tensors, isAlwaysExact);
    const folder = vscode.Uri.joinPath(uri, '..');
    const name = (uri.path.split('/').pop() ?? '').replace(/[*?[\]{}]/g, '[$&]');
    // An index, or a model, whose tensors may be in files beside it.
    const watched = /\.(json|onnx)$/i.test(name) ? '*' : name;
    this.watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, watched));
    const check = () => void this.session.check();
    this.watcher.onDidChange(check);
    this.watcher.onDidCreate(check);
    this.watcher.onDidDelete(check);
    void this.session.open();
  }

  dispose(): void {
    this.watcher.dispose();
    this.session.dispose();
    this.closed();
  }
}

function showPage(context: FeatureContext, document: TensorDocument, panel: vscode.WebviewPanel): void {
  const { session, uri } = document;
  const { webview } = panel;
  webview.options = { enableScripts: true, localResourceRoots: [vscode.Uri.joinPath(context.extensionUri, 'dist', 'webview')] };

  const tell = (error: unknown) => {
    const { message } = toErrorData(error);
    context.log.error(message);
    void vscode.window.showErrorMessage(message);
  };
  const copyStatistics = async () => {
    const text = session.statisticsJson();
    if (text === null) return false;
    await vscode.env.clipboard.writeText(text);
    vscode.window.setStatusBarMessage('Statistics copied as JSON', 3000);
    return true;
  };
  const copyCode = async (method: NormalizeMethod, framework: FrameworkId) => {
    const text = session.code(method, framework);
    if (text === null) return false;
    await vscode.env.clipboard.writeText(text);
    vscode.window.setStatusBarMessage(`${frameworkLabels[framework]} code copied`, 3000);
    return true;
  };
  const exported = async (name: string, kind: ExportKind, bytes: Uint8Array) => {
    try {
      await saveExport(uri, session.tensorName(), name, kind, bytes);
    } catch (error) {
      tell(error);
    }
  };
  const attach = async (kind: AttachKind) => {
    try {
      const chosen = await chooseAttached(context.tensors, uri, session.current, kind);
      if (chosen.length > 0) await session.attachTensors(chosen);
    } catch (error) {
      tell(error);
    }
  };
  const compareWith = async ({ uri: other, catalog, tensor: index }: PickedTensor, tensor?: number) => {
    const { name = '', shape = [] } = catalog.tensors[index] ?? {};
    await session.compareWith({ uri: other, tensor: index, tensorName: name, shape }, tensor);
  };
  const slices = createSlices(uri, context.tensors);
  const tiles = new Newest<TilesPurpose>();
  let arrived = (): void => undefined;
  const loaded = new Promise<void>((resolve) => (arrived = resolve));
  const api: HostApi = {
    ready: () => {
      arrived();
      states.whole(session.current);
    },
    setOptions: (options) => void session.setOptions(options),
    selectTensor: (index) => session.selectTensor(index),
    attach: (kind) => void attach(kind),
    detach: (role) => void session.detach(role),
    compareWith: () => void vscode.commands.executeCommand('normoscope.compareWith'),
    closeComparison: () => session.closeComparison(),
    showCatalog: () => session.showCatalog(),
    wantStatistics: (indices) => void session.wantStatistics(indices),
    wantPairs: (pairs) => void session.wantPairs(pairs),
    openPair: (one, other) => void session.openPair(one, other).catch(tell),
    retry: () => void session.open(),
    cancel: () => session.cancel(),
    copyStatistics: () => void copyStatistics(),
    copyCode: (method, framework) => void copyCode(method, framework),
    saveExport: (name, kind, bytes) => void exported(name, kind, bytes),
    readSlice: (...asked) => slices.read(...asked),
    readTiles: (purpose, request) => tiles.answer(purpose, (signal) => session.tiles(request, signal)),
    copyText: (text) => void vscode.env.clipboard.writeText(text),
    openRule: (rule) => void openRulePage(context, rule),
    rendererChosen: (name, reason) => context.log.info(`${session.current.fileName} is drawn with ${name}: ${reason}`),
  };

  let listening: vscode.Disposable | null = null;
  const page = connect<PageApi, HostApi>(
    {
      post: (message) => void webview.postMessage(message),
      on: (listener) => (listening = webview.onDidReceiveMessage(listener)),
    },
    guarded(hostCalls, api),
    { onError: (error) => context.log.warn(error.message), form: 'buffered' },
  );
  const states = new StateSender((sent) => void page.show.asEvent(sent));
  const answered = async (asked: Promise<unknown>): Promise<readonly PagePicture[]> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(new Error('The page does not answer.')), patience)));
    try {
      return checkedPictures(await Promise.race([asked, late]));
    } catch (error) {
      context.log.warn(`A report goes without pictures: ${toErrorData(error).message}`);
      return [];
    } finally {
      clearTimeout(timer);
    }
  };
  const detach = session.attach({
    show: (state) => states.show(state),
    pairRows: (rows) => void page.pairRows.asEvent(rows),
    isVisible: () => panel.visible,
    rows: (rows) => void page.rows.asEvent(rows),
  });

  const editor: ActiveEditor = {
    uri,
    get state() {
      return session.current;
    },
    get attached() {
      return session.attached;
    },
    copyStatistics,
    copyCode,
    compareWith,
    compareFiles: (other) => session.compareFiles(other),
    // A page that is hidden is gone until it is shown again, and answers nothing.
    pictures: () => (panel.visible ? answered(loaded.then(() => page.pictures())) : Promise.resolve([])),
  };
  const follow = () => {
    if (panel.active) context.editors.active = editor;
    if (!panel.visible) session.hidden();
  };
  follow();
  context.editors.add(editor);
  panel.onDidChangeViewState(follow);
  panel.onDidDispose(() => {
    detach();
    slices.dispose();
    tiles.dispose();
    listening?.dispose();
    page.$close();
    context.editors.remove(editor);
  });
  webview.html = editorHtml(webview, context.extensionUri);
}
