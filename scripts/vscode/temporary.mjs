import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { commandLine, isAlive, killTree } from './process.mjs';

/**
 * Temporary folders that never stay behind: each names its owner and the servers that run in it, and goes with the
 * owner's end, by a signal too. What a killed owner left is removed by the next one.
 */

const prefix = 'normoscope-run-';
const ownerFile = 'owner.json';

/** @type {Set<Temporary>} */
const open = new Set();
let watching = false;

export class Temporary {
  /** @type {number[]} */
  #servers = [];

  constructor() {
    removeAbandoned();
    /** Absolute, without links. */
    this.path = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), prefix)));
    this.#write();
    open.add(this);
    watch();
  }

  /** A folder inside, made if it is not there. @param {string[]} parts */
  folder(...parts) {
    const folder = path.join(this.path, ...parts);
    fs.mkdirSync(folder, { recursive: true });
    return folder;
  }

  /** A process, started `detached`, that must not outlive this folder. @param {number} pid */
  addServer(pid) {
    this.#servers.push(pid);
    this.#write();
  }

  /** @param {number} pid */
  serverEnded(pid) {
    this.#servers = this.#servers.filter((server) => server !== pid);
  }

  remove() {
    for (const pid of this.#servers) killTree(pid);
    this.#servers = [];
    open.delete(this);
    removeFolder(this.path);
  }

  #write() {
    fs.writeFileSync(path.join(this.path, ownerFile), JSON.stringify({ owner: process.pid, servers: this.#servers }));
  }
}

/** Removes what killed runs left: their servers, then their folders. */
export function removeAbandoned() {
  for (const name of fs.readdirSync(os.tmpdir())) {
    if (!name.startsWith(prefix)) continue;
    const folder = path.join(os.tmpdir(), name);
    const { owner, servers } = readOwner(folder);
    if (owner !== null && isAlive(owner)) continue;
    for (const pid of servers) {
      // The number may be another process's by now: only one that runs in this folder is ours.
      if (isAlive(pid) && commandLine(pid).includes(name)) killTree(pid);
    }
    removeFolder(folder);
  }
}

/** @param {string} folder @returns {{ owner: number | null, servers: number[] }} */
function readOwner(folder) {
  try {
    const { owner, servers } = JSON.parse(fs.readFileSync(path.join(folder, ownerFile), 'utf8'));
    return { owner: Number.isSafeInteger(owner) ? owner : null, servers: Array.isArray(servers) ? servers.filter(Number.isSafeInteger) : [] };
  } catch {
    // Just being made by another run, or broken: an hour later it is nobody's.
    const age = Date.now() - (fs.statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    return { owner: age < 3_600_000 ? process.pid : null, servers: [] };
  }
}

/** A server that was just killed may still be writing. @param {string} folder */
function removeFolder(folder) {
  try {
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  } catch {
    // The next run removes it.
  }
}

function watch() {
  if (watching) return;
  watching = true;
  const removeAll = () => {
    for (const folder of open) folder.remove();
  };
  process.once('exit', removeAll);
  for (const [signal, code] of /** @type {const} */ ([['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]])) {
    process.once(signal, () => {
      removeAll();
      process.exit(code);
    });
  }
}
