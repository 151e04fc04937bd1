import { NormoscopeError } from '../../errors';
import type { SyncBytes } from './files';
import type { StoredChunk } from './layout';

const headBytes = 24;
/** Levels of a tree: with two entries to a node, a file of any size. */
const deepest = 48;
/** Levels from the root down of which the node that was looked at last is kept: of the largest nodes that there may be, 46 MiB. */
const keptLevels = 8;

interface Node {
  readonly address: number;
  /** Above the leaves, which have 0. */
  readonly level: number;
  readonly used: number;
  /** Its keys and addresses, in turn. */
  readonly entries: DataView;
}

/** Of the first element of a chunk, along each axis, the chunk; null where nothing was written. */
export type FindChunk = (origin: readonly number[]) => StoredChunk | null;

/**
 * Finds chunks by a B-tree of version 1 (HDF5 File Format Specification 3.0, III.A.1). Levels count down to 0, so that a tree that
 * is damaged ends too. Neighbours are found in the nodes that were read before.
 * @param base where addresses count from
 * @param axes of the dataset
 * @throws NormoscopeError `malformed`, with the byte of the file, by what is returned
 */
export function chunksInTree(bytes: SyncBytes, base: number, tree: number, axes: number): FindChunk {
  // Bytes, filters that were left out, the place along each axis and that within an element, which is 0.
  const keyBytes = 8 + 8 * (axes + 1);
  const entryBytes = keyBytes + 8;
  const kept: Node[] = [];

  /** @param above the level of the node that leads here */
  function nodeAt(address: number, depth: number, above: number | null): Node {
    const last = kept[depth];
    if (last?.address === address) return last;
    const head = read(headBytes, address);
    const [t, r, e1, e2, type, level = 0] = new Uint8Array(head.buffer);
    const expected = above === null ? level <= deepest : level === above - 1;
    if (t !== 0x54 || r !== 0x52 || e1 !== 0x45 || e2 !== 0x45 || type !== 1 || !expected) throw damaged(address);
    const used = head.getUint16(6, true);
    const node = { address, level, used, entries: read(used * entryBytes, address + headBytes) };
    if (depth < keptLevels) kept[depth] = node;
    return node;
  }

  function read(length: number, at: number): DataView {
    if (!Number.isSafeInteger(at) || at < 0 || at + length > bytes.size) throw damaged(at);
    const part = new Uint8Array(length);
    bytes.readSync(at, part);
    return new DataView(part.buffer);
  }

  return (origin) => {
    let node = nodeAt(tree, 0, null);
    for (let depth = 1; ; depth++) {
      const found = lastUpTo(node, origin);
      if (found < 0) return null;
      const at = found * entryBytes;
      const address = base + Number(node.entries.getBigUint64(at + keyBytes, true));
      if (node.level === 0) {
        if (compared(node.entries, at, origin) !== 0) return null;
        return { start: address, bytes: node.entries.getUint32(at, true), leftOut: node.entries.getUint32(at + 4, true) };
      }
      node = nodeAt(address, depth, node.level);
    }
  };

  /** The last entry whose first chunk is not behind the one that is looked for; below 0 for none. */
  function lastUpTo({ used, entries }: Node, origin: readonly number[]): number {
    let low = -1;
    for (let high = used; high - low > 1; ) {
      const middle = (low + high) >> 1;
      if (compared(entries, middle * entryBytes, origin) <= 0) low = middle;
      else high = middle;
    }
    return low;
  }
}

/** Below 0: the key is before the chunk. */
function compared(entries: DataView, key: number, origin: readonly number[]): number {
  for (let axis = 0; axis < origin.length; axis++) {
    const difference = Number(entries.getBigUint64(key + 8 + 8 * axis, true)) - (origin[axis] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

function damaged(at: number): NormoscopeError {
  const where = Number.isSafeInteger(at) ? at : 0;
  return new NormoscopeError('malformed', `its index of chunks makes no sense at byte ${where}`, where);
}
