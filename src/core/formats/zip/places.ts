import { NormoscopeError, throwIfCancelled } from '../../errors';
import { readBytes, type ByteSource } from '../../tensor/byteSource';
import { beginning, DeflateReader, marginBytes, roomBytes, windowBytes, type DeflatePlace } from '../unpack/deflate';
import type { ZipEntry } from './directory';
import { damaged } from './failures';

/** Compressed bytes that are taken at a time, and unpacked ones. */
const inputBytes = 64 * 1024;
const outputBytes = 256 * 1024;
/** Places of one entry: each has a window, so 8 MiB. */
const mostPlaces = 256;
const leastApart = 1024 * 1024;

/** Where an entry can be unpacked from, with what came before it. */
interface Place {
  readonly deflate: DeflatePlace;
  /** Unpacked bytes before it, their checksum, and the last of them. */
  readonly produced: number;
  readonly crc: number;
  readonly window: Uint8Array;
}

/** Places of an entry that reading it has come by, in order: they outlive a source, and go with the open file. */
export class Places {
  private readonly all: Place[] = [{ deflate: beginning, produced: 0, crc: 0, window: new Uint8Array(0) }];

  /** Reads that led to where they do not go. */
  missed = 0;

  /** @param size unpacked bytes of the entry */
  constructor(private readonly size: number) {}

  /** Bytes from one place to the next: about what is unpacked in vain for a read. */
  get apart(): number {
    return Math.max(leastApart, Math.ceil(this.size / mostPlaces));
  }

  /** How far they go. */
  get reached(): number {
    return this.all.at(-1)?.produced ?? 0;
  }

  /** The last one at or before an unpacked byte. */
  before(position: number): Place {
    return this.all.findLast(({ produced }) => produced <= position) ?? (this.all[0] as Place);
  }

  offer(produced: number, place: () => Place): void {
    if (produced - this.reached >= this.apart) this.all.push(place());
  }
}

/**
 * The unpacked bytes of a deflated entry, for reads in any order: from the nearest place on. What has not been reached before is
 * unpacked in between, once.
 */
export function placedReader(packed: ByteSource, { name, bytes: size, crc: expected }: ZipEntry, places: Places, checksum: (bytes: Uint8Array, crc: number) => number) {
  const output = new Uint8Array(windowBytes + outputBytes);
  let reader = new DeflateReader(beginning);
  let input = { bytes: new Uint8Array(0), end: 0, isLast: false };
  /** Of the output: what is there, and the unpacked byte that its index 0 would be. */
  let [from, to, start] = [0, 0, 0];
  let crc = 0;

  const wrong = (what: string) => new NormoscopeError('malformed', `The entry ${JSON.stringify(name)} is damaged: ${what}.`);

  function take(position: number): void {
    const { deflate, produced, crc: before, window } = places.before(position);
    reader = new DeflateReader(deflate);
    input = { bytes: new Uint8Array(0), end: 0, isLast: false };
    output.set(window, windowBytes - window.length);
    [from, to, start, crc] = [windowBytes - window.length, windowBytes, produced - windowBytes, before];
  }

  /** Unpacks what there is room and input for. */
  async function more(signal: AbortSignal | undefined): Promise<void> {
    throwIfCancelled(signal);
    if (to > output.length - roomBytes) {
      const moved = to - windowBytes;
      output.copyWithin(0, moved, to);
      [from, to, start] = [Math.max(0, from - moved), windowBytes, start + moved];
    }
    const before = to;
    const wanted = reader.wanted;
    try {
      to = reader.run(output, from, to, input.isLast);
    } catch (error) {
      throw wrong(`its compressed bytes make no sense near byte ${wanted} (${error instanceof Error ? error.message : String(error)})`);
    }
    const produced = start + to;
    if (produced > size) throw wrong(`it goes on beyond the ${size} bytes that the archive says`);
    crc = checksum(output.subarray(before, to), crc);
    if (produced === size && crc !== expected) throw damaged(name, expected, crc);
    if (to === before) {
      if (reader.ended || input.isLast) throw wrong(`it ends after ${produced} of ${size} bytes`);
      await feed(signal);
      return;
    }
    places.offer(produced, () => ({ deflate: reader.place, produced, crc, window: output.slice(Math.max(from, to - windowBytes), to) }));
  }

  async function feed(signal: AbortSignal | undefined): Promise<void> {
    const at = reader.wanted;
    const end = Math.min(inputBytes, packed.size - at);
    const bytes = new Uint8Array(end + marginBytes);
    bytes.set(await readBytes(packed, at, end, signal));
    input = { bytes, end, isLast: at + end === packed.size };
    reader.give(bytes, end);
  }

  take(0);
  return {
    /** How far it has unpacked. */
    get produced(): number {
      return start + to;
    },
    /** @throws NormoscopeError `malformed`; it is of no further use then */
    async read(position: number, target: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
      for (let filled = 0; filled < target.length; ) {
        const at = position + filled;
        const isNear = at >= start + from && places.before(at).produced <= start + to;
        if (!isNear) take(at);
        if (at >= start + to) {
          await more(signal);
          continue;
        }
        const part = output.subarray(at - start, Math.min(to, at - start + target.length - filled));
        target.set(part, filled);
        filled += part.length;
      }
    },
  };
}
