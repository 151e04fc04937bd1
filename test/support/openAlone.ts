import fs from 'node:fs';
import { toErrorData } from '../../src/core/errors';
import type { OpenFile } from '../../src/core/formats/format';
import { openFile } from '../../src/core/formats/registry';
import { defaultLimits } from '../../src/core/limits';
import { elementCount, unitOf } from '../../src/core/tensor/tensor';
import { openFileSource } from '../../src/platform/fileByteSource';

/** Tensors that are read, and pieces of each: enough to see that no more is held than a piece. */
const tensors = 3;
const pieces = 8;

/**
 * A program of its own: opens a file, reads some of it, and says what became of it, how much of a processor's time the opening
 * took and the most memory that the process had.
 */
async function open(file: string): Promise<void> {
  const begun = process.cpuUsage();
  const opened = await openFile(await openFileSource(file), defaultLimits).catch(toErrorData);
  const { user, system } = process.cpuUsage(begun);
  const result = 'catalog' in opened ? { failures: await readSome(opened) } : { error: opened };
  const mark = /VmHWM:\s+(\d+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))?.[1];
  console.log(JSON.stringify({ ...result, milliseconds: (user + system) / 1000, peak: Number(mark) * 1024 }));
}

async function readSome(file: OpenFile): Promise<unknown[]> {
  const failures: unknown[] = [];
  const readable = file.catalog.tensors.flatMap(({ status }, index) => (status === 'readable' ? [index] : []));
  for (const index of readable.slice(0, tensors)) {
    try {
      const data = file.tensor(index);
      const { stride } = data.encoding;
      const items = Math.ceil(elementCount(data.shape) / unitOf(data.encoding));
      const atATime = Math.max(1, Math.floor(defaultLimits.chunkBytes / stride));
      for (let piece = 0; piece < pieces && piece * atATime < items; piece++) {
        const bytes = new Uint8Array(Math.min(atATime, items - piece * atATime) * stride);
        await data.read(piece * atATime * unitOf(data.encoding), bytes);
      }
    } catch (error) {
      failures.push(toErrorData(error));
    }
  }
  return failures;
}

void open(process.argv[2] ?? '');
