import * as vscode from 'vscode';
import { toErrorData } from '../../core/errors';
import type { Report } from '../../core/analysis/report';
import type { FeatureContext } from '../context';
import { tensorViewType } from '../context';
import { isTensorFile } from '../tensorFiles';
import { literalAt } from './literals';
import { headerMarkdown, reportMarkdown } from './markdown';

/** How long a hover waits for numbers; after that it shows the header, and the numbers next time. */
const patience = 300;
/** A hover is a glance: it does not start to read files larger than this. */
const largest = 64 * 1024 * 1024;

/** Hovering a path to a tensor file in Python shows its header, both normalizations' key numbers and the findings. */
export function activate(context: FeatureContext): void {
  context.subscriptions.push(
    vscode.languages.registerHoverProvider({ language: 'python' }, {
      provideHover: (document, position, token) => hover(context, document, position, token),
    }),
  );
}

async function hover(
  { tensors }: FeatureContext,
  document: vscode.TextDocument,
  position: vscode.Position,
  token: vscode.CancellationToken,
): Promise<vscode.Hover | undefined> {
  const literal = literalAt(document.lineAt(position.line).text, position.character);
  if (literal === null) return undefined;
  const uri = await resolve(document, literal.value);
  if (uri === null || token.isCancellationRequested) return undefined;
  const range = new vscode.Range(position.line, literal.start, position.line, literal.end);
  const name = uri.path.split('/').pop() ?? '';
  const markdown = new vscode.MarkdownString();
  // The one command that the link below may run.
  markdown.isTrusted = { enabledCommands: ['vscode.openWith'] };

  const controller = new AbortController();
  const cancelled = token.onCancellationRequested(() => controller.abort());
  try {
    const { catalog, bytes } = await tensors.inspect(uri, { signal: controller.signal });
    markdown.appendMarkdown(`${headerMarkdown(name, catalog, bytes)}\n\n`);
    const readable = catalog.tensors.length === 1 && catalog.tensors[0]?.status === 'readable';
    if (readable) {
      const numbers = await soon(bytes <= largest ? tensors.analyze(uri, { tensor: 0 }, { signal: controller.signal }) : tensors.known(uri));
      const missing = bytes <= largest ? 'Computing the numbers: hover again.' : 'Large: open it to compute the numbers.';
      markdown.appendMarkdown(`${numbers === null ? missing : reportMarkdown(numbers)}\n\n`);
    }
  } catch (error) {
    const { code, message } = toErrorData(error);
    if (code === 'cancelled') return undefined;
    markdown.appendText(message).appendMarkdown('\n\n');
  } finally {
    cancelled.dispose();
  }
  const target = encodeURIComponent(JSON.stringify([uri, tensorViewType]));
  markdown.appendMarkdown(`[Open in Normoscope](command:vscode.openWith?${target})`);
  return new vscode.Hover(markdown, range);
}

/** The report if it is there within the hover's patience. Otherwise null, and the analysis goes on for the next hover. */
async function soon(analysis: Promise<Report | null>): Promise<Report | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), patience);
  });
  // A failure after the patience has run out is told by the next hover.
  analysis.catch(() => undefined);
  try {
    return await Promise.race([analysis, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The tensor file that a path in this document means: beside the document, in a workspace folder, or absolute. */
async function resolve(document: vscode.TextDocument, path: string): Promise<vscode.Uri | null> {
  const file = documentUri(document);
  const wanted = file.with({ path });
  if (path === '' || path.includes('\0') || !isTensorFile(wanted)) return null;
  const folders = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri);
  const beside = vscode.Uri.joinPath(file, '..');
  const absolute = /^([/\\]|[A-Za-z]:[/\\])/.test(path);
  const candidates = absolute
    ? [file.scheme === 'file' ? vscode.Uri.file(path) : wanted]
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
