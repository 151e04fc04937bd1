import fs from 'node:fs';
import { openFile } from '../../src/core/formats/registry';
import { toErrorData } from '../../src/core/errors';
import { defaultLimits } from '../../src/core/limits';
import { openFileSource } from '../../src/platform/fileByteSource';

/** A program of its own: opens a file, and says what became of it, how much of a processor's time that took and the most memory that the process had. */
async function open(file: string): Promise<void> {
  const begun = process.cpuUsage();
  const source = await openFileSource(file);
  const result = await openFile(source, defaultLimits).then(
    ({ catalog }) => ({ tensors: catalog.tensors.length, warnings: catalog.warnings.map(({ code }) => code) }),
    (error: unknown) => ({ error: toErrorData(error) }),
  );
  const { user, system } = process.cpuUsage(begun);
  const mark = /VmHWM:\s+(\d+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))?.[1];
  console.log(JSON.stringify({ ...result, milliseconds: (user + system) / 1000, peak: Number(mark) * 1024 }));
}

void open(process.argv[2] ?? '');
