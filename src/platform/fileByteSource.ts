import fs from 'node:fs/promises';
import { readSync, type BigIntStats } from 'node:fs';
import path from 'node:path';
import { NormoscopeError, throwIfCancelled } from '../core/errors';
import { checkSiblingPath, type ByteSource } from '../core/tensor/byteSource';
import { nodeHdf5 } from './hdf5Loader';
import { nodeUnpacking } from './unpacking';

/**
 * A file on disk, by positional reads over one handle. Never memory-mapped: that crashes where a file shrinks.
 * @throws NormoscopeError `not-found`, `io`, or `refused` for what is not a regular file
 */
export async function openFileSource(file: string): Promise<ByteSource> {
  const name = path.basename(file);
  // Looked at before it is opened: opening a FIFO waits for a writer that may never come.
  const before = await attempt(name, () => fs.stat(file, { bigint: true }));
  if (!before.isFile()) throw new NormoscopeError('refused', `${name} is ${kindOf(before)}, not a file.`);
  const handle = await attempt(name, () => fs.open(file, 'r'));
  let opened: BigIntStats;
  try {
    opened = await attempt(name, () => handle.stat({ bigint: true }));
    if (!opened.isFile()) throw new NormoscopeError('refused', `${name} is ${kindOf(opened)}, not a file.`);
  } catch (error) {
    await handle.close();
    throw error;
  }
  const size = Number(opened.size);

  async function read(position: number, target: Uint8Array, signal?: AbortSignal): Promise<void> {
    for (let done = 0; done < target.length; ) {
      throwIfCancelled(signal);
      const { bytesRead } = await attempt(name, () => handle.read(target, done, target.length - done, position + done));
      if (bytesRead === 0) throw ended(position, position + done, target.length);
      done += bytesRead;
    }
  }

  function readNow(position: number, target: Uint8Array): void {
    for (let done = 0; done < target.length; ) {
      let bytesRead: number;
      try {
        bytesRead = readSync(handle.fd, target, done, target.length - done, position + done);
      } catch (error) {
        throw failureOf(name, error);
      }
      if (bytesRead === 0) throw ended(position, position + done, target.length);
      done += bytesRead;
    }
  }

  function ended(position: number, end: number, length: number): NormoscopeError {
    return new NormoscopeError('truncated', `${name} ends at byte ${end}; ${length} bytes from byte ${position} on were expected.`, end);
  }

  async function verify(): Promise<void> {
    // By path: a file that was renamed over leaves the handle on the old one, which looks as if nothing happened.
    const gone = `${name} was moved or deleted while it was being read.`;
    const now = await attempt(name, () => fs.stat(file, { bigint: true }), gone);
    if (now.ino !== opened.ino || now.dev !== opened.dev) {
      throw new NormoscopeError('changed', `${name} was replaced by another file while it was being read.`);
    }
    if (now.size !== opened.size) {
      throw new NormoscopeError('changed', `${name} changed from ${opened.size} to ${now.size} bytes while it was being read.`);
    }
    if (now.mtimeNs !== opened.mtimeNs) throw new NormoscopeError('changed', `${name} was written to while it was being read.`);
  }

  return {
    name,
    size,
    identity: `${opened.size}:${opened.mtimeNs}`,
    unpacking: nodeUnpacking,
    hdf5: nodeHdf5,
    read,
    readSync: readNow,
    sibling: (relativePath) => openSibling(file, relativePath),
    verify,
    close: () => handle.close(),
  };
}

async function openSibling(file: string, relativePath: string): Promise<ByteSource> {
  checkSiblingPath(relativePath);
  const wanted = path.join(path.dirname(file), ...relativePath.split('/'));
  // By where links lead: model hubs keep whole folders of links, so the folder is that of the file that is named, or
  // that of the file it is a link to.
  const target = await attempt(relativePath, () => fs.realpath(wanted));
  const folders = await Promise.all([fs.realpath(path.dirname(file)), fs.realpath(file).then((real) => path.dirname(real))]);
  if (!folders.some((folder) => target.startsWith(folder.endsWith(path.sep) ? folder : folder + path.sep))) {
    throw new NormoscopeError('refused', `${relativePath} leads out of the folder of ${path.basename(file)}; nothing outside of it is read.`);
  }
  return openFileSource(target);
}

/**
 * Runs a call of the file system and says in a sentence what went wrong.
 * @param missing what to say when there is no such file
 */
async function attempt<T>(name: string, call: () => Promise<T>, missing?: string): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw failureOf(name, error, missing);
  }
}

function failureOf(name: string, error: unknown, missing = `There is no file ${name}.`): NormoscopeError {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return new NormoscopeError('not-found', missing);
  if (code === 'EACCES' || code === 'EPERM') return new NormoscopeError('io', `${name} may not be read: permission denied.`);
  return new NormoscopeError('io', `${name} could not be read: ${message}.`);
}

function kindOf(stats: BigIntStats): string {
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a pipe';
  if (stats.isSocket()) return 'a socket';
  return 'a device';
}
