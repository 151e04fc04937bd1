import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs/promises';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../../src/extension';
import type { SentPairRow } from '../../../src/protocol/attachments';
import { createAnalysisService } from '../../../src/platform/analysisService';
import {
  activated,
  closeAll,
  documentOf,
  inWorkspace,
  npyBytes,
  openTensor,
  until,
  untilDone,
  untilState,
  viewType,
  writeNpy,
  writeSparseNpy,
} from '../../support/extensionHost';
import { inProject } from '../../support/root';

describe('commands', () => {
  let api: ExtensionApi;
  before(async () => {
    api = await activated();
  });
  afterEach(() => closeAll(api));

  it('copies the statistics of the active tensor as JSON', async () => {
    await vscode.env.clipboard.writeText('something else');
    const uri = await writeNpy('copied.npy', Float32Array.of(1, 2, 3, 4), [2, 2]);
    await untilDone(await openTensor(api, uri));
    await vscode.commands.executeCommand('normoscope.copyStatistics');
    const copied = JSON.parse(await vscode.env.clipboard.readText()) as { file: string; statistics: { mean: number } };
    assert.equal(copied.file, 'copied.npy');
    assert.equal(copied.statistics.mean, 2.5);
  });

  it('copies what a method computes as code, with the axes and the eps of the page', async () => {
    const uri = await writeNpy('code.npy', Float32Array.of(1, 2, 3, 4), [2, 2]);
    const document = await openTensor(api, uri);
    await untilDone(document);
    await document.session.setOptions({ views: [], eps: 0.5, layout: 'CN' });
    await vscode.commands.executeCommand('normoscope.copyCode', { method: 'layer', framework: 'keras' });
    assert.match(await vscode.env.clipboard.readText(), /LayerNormalization\(axis=0, epsilon=5e-1\)/);
  });

  it('exports a report of the active tensor, with pictures, versions and the hash of its file, and not over it', async () => {
    const uri = await writeNpy('reported.npy', Float32Array.of(1, 2, 3, 4), [2, 2]);
    await untilDone(await openTensor(api, uri));
    const before = await fs.readFile(uri.fsPath);
    const target = inWorkspace('reported.report.html');
    await vscode.commands.executeCommand('normoscope.exportReport', { target });
    const html = await fs.readFile(target.fsPath, 'utf8');
    for (const part of [createHash('sha256').update(before).digest('hex'), vscode.version, '<td>mean</td><td>2.5</td>']) assert.ok(html.includes(part), part);
    const pictured = /<img src="data:image\/png;base64,/.test(html);
    // Without a desktop, 1.100 may never load the page of an editor that follows others that were closed: then there is nobody to draw.
    if (!pictured && vscode.version.startsWith('1.100.')) console.log('The page did not load in time: the report was tested without pictures.');
    else assert.ok(pictured, 'the report has pictures');
    const markdown = inWorkspace('reported.report.md');
    await vscode.commands.executeCommand('normoscope.exportReport', { target: markdown });
    assert.match(await fs.readFile(markdown.fsPath, 'utf8'), /^# reported\.npy\n/);
    assert.equal(await vscode.commands.executeCommand('normoscope.exportReport', { target: uri }), undefined);
    assert.deepEqual(await fs.readFile(uri.fsPath), before);
  });

  it('compares the file that is selected in the Explorer', async () => {
    const uri = await writeNpy('selected.npy', Float32Array.of(1, 2), [2, 1]);
    await vscode.commands.executeCommand('normoscope.compare', uri);
    const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    assert.ok(input instanceof vscode.TabInputCustom);
    assert.deepEqual([input.viewType, input.uri.toString()], [viewType, uri.toString()]);
  });

  it('compares the active tensor when nothing is selected', async () => {
    const uri = await writeNpy('active.npy', Float32Array.of(1, 2), [2, 1]);
    await openTensor(api, uri);
    await vscode.commands.executeCommand('normoscope.compare');
    await until('its editor', () => documentOf(api, uri));
    assert.equal(api.editors.documents.length, 1);
  });

  it('holds two files that are selected in the Explorer against each other, on the page of the first', async () => {
    const one = await writeNpy('step-1.npy', Float32Array.of(1, 2, 3, 4), [2, 2]);
    const other = await writeNpy('step-2.npy', Float32Array.of(1, 2, 3, 7), [2, 2]);
    await vscode.commands.executeCommand('normoscope.compareWith', one, [one, other]);
    const document = await until('its editor', () => documentOf(api, one));
    const { comparison } = await untilState(document, 'the comparison', ({ phase, comparison: shown }) => phase === 'done' && shown?.result !== null);
    assert.equal(comparison?.fileName, 'step-2.npy');
    const { difference, methods } = comparison.result ?? assert.fail('no result');
    assert.ok('max' in difference);
    assert.deepEqual([difference.max, difference.maxAt, difference.equal], [3, 3, 3]);
    assert.deepEqual(methods.map(({ id, apart }) => [id, apart]), [['layer', null], ['batch', null]]);
    document.session.closeComparison();
    assert.equal((await untilDone(document)).report?.statistics.mean, 2.5);
  });

  it('holds two files of several tensors against each other as a whole, tensor by tensor', async () => {
    const [one, other] = [inWorkspace('checkpoint-1.npz'), inWorkspace('checkpoint-2.npz')];
    for (const uri of [one, other]) await fs.copyFile(inProject('test', 'fixtures', 'attached', uri === one ? 'bn.npz' : 'ln.npz'), uri.fsPath);
    await vscode.commands.executeCommand('normoscope.compareWith', one, [one, other]);
    const document = await until('its editor', () => documentOf(api, one));
    const { comparedFile, catalog } = await untilState(document, 'the other file', ({ place }) => place === 'pairs');
    assert.equal(comparedFile?.fileName, 'checkpoint-2.npz');
    await document.session.compareFiles(one);
    const index = catalog?.tensors.findIndex(({ name }) => name === 'bn1.input') ?? -1;
    const rows: SentPairRow[] = [];
    const end = document.session.attach({ show: () => undefined, rows: () => undefined, pairRows: (some) => void rows.push(...some), isVisible: () => true });
    await document.session.wantPairs([{ one: index, other: index }, { one: index, other: null }]);
    end();
    const [same, alone] = rows.map(([, , row]) => row);
    assert.ok(same !== undefined && 'difference' in same && same.difference !== null && 'max' in same.difference);
    assert.deepEqual([same.difference.max, same.difference.equal], [0, true]);
    assert.deepEqual(alone, { one: same.one, other: null, difference: null });
    await document.session.openPair(index, index);
    await untilState(document, 'the pair', ({ place, comparison, phase }) => place === 'compare' && phase === 'done' && comparison?.result !== null);
    document.session.closeComparison();
    assert.equal(document.session.current.place, 'pairs');
  });

  it('saves the active tensor as a normalization makes it, with the options of its page', async () => {
    const uri = await writeNpy('saved.npy', Float32Array.of(1, 3, 10, 30), [2, 2]);
    const document = await openTensor(api, uri);
    await untilDone(document);
    await document.session.setOptions({ views: [], eps: 0 });
    const target = inWorkspace('saved.layer.npy');
    const saved = await vscode.commands.executeCommand<vscode.Uri>('normoscope.saveNormalized', { method: 'layer', target });
    assert.equal(saved.toString(), target.toString());
    assert.deepEqual(await fs.readFile(target.fsPath), npyBytes(Float32Array.of(-1, 1, -1, 1), [2, 2]));
    const opened = await untilDone(await openTensor(api, target));
    assert.equal(opened.report?.statistics.variance, 1);
  });

  it('saves nothing over the tensor itself, nor anywhere but on the disk', async () => {
    const uri = await writeNpy('itself.npy', Float32Array.of(1, 3), [1, 2]);
    const before = await fs.readFile(uri.fsPath);
    await untilDone(await openTensor(api, uri));
    for (const target of [uri, vscode.Uri.parse('untitled:elsewhere.npy')]) {
      assert.equal(await vscode.commands.executeCommand('normoscope.saveNormalized', { method: 'layer', target }), undefined);
    }
    assert.deepEqual(await fs.readFile(uri.fsPath), before);
  });

  it('leaves no file behind when saving is cancelled, and when the extension ends meanwhile', async () => {
    // What is read takes no room on the disk; what is written would, so it is stopped at its first sign.
    const uri = await writeSparseNpy('long.npy', 'uint8', [2 ** 15, 2 ** 16], 2 ** 31);
    const zeros = { shape: [2 ** 16], values: new Float64Array(2 ** 16) };
    const request = { tensor: 0, method: 'batch-eval', runningMean: zeros, runningVar: zeros } as const;
    const left = async () => (await fs.readdir(inWorkspace('.').fsPath)).filter((name) => name.endsWith('.tmp') || name === 'long.out.npy');
    const file = { kind: 'path', path: uri.fsPath } as const;
    const service = createAnalysisService(inProject('dist', 'analysisWorker.js'), (error) => assert.fail(error));
    for (const end of [undefined, service]) {
      const controller = new AbortController();
      const stop = end === undefined ? () => controller.abort() : () => void end.dispose();
      const options = { signal: controller.signal, onShare: stop };
      const saving = (end ?? api.analysis).normalize(file, request, inWorkspace('long.out.npy').fsPath, options);
      await assert.rejects(saving, { code: 'cancelled' });
      await end?.dispose();
      assert.deepEqual(await left(), []);
    }
  });

  it('shows the log', async () => {
    await vscode.commands.executeCommand('normoscope.showLog');
  });
});
