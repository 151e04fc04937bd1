import { NormoscopeError } from '../../errors';
import type { Hdf5Library } from '../../tensor/hdf5Library';

/** The one file that there is. */
export const filePath = '/file.h5';

/** Where bytes come from while the library runs, which cannot wait. */
export interface SyncBytes {
  readonly size: number;
  readSync(position: number, target: Uint8Array): void;
}

/** Bytes of a page, and pages that are kept: the library reads its directory in pieces of some hundred bytes. */
const pageBytes = 64 * 1024;
const mostPages = 64;

/** Small reads from pages that were read before. */
export function paged({ size, readSync }: SyncBytes): SyncBytes {
  const pages = new Map<number, Uint8Array>();

  function page(number: number): Uint8Array {
    let bytes = pages.get(number);
    if (bytes === undefined) {
      bytes = new Uint8Array(Math.min(pageBytes, size - number * pageBytes));
      readSync(number * pageBytes, bytes);
    }
    // The one that was used last is the last to go.
    pages.delete(number);
    pages.set(number, bytes);
    for (const [oldest] of pages.size > mostPages ? pages : []) {
      pages.delete(oldest);
      break;
    }
    return bytes;
  }

  return {
    size,
    readSync(position, target) {
      if (target.length >= pageBytes) return readSync(position, target);
      for (let filled = 0; filled < target.length; ) {
        const at = position + filled;
        const part = page(Math.floor(at / pageBytes)).subarray(at % pageBytes, (at % pageBytes) + target.length - filled);
        target.set(part, filled);
        filled += part.length;
      }
    },
  };
}

/** What the library has asked for since `begin`. */
export interface Watch {
  begin(): void;
  /** Another file that it wanted: external storage, external links. None is opened. */
  readonly otherFile: string | null;
}

const noSuchFile = 44;
const creates = 0o100;
/** A damaged index may lead in circles for ever. A slab of the smallest sensible chunks takes some thousand reads. */
const mostReads = 1 << 17;

/**
 * Puts a file into the library's file system: read-only, by positional reads, nothing read before it is asked for. From then on
 * no other file is opened but those that the library itself makes (for its messages): what a file refers to stays closed.
 */
export function mountFile({ FS }: Hdf5Library, file: SyncBytes): Watch {
  let reads = 0;
  let otherFile: string | null = null;
  const node = FS.createFile('/', filePath.slice(1), {}, true, false);
  node.usedBytes = file.size;
  node.stream_ops = {
    read(_stream: unknown, heap: Int8Array, offset: number, length: number, position: number): number {
      if (++reads > mostReads) throw new NormoscopeError('malformed', 'The file leads in circles, or consists of too many pieces.');
      const count = Math.max(0, Math.min(length, file.size - position));
      if (count > 0) file.readSync(position, new Uint8Array(heap.buffer, heap.byteOffset + offset, count));
      return count;
    },
    llseek(stream: { position: number }, offset: number, whence: number): number {
      return offset + (whence === 1 ? stream.position : whence === 2 ? file.size : 0);
    },
  };
  const open = FS.open.bind(FS);
  FS.open = (path, flags, mode) => {
    const makes = typeof flags === 'number' && (flags & creates) !== 0;
    if (path === filePath || makes) return open(path, flags, mode);
    otherFile = path;
    throw new FS.ErrnoError(noSuchFile);
  };
  return {
    begin() {
      reads = 0;
      otherFile = null;
    },
    get otherFile() {
      return otherFile;
    },
  };
}
