import { NormoscopeError, throwIfCancelled } from '../../errors';
import { readBytes, type ByteSource } from '../../tensor/byteSource';
import { copy } from './copies';
import { unpackLz4Block } from './lz4';

/** Matches reach back as far. */
const historyBytes = 64 * 1024;
const headerBytes = 7 + 8 + 4;

/**
 * One LZ4 frame (https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md), unpacked block by block: what is held is one block, of at
 * most 4 MiB, and 64 KiB before it. Reading forward unpacks once; reading backward begins anew.
 */
export class Lz4Frame {
  private window = new Uint8Array(0);
  /** Of the window's first byte among those unpacked, and how many of it are filled. */
  private windowStart = 0;
  private filled = 0;
  /** In the file, of the next block; 0 before the first. */
  private next = 0;
  private checksumBytes = 0;
  private ended = false;
  private queue: Promise<unknown> = Promise.resolve();

  /**
   * @param start where the frame lies in the file, and `packed` its bytes
   * @param size bytes that it unpacks to
   */
  constructor(
    private readonly source: ByteSource,
    private readonly start: number,
    private readonly packed: number,
    private readonly size: number,
  ) {}

  /** @throws NormoscopeError `malformed` where the frame makes no sense, or is not of its size */
  read(position: number, target: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    const reading = this.queue.then(() => this.fill(position, target, signal));
    this.queue = reading.catch(() => (this.next = 0));
    return reading;
  }

  private async fill(position: number, target: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    if (position + target.length > this.size) throw this.wrong(`it holds ${this.size} bytes, where ${position + target.length} are expected`);
    if (this.next === 0 || position < this.windowStart) await this.begin(signal);
    for (let done = 0; done < target.length; ) {
      const at = position + done - this.windowStart;
      if (at >= this.filled) {
        await this.block(signal);
        continue;
      }
      const count = Math.min(target.length - done, this.filled - at);
      copy(this.window, at, target, done, count);
      done += count;
    }
  }

  /** Magic, flags, size of blocks; the content's size and a dictionary's id where flagged; a checksum. */
  private async begin(signal: AbortSignal | undefined): Promise<void> {
    const bytes = await readBytes(this.source, this.start, Math.min(headerBytes, this.packed), signal);
    const view = new DataView(bytes.buffer);
    if (bytes.length < 7 || view.getUint32(0, true) !== 0x184d2204) throw this.wrong('it does not begin as a frame does');
    const flags = view.getUint8(4);
    const blockSize = (view.getUint8(5) >> 4) & 7;
    if (flags >> 6 !== 1 || blockSize < 4) throw this.wrong('it is of no version that is known');
    const blockBytes = Math.min(1 << (8 + 2 * blockSize), this.size);
    [this.windowStart, this.filled, this.ended] = [0, 0, false];
    this.window = new Uint8Array(historyBytes + blockBytes);
    this.checksumBytes = flags & 16 ? 4 : 0;
    this.next = this.start + 7 + (flags & 8 ? 8 : 0) + (flags & 1 ? 4 : 0);
  }

  private async block(signal: AbortSignal | undefined): Promise<void> {
    throwIfCancelled(signal);
    const end = this.start + this.packed;
    const produced = this.windowStart + this.filled;
    if (this.ended || this.next + 4 > end) throw this.wrong(`it ends after ${produced} of ${this.size} bytes`);
    const header = new DataView((await readBytes(this.source, this.next, 4, signal)).buffer).getUint32(0, true);
    this.ended = header === 0;
    if (this.ended) return;
    const bytes = header & 0x7fffffff;
    if (this.next + 4 + bytes > end || bytes > this.window.length) throw this.wrong(`a block of ${bytes} bytes goes beyond its end`);
    const block = await readBytes(this.source, this.next + 4, bytes, signal);
    this.next += 4 + bytes + this.checksumBytes;
    // What matches may still refer to moves to the front.
    const kept = Math.min(this.filled, historyBytes);
    this.window.copyWithin(0, this.filled - kept, this.filled);
    this.windowStart += this.filled - kept;
    const room = this.window.subarray(0, Math.min(this.window.length, this.size - this.windowStart));
    if (header >>> 31 === 0) this.filled = unpackLz4Block(block, room, kept);
    else if (kept + bytes > room.length) throw this.wrong('it goes on beyond its size');
    else {
      room.set(block, kept);
      this.filled = kept + bytes;
    }
  }

  private wrong(what: string): NormoscopeError {
    return new NormoscopeError('malformed', `The compressed stretch (LZ4) at byte ${this.start} is damaged: ${what}.`, this.start);
  }
}
