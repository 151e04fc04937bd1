import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { writeFileWhole } from '../../../src/platform/fileByteSink';
import { failure } from '../../support/errors';

describe('a file that is written whole or not at all', () => {
  let folder: string;
  const at = (name: string) => path.join(folder, name);
  const text = (name: string) => fs.readFileSync(at(name), 'latin1');
  const write = (name: string, words: readonly string[], inputs: readonly string[] = []) =>
    writeFileWhole(at(name), inputs.map(at), async (sink) => {
      for (const word of words) await sink.write(Buffer.from(word, 'latin1'));
      return words.length;
    });

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'normoscope-'));
    fs.writeFileSync(at('input.npy'), 'input');
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  it('has all that was written, and leaves nothing beside it', async () => {
    assert.equal(await write('out.npy', ['one ', 'two ', '', 'three'], ['input.npy']), 3 + 1);
    assert.equal(text('out.npy'), 'one two three');
    assert.deepEqual(fs.readdirSync(folder).sort(), ['input.npy', 'out.npy']);
  });

  it('is not there under its name before it is complete', async () => {
    await writeFileWhole(at('out.npy'), [], async (sink) => {
      await sink.write(Buffer.from('half'));
      assert.ok(!fs.existsSync(at('out.npy')));
    });
    assert.equal(text('out.npy'), 'half');
  });

  it('leaves what was there, and nothing else, when the work fails', async () => {
    fs.writeFileSync(at('out.npy'), 'before');
    const broken = writeFileWhole(at('out.npy'), [], async (sink) => {
      await sink.write(Buffer.from('half'));
      throw new Error('broken');
    });
    await assert.rejects(broken, /broken/);
    assert.equal(text('out.npy'), 'before');
    assert.deepEqual(fs.readdirSync(folder).sort(), ['input.npy', 'out.npy']);
  });

  it('replaces another file, with its permissions, also through a link', async () => {
    fs.writeFileSync(at('kept.npy'), 'a longer text before');
    fs.chmodSync(at('kept.npy'), 0o640);
    fs.symlinkSync('kept.npy', at('link.npy'));
    await write('link.npy', ['after']);
    assert.equal(text('kept.npy'), 'after');
    assert.equal(fs.statSync(at('kept.npy')).mode & 0o777, 0o640);
    assert.ok(fs.lstatSync(at('link.npy')).isSymbolicLink());
  });

  it('refuses a file that is read meanwhile, by whatever name', async () => {
    fs.symlinkSync('input.npy', at('symbolic.npy'));
    fs.linkSync(at('input.npy'), at('hard.npy'));
    await assert.rejects(write('input.npy', ['x'], ['other.npy', 'input.npy']), failure('usage', /^input\.npy is read; the output needs/));
    for (const name of ['symbolic.npy', 'hard.npy']) {
      await assert.rejects(write(name, ['x'], ['input.npy']), failure('usage', /is the same file as input\.npy, which is read/));
    }
    await assert.rejects(write('symbolic.npy', ['x'], ['hard.npy']), failure('usage', /the same file as hard\.npy/));
    assert.equal(text('input.npy'), 'input');
  });

  it('refuses a folder, and says when the folder of the file is not there', async () => {
    fs.mkdirSync(at('folder.npy'));
    await assert.rejects(write('folder.npy', ['x']), failure('refused', /folder\.npy is there and is no file/));
    await assert.rejects(write('none/out.npy', ['x']), failure('not-found', /The folder that out\.npy is to be written to/));
    await assert.rejects(write('input.npy/out.npy', ['x']), failure('not-found'));
  });
});
