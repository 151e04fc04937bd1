import assert from 'node:assert/strict';
import fs from 'node:fs';
import { filesUnder } from '../support/sources';
import { inProject } from '../support/root';

const longest = 400;

describe('sources', () => {
  const files = ['src', 'webview', 'test', 'scripts'].flatMap((folder) => filesUnder(folder, ['.ts', '.tsx', '.mjs', '.css']));

  it(`have at most ${longest} lines`, () => {
    const long = files.filter((file) => fs.readFileSync(inProject(file), 'utf8').split('\n').length > longest + 1);
    assert.deepEqual(long, []);
  });

  it('leave nothing for later and switch no check off', () => {
    // Written in two parts so that this file does not find itself.
    const marks = new RegExp(['TO' + 'DO', 'FIX' + 'ME', '@ts-' + 'ignore', '@ts-' + 'nocheck', 'eslint-' + 'disable'].join('|'));
    // AssemblyScript's decorators on functions are no TypeScript: only its own compiler takes them.
    const checked = files.filter((file) => !file.includes('/assembly/'));
    const found = checked.filter((file) => marks.test(fs.readFileSync(inProject(file), 'utf8')));
    assert.deepEqual(found, []);
  });
});
