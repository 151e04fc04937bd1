import { execFileSync, spawn, spawnSync } from 'node:child_process';
import path from 'node:path';

/** Running commands, and ending them with everything they started. */

/** A path in the project: every script is run from its root. @param {string[]} parts */
export function inProject(...parts) {
  return path.resolve(process.env['NORMOSCOPE_ROOT'] ?? process.cwd(), ...parts);
}

/**
 * Runs a command to its end without showing what it prints.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, minutes?: number }} [options]
 * @returns {Promise<string>} standard output; rejects with one sentence and the end of what was printed
 */
export function run(command, args, { cwd, env, minutes = 10 } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      ...(cwd === undefined ? {} : { cwd }),
      ...(env === undefined ? {} : { env }),
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: minutes * 60_000,
    });
    let out = '';
    let all = '';
    child.stdout.on('data', (text) => {
      out += text;
      all += text;
    });
    child.stderr.on('data', (text) => (all += text));
    child.once('error', (error) => reject(new Error(`${command} could not be started: ${error.message}`)));
    child.once('close', (code, signal) => {
      if (code === 0) return resolve(out);
      const why = signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
      reject(new Error(`${[path.basename(command), ...args].join(' ')} ${why}.\n${all.trim().split('\n').slice(-20).join('\n')}`));
    });
  });
}

/**
 * The npm client that runs this script, or the one on the PATH.
 * @param {readonly string[]} args
 * @param {string} cwd
 */
export async function npm(args, cwd) {
  const all = [...args, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const client = process.env['npm_execpath'];
  if (client !== undefined && path.basename(client).startsWith('npm-cli')) return run(process.execPath, [client, ...all], { cwd });
  const windows = process.platform === 'win32';
  return windows ? run('cmd.exe', ['/d', '/c', 'npm', ...all], { cwd }) : run('npm', all, { cwd });
}

/** Where a program stands on the PATH. @param {readonly string[]} names @returns {string | null} */
export function onPath(names) {
  const finder = process.platform === 'win32' ? 'where' : 'which';
  for (const name of names) {
    const { status, stdout } = spawnSync(finder, [name], { encoding: 'utf8' });
    const [first] = status === 0 ? stdout.trim().split(/\r?\n/) : [];
    if (first) return first;
  }
  return null;
}

/** @param {number} pid */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is alive all the same.
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/** The command line of a running process, or empty. @param {number} pid */
export function commandLine(pid) {
  if (process.platform === 'win32') return '';
  return spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).stdout?.trim() ?? '';
}

/**
 * Ends a process that was started `detached`, with all it started. At once, and without waiting for the end.
 * @param {number} pid
 * @param {NodeJS.Signals} [signal]
 */
export function killTree(pid, signal = 'SIGKILL') {
  try {
    if (process.platform === 'win32') execFileSync('taskkill', ['/T', '/F', '/PID', String(pid)], { stdio: 'ignore' });
    else process.kill(-pid, signal);
  } catch {
    // It has ended already.
  }
}
