import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import type { ExtensionApi } from '../../../src/extension';
import { createAnalysisService } from '../../../src/platform/analysisService';
import { activated, closeAll, inWorkspace, npyBytes, openTensor, untilDone, untilState, writeNpy, writeSparseNpy } from '../../support/extensionHost';
import { inProject } from '../../support/root';

const values = Float32Array.of(1, 2, 3, 4);
const shape = [2, 2];
/** Large enough to be in mid-computation when something happens to it. */
const largeShape = [64, 1024, 1024];
const largeBytes = 4 * 64 * 1024 * 1024;

describe('a tensor that something happens to while it is open', () => {
  let api: ExtensionApi;
  before(async () => {
    api = await activated();
  });
  afterEach(() => closeAll(api));

  it('is stale once it was replaced, and shows the new numbers when read again', async () => {
    const uri = await writeNpy('replaced.npy', values, shape);
    const document = await openTensor(api, uri);
    await untilDone(document);
    const other = inWorkspace('replacement.tmp');
    await fs.writeFile(other.fsPath, npyBytes(Float32Array.of(10, 20, 30, 40, 50, 60), [3, 2]));
    await fs.rename(other.fsPath, uri.fsPath);
    const stale = await untilState(document, 'stale', (state) => state.stale);
    assert.equal(stale.report?.statistics.mean, 2.5);
    await document.session.open();
    const { phase, report, stale: still } = document.session.current;
    assert.deepEqual([phase, report?.statistics.mean, still], ['done', 35, false]);
  });

  it('is stale once it was deleted, and says so when read again', async () => {
    const uri = await writeNpy('deleted.npy', values, shape);
    const document = await openTensor(api, uri);
    await untilDone(document);
    await fs.rm(uri.fsPath);
    await untilState(document, 'stale', (state) => state.stale);
    await document.session.open();
    const { phase, error, report } = document.session.current;
    assert.deepEqual([phase, error?.code], ['failed', 'not-found']);
    assert.match(error?.message ?? '', /^deleted\.npy is not there/);
    assert.equal(report?.statistics.mean, 2.5);
  });

  it('says what is missing once it was truncated, and recovers when it is whole again', async () => {
    const uri = await writeNpy('truncated.npy', values, shape);
    const whole = await fs.readFile(uri.fsPath);
    const document = await openTensor(api, uri);
    await untilDone(document);
    await fs.truncate(uri.fsPath, whole.length - 6);
    await untilState(document, 'stale', (state) => state.stale);
    await document.session.open();
    assert.equal(document.session.current.phase, 'failed');
    assert.match(document.session.current.error?.message ?? '', /takes 16 bytes .* only 10 are there/);
    await fs.writeFile(uri.fsPath, whole);
    await document.session.open();
    assert.equal(document.session.current.phase, 'done');
  });

  it('fails in a sentence when it is truncated in the middle of the reading', async () => {
    const uri = await writeSparseNpy('shrinking.npy', 'float32', largeShape, largeBytes);
    const document = await openTensor(api, uri);
    await untilState(document, 'partial numbers', ({ report }) => report !== null);
    await fs.truncate(uri.fsPath, 4096);
    const { error } = await untilState(document, 'a failure', ({ phase }) => phase === 'failed');
    assert.match(error?.code ?? '', /^(truncated|changed)$/);
    assert.match(error?.message ?? '', /^shrinking\.npy .*\.$/);
  });

  it('survives the death of the analysis thread', async () => {
    const document = await openTensor(api, await writeSparseNpy('killed.npy', 'float32', largeShape, largeBytes));
    await untilState(document, 'partial numbers', ({ report }) => report !== null);
    await api.analysis.kill();
    const { error } = await untilState(document, 'a failure', ({ phase }) => phase === 'failed');
    assert.equal(error?.code, 'worker-lost');
    assert.match(error.message, /Retry/);
    assert.equal(api.analysis.threads, 0);
    const other = await openTensor(api, await writeNpy('after.npy', values, shape));
    assert.equal((await untilDone(other)).report?.statistics.mean, 2.5);
    await document.session.open();
    assert.equal(document.session.current.phase, 'done');
  });

  it('is no tensor at all: one sentence', async () => {
    const uri = inWorkspace('text.npy');
    await fs.writeFile(uri.fsPath, 'name,value\n');
    const document = await openTensor(api, uri);
    const { error } = await untilState(document, 'a failure', ({ phase }) => phase === 'failed');
    assert.equal(error?.code, 'not-recognized');
  });
});

describe('the analysis thread', () => {
  it('is gone after dispose, and what waits is told', async () => {
    const service = createAnalysisService(inProject('dist', 'analysisWorker.js'), (error) => assert.fail(error));
    const uri = await writeSparseNpy('disposed.npy', 'float32', largeShape, largeBytes);
    const analysis = service.analyze({ kind: 'path', path: uri.fsPath }, { tensor: 0 });
    assert.equal(service.threads, 1);
    const told = assert.rejects(analysis, /Cancelled/);
    await service.dispose();
    await told;
    assert.equal(service.threads, 0);
    await assert.rejects(service.inspect({ kind: 'path', path: uri.fsPath }), /Cancelled/);
  });
});
