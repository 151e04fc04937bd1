import { NormoscopeError } from '../../errors';
import type { SequentialReader } from '../sequentialReader';

/** What the next bytes of MessagePack begin (https://github.com/msgpack/msgpack/blob/master/spec.md). Nothing is built of it. */
export type Token =
  | { readonly kind: 'map' | 'array'; readonly count: number }
  | { readonly kind: 'text' | 'bytes'; readonly length: number }
  | { readonly kind: 'ext'; readonly length: number; readonly type: number }
  | { readonly kind: 'value'; readonly value: null | boolean | number | bigint };

/** The kinds whose length, in so many bytes, stands behind their first byte. */
const sized: ReadonlyMap<number, readonly [kind: 'map' | 'array' | 'text' | 'bytes' | 'ext', width: number]> = new Map([
  [0xc4, ['bytes', 1]], [0xc5, ['bytes', 2]], [0xc6, ['bytes', 4]],
  [0xc7, ['ext', 1]], [0xc8, ['ext', 2]], [0xc9, ['ext', 4]],
  [0xd9, ['text', 1]], [0xda, ['text', 2]], [0xdb, ['text', 4]],
  [0xdc, ['array', 2]], [0xdd, ['array', 4]],
  [0xde, ['map', 2]], [0xdf, ['map', 4]],
]);

/** Numbers, by their first byte; all of them are big-endian. */
const numbers: ReadonlyMap<number, readonly [width: number, read: (view: DataView, at: number) => number | bigint]> = new Map([
  [0xca, [4, (view, at) => view.getFloat32(at)]], [0xcb, [8, (view, at) => view.getFloat64(at)]],
  [0xcc, [1, (view, at) => view.getUint8(at)]], [0xcd, [2, (view, at) => view.getUint16(at)]],
  [0xce, [4, (view, at) => view.getUint32(at)]], [0xcf, [8, (view, at) => view.getBigUint64(at)]],
  [0xd0, [1, (view, at) => view.getInt8(at)]], [0xd1, [2, (view, at) => view.getInt16(at)]],
  [0xd2, [4, (view, at) => view.getInt32(at)]], [0xd3, [8, (view, at) => view.getBigInt64(at)]],
]);

/**
 * Reads one token; of texts, bytes and extensions only what stands before their contents.
 * @throws NormoscopeError `truncated`, and `malformed` for the one byte that begins nothing
 */
export async function readToken(reader: SequentialReader): Promise<Token> {
  await reader.fill(1);
  const at = reader.position;
  const first = reader.uint8();
  if (first <= 0x7f) return { kind: 'value', value: first };
  if (first <= 0x8f) return { kind: 'map', count: first & 0x0f };
  if (first <= 0x9f) return { kind: 'array', count: first & 0x0f };
  if (first <= 0xbf) return { kind: 'text', length: first & 0x1f };
  if (first >= 0xe0) return { kind: 'value', value: first - 256 };
  if (first === 0xc0) return { kind: 'value', value: null };
  if (first === 0xc2 || first === 0xc3) return { kind: 'value', value: first === 0xc3 };
  const number = numbers.get(first);
  if (number !== undefined) {
    const [width, read] = number;
    await reader.fill(width);
    return { kind: 'value', value: reader.take(width, read) };
  }
  const [kind, width] = sized.get(first) ?? [null, 0];
  if (kind === null) {
    if (first === 0xc1) throw new NormoscopeError('malformed', `At byte ${at} stands 0xc1, which begins nothing in MessagePack.`, at);
    // 0xd4 to 0xd8: extensions of 1, 2, 4, 8 and 16 bytes.
    return { kind: 'ext', length: 1 << (first - 0xd4), type: await readType(reader) };
  }
  await reader.fill(width);
  const length = reader.take(width, (view, place) => (width === 1 ? view.getUint8(place) : width === 2 ? view.getUint16(place) : view.getUint32(place)));
  if (kind === 'ext') return { kind, length, type: await readType(reader) };
  return kind === 'map' || kind === 'array' ? { kind, count: length } : { kind, length };
}

async function readType(reader: SequentialReader): Promise<number> {
  await reader.fill(1);
  return (reader.uint8() << 24) >> 24;
}
