import fs from 'node:fs';
import path from 'node:path';
import { launchBrowser } from './browser.mjs';
import { installCodeServer } from './codeServer.mjs';
import { findDesktop } from './desktop.mjs';
import { inProject } from './process.mjs';
import { quietSettings, startServer } from './server.mjs';
import { Temporary } from './temporary.mjs';

/**
 * @typedef {object} TestRun
 * @property {string} version of VS Code
 * @property {string} tests path of the compiled suite: a module with `run()`
 * @property {Readonly<Record<string, string>>} env for the extension host
 * @property {number} seconds the outer limit
 * @property {(line: string) => void} tell
 * @property {string} [extension] folder of the extension under test
 */

/**
 * Runs a mocha suite inside the extension host of a real VS Code: a desktop one where it can be had, code-server's
 * otherwise. The suite tells its results by a file of its own.
 * @param {TestRun} run
 * @returns {Promise<void>} rejects with a sentence when the suite did not come to its end
 */
export async function runExtensionTests({ extension = inProject(), ...run }) {
  const desktop = await findDesktop(run.version, run.tell);
  run.tell(
    desktop === null
      ? `VS Code ${run.version} from the npm package code-server, in a browser without a window.`
      : `Desktop VS Code from ${desktop.origin}.`,
  );
  const temporary = new Temporary();
  try {
    const task = { ...run, extension, temporary, workspace: temporary.folder('workspace') };
    await (desktop === null ? onCodeServer(task) : onDesktop(task, desktop.executable));
  } finally {
    temporary.remove();
  }
}

/** @typedef {TestRun & { extension: string, temporary: Temporary, workspace: string }} Task */

/** @param {Task} task @param {string} executable */
async function onDesktop({ temporary, workspace, tests, env, extension, seconds }, executable) {
  const { runTests } = await import('@vscode/test-electron');
  const user = temporary.folder('user-data');
  fs.mkdirSync(path.join(user, 'User'), { recursive: true });
  fs.writeFileSync(path.join(user, 'User', 'settings.json'), JSON.stringify(quietSettings));
  const rootOnLinux = process.platform === 'linux' && process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  await inTime(
    seconds,
    runTests({
      vscodeExecutablePath: executable,
      extensionDevelopmentPath: extension,
      extensionTestsPath: tests,
      extensionTestsEnv: env,
      launchArgs: [workspace, '--disable-extensions', '--user-data-dir', user, '--extensions-dir', temporary.folder('extensions'), ...rootOnLinux],
    }),
  );
}

/** @param {Task} task */
async function onCodeServer({ version, temporary, workspace, tests, env, extension, seconds, tell }) {
  const install = await installCodeServer(version, tell);
  const server = await startServer({ install, temporary, settings: quietSettings, test: true, env });
  const browser = await launchBrowser({ webgpu: false, tell });
  try {
    const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
    const page = await context.newPage();
    /** @type {(text: string) => void} */
    let say = () => undefined;
    await page.exposeFunction('codeAutomationLog', (/** @type {string} */ _kind, /** @type {unknown[]} */ texts) => say(String(texts)));
    /** @type {Promise<number>} */
    const exit = new Promise((resolve) => void page.exposeFunction('codeAutomationExit', resolve));
    const said = /** @type {string[]} */ ([]);
    say = (text) => said.push(text);
    const remote = `vscode-remote://localhost:${server.port}`;
    await page.goto(
      server.address(workspace, [
        ['extensionDevelopmentPath', `${remote}${extension}`],
        ['extensionTestsPath', `${remote}${tests}`],
      ]),
    );
    const code = await inTime(seconds, exit);
    if (code !== 0) throw new Error(`The suite ended with code ${code}.\n${said.slice(-20).join('\n')}`);
  } finally {
    await browser.close();
    await server.stop();
  }
}

/** @template T @param {number} seconds @param {Promise<T>} work @returns {Promise<T>} */
async function inTime(seconds, work) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`The suite did not end within ${seconds} seconds.`)), seconds * 1000);
  });
  try {
    return await Promise.race([work, /** @type {Promise<never>} */ (late)]);
  } finally {
    clearTimeout(timer);
  }
}
