import { NormoscopeError, throwIfCancelled } from '../../errors';
import type { ByteSource } from '../../tensor/byteSource';
import { formatBytes } from '../../text/numbers';

/** Read at a time. */
const blockBytes = 1 << 20;
/** A table's line is not longer; what is, is no table. */
const longestLine = 16 * 1024 * 1024;

/**
 * Visits the lines of a file from a position on, whatever ends them (`\n`, `\r\n`, a lone `\r` in files without `\n`).
 * @param visit is given the line without its end, which is overwritten after it returns, and the byte in the file at which it
 *   begins; false ends the visits
 * @throws NormoscopeError `too-large` for a line beyond 16 MiB; `cancelled`; whatever the source and `visit` throw
 */
export async function eachLine(
  source: ByteSource,
  position: number,
  signal: AbortSignal | undefined,
  visit: (line: Uint8Array, position: number) => boolean,
): Promise<void> {
  let buffer = new Uint8Array(Math.min(blockBytes, source.size - position));
  // Bytes of the buffer that are not visited yet, and where in the file the first of them lies.
  let held = 0;
  let at = position;
  let end = 0x0a;
  for (let next = position; next < source.size; ) {
    throwIfCancelled(signal);
    if (held === buffer.length) {
      if (held >= longestLine) {
        throw new NormoscopeError('too-large', `The line at byte ${at} is longer than ${formatBytes(longestLine)}; a table's lines are not.`, at);
      }
      const larger = new Uint8Array(2 * buffer.length);
      larger.set(buffer);
      buffer = larger;
    }
    const length = Math.min(buffer.length - held, source.size - next);
    await source.read(next, buffer.subarray(held, held + length), signal);
    const filled = held + length;
    if (next === position && buffer.indexOf(0x0a) < 0 && buffer.includes(0x0d)) end = 0x0d;
    next += length;
    let start = 0;
    for (;;) {
      const stop = buffer.indexOf(end, start);
      if (stop < 0 || stop >= filled) break;
      if (!visit(buffer.subarray(start, stop), at + start)) return;
      start = stop + 1;
    }
    buffer.copyWithin(0, start, filled);
    held = filled - start;
    at += start;
  }
  if (held > 0) visit(buffer.subarray(0, held), at);
}
