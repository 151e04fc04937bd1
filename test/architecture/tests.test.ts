import assert from 'node:assert/strict';
import fs from 'node:fs';
import { filesUnder } from '../support/sources';
import { inProject } from '../support/root';

/** Steps of the test command by the folder of tests each runs. */
const suites = ['unit', 'architecture', 'integration', 'page', 'e2e'];

describe('tests', () => {
  const files = filesUnder('test', ['.ts', '.tsx']);

  it('stand in a folder that the test command runs', () => {
    const lost = files.filter((file) => /\.test\.tsx?$/.test(file) && !suites.some((suite) => file.startsWith(`test/${suite}/`)));
    assert.deepEqual(lost, []);
  });

  it('are all named so that they are found', () => {
    const unnamed = files.filter((file) => !/\.test\.tsx?$/.test(file) && /^\s*describe\(/m.test(fs.readFileSync(inProject(file), 'utf8')));
    assert.deepEqual(unnamed, []);
  });

  it('leave no others out', () => {
    const bad = files.filter((file) => /\b(describe|it)\.(only|skip)\(/.test(fs.readFileSync(inProject(file), 'utf8')));
    assert.deepEqual(bad, []);
  });
});
