import { randomUUID } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { NormoscopeError } from '../core/errors';
import type { ByteSink } from '../core/tensor/byteSink';

/**
 * Writes a file that is whole or not there: to a temporary file beside it, which takes its name once `work` is done and is
 * removed if `work` fails. Another file of that name is replaced, and keeps its permissions.
 * @param inputs paths that are read meanwhile; a file that is one of them, by whatever name, is refused
 * @throws NormoscopeError `usage` for such a file, `refused` for what is no file, `not-found`, `io`; whatever `work` throws
 */
export async function writeFileWhole<T>(file: string, inputs: readonly string[], work: (sink: ByteSink) => Promise<T>): Promise<T> {
  const name = path.basename(file);
  const { target, mode } = await lookAt(file, inputs);
  const temporary = path.join(path.dirname(target), `.normoscope-${randomUUID()}.tmp`);
  const handle = await attempt(name, () => fs.open(temporary, 'wx'));
  try {
    const result = await work({ write: (bytes) => attempt(name, () => writeAll(handle, bytes)) });
    await attempt(name, async () => {
      if (mode !== null) await handle.chmod(mode);
      // The name must not reach the disk before what it names.
      await handle.sync();
      await handle.close();
      await fs.rename(temporary, target);
    });
    return result;
  } catch (error) {
    // Closing twice is no fault, and what failed is what is told.
    await handle.close().catch(() => undefined);
    await fs.rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** Where the bytes will be, links followed, and the permissions of what is replaced. */
async function lookAt(file: string, inputs: readonly string[]): Promise<{ target: string; mode: number | null }> {
  const name = path.basename(file);
  const existing = await fs.stat(file, { bigint: true }).catch(() => null);
  if (existing === null) return { target: file, mode: null };
  if (!existing.isFile()) throw new NormoscopeError('refused', `${name} is there and is no file, so it is not written over.`);
  for (const input of inputs) {
    const read = await fs.stat(input, { bigint: true }).catch(() => null);
    if (read?.ino === existing.ino && read.dev === existing.dev) {
      const other = path.basename(input);
      const what = name === other ? `${name} is read` : `${name} is the same file as ${other}, which is read`;
      throw new NormoscopeError('usage', `${what}; the output needs a file of its own.`);
    }
  }
  return { target: await attempt(name, () => fs.realpath(file)), mode: Number(existing.mode) & 0o777 };
}

async function writeAll(handle: fs.FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done);
    done += bytesWritten;
  }
}

/** Runs a call of the file system and says in a sentence what went wrong. */
async function attempt<T>(name: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new NormoscopeError('not-found', `The folder that ${name} is to be written to is not there.`);
    if (code === 'EACCES' || code === 'EPERM') throw new NormoscopeError('io', `${name} may not be written: permission denied.`);
    if (code === 'ENOSPC') throw new NormoscopeError('io', `${name} could not be written: the disk is full.`);
    throw new NormoscopeError('io', `${name} could not be written: ${message}.`);
  }
}
