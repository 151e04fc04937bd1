import { NormoscopeError } from '../../errors';
import { readBytes, type ByteSource } from '../../tensor/byteSource';
import { memorySource } from '../../tensor/memorySource';
import { formatBytes } from '../../text/numbers';

/** UTF-16 is turned into UTF-8 in memory, which goes up to this. */
const mostUtf16 = 64 * 1024 * 1024;

/** A text file's bytes as UTF-8, and where they begin behind a byte order mark. */
export interface Utf8 {
  readonly source: ByteSource;
  readonly start: number;
}

/** @throws NormoscopeError `too-large` for UTF-16 beyond 64 MiB */
export async function asUtf8(source: ByteSource, signal?: AbortSignal): Promise<Utf8> {
  const [a, b, c] = await readBytes(source, 0, Math.min(3, source.size), signal);
  if (a === 0xef && b === 0xbb && c === 0xbf) return { source, start: 3 };
  const utf16 = a === 0xff && b === 0xfe ? 'utf-16le' : a === 0xfe && b === 0xff ? 'utf-16be' : null;
  if (utf16 === null) return { source, start: 0 };
  if (source.size > mostUtf16) {
    throw new NormoscopeError('too-large', `${source.name} is UTF-16 of ${formatBytes(source.size)}; up to ${formatBytes(mostUtf16)} of it are read. Save it as UTF-8.`);
  }
  const bytes = await readBytes(source, 0, source.size, signal);
  const text = new TextDecoder(utf16).decode(bytes);
  const utf8 = memorySource(source.name, new TextEncoder().encode(text), source.identity);
  return { source: { ...utf8, verify: () => source.verify(), close: () => source.close() }, start: 0 };
}

/** Whether a file's first bytes are text: UTF-8 without control characters, or UTF-16 with its mark. */
export function looksLikeText(head: Uint8Array): boolean {
  const marked = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
  return head.length > 0 && (marked || head.every((byte) => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d || byte === 0x0c));
}
