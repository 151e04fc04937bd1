import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { formats } from '../../../src/core/formats/registry';
import { inProject } from '../../support/root';
import { activated, closeAll, inWorkspace, writeNpy } from '../../support/extensionHost';

/** What the hovers at a place say together, without Markdown's escapes. */
async function hoverText(uri: vscode.Uri, position: vscode.Position): Promise<string> {
  const hovers = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', uri, position);
  return hovers
    .flatMap(({ contents }) => contents)
    .map((content) => (typeof content === 'string' ? content : content.value).replace(/\\/g, ''))
    .join('\n');
}

describe('hovering a path in Python', () => {
  const script = () => inWorkspace('hover.py');
  before(async () => {
    await activated();
    await writeNpy('hovered.npy', Float32Array.of(1, 2, 3, NaN), [2, 2]);
    await fs.writeFile(inWorkspace('text-only.npy').fsPath, 'no array');
    await fs.writeFile(
      script().fsPath,
      ['import numpy as np', 'a = np.load("hovered.npy")', "b = np.load('missing.npy')", 'c = np.load("text-only.npy")', ''].join('\n'),
    );
    await vscode.window.showTextDocument(script());
  });
  after(async () => closeAll(await activated()));

  it('shows the header, both normalizations, the findings and a link', async () => {
    const text = await hoverText(script(), new vscode.Position(1, 15));
    assert.match(text, /hovered\.npy/);
    assert.match(text, /float32 \(2, 2\)/);
    assert.match(text, /LayerNorm/);
    assert.match(text, /BatchNorm/);
    assert.match(text, /1 NaN/);
    assert.match(text, /\[Open in Normoscope\]\(command:normoscope\.compare\?/);
  });

  it('shows the header of a file of every format', async () => {
    const files = formats.map(({ id, extensions, sharedExtensions }) => {
      const truths = JSON.parse(readFileSync(inProject('test', 'fixtures', id, 'truth.json'), 'utf8')) as Record<string, { readonly tensors?: readonly { readonly status?: string }[] }>;
      const isReadable = ([file, { tensors = [] }]: [string, (typeof truths)[string]]) => [...extensions, ...sharedExtensions].some((ending) => file.endsWith(ending)) && tensors.some(({ status }) => status === undefined);
      return inProject('test', 'fixtures', id, Object.entries(truths).find(isReadable)?.[0] ?? assert.fail(id));
    });
    const every = inWorkspace('every.py');
    await fs.writeFile(every.fsPath, files.map((file) => `load(${JSON.stringify(file)})\n`).join(''));
    await vscode.window.showTextDocument(every);
    for (const [line, file] of files.entries()) {
      const text = await hoverText(every, new vscode.Position(line, 12));
      assert.ok(text.includes(path.basename(file)), file);
      assert.match(text, /(float|int|bool|complex|q4)\w* \(|\d tensors?/, file);
      assert.match(text, /\[Open in Normoscope\]/, file);
    }
  });

  it('says what is wrong with a file that is no tensor', async () => {
    assert.match(await hoverText(script(), new vscode.Position(3, 15)), /text-only\.npy/);
  });

  it('says nothing over a file that is not there, and nothing beside a literal', async () => {
    assert.equal(await hoverText(script(), new vscode.Position(2, 15)), '');
    assert.doesNotMatch(await hoverText(script(), new vscode.Position(1, 5)), /hovered/);
  });
});
