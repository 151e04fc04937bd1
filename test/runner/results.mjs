import fs from 'node:fs';

/** Lines of a stack that are shown: the rest is mocha's. */
const stackLines = 12;

/**
 * @typedef {object} Results
 * @property {number} passed
 * @property {readonly { title: string, error: string }[]} failures
 */

/**
 * What a suite's reporter has written. A suite that did not come to its end, or held no test, has failed once more.
 * @param {string} file
 * @param {{ problem: string | null, mayBeEmpty: boolean }} suite `problem`: a sentence when it ended badly
 * @returns {Results}
 */
export function readResults(file, { problem, mayBeEmpty }) {
  const lines = fs.existsSync(file) ? fs.readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  let passed = 0;
  let ended = false;
  /** @type {string | null} */
  let running = null;
  /** @type {{ title: string, error: string }[]} */
  const failures = [];
  for (const line of lines) {
    const { event, title, error } = JSON.parse(line);
    running = event === 'start' ? title : event === 'end' ? null : running === title ? null : running;
    if (event === 'pass') passed++;
    else if (event === 'fail') failures.push({ title, error });
    else if (event === 'skip') failures.push({ title, error: 'The test was skipped: no test may be.' });
    else if (event === 'end') ended = true;
  }
  if (!ended) {
    const where = running === null ? '' : ` It was in "${running}".`;
    failures.push({ title: 'the suite', error: `It did not come to its end.${where}${problem === null ? '' : ` ${problem}`}` });
  } else if (problem !== null && failures.length === 0) {
    failures.push({ title: 'the suite', error: problem });
  } else if (passed + failures.length === 0 && !mayBeEmpty) {
    failures.push({ title: 'the suite', error: 'It held no test.' });
  }
  return { passed, failures };
}

/** @param {Results} results */
export function showFailures({ failures }) {
  for (const { title, error } of failures) {
    const lines = error.trim().split('\n');
    const shown = lines.length > stackLines * 3 ? [...lines.slice(0, stackLines * 2), '…', ...lines.slice(-stackLines)] : lines;
    console.log(`  FAILED ${title}\n${shown.map((line) => `    ${line}`).join('\n')}`);
  }
}
