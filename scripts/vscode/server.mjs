import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { linkExtension } from './extensionFolder.mjs';
import { killTree } from './process.mjs';

/** Seconds until a server that does not answer is given up. It takes less than one. */
const patience = 60;

/**
 * @typedef {object} ServerOptions
 * @property {import('./codeServer.mjs').CodeServer} install
 * @property {import('./temporary.mjs').Temporary} temporary holds all that the server writes
 * @property {Readonly<Record<string, unknown>>} settings the user's settings
 * @property {readonly string[]} [linked] folders of extensions, which VS Code takes for installed ones
 * @property {boolean} test a home of its own, no marketplace, and the extension tests' doors open
 * @property {Readonly<Record<string, string>>} [env] for the server and its extension host
 */

/**
 * @typedef {object} Server
 * @property {number} port
 * @property {string} origin `http://localhost:PORT`
 * @property {(folder: string, payload?: readonly (readonly [string, string])[]) => string} address of a workbench
 * @property {Promise<void>} ended
 * @property {() => Promise<void>} stop
 * @property {() => string} log the end of what it printed
 */

/** Starts VS Code's server on a free port. @param {ServerOptions} options @returns {Promise<Server>} */
export async function startServer({ install, temporary, settings, linked = [], test, env = {} }) {
  const user = temporary.folder('user-data');
  const extensions = temporary.folder('extensions');
  // Before the server looks: what comes later it may take for the rest of an extension that was removed.
  for (const extension of linked) linkExtension(extensions, extension);
  fs.mkdirSync(path.join(user, 'User'), { recursive: true });
  fs.writeFileSync(path.join(user, 'User', 'settings.json'), JSON.stringify(settings, null, 2));
  const port = await freePort();
  // Whoever can reach the port can run commands as this user: only who knows the token may.
  const token = randomBytes(16).toString('hex');
  const args = [
    install.main,
    ...['--host', '127.0.0.1', '--port', String(port), '--connection-token', token],
    ...['--accept-server-license-terms', '--telemetry-level', 'off', '--disable-workspace-trust'],
    ...['--user-data-dir', user, '--server-data-dir', temporary.folder('server-data'), '--extensions-dir', extensions],
    ...(test ? ['--enable-smoke-test-driver'] : []),
  ];
  const child = spawn(install.node, args, {
    env: { ...environment(test ? temporary : null), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let printed = '';
  const print = (/** @type {unknown} */ text) => (printed = (printed + String(text)).slice(-20_000));
  child.stdout.on('data', print);
  child.stderr.on('data', print);
  /** @type {Promise<void>} */
  const ended = new Promise((resolve) => {
    child.once('error', (error) => {
      print(error.message);
      resolve();
    });
    child.once('close', () => resolve());
  });
  const { pid } = child;
  if (pid !== undefined) {
    temporary.addServer(pid);
    void ended.then(() => temporary.serverEnded(pid));
  }

  const origin = `http://localhost:${port}`;
  await answering(port, ended, () => printed);
  return {
    port,
    origin,
    address(folder, payload = []) {
      const query = new URLSearchParams({ tkn: token, folder });
      if (payload.length > 0) query.set('payload', JSON.stringify(payload));
      return `${origin}/?${query.toString()}`;
    },
    ended,
    async stop() {
      if (pid === undefined) return;
      killTree(pid, 'SIGTERM');
      const timer = setTimeout(() => killTree(pid), 5000);
      await ended;
      clearTimeout(timer);
      // What the server started may be in its group still.
      killTree(pid);
    },
    log: () => printed,
  };
}

/**
 * The environment without what a VS Code around us has put there.
 * @param {import('./temporary.mjs').Temporary | null} home
 */
function environment(home) {
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(VSCODE_|ELECTRON_)/.test(name)));
  if (home === null) return own;
  return {
    ...own,
    HOME: home.folder('home'),
    XDG_DATA_HOME: home.folder('home', 'data'),
    XDG_CONFIG_HOME: home.folder('home', 'config'),
    XDG_CACHE_HOME: home.folder('home', 'cache'),
    TMPDIR: home.folder('tmp'),
    EXTENSIONS_GALLERY: '{"serviceUrl":""}',
  };
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {net.AddressInfo} */ (probe.address());
      probe.close(() => resolve(port));
    });
  });
}

/** @param {number} port @param {Promise<void>} ended @param {() => string} printed */
async function answering(port, ended, printed) {
  const state = { ended: false };
  void ended.then(() => (state.ended = true));
  const deadline = Date.now() + patience * 1000;
  while (Date.now() < deadline && !state.ended) {
    const answer = await fetch(`http://127.0.0.1:${port}/version`, { signal: AbortSignal.timeout(2000) }).catch(() => null);
    if (answer !== null && answer.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const what = state.ended ? 'ended before it answered' : `did not answer within ${patience} seconds`;
  throw new Error(`VS Code's server ${what}.\n${printed().trim().split('\n').slice(-20).join('\n')}`);
}

/** Settings for a start without questions, news and side bars: for tests. */
export const quietSettings = {
  'security.workspace.trust.enabled': false,
  'workbench.startupEditor': 'none',
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.tips.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'chat.disableAIFeatures': true,
  'git.enabled': false,
};
