import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../../src/extension';
import { inProject } from '../../support/root';
import { activated, closeAll, inWorkspace, npyBytes, openTensor, until, untilDone, writeNpy } from '../../support/extensionHost';

const shape = [3, 2];

describe('the Problems panel', () => {
  let api: ExtensionApi;
  before(async () => {
    api = await activated();
  });
  afterEach(() => closeAll(api));

  it('holds the findings on the file, each linked to the page of its rule', async () => {
    const uri = await writeNpy('broken.npy', Float32Array.of(1, 7, NaN, 7, 2, 7), shape);
    await untilDone(await openTensor(api, uri));
    const problems = await until('problems', () => {
      const found = vscode.languages.getDiagnostics(uri);
      return found.length > 0 && found;
    });
    const byRule = new Map(problems.map((problem) => [(problem.code as { value: string }).value, problem]));
    const nonFinite = byRule.get('non-finite');
    assert.equal(nonFinite?.severity, vscode.DiagnosticSeverity.Error);
    assert.equal(nonFinite.source, 'Normoscope');
    assert.match(nonFinite.message, /1 NaN/);
    assert.match((nonFinite.code as { target: vscode.Uri }).target.path, /docs\/rules\/non-finite\.md$/);
    assert.equal(byRule.get('constant-channel')?.severity, vscode.DiagnosticSeverity.Warning);
  });

  it('holds what is found of a file from its header alone', async () => {
    const uri = inWorkspace('hostile.pt');
    await fs.copyFile(inProject('test', 'fixtures', 'pytorch', 'hostile.pt'), uri.fsPath);
    const document = await openTensor(api, uri);
    await until('the list of tensors', () => document.session.current.place === 'catalog');
    const [problem] = await until('problems', () => {
      const found = vscode.languages.getDiagnostics(uri);
      return found.length > 0 && found;
    });
    assert.equal(problem?.severity, vscode.DiagnosticSeverity.Error);
    assert.match(problem.message, /would call posix\.system/);
    assert.match((problem.code as { target: vscode.Uri }).target.path, /docs\/rules\/unsafe-pickle\.md$/);
  });

  it('forgets them when the file changes, until it is read again', async () => {
    const uri = await writeNpy('mended.npy', Float32Array.of(1, 7, NaN, 8, 2, 9), shape);
    const document = await openTensor(api, uri);
    await untilDone(document);
    await until('problems', () => vscode.languages.getDiagnostics(uri).length > 0);
    await fs.writeFile(uri.fsPath, npyBytes(Float32Array.of(1, 7, 3, 8, 2, 9), shape));
    await until('no problems', () => vscode.languages.getDiagnostics(uri).length === 0);
    await document.session.open();
    const rules = vscode.languages.getDiagnostics(uri).map(({ code }) => (code as { value: string }).value);
    assert.ok(!rules.includes('non-finite') && !rules.includes('constant-channel'), rules.join());
  });
});
