import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { currentVersion, installCodeServer, oldestVersion } from '../../scripts/vscode/codeServer.mjs';
import { ensureChromium } from '../../scripts/vscode/chromium.mjs';
import { runExtensionTests } from '../../scripts/vscode/extensionTests.mjs';
import { inProject, killTree } from '../../scripts/vscode/process.mjs';
import { readResults } from './results.mjs';

/**
 * @typedef {import('./results.mjs').Results} Results
 * @typedef {{ grep: string | null }} Selection
 * @typedef {object} Step
 * @property {string} name
 * @property {number} seconds the outer limit
 * @property {(step: Step, selection: Selection) => Promise<Results>} run
 */

/** Where results stand while a suite runs, and pictures after it. */
const resultsFolder = 'test-results';

const tell = (/** @type {string} */ line) => console.log(`  ${line}`);

/** In the order in which they run. @type {readonly Step[]} */
export const steps = [
  { name: 'lint', seconds: 300, run: command(['node_modules/eslint/bin/eslint.js', '.']) },
  { name: 'types', seconds: 180, run: command(['node_modules/typescript/bin/tsc', '-b']) },
  { name: 'build', seconds: 120, run: command(['esbuild.js', '--tests']) },
  // With many more mutations than usual (`npm run fuzz`) it takes as long as it takes.
  { name: 'unit', seconds: process.env['NORMOSCOPE_FUZZ'] === undefined ? 480 : 36000, run: mochaSuite('unit', 10) },
  { name: 'architecture', seconds: 120, run: mochaSuite('architecture', 60) },
  { name: 'page', seconds: 780, run: withChromium(mochaSuite('page', 60)) },
  { name: `integration-${currentVersion}`, seconds: 360, run: integrationSuite(currentVersion) },
  { name: `integration-${oldestVersion}`, seconds: 360, run: integrationSuite(oldestVersion) },
  { name: 'e2e', seconds: 780, run: withChromium(withVscode(mochaSuite('e2e', 120))) },
  // Last: it leaves a production build, without tests.
  { name: 'package', seconds: 180, run: withChromium(withVscode(command(['scripts/package.mjs', '--check']))) },
];

/**
 * A tool that says by its exit code whether all is well: one test.
 * @param {readonly string[]} args
 * @returns {Step['run']}
 */
function command(args) {
  return async ({ name, seconds }) => {
    const { problem, printed } = await node(args, seconds, {});
    return problem === null ? { passed: 1, failures: [] } : { passed: 0, failures: [{ title: name, error: `${problem}\n${printed}` }] };
  };
}

/**
 * Mocha over one folder of compiled tests.
 * @param {string} folder
 * @param {number} secondsPerTest
 * @returns {Step['run']}
 */
function mochaSuite(folder, secondsPerTest) {
  return async ({ name, seconds }, { grep }) => {
    const file = resultsFile(name);
    const args = [
      ...['--enable-source-maps', 'node_modules/mocha/bin/mocha.js', '--no-config', '--no-package', '--no-color'],
      ...['--timeout', String(secondsPerTest * 1000), '--reporter', inProject('test', 'runner', 'reporter.cjs')],
      ...['--reporter-option', `file=${file}`, ...(grep === null ? [] : ['--grep', grep])],
      `dist/test/${folder}/**/*.test.js`,
    ];
    const { problem, printed } = await node(args, seconds, { NORMOSCOPE_ROOT: inProject() });
    return readResults(file, { problem: problem === null ? null : `${problem}\n${printed}`, mayBeEmpty: grep !== null });
  };
}

/** The suite inside VS Code. @param {string} version @returns {Step['run']} */
function integrationSuite(version) {
  return async ({ name, seconds }, { grep }) => {
    const file = resultsFile(name);
    /** @type {string | null} */
    let problem = null;
    try {
      await runExtensionTests({
        version,
        tests: inProject('dist', 'test', 'integration', 'index.js'),
        env: { NORMOSCOPE_ROOT: inProject(), NORMOSCOPE_RESULTS: file, ...(grep === null ? {} : { NORMOSCOPE_GREP: grep }) },
        seconds,
        tell,
      });
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
    return readResults(file, { problem, mayBeEmpty: grep !== null });
  };
}

/** Before the suite, so that its limit is for tests alone. @param {Step['run']} run @returns {Step['run']} */
function withChromium(run) {
  return async (step, selection) => {
    process.env['CHROMIUM_PATH'] = await ensureChromium(tell);
    return run(step, selection);
  };
}

/** @param {Step['run']} run @returns {Step['run']} */
function withVscode(run) {
  return async (step, selection) => {
    await installCodeServer(currentVersion, tell);
    return run(step, selection);
  };
}

/** @param {string} name */
function resultsFile(name) {
  const file = inProject(resultsFolder, `${name}.jsonl`);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.rmSync(file, { force: true });
  return file;
}

/** Processes that run now. @type {Set<number>} */
const children = new Set();

/** Ends what runs, when the run is interrupted: each has a handler that ends what it started. */
export function interruptSteps() {
  for (const pid of children) killTree(pid, 'SIGTERM');
}

/**
 * Runs a script with this Node, in a process group of its own.
 * @param {readonly string[]} args
 * @param {number} seconds
 * @param {Readonly<Record<string, string>>} env
 * @returns {Promise<{ problem: string | null, printed: string }>}
 */
function node(args, seconds, env) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--require', inProject('test', 'runner', 'withParent.cjs'), ...args], {
      cwd: inProject(),
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: true,
    });
    const { pid } = child;
    let printed = '';
    let late = false;
    const print = (/** @type {unknown} */ text) => (printed += String(text));
    child.stdout?.on('data', print);
    child.stderr?.on('data', print);
    if (pid !== undefined) children.add(pid);
    const limit = setTimeout(() => {
      late = true;
      if (pid === undefined) return;
      // First gently: it removes what it has started.
      killTree(pid, 'SIGTERM');
      setTimeout(() => killTree(pid), 5000).unref();
    }, seconds * 1000);
    child.once('error', (error) => print(error.message));
    child.once('close', (code, signal) => {
      clearTimeout(limit);
      if (pid !== undefined) children.delete(pid);
      const problem = late
        ? `It did not end within ${seconds} seconds.`
        : signal !== null
          ? `It was ended by ${signal}.`
          : code === 0
            ? null
            : `It ended with code ${code}.`;
      resolve({ problem, printed: printed.trim() });
    });
  });
}
