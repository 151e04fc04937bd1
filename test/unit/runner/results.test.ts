import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readResults } from '../../runner/results.mjs';

describe('the results of a suite', () => {
  let folder: string;
  before(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'results-'))));
  after(() => fs.rmSync(folder, { recursive: true }));

  function results(events: readonly object[], { problem = null as string | null, mayBeEmpty = false } = {}) {
    const file = path.join(folder, 'suite.jsonl');
    fs.writeFileSync(file, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    const { passed, failures } = readResults(file, { problem, mayBeEmpty });
    return [passed, failures.map(({ title, error }) => `${title}: ${error}`)];
  }
  const passing = [{ event: 'start', title: 'a' }, { event: 'pass', title: 'a' }];
  const end = { event: 'end' };

  it('are its passes and failures', () => {
    const failing = [{ event: 'start', title: 'b' }, { event: 'fail', title: 'b', error: 'wrong' }];
    assert.deepEqual(results([...passing, ...failing, end], { problem: 'It ended with code 1.' }), [1, ['b: wrong']]);
  });

  it('are a failure when there was no test, unless some were chosen by name', () => {
    assert.deepEqual(results([end]), [0, ['the suite: It held no test.']]);
    assert.deepEqual(results([end], { mayBeEmpty: true }), [0, []]);
  });

  it('are a failure when it was ended in the middle, and name the test that ran', () => {
    const failed = results([...passing, { event: 'start', title: 'b' }], { problem: 'It was late.' });
    assert.deepEqual(failed, [1, ['the suite: It did not come to its end. It was in "b". It was late.']]);
  });

  it('are a failure when every test passed and the process did not end well', () => {
    assert.deepEqual(results([...passing, end], { problem: 'It ended with code 7.' }), [1, ['the suite: It ended with code 7.']]);
  });

  it('count a skipped test as failed', () => {
    assert.deepEqual(results([{ event: 'skip', title: 'a' }, end])[0], 0);
    assert.equal((results([{ event: 'skip', title: 'a' }, end])[1] as string[]).length, 1);
  });

  it('are a failure when nothing was written at all', () => {
    assert.equal(readResults(path.join(folder, 'none.jsonl'), { problem: null, mayBeEmpty: true }).failures.length, 1);
  });
});
