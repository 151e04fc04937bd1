import { Inflate } from 'fflate/browser';
import { NormoscopeError, throwIfCancelled } from '../../errors';
import { readBytes, type ByteSource, type Inflater, type Unpacking } from '../../tensor/byteSource';
import { crc32 } from './crc32';
import type { ZipEntry } from './directory';
import { beyond, damaged } from './failures';
import { placedReader, Places } from './places';

/** Compressed bytes that are taken at a time: they become 16 MiB at most. */
const pieceBytes = 16 * 1024;
/** What stays of the beginning, and of what was unpacked last: one pass, then a look at both ends, inflates once. */
const headBytes = 64 * 1024;
const keptBytes = 1024 * 1024;
/** Unpacking as much in vain is nothing that anybody notices. */
const nearBytes = 4 * 1024 * 1024;

interface Piece {
  readonly start: number;
  readonly bytes: Uint8Array;
}

/**
 * The unpacked bytes of a deflated entry. From front to back they are inflated once, by the platform, and again for the first read
 * that leads back. For more of those, places are remembered from which unpacking can go on. Memory is bounded whatever the entry's size. What comes out beyond
 * the declared size, or less than that, or with another checksum, fails.
 * @param places of this entry, where an earlier source has left some
 */
export function inflated(packed: ByteSource, entry: ZipEntry, unpacking: Unpacking | undefined, places = new Places(entry.bytes)): ByteSource {
  const { name, bytes: size, crc: expected } = entry;
  const checksum = unpacking?.crc32 ?? crc32;
  const head = new Uint8Array(Math.min(headBytes, size));
  let headFilled = 0;
  let inflater: Inflater | null = null;
  let taken = 0;
  let produced = 0;
  let crc = 0;
  let pieces: Piece[] = [];
  let queue: Promise<unknown> = Promise.resolve();
  let failure: NormoscopeError | null = null;
  let placed: ReturnType<typeof placedReader> | null = null;

  function restart(): void {
    inflater?.close();
    inflater = unpacking?.inflater() ?? fflateInflater();
    [taken, produced, crc, pieces] = [0, 0, 0, []];
  }

  const wrong = (what: string) => new NormoscopeError('malformed', `The entry ${JSON.stringify(name)} is damaged: ${what}.`);

  function take(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (produced + bytes.length > size) throw wrong(`it goes on beyond the ${size} bytes that the archive says`);
    if (headFilled === produced && headFilled < head.length) {
      const part = bytes.subarray(0, head.length - headFilled);
      head.set(part, headFilled);
      headFilled += part.length;
    }
    crc = checksum(bytes, crc);
    pieces.push({ start: produced, bytes });
    produced += bytes.length;
    if (produced === size && crc !== expected) throw damaged(name, expected, crc);
  }

  /** Inflates the next piece, and forgets what is far behind. */
  async function more(signal: AbortSignal | undefined): Promise<void> {
    const length = Math.min(pieceBytes, packed.size - taken);
    if (length === 0 || inflater === null) throw wrong(`it ends after ${produced} of ${size} bytes`);
    const input = await readBytes(packed, taken, length, signal);
    taken += length;
    while (pieces[0] !== undefined && pieces[0].start + pieces[0].bytes.length < produced - keptBytes) pieces.shift();
    let outputs: readonly Uint8Array[];
    try {
      outputs = await inflater.push(input, taken === packed.size);
    } catch (error) {
      throw wrong(`its compressed bytes make no sense near byte ${taken} (${error instanceof Error ? error.message : String(error)})`);
    }
    outputs.forEach(take);
  }

  /** Whether the platform unpacks what comes next, three times as fast; otherwise it is done from the nearest place on. */
  function goesOn(follows: boolean, position: number): boolean {
    const isCovered = position <= places.reached + places.apart;
    if (follows) return position <= produced + nearBytes || !isCovered;
    return position <= nearBytes || !(isCovered || places.missed++ > 0);
  }

  async function fill(position: number, target: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    if (failure !== null) throw failure;
    if (position + target.length <= headFilled) {
      target.set(head.subarray(position, position + target.length));
      return;
    }
    const follows = inflater !== null && position >= (pieces[0]?.start ?? 0);
    try {
      if (!goesOn(follows, position)) {
        placed ??= placedReader(packed, entry, places, checksum);
        await placed.read(position, target, signal);
        return;
      }
      if (!follows) restart();
      for (let filled = 0; filled < target.length; ) {
        throwIfCancelled(signal);
        const at = position + filled;
        const piece = pieces.findLast(({ start }) => start <= at);
        const part = piece?.bytes.subarray(at - piece.start, at - piece.start + target.length - filled);
        if (part === undefined || part.length === 0) {
          await more(signal);
          continue;
        }
        target.set(part, filled);
        filled += part.length;
      }
    } catch (error) {
      inflater?.close();
      inflater = null;
      placed = null;
      // What was damaged once is damaged, also where it looked well before.
      if (error instanceof NormoscopeError && error.code === 'malformed') failure = error;
      throw error;
    }
  }

  return {
    ...packed,
    size,
    // One after the other: there is one place in the stream.
    read(position, target, signal) {
      if (position + target.length > size) return Promise.reject(beyond({ ...packed, size }, position, target.length));
      const reading = queue.then(() => fill(position, target, signal));
      queue = reading.catch(() => undefined);
      return reading;
    },
  };
}

/** Where the platform has no faster one. */
export function fflateInflater(): Inflater {
  let outputs: Uint8Array[] = [];
  const inflate = new Inflate((bytes) => outputs.push(bytes));
  return {
    push(bytes, last) {
      outputs = [];
      inflate.push(bytes, last);
      return outputs;
    },
    close: () => undefined,
  };
}
