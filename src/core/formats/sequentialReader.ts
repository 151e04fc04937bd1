import { NormoscopeError } from '../errors';
import type { ByteSource } from '../tensor/byteSource';
import { formatBytes } from '../text/numbers';

/** Bytes of the first read: most headers. Each further one is twice as long, up to the largest. */
const firstWindow = 64 * 1024;
const largestWindow = 1024 * 1024;
/** Bytes of the first read behind what was jumped over: a few names and numbers before the next such stretch. */
const windowAfterJump = 4 * 1024;

/**
 * Reads a header from its beginning through a window, of which it holds nothing. Whoever reads values makes sure of their
 * bytes first (`fill`); that waits for nothing while they are in the window.
 */
export class SequentialReader {
  /** Of the next byte. */
  position = 0;
  littleEndian = true;
  private view = new DataView(new ArrayBuffer(0));
  private start = 0;
  private nextWindow = firstWindow;

  /** @param furthest byte that a header may reach */
  constructor(
    readonly source: ByteSource,
    private readonly furthest: number,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** Whether the next `length` bytes are in the window. */
  has(length: number): boolean {
    return this.position >= this.start && this.position + length <= this.start + this.view.byteLength;
  }

  /**
   * Brings the next `length` bytes into the window.
   * @throws NormoscopeError `truncated` where the file has not as many, `too-large` beyond what a header may have
   */
  async fill(length: number): Promise<void> {
    if (this.has(length)) return;
    const { name, size } = this.source;
    if (this.position + length > size) {
      throw new NormoscopeError('truncated', `${name} ends at byte ${size}, within its header: ${length} bytes from byte ${this.position} on were expected.`, size);
    }
    if (this.position + length > this.furthest) {
      throw new NormoscopeError('too-large', `The header of ${name} is longer than ${formatBytes(this.furthest)}; that is as much as is read.`, this.position);
    }
    const bytes = new Uint8Array(Math.min(Math.max(length, this.nextWindow), size - this.position));
    this.nextWindow = Math.min(this.nextWindow * 2, largestWindow);
    await this.source.read(this.position, bytes, this.signal);
    this.view = new DataView(bytes.buffer);
    this.start = this.position;
  }

  /** Bytes from here to the file's end. */
  get left(): number {
    return this.source.size - this.position;
  }

  skip(length: number): void {
    this.position += length;
  }

  /** Passes over bytes that are not the header's: no more than needed is read behind them. */
  jump(length: number): void {
    this.position += length;
    if (!this.has(0)) this.nextWindow = windowAfterJump;
  }

  uint8(): number {
    return this.view.getUint8(this.advance(1));
  }

  uint32(): number {
    return this.view.getUint32(this.advance(4), this.littleEndian);
  }

  uint64(): bigint {
    return this.view.getBigUint64(this.advance(8), this.littleEndian);
  }

  /** `read` gets the view and the place in it of the next `length` bytes. */
  take<T>(length: number, read: (view: DataView, at: number) => T): T {
    return read(this.view, this.advance(length));
  }

  /** UTF-8; what is none is replaced. */
  text(length: number): string {
    const at = this.advance(length);
    return new TextDecoder('utf-8').decode(new Uint8Array(this.view.buffer, at, length));
  }

  private advance(length: number): number {
    if (!this.has(length)) throw new NormoscopeError('internal', `${length} bytes at ${this.position} were read before they were there.`);
    const at = this.position - this.start;
    this.position += length;
    return at;
  }
}
