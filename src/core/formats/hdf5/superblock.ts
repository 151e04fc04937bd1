import { NormoscopeError } from '../../errors';

const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** Where the superblock begins: at 0, or behind a block of the user's own. Null where it is in none of the usual places. */
export function superblockAt(head: Uint8Array): number | null {
  return [0, 512, 1024, 2048].find((at) => signature.every((byte, index) => head[at + index] === byte)) ?? null;
}

/**
 * Finds files that are cut off before the library is loaded for them (HDF5 File Format Specification 3.0, II).
 * @param head the file's first bytes
 * @param at where the superblock begins
 * @throws NormoscopeError `truncated`
 */
export function checkEnd(name: string, size: number, head: Uint8Array<ArrayBuffer>, at: number): void {
  const version = head[at + 8] ?? 0;
  const addressBytes = head[at + (version < 2 ? 13 : 9)];
  // Behind the base address and another one; narrower addresses are left to the library.
  const endAt = at + (version === 0 ? 24 : version === 1 ? 28 : 12) + 16;
  if (addressBytes !== 8 || endAt + 8 > head.length) return;
  const end = new DataView(head.buffer).getBigUint64(endAt, true);
  if (end > BigInt(size)) throw new NormoscopeError('truncated', `${name} ends at byte ${size}; its superblock says that it has ${end}.`, size);
}
