import * as vscode from 'vscode';
import { toErrorData } from '../../core/errors';
import { compareCommand as openCommand, type FeatureContext } from '../context';
import { isTensorPath, mayBeTensorPath, mayGlanceAt } from '../tensorFiles';
import { literalAt } from './literals';
import { headerMarkdown, reportMarkdown } from './markdown';

/** A hover is a glance: it does not start to read files larger than this. */
const largest = 256 * 1024 * 1024;
/** Nor text larger than this, which is read whole for its header alone. */
const largestWhole = 8 * 1024 * 1024;

/**
 * Hovering a path to a tensor file in Python shows its header, both normalizations' key numbers and the findings. Two
 * providers, since VS Code shows each one's part as it comes: the header at once, the numbers when they are computed.
 */
export function activate(context: FeatureContext): void {
  const python = { language: 'python' };
  // Of two that match equally well, VS Code puts the one registered last on top.
  for (const provide of [numbers, header]) {
    context.subscriptions.push(
      vscode.languages.registerHoverProvider(python, {
        provideHover: (document, position, token) => hover(context, document, position, token, provide),
      }),
    );
  }
}

/** A part of the hover: Markdown, or null for nothing. Failures are its caller's to tell or to leave out. */
type Part = (context: FeatureContext, uri: vscode.Uri, signal: AbortSignal) => Promise<string | null>;

async function header({ tensors }: FeatureContext, uri: vscode.Uri, signal: AbortSignal): Promise<string | null> {
  if (!mayGlanceAt(uri.path) && (await tensors.size(uri)) > largestWhole) return null;
  const link = `[Open in Normoscope](command:${openCommand}?${encodeURIComponent(JSON.stringify([uri]))})`;
  const head = await tensors.inspect(uri, { signal }).then(
    ({ catalog, bytes }) => headerMarkdown(nameOf(uri), catalog, bytes),
    // A path to a text file or a checkpoint of another kind is no fault.
    (error: unknown) => (isTensorPath(uri.path) ? plain(toErrorData(error).message) : null),
  );
  if (head === null) return null;
  // Behind a list it has to be a paragraph of its own.
  return head.includes('\n') ? `${head}\n\n${link}` : `${head} · ${link}`;
}

async function numbers({ tensors }: FeatureContext, uri: vscode.Uri, signal: AbortSignal): Promise<string | null> {
  if (!mayGlanceAt(uri.path) && (await tensors.size(uri)) > largestWhole) return null;
  const { catalog, bytes } = await tensors.inspect(uri, { signal });
  if (catalog.tensors.length !== 1 || catalog.tensors[0]?.status !== 'readable') return null;
  if (bytes <= largest) return reportMarkdown(await tensors.analyze(uri, { tensor: 0 }, { signal }));
  const known = await tensors.known(uri);
  return known === null ? 'Large: open it to compute the numbers.' : reportMarkdown(known);
}

async function hover(
  context: FeatureContext,
  document: vscode.TextDocument,
  position: vscode.Position,
  token: vscode.CancellationToken,
  provide: Part,
): Promise<vscode.Hover | undefined> {
  const literal = literalAt(document.lineAt(position.line).text, position.character);
  if (literal === null) return undefined;
  const uri = await resolve(document, literal.value);
  if (uri === null || token.isCancellationRequested) return undefined;
  const controller = new AbortController();
  const cancelled = token.onCancellationRequested(() => controller.abort());
  try {
    const text = await provide(context, uri, controller.signal);
    if (text === null || token.isCancellationRequested) return undefined;
    const markdown = new vscode.MarkdownString(text);
    // The one command that the header's link may run.
    markdown.isTrusted = { enabledCommands: [openCommand] };
    return new vscode.Hover(markdown, new vscode.Range(position.line, literal.start, position.line, literal.end));
  } catch (error) {
    // The header's part tells what is wrong with the file; a failure of the numbers alone is told by the editor.
    context.log.debug(`Hover over ${nameOf(uri)}: ${toErrorData(error).message}`);
    return undefined;
  } finally {
    cancelled.dispose();
  }
}

function nameOf(uri: vscode.Uri): string {
  return uri.path.split('/').pop() ?? '';
}

function plain(text: string): string {
  return new vscode.MarkdownString().appendText(text).value;
}

/** The tensor file that a path in this document means: beside the document, in a workspace folder, or absolute. */
async function resolve(document: vscode.TextDocument, path: string): Promise<vscode.Uri | null> {
  if (path.includes('\0') || !mayBeTensorPath(path)) return null;
  const file = documentUri(document);
  const folders = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri);
  const beside = vscode.Uri.joinPath(file, '..');
  const absolute = /^([/\\]|[A-Za-z]:[/\\])/.test(path);
  const candidates = absolute
    ? [file.scheme === 'file' ? vscode.Uri.file(path) : file.with({ path: path.replace(/\\/g, '/').replace(/^(?!\/)/, '/') })]
    : [beside, ...folders].map((folder) => vscode.Uri.joinPath(folder, path));
  for (const candidate of candidates) {
    const found = await vscode.workspace.fs.stat(candidate).then(
      ({ type }) => (type & vscode.FileType.File) !== 0,
      () => false,
    );
    if (found) return candidate;
  }
  return null;
}

/** A notebook's cell has a URI of its own; its notebook's is where paths start. */
function documentUri(document: vscode.TextDocument): vscode.Uri {
  const notebook = vscode.workspace.notebookDocuments.find((candidate) =>
    candidate.getCells().some((cell) => cell.document === document),
  );
  return notebook?.uri ?? document.uri;
}
