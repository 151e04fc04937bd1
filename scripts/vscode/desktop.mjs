import fs from 'node:fs';
import { onPath, inProject } from './process.mjs';

/** Milliseconds for the question whether VS Code's download can be reached at all. */
const reachable = 5000;

/**
 * @typedef {object} Desktop
 * @property {string} executable
 * @property {string} origin where it comes from, for people
 * @property {boolean} own ours alone, and not what the user works with
 */

/** Whether a window can be opened here. */
export function hasDisplay() {
  return process.platform !== 'linux' || Boolean(process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY']);
}

/**
 * A desktop VS Code of this version: the one that `NORMOSCOPE_VSCODE` names (whatever its version), one that was
 * downloaded before, or one that can be downloaded.
 * @param {string} version
 * @param {(line: string) => void} tell
 * @returns {Promise<Desktop | null>} null where there is none, or no display to open it on
 */
export async function findDesktop(version, tell) {
  const named = process.env['NORMOSCOPE_VSCODE'];
  if (named) {
    if (!fs.existsSync(named)) throw new Error(`NORMOSCOPE_VSCODE names ${named}, which is not there.`);
    return { executable: named, origin: 'NORMOSCOPE_VSCODE', own: false };
  }
  if (!hasDisplay()) return null;
  const { download } = await import('@vscode/test-electron');
  const cachePath = inProject('.vscode-test');
  if (!downloadedBefore(cachePath, version) && !(await canDownload())) return null;
  tell(`Desktop VS Code ${version}: downloaded into .vscode-test if it is not there.`);
  try {
    const executable = await download({ version, cachePath });
    return { executable, origin: `@vscode/test-electron, ${version}`, own: true };
  } catch (error) {
    tell(`Desktop VS Code ${version} could not be downloaded: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}

/** VS Code's command on the PATH, unless it is that of a remote window, which starts no extension under development. */
export function codeCommand() {
  if (!hasDisplay() || process.env['VSCODE_IPC_HOOK_CLI'] !== undefined) return null;
  return onPath(process.platform === 'win32' ? ['code.cmd', 'code-insiders.cmd'] : ['code', 'code-insiders']);
}

/** @param {string} cache @param {string} version */
function downloadedBefore(cache, version) {
  return fs.existsSync(cache) && fs.readdirSync(cache).some((name) => name.startsWith('vscode-') && name.endsWith(`-${version}`));
}

async function canDownload() {
  const { fetchStableVersions } = await import('@vscode/test-electron/out/download.js');
  return fetchStableVersions(true, reachable).then(
    () => true,
    () => false,
  );
}
