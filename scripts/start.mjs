// `npm start`: VS Code with Normoscope in it, on the folder `samples/`.
// A desktop VS Code where there is one; otherwise VS Code's workbench in the browser. `--browser` asks for the latter,
// `--no-browser` opens none and only tells the address.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { currentVersion, installCodeServer } from './vscode/codeServer.mjs';
import { codeCommand, findDesktop, hasDisplay } from './vscode/desktop.mjs';
import { inProject, onPath, run } from './vscode/process.mjs';
import { startServer } from './vscode/server.mjs';
import { Temporary } from './vscode/temporary.mjs';

process.chdir(path.dirname(import.meta.dirname));

const { values } = parseArgs({
  allowNegative: true,
  options: { browser: { type: 'boolean' } },
});

/** What a person sees at first: the samples, and not the questions of a first start. The chat would have no service. */
const settings = {
  'chat.disableAIFeatures': true,
  'git.openRepositoryInParentFolders': 'never',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
};

await build();
const desktop = values.browser === true ? null : await desktopCommand();
if (desktop === null) await inBrowser();
else await onDesktop(desktop);

async function build() {
  const outputs = ['extension.js', 'analysisWorker.js', 'engineWorker.js', 'engine.wasm', 'webview/editor.js', 'webview/renderer.js'].map((file) => inProject('dist', file));
  const built = Math.min(...outputs.map((file) => fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0));
  if (built > newest(['src', 'webview', 'esbuild.js', 'asconfig.json', 'package.json'])) return console.log('The build is up to date.');
  console.log('Building: a few seconds.');
  await run(process.execPath, ['esbuild.js']);
}

/** When the last of these files was written, in milliseconds. @param {readonly string[]} names */
function newest(names) {
  const files = names.flatMap((name) => {
    const whole = inProject(name);
    if (!fs.statSync(whole).isDirectory()) return [whole];
    const entries = fs.readdirSync(whole, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  });
  return Math.max(...files.map((file) => fs.statSync(file).mtimeMs));
}

/** @returns {Promise<{ command: string, args: string[], origin: string } | null>} */
async function desktopCommand() {
  const code = process.env['NORMOSCOPE_VSCODE'] ? null : codeCommand();
  if (code !== null) return { command: code, args: [], origin: code };
  if (!process.env['NORMOSCOPE_VSCODE'] && !hasDisplay()) {
    console.log('There is no display for a desktop VS Code.');
    return null;
  }
  console.log('Looking for a desktop VS Code.');
  const found = await findDesktop(currentVersion, console.log);
  if (found === null) return null;
  // One that is ours keeps to itself; the user's own has the user's settings.
  const args = found.own ? ['--user-data-dir', inProject('.vscode-test', 'user-data'), '--extensions-dir', inProject('.vscode-test', 'extensions')] : [];
  return { command: found.executable, args, origin: found.origin };
}

/** @param {{ command: string, args: string[], origin: string }} desktop */
async function onDesktop({ command, args, origin }) {
  const root = process.platform === 'linux' && process.getuid?.() === 0;
  const rootArgs = root ? ['--no-sandbox', ...(args.length > 0 ? [] : ['--user-data-dir', inProject('.vscode-test', 'user-data')])] : [];
  console.log(`Starting desktop VS Code (${origin}) on samples/. Close its window when you are done.`);
  const all = [`--extensionDevelopmentPath=${inProject()}`, '--new-window', '--wait', ...args, ...rootArgs, inProject('samples')];
  // A `.cmd` is run by the shell, which takes apart what has spaces.
  const shell = command.endsWith('.cmd');
  const quoted = (/** @type {string} */ text) => (shell ? `"${text}"` : text);
  const child = spawn(quoted(command), all.map(quoted), { stdio: 'inherit', shell });
  await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
}

async function inBrowser() {
  console.log(`Taking VS Code ${currentVersion} of the npm package code-server, in the browser.`);
  const install = await installCodeServer(currentVersion, console.log);
  const temporary = new Temporary();
  console.log('Starting its server: a few seconds.');
  const server = await startServer({ install, temporary, settings, linked: [inProject()], test: false });
  const address = server.address(inProject('samples'));
  console.log(`VS Code is at ${address}`);
  const opener = values.browser === false || !hasDisplay() ? null : browserCommand();
  if (opener === null) console.log('Open this address in a browser on this machine. Ctrl+C stops VS Code.');
  else {
    console.log('Opening the browser. Ctrl+C stops VS Code.');
    const [command, ...args] = opener;
    const child = spawn(command, [...args, address], { stdio: 'ignore', detached: true });
    child.once('error', () => console.log('The browser could not be opened: open the address yourself.'));
    child.unref();
  }
  await server.ended;
  temporary.remove();
  throw new Error(`VS Code's server has ended.\n${server.log().trim().split('\n').slice(-10).join('\n')}`);
}

/** What opens an address in the user's browser. @returns {[string, ...string[]] | null} */
function browserCommand() {
  if (process.platform === 'darwin') return ['open'];
  if (process.platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler'];
  return onPath(['xdg-open']) === null ? null : ['xdg-open'];
}
