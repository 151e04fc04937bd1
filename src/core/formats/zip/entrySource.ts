import { NormoscopeError } from '../../errors';
import { readBytes, type ByteSource } from '../../tensor/byteSource';
import { crc32 } from './crc32';
import { entryName, localHeaderBytes, type ZipDirectory, type ZipEntry } from './directory';
import { beyond, damaged } from './failures';
import { inflated } from './inflated';
import type { Places } from './places';

export interface EntryOptions {
  /** Whether the checksum of a stored entry is held against it. PyTorch's own writer may leave it out. */
  readonly checked: boolean;
  /** Of a deflated entry that was read before. */
  readonly places?: Places;
}

/** Larger stored entries are not checked: it costs as much as their statistics. Inflating is slower by itself. */
const mostChecked = 64 * 1024 * 1024;
const localSignature = 0x04034b50;

/**
 * An entry of an archive as a source of its own: any range of a stored one, and of a deflated one too, though best from
 * front to back. Nothing is read before it is asked for; the archive stays open when this is closed.
 * @throws NormoscopeError the directory's reason for an entry that cannot be read
 */
export function entrySource(archive: ByteSource, directory: ZipDirectory, entry: ZipEntry, { checked, places }: EntryOptions): ByteSource {
  if (entry.failure !== null) throw entry.failure;
  let start: Promise<number> | null = null;
  let known: number | null = null;
  const packed: ByteSource = {
    name: `${entry.name} in ${archive.name}`,
    size: entry.packedBytes,
    identity: `${archive.identity}/${entry.headerAt}`,
    async read(position, target, signal) {
      if (start === null) {
        start = dataStart(archive, directory, entry, signal);
        start.then((begin) => (known = begin), () => (start = null));
      }
      // Not awaited for nothing: the reading would then begin only after what its caller does beside it.
      await archive.read((known ?? (await start)) + position, target, signal);
    },
    verify: () => archive.verify(),
    sibling: (path) => archive.sibling(path),
    close: () => Promise.resolve(),
  };
  if (entry.method === 8) return inflated(packed, entry, archive.unpacking, places);
  return within(checked && entry.bytes <= mostChecked ? checkedAgainst(packed, entry, archive.unpacking?.crc32 ?? crc32) : packed);
}

/**
 * A stored entry, also to be read without waiting where the archive can be. Its checksum is not held against it.
 * @throws NormoscopeError when the entry does not begin where the directory has it
 */
export async function storedSource(archive: ByteSource, directory: ZipDirectory, entry: ZipEntry, signal?: AbortSignal): Promise<ByteSource> {
  const source = entrySource(archive, directory, entry, { checked: false });
  const start = await dataStart(archive, directory, entry, signal);
  const { readSync, hdf5 } = archive;
  return {
    ...source,
    ...(hdf5 === undefined ? {} : { hdf5 }),
    ...(readSync === undefined
      ? {}
      : {
          readSync(position: number, target: Uint8Array) {
            if (position + target.length > source.size) throw beyond(source, position, target.length);
            readSync(start + position, target);
          },
        }),
  };
}

/** Where an entry's bytes begin: behind its own header, whose extra field may have another length than the directory's. */
async function dataStart(archive: ByteSource, { start }: ZipDirectory, entry: ZipEntry, signal: AbortSignal | undefined): Promise<number> {
  const { headerAt, nameBytes, packedBytes } = entry;
  const bytes = await readBytes(archive, headerAt, localHeaderBytes + nameBytes, signal);
  const view = new DataView(bytes.buffer);
  const wrong = (what: string) =>
    new NormoscopeError('malformed', `The entry ${JSON.stringify(entry.name)} ${what} where the archive's directory has it (at byte ${headerAt}).`, headerAt);
  if (view.getUint32(0, true) !== localSignature) throw wrong('does not begin');
  if (view.getUint16(26, true) !== nameBytes || entryName(bytes.subarray(localHeaderBytes)) !== entry.name) throw wrong('has another name');
  if (view.getUint16(8, true) !== entry.method || view.getUint16(6, true) & 1) throw wrong('is compressed or encrypted differently');
  const begin = headerAt + localHeaderBytes + nameBytes + view.getUint16(28, true);
  if (begin + packedBytes > start) throw wrong('does not fit');
  return begin;
}

/** Refuses what lies beyond the entry's end. */
function within(source: ByteSource): ByteSource {
  return {
    ...source,
    async read(position, target, signal) {
      if (position + target.length > source.size) throw beyond(source, position, target.length);
      await source.read(position, target, signal);
    },
  };
}

/** Holds the checksum against the bytes, where they happen to be read from front to back. */
function checkedAgainst(source: ByteSource, { name, bytes, crc: expected }: ZipEntry, checksum: (bytes: Uint8Array, crc: number) => number): ByteSource {
  let next = 0;
  let crc = 0;
  return {
    ...source,
    async read(position, target, signal) {
      await source.read(position, target, signal);
      const end = position + target.length;
      if (position > next || end <= next) return;
      crc = checksum(target.subarray(next - position), crc);
      next = end;
      if (next === bytes && crc !== expected) throw damaged(name, expected, crc);
    },
  };
}
