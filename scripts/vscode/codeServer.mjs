import fs from 'node:fs';
import path from 'node:path';
import { inProject, isAlive, npm } from './process.mjs';

/**
 * The npm package `code-server` carries VS Code's server and its workbench for the browser: a real VS Code with a real
 * extension host where no desktop VS Code can be had. It goes into a cache folder, once per version.
 */

/** The VS Code of daily use, and the oldest that `engines.vscode` allows. */
export const currentVersion = '1.139.1';
export const oldestVersion = '1.100.3';

/** By VS Code version: code-server's own version, and the Node that it needs. */
const packages = {
  [currentVersion]: { codeServer: '4.139.1', node: 24, nodePackage: '24.21.0' },
  [oldestVersion]: { codeServer: '4.100.3', node: 20, nodePackage: null },
};

/** Written last: an install without it was interrupted. */
const marker = '.complete';

/**
 * @typedef {object} CodeServer
 * @property {string} version of VS Code
 * @property {string} node the Node that runs it
 * @property {string} main its script
 */

/**
 * Installs the server unless it is there.
 * @param {string} version of VS Code: one of the two above
 * @param {(line: string) => void} tell hears of each step
 * @returns {Promise<CodeServer>}
 */
export async function installCodeServer(version, tell) {
  const wanted = packages[/** @type {keyof typeof packages} */ (version)];
  if (wanted === undefined) throw new Error(`VS Code ${version} is not one of ${Object.keys(packages).join(', ')}.`);
  const cache = inProject('.vscode-test');
  const folder = path.join(cache, `code-server-${wanted.codeServer}`);
  fs.mkdirSync(cache, { recursive: true });
  removeInterrupted(cache);
  if (!fs.existsSync(path.join(folder, marker))) {
    fs.rmSync(folder, { recursive: true, force: true });
    // In a folder of its own, renamed when complete: runs side by side cannot take half an install for a whole one.
    const making = fs.mkdtempSync(path.join(cache, `installing-${process.pid}-`));
    try {
      await install(making, version, wanted, tell);
      fs.renameSync(making, folder);
    } catch (error) {
      // Another run may have been first: a folder that is there is not renamed over, and is as good.
      if (!fs.existsSync(path.join(folder, marker))) throw error;
    } finally {
      fs.rmSync(making, { recursive: true, force: true });
    }
  }
  return {
    version,
    node: nodeFor(folder, wanted),
    main: path.join(folder, 'node_modules', 'code-server', 'lib', 'vscode', 'out', 'server-main.js'),
  };
}

/**
 * @param {string} folder
 * @param {string} version
 * @param {{ codeServer: string, node: number, nodePackage: string | null }} wanted
 * @param {(line: string) => void} tell
 */
async function install(folder, version, wanted, tell) {
  // Without a manifest of its own npm would install into the project around it.
  fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ private: true }));
  tell(`Installing VS Code ${version} (npm package code-server ${wanted.codeServer}): about half a minute, once.`);
  const node = ownNodeFits(wanted) ? [] : [`${nodePackageName()}@${wanted.nodePackage}`];
  await npm(['install', '--save-exact', `code-server@${wanted.codeServer}`, ...node], folder);
  const server = path.join(folder, 'node_modules', 'code-server', 'lib', 'vscode');
  tell(`Installing the packages of VS Code ${version}.`);
  await npm(['install', '--omit=dev'], server);
  trim(server);
  linkRipgrep(folder, server);
  fs.writeFileSync(path.join(folder, marker), '');
}

/** Removes what is never run here. @param {string} server */
function trim(server) {
  const modules = path.join(server, 'node_modules');
  const here = `${process.platform}-${process.arch}`;
  const unused = [
    path.join(server, 'extensions', 'copilot'),
    ...others(path.join(modules, '@vscode', 'ripgrep-universal', 'bin'), here),
    ...others(path.join(modules, 'node-pty', 'prebuilds'), here),
  ];
  for (const folder of unused) fs.rmSync(folder, { recursive: true, force: true });
}

/** @param {string} folder @param {string} kept @returns {string[]} */
function others(folder, kept) {
  if (!fs.existsSync(path.join(folder, kept))) return [];
  return fs.readdirSync(folder).filter((name) => name !== kept).map((name) => path.join(folder, name));
}

/**
 * The older server downloads ripgrep by a script of its package, and scripts are off: it takes that of a newer server,
 * where there is one. Only the search over files needs it.
 * @param {string} folder
 * @param {string} server
 */
function linkRipgrep(folder, server) {
  const old = path.join(server, 'node_modules', '@vscode', 'ripgrep');
  if (!fs.existsSync(old) || fs.existsSync(path.join(old, 'bin'))) return;
  const { codeServer } = packages[currentVersion];
  const newer = path.join(path.dirname(folder), `code-server-${codeServer}`, 'node_modules', 'code-server', 'lib', 'vscode');
  const binary = path.join(newer, 'node_modules', '@vscode', 'ripgrep-universal', 'bin', `${process.platform}-${process.arch}`);
  if (!fs.existsSync(binary)) return;
  fs.cpSync(binary, path.join(old, 'bin'), { recursive: true });
}

/** @param {{ node: number }} wanted */
function ownNodeFits({ node }) {
  return Number(process.versions.node.split('.')[0]) >= node;
}

/** The npm package that carries a Node for this system. */
function nodePackageName() {
  const system = process.platform === 'win32' ? 'win' : process.platform;
  return `node-${system}-${process.arch}`;
}

/** @param {string} folder @param {{ node: number }} wanted */
function nodeFor(folder, wanted) {
  const binary = process.platform === 'win32' ? 'node.exe' : 'node';
  const carried = path.join(folder, 'node_modules', nodePackageName(), 'bin', binary);
  if (fs.existsSync(carried)) return carried;
  if (ownNodeFits(wanted)) return process.execPath;
  throw new Error(`VS Code's server needs Node ${wanted.node}; this is ${process.version}. Run it with a newer Node, or name a desktop VS Code in NORMOSCOPE_VSCODE.`);
}

/** Folders of installs whose process is gone. @param {string} cache */
function removeInterrupted(cache) {
  for (const name of fs.readdirSync(cache)) {
    const pid = /^installing-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) fs.rmSync(path.join(cache, name), { recursive: true, force: true });
  }
}
