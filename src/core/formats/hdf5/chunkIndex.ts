import { NormoscopeError } from '../../errors';
import type { SyncBytes } from './files';
import type { StoredChunk } from './layout';

const headBytes = 24;
/** Levels of a tree: with two entries to a node, a file of any size. */
const deepest = 48;

/**
 * The chunk that begins at an element, by a B-tree of version 1 (HDF5 File Format Specification 3.0, III.A.1): of each node the keys
 * that a binary search looks at. Levels count down to 0, so that a tree that is damaged ends too.
 * @param origin the first element of the chunk, along each axis
 * @param base where addresses count from
 * @returns null where nothing was written
 * @throws NormoscopeError `malformed`, with the byte of the file
 */
export function chunkInTree(bytes: SyncBytes, base: number, tree: number, origin: readonly number[]): StoredChunk | null {
  // Bytes, filters that were left out, the place along each axis and that within an element, which is 0.
  const keyBytes = 8 + 8 * (origin.length + 1);
  let level: number | null = null;
  for (let node = tree; ; ) {
    const head = read(headBytes, node);
    const [t, r, e1, e2, type, depth = 0] = new Uint8Array(head.buffer);
    const expected = level === null ? depth <= deepest : depth === level - 1;
    if (t !== 0x54 || r !== 0x52 || e1 !== 0x45 || e2 !== 0x45 || type !== 1 || !expected) throw damaged(node);
    level = depth;
    const used = head.getUint16(6, true);
    const found = lastUpTo(node + headBytes, used);
    if (found === null) return null;
    const entry = node + headBytes + found * (keyBytes + 8);
    const address = base + Number(read(8, entry + keyBytes).getBigUint64(0, true));
    if (level > 0) {
      node = address;
      continue;
    }
    const key = read(keyBytes, entry);
    if (compared(key) !== 0) return null;
    return { start: address, bytes: key.getUint32(0, true), leftOut: key.getUint32(4, true) };
  }

  /** The last entry of a node whose first chunk is not behind the one that is looked for. */
  function lastUpTo(first: number, used: number): number | null {
    let low = -1;
    for (let high = used; high - low > 1; ) {
      const middle = (low + high) >> 1;
      if (compared(read(keyBytes, first + middle * (keyBytes + 8))) <= 0) low = middle;
      else high = middle;
    }
    return low < 0 ? null : low;
  }

  /** Below 0: the key is before the chunk. */
  function compared(key: DataView): number {
    for (const [axis, start] of origin.entries()) {
      const difference = Number(key.getBigUint64(8 + 8 * axis, true)) - start;
      if (difference !== 0) return difference;
    }
    return 0;
  }

  function read(length: number, at: number): DataView {
    if (!Number.isSafeInteger(at) || at < 0 || at + length > bytes.size) throw damaged(at);
    const part = new Uint8Array(length);
    bytes.readSync(at, part);
    return new DataView(part.buffer);
  }
}

function damaged(at: number): NormoscopeError {
  const where = Number.isSafeInteger(at) ? at : 0;
  return new NormoscopeError('malformed', `its index of chunks makes no sense at byte ${where}`, where);
}
