import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type * as vscode from 'vscode';
import { openTensorFile } from '../../../src/core/normoscope';
import { KnownParts } from '../../../src/features/knownParts';
import { openFileSource } from '../../../src/platform/fileByteSource';
import { inProject } from '../../support/root';

const folders: string[] = [];

/** A file of the fixtures, and what is beside it, where it may be changed. */
async function known(format: string, file: string) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'normoscope-parts-'));
  folders.push(folder);
  fs.cpSync(inProject('test', 'fixtures', format), folder, { recursive: true });
  const fsPath = path.join(folder, file);
  const uri = { scheme: 'file', fsPath, toString: () => `file://${fsPath}` } as vscode.Uri;
  const source = await openFileSource(fsPath);
  const { catalog, parts } = await openTensorFile(source);
  await source.close();
  const all = new KnownParts();
  const learned = all.learn(uri, { identity: source.identity, parts });
  return {
    folder,
    learned,
    tensor: (name: string) => catalog.tensors.findIndex((info) => info.name === name),
    has: (own: string) => all.has(uri, own),
    identity: (tensor?: number) => all.identity(uri, source.identity, tensor),
    own: source.identity,
  };
}

describe('files that the tensors of another are in', () => {
  afterEach(() => folders.splice(0).forEach((folder) => fs.rmSync(folder, { recursive: true })));

  it('change what a tensor of theirs is known by, and that of no other', async () => {
    const { folder, learned, tensor, has, identity, own } = await known('sharded', 'model.safetensors.index.json');
    assert.ok(has(own) && !has('another'));
    assert.equal(await identity(), learned);
    const before = await Promise.all(['embed.weight', 'head.weight'].map((name) => identity(tensor(name))));
    assert.notEqual(before[0], before[1]);
    fs.appendFileSync(path.join(folder, 'parts', 'model-00002-of-00002.safetensors'), 'x');
    assert.notEqual(await identity(), learned);
    assert.equal(await identity(tensor('embed.weight')), before[0]);
    assert.notEqual(await identity(tensor('head.weight')), before[1]);
  });

  it('may be missing, and be there later', async () => {
    const { folder, learned, identity } = await known('sharded', 'faulty.safetensors.index.json');
    assert.equal(await identity(), learned);
    assert.match(learned, /\nnothing /);
    const [missing = ''] = /(?<=\nnothing ).*/.exec(learned) ?? [];
    fs.writeFileSync(path.join(folder, missing), 'now');
    assert.notEqual(await identity(), learned);
  });

  it('may be those of a model', async () => {
    const { folder, learned, identity } = await known('onnx', 'external.onnx');
    assert.equal(await identity(), learned);
    fs.appendFileSync(path.join(folder, 'external.bin'), 'x');
    assert.notEqual(await identity(), learned);
  });

  it('are never looked for outside of the folder', async () => {
    const { learned } = await known('sharded', 'faulty.safetensors.index.json');
    assert.match(learned, / model-00001-of-00002\.safetensors(\n|$)/);
    assert.doesNotMatch(learned, /\.\./);
  });
});
