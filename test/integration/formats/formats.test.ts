import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { sharedExtensions, tensorExtensions } from '../../../src/core/formats/endings';
import { formats } from '../../../src/core/formats/registry';
import type { ExtensionApi } from '../../../src/extension';
import type { OpenDocument } from '../../../src/features/customEditor';
import { activated, closeAll, documentOf, extension, inWorkspace, until, untilState } from '../../support/extensionHost';
import { inProject } from '../../support/root';

interface Truth {
  readonly tensors?: readonly { readonly name: string; readonly status?: string; readonly statistics?: { readonly mean: number | null } }[];
}

interface Fixture {
  readonly id: string;
  /** Of a file that something is read of, in the workspace. */
  readonly uri: vscode.Uri;
  /** Where its first tensor of numbers is in the catalog, and its mean. */
  readonly tensor: number;
  readonly mean: number | null;
  /** Whether its header is looked at without being asked for. */
  readonly isGlanced: boolean;
}

/** A small file of each format, with whatever lies beside it. */
async function fixtures(): Promise<Fixture[]> {
  return Promise.all(
    formats.map(async ({ id, extensions, sharedExtensions: shared, readsWhole }) => {
      const folder = inProject('test', 'fixtures', id);
      const truths = JSON.parse(readFileSync(path.join(folder, 'truth.json'), 'utf8')) as Record<string, Truth>;
      const numbers = ({ tensors = [] }: Truth) => tensors.findIndex(({ statistics, status }) => status === undefined && Number.isFinite(statistics?.mean));
      const [file, truth] = Object.entries(truths).find(([name, one]) => [...extensions, ...shared].some((ending) => name.endsWith(ending)) && numbers(one) >= 0) ?? assert.fail(id);
      const target = inWorkspace(path.join('formats', id));
      await fs.cp(folder, target.fsPath, { recursive: true });
      const tensor = numbers(truth);
      return { id, uri: vscode.Uri.joinPath(target, file), tensor, mean: truth.tensors?.[tensor]?.statistics?.mean ?? null, isGlanced: readsWhole !== true };
    }),
  );
}

async function opened(api: ExtensionApi, uri: vscode.Uri): Promise<OpenDocument> {
  await vscode.commands.executeCommand('normoscope.compare', uri);
  return until(`the document of ${uri.path}`, () => documentOf(api, uri));
}

describe('a file of each format', () => {
  let api: ExtensionApi;
  let all: Fixture[];
  before(async () => {
    api = await activated();
    all = await fixtures();
  });
  afterEach(() => closeAll(api));
  after(() => fs.rm(inWorkspace('formats').fsPath, { recursive: true }));

  it('has a badge in the Explorer, unless it would have to be read whole', async () => {
    for (const { id, uri, isGlanced } of all) {
      const decoration = await api.explorer.decoration(uri);
      if (isGlanced) assert.match(decoration?.badge ?? '', /^(\dD|\d{1,2})$/, id);
      else assert.equal(decoration, undefined, id);
    }
  });

  it('is hovered in a script', async () => {
    const script = inWorkspace('formats.py');
    await fs.writeFile(script.fsPath, all.map(({ uri }) => `load(${JSON.stringify(uri.fsPath)})\n`).join(''));
    await vscode.window.showTextDocument(script);
    for (const [line, { id, uri }] of all.entries()) {
      const hovers = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', script, new vscode.Position(line, 12));
      const text = hovers.flatMap(({ contents }) => contents).map((content) => (typeof content === 'string' ? content : content.value).replace(/\\/g, '')).join('\n');
      assert.ok(text.includes(path.basename(uri.fsPath)) && text.includes('[Open in Normoscope]'), `${id}: ${text}`);
    }
  });

  it('is opened by the command of palette and Explorer, and its numbers are those of its own library', async () => {
    for (const { id, uri, tensor, mean } of all) {
      const document = await opened(api, uri);
      const { phase, error, catalog, place } = await untilState(document, `${id} open`, (state) => state.phase === 'done' || state.phase === 'failed');
      assert.equal(phase, 'done', `${id}: ${error?.message}`);
      if (place === 'catalog') document.session.selectTensor(tensor);
      const { report } = await untilState(document, `${id} computed`, (state) => state.phase === 'done' && state.report?.progress === 1);
      assert.ok(report);
      assert.equal(report.tensor.name, catalog?.tensors[tensor]?.name, id);
      assert.ok(Math.abs((report.statistics.mean ?? NaN) - (mean ?? NaN)) <= 1e-6 * Math.max(1, Math.abs(mean ?? 0)), `${id}: ${report.statistics.mean} and ${mean}`);
    }
  });

  it('has a problem when it is torn, where nobody else shows such files', async () => {
    for (const { id, uri } of all.filter((one) => tensorExtensions.some((ending) => one.uri.path.endsWith(ending)))) {
      const torn = vscode.Uri.joinPath(uri, '..', `torn-${path.basename(uri.fsPath)}`);
      await fs.writeFile(torn.fsPath, (await fs.readFile(uri.fsPath)).subarray(0, 8));
      assert.equal((await api.explorer.decoration(torn))?.badge, '!', id);
      const [problem] = await until(`a problem of ${id}`, () => vscode.languages.getDiagnostics(torn).length > 0 && vscode.languages.getDiagnostics(torn));
      assert.equal(problem?.severity, vscode.DiagnosticSeverity.Error, id);
      assert.match(problem.message, /^[A-Z`"a-z].*\.$/s, id);
      // Mended, and looked at again.
      await fs.copyFile(uri.fsPath, torn.fsPath);
      await api.explorer.decoration(torn);
      assert.deepEqual(vscode.languages.getDiagnostics(torn).filter(({ code }) => code === undefined), [], id);
    }
  });

  it('is one that the editor is there for, by default or beside the one that it has', () => {
    const { customEditors, menus } = (extension().packageJSON as { contributes: { customEditors: readonly { priority: string; selector: readonly { filenamePattern: string }[] }[]; menus: Record<string, readonly { command: string; when: string }[]> } }).contributes;
    const of = (priority: string) => customEditors.filter((editor) => editor.priority === priority).flatMap(({ selector }) => selector.map(({ filenamePattern }) => filenamePattern.slice(1)));
    assert.deepEqual([...tensorExtensions].filter((ending) => !of('default').includes(ending)), []);
    assert.deepEqual([...sharedExtensions].filter((ending) => !of('option').includes(ending)), []);
    for (const command of ['normoscope.compare', 'normoscope.compareWith']) {
      const { when } = menus['explorer/context']?.find((item) => item.command === command) ?? assert.fail(command);
      const pattern = new RegExp(/=~ \/(.*)\/i$/.exec(when)?.[1] ?? assert.fail(when), 'i');
      for (const { uri } of all) assert.match(uri.path, pattern);
      assert.doesNotMatch('README.md', pattern);
    }
  });

  it('in several files is read again when one of them has changed, and not before', async () => {
    const { uri } = all.find(({ id }) => id === 'sharded') ?? assert.fail();
    const index = vscode.Uri.joinPath(uri, '..', 'model.safetensors.index.json');
    const document = await opened(api, index);
    await untilState(document, 'the list', ({ phase, catalog }) => phase === 'done' && catalog !== null);
    const names = document.session.current.catalog?.tensors.map(({ name }) => name) ?? [];
    const analyzed = async (name: string) => {
      document.session.selectTensor(names.indexOf(name));
      return (await untilState(document, name, (state) => state.phase === 'done' && state.report?.tensor.name === name)).report;
    };
    const [embed, head] = [await analyzed('embed.weight'), await analyzed('head.weight')];
    assert.equal(await analyzed('embed.weight'), embed);
    assert.equal(await analyzed('head.weight'), head);
    const shard = vscode.Uri.joinPath(index, '..', 'parts', 'model-00002-of-00002.safetensors');
    const bytes = await fs.readFile(shard.fsPath);
    await fs.writeFile(shard.fsPath, bytes.fill(0, bytes.length - 8));
    await document.session.check();
    assert.equal(document.session.current.stale, true);
    assert.equal(await analyzed('embed.weight'), embed);
    assert.notEqual(await analyzed('head.weight'), head);
  });
});
