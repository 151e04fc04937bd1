import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openFileSource } from '../../../src/platform/fileByteSource';
import type { ByteSource } from '../../../src/core/tensor/byteSource';
import { failure } from '../../support/errors';

describe('a file as a source of bytes', () => {
  let folder: string;
  let file: string;
  let source: ByteSource | undefined;
  const open = async () => (source = await openFileSource(file));

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'normoscope-'));
    file = path.join(folder, 'acts.npy');
    fs.writeFileSync(file, Uint8Array.from({ length: 1000 }, (_, index) => index % 251));
  });

  afterEach(async () => {
    await source?.close();
    source = undefined;
    fs.rmSync(folder, { recursive: true });
  });

  it('has a name, a size, and an identity that a change of the file changes', async () => {
    const { name, size, identity, close } = await open();
    await close();
    assert.deepEqual([name, size], ['acts.npy', 1000]);
    assert.equal((await open()).identity, identity);
    await source?.close();
    fs.utimesSync(file, new Date(0), new Date(1234));
    assert.notEqual((await open()).identity, identity);
  });

  it('reads at any place, also into a part of a buffer', async () => {
    const { read } = await open();
    const buffer = new Uint8Array(10).fill(99);
    await read(998, buffer.subarray(4, 6));
    assert.deepEqual([...buffer], [99, 99, 99, 99, 998 % 251, 999 % 251, 99, 99, 99, 99]);
    await read(1000, new Uint8Array(0));
  });

  it('says where the file ends that is read beyond its end', async () => {
    const { read } = await open();
    await assert.rejects(read(990, new Uint8Array(20)), failure('truncated', /acts\.npy ends at byte 1000; 20 bytes from byte 990 on/));
  });

  it('stops when it is cancelled', async () => {
    const { read } = await open();
    await assert.rejects(read(0, new Uint8Array(10), AbortSignal.abort()), failure('cancelled'));
  });

  it('is content with a file that stays as it is', async () => (await open()).verify());

  it('notices a file that was truncated while open', async () => {
    const { read, verify } = await open();
    fs.truncateSync(file, 100);
    await assert.rejects(verify(), failure('changed', /from 1000 to 100 bytes/));
    await assert.rejects(read(50, new Uint8Array(100)), failure('truncated', /ends at byte 100/));
  });

  it('notices a file that was appended to', async () => {
    const { verify } = await open();
    fs.appendFileSync(file, 'more');
    await assert.rejects(verify(), failure('changed', /from 1000 to 1004 bytes/));
  });

  it('notices bytes written over in a file of the same size', async () => {
    const { verify } = await open();
    fs.writeFileSync(file, new Uint8Array(1000));
    fs.utimesSync(file, new Date(), new Date(Date.now() + 5000));
    await assert.rejects(verify(), failure('changed', /was written to/));
  });

  it('notices another file put in its place', async () => {
    const { verify, read } = await open();
    const other = path.join(folder, 'other');
    const { atime, mtime } = fs.statSync(file);
    fs.writeFileSync(other, new Uint8Array(1000));
    fs.utimesSync(other, atime, mtime);
    fs.renameSync(other, file);
    await assert.rejects(verify(), failure('changed', /replaced by another file/));
    const bytes = new Uint8Array(2);
    await read(1, bytes);
    assert.deepEqual([...bytes], [1, 2]);
  });

  it('notices that the file was deleted', async () => {
    const { verify } = await open();
    fs.rmSync(file);
    await assert.rejects(verify(), failure('not-found', /acts\.npy was moved or deleted while it was being read/));
  });

  it('says that there is no such file', async () => {
    await assert.rejects(openFileSource(path.join(folder, 'none.npy')), failure('not-found', /There is no file none\.npy/));
    await assert.rejects(openFileSource(path.join(file, 'inside.npy')), failure('not-found'));
  });

  it('refuses a folder', () => assert.rejects(openFileSource(folder), failure('refused', /is a folder, not a file/)));

  if (process.platform !== 'win32') {
    it('refuses a pipe without waiting for its writer', async () => {
      const pipe = path.join(folder, 'pipe');
      execFileSync('mkfifo', [pipe]);
      await assert.rejects(openFileSource(pipe), failure('refused', /is a pipe/));
    });

    it('refuses a device', () => assert.rejects(openFileSource('/dev/zero'), failure('refused', /is a device/)));
  }
});
