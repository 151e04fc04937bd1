import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openFile } from '../../../../src/core/formats/registry';
import { defaultLimits, type Limits } from '../../../../src/core/limits';
import type { ByteSource } from '../../../../src/core/tensor/byteSource';
import { memorySource } from '../../../../src/core/tensor/memorySource';
import { openFileSource } from '../../../../src/platform/fileByteSource';
import { failure } from '../../../support/errors';
import { inProject } from '../../../support/root';
import { engines } from '../../../support/tensors';

const fixtures = inProject('test', 'fixtures', 'sharded');
const indexName = 'model.safetensors.index.json';
const second = path.join('parts', 'model-00002-of-00002.safetensors');

describe('sharded checkpoints', () => {
  let folder: string;
  let source: ByteSource;

  beforeEach(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'normoscope-shards-'));
    fs.cpSync(fixtures, folder, { recursive: true });
    source = await openFileSource(path.join(folder, indexName));
  });
  afterEach(async () => {
    await source.close();
    fs.rmSync(folder, { recursive: true });
  });

  const open = (limits: Partial<Limits> = {}) => openFile(source, { ...defaultLimits, ...limits });

  it('show the metadata of their index', async () => assert.deepEqual((await open()).catalog.metadata, { total_size: 256 }));

  it('notice a shard that changes, which costs its tensors and no others', async () => {
    const file = await open();
    const names = file.catalog.tensors.map(({ name }) => name);
    const [engine] = engines();
    assert.ok(engine);
    const shard = path.join(folder, second);
    const bytes = fs.readFileSync(shard);
    fs.writeFileSync(shard, bytes.fill(0, bytes.length - 8));
    await assert.rejects(engine.moments(file.tensor(names.indexOf('head.weight')), []), failure('changed', /model-00002-of-00002\.safetensors was/));
    const { overall } = await engine.moments(file.tensor(names.indexOf('embed.weight')), []);
    assert.equal(overall.count[0], 28);
    fs.rmSync(shard);
    await assert.rejects(engine.moments(file.tensor(names.indexOf('head.weight')), []), failure('not-found'));
  });

  it('hold no shard open', async () => {
    const opened: ByteSource[] = [];
    const closed: ByteSource[] = [];
    const watched: ByteSource = {
      ...source,
      async sibling(name) {
        const sibling = await source.sibling(name);
        const watchedSibling = {
          ...sibling,
          close: () => {
            closed.push(watchedSibling);
            return sibling.close();
          },
        };
        opened.push(watchedSibling);
        return watchedSibling;
      },
    };
    const file = await openFile(watched, defaultLimits);
    for (const engine of engines()) await engine.moments(file.tensor(0), []);
    const cut = file.tensor(0).read(0, new Uint8Array(4), AbortSignal.abort());
    await assert.rejects(cut, failure('cancelled'));
    assert.ok(opened.length > 4);
    assert.deepEqual(closed, opened);
  });

  it('open as many files as the limit says', async () => {
    const { tensors, warnings } = (await open({ shards: 1 })).catalog;
    assert.deepEqual(tensors.map(({ name, status }) => [name, status]), [
      ['head.weight', 'readable'],
      ['embed.weight', 'refused'],
      ['layers.0.norm.weight', 'refused'],
      ['layers.1.norm.weight', 'readable'],
    ]);
    assert.match(tensors[1]?.reason ?? '', /more than 1 files/);
    assert.deepEqual(warnings.map(({ code }) => code), ['shard']);
  });

  it('list as many tensors as the limit says, and nothing of what else the shards hold', async () => {
    const { tensors, warnings } = (await open({ tensors: 2 })).catalog;
    assert.deepEqual(tensors.map(({ name }) => name), ['head.weight', 'embed.weight']);
    assert.deepEqual(warnings.map(({ code, message }) => [code, /2 more tensors/.test(message)]), [['tensors-left-out', true]]);
  });

  it('say without their folder why nothing is read', async () => {
    const alone = memorySource(indexName, fs.readFileSync(path.join(fixtures, indexName)));
    const { tensors } = (await openFile(alone, defaultLimits)).catalog;
    assert.equal(tensors.length, 4);
    for (const { reason } of tensors) assert.match(reason ?? '', /was given without the folder/);
  });

  it('are known by their content, whatever the name', async () => {
    const bytes = fs.readFileSync(path.join(fixtures, indexName));
    assert.equal((await openFile(memorySource('renamed.txt', bytes), defaultLimits)).catalog.format, 'sharded');
    await assert.rejects(openFile(memorySource('a.json', new TextEncoder().encode('{"a": 1}')), defaultLimits), failure('not-recognized'));
  });

  it('stop when they are cancelled', () => assert.rejects(openFile(source, defaultLimits, AbortSignal.abort()), failure('cancelled')));

  it('are refused for an index beyond the limit', () => assert.rejects(open({ headerBytes: 100 }), failure('too-large', /at most 100.B are read/)));
});
