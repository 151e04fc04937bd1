import { NormoscopeError } from '../../errors';
import type { ByteSource } from '../../tensor/byteSource';
import { formatCount } from '../../text/numbers';

/** How the value of a field is written (https://protobuf.dev/programming-guides/encoding). */
export const wire = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** Bytes of the first read, and of one behind a stretch that was skipped. While nothing is, each is twice as long. */
const firstWindow = 16 * 1024;
const largestWindow = 1024 * 1024;
/** A field's number and a varint, or a length: all of a field that has to be there to read it. */
const longestStart = 20;
/** Fields of a file that are walked through, in some seconds at most. Models of a hundred thousand nodes have two million. */
const mostFields = 1 << 21;
/** Bytes of a text that are kept, unless more is asked for. */
const longestText = 1024;

/** Bytes of a file. */
export interface Piece {
  readonly start: number;
  /** Behind the last. */
  readonly end: number;
}

/**
 * Walks through messages of Protocol Buffers in the order of the file, through a window: the contents of a field are passed
 * over without being read unless they are asked for (`enter`, `text`, `varints`).
 */
export class WireReader {
  /** Of the field that was read last: its number, how it is written, and where its value lies. */
  field = 0;
  type: number = wire.varint;
  start = 0;
  end = 0;
  private position = 0;
  private low = 0;
  private high = 0;
  private fields = 0;
  private window = new Uint8Array(0);
  private view = new DataView(this.window.buffer);
  private windowStart = 0;
  private nextWindow = firstWindow;

  constructor(
    readonly source: ByteSource,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /**
   * Goes on to the next field of a message.
   * @param end of the message; Infinity for the whole file
   * @returns whether there is another
   * @throws NormoscopeError `malformed` for what is no field, `truncated` where the file ends within the message
   */
  next(end: number): boolean | Promise<boolean> {
    const { size } = this.source;
    if (this.position >= end || (end === Infinity && this.position === size)) return false;
    if (this.position >= size) throw this.cutOff(end);
    const length = Math.min(longestStart, size - this.position);
    if (this.has(this.position, length)) return this.read(end);
    return this.fill(this.position, length).then(() => this.read(end));
  }

  /** Goes on with what is in the field, of whose message it returns the end. */
  enter(): number {
    this.position = this.start;
    return this.end;
  }

  /** Leaves out what is left of a message. */
  leave(end: number): void {
    this.position = end;
  }

  /** The value of a varint: the low 32 bits as `int32` has them. */
  int32(): number {
    return this.low | 0;
  }

  /** The value of a varint, signed. */
  int64(): bigint {
    return BigInt.asIntN(64, (BigInt(this.high) << 32n) | BigInt(this.low));
  }

  /** The value of a field of 4 bytes. */
  float32(): number {
    return this.view.getFloat32(this.start - this.windowStart, true);
  }

  /** UTF-8, of which what is none is replaced; of a long text the beginning. */
  text(longest = longestText): string | Promise<string> {
    const { start } = this;
    const length = this.end - start;
    const kept = Math.min(length, longest);
    if (start + kept > this.source.size) throw this.cutOff(this.end);
    const read = () => {
      const text = decoded(this.window.subarray(start - this.windowStart, start - this.windowStart + kept));
      return kept === length ? text : `${text}… (${length} bytes)`;
    };
    return this.has(start, kept) ? read() : this.fill(start, kept).then(read);
  }

  /** The first whole numbers of a field, which may have one or, packed, several. */
  async varints(most: number): Promise<bigint[]> {
    if (this.type === wire.varint) return [this.int64()];
    const { start, end } = this;
    const length = Math.min(end - start, most * 10, this.source.size - start);
    if (!this.has(start, length)) await this.fill(start, length);
    const values: bigint[] = [];
    for (let at = start; at < start + length && values.length < most; ) {
      at = this.varint(at, end);
      values.push(this.int64());
    }
    return values;
  }

  /** How many whole numbers lie packed in the field. */
  async countVarints(): Promise<number> {
    const { end } = this;
    if (end > this.source.size) throw this.cutOff(end);
    let count = 0;
    for (let at = this.start; at < end; ) {
      const length = Math.min(end - at, firstWindow);
      if (!this.has(at, length)) await this.fill(at, length);
      for (const byte of this.window.subarray(at - this.windowStart, at - this.windowStart + length)) count += Number(byte < 128);
      at += length;
    }
    return count;
  }

  private has(start: number, length: number): boolean {
    return start >= this.windowStart && start + length <= this.windowStart + this.window.length;
  }

  private async fill(start: number, length: number): Promise<void> {
    const goesOn = start >= this.windowStart && start <= this.windowStart + this.window.length;
    this.nextWindow = goesOn ? Math.min(this.nextWindow * 2, largestWindow) : firstWindow;
    const window = new Uint8Array(Math.min(Math.max(length, this.nextWindow), this.source.size - start));
    await this.source.read(start, window, this.signal);
    this.window = window;
    this.view = new DataView(window.buffer);
    this.windowStart = start;
  }

  private read(end: number): true {
    const at = this.position;
    if (++this.fields > mostFields) {
      throw new NormoscopeError('too-large', `${this.source.name} has more than ${formatCount(mostFields)} fields by byte ${at}; no more are walked through.`, at);
    }
    this.start = this.varint(at, end);
    this.type = this.low & 7;
    this.field = this.low >>> 3;
    if (this.high !== 0 || this.field === 0) throw new NormoscopeError('malformed', `At byte ${at} of ${this.source.name} there is no number of a field.`, at);
    switch (this.type) {
      case wire.varint:
        this.end = this.varint(this.start, end);
        break;
      case wire.fixed64:
        this.end = this.start + 8;
        break;
      case wire.fixed32:
        this.end = this.start + 4;
        break;
      case wire.bytes: {
        this.start = this.varint(this.start, end);
        this.end = this.start + this.high * 2 ** 32 + this.low;
        break;
      }
      default:
        throw new NormoscopeError('malformed', `The field ${this.field} at byte ${at} of ${this.source.name} is written in way ${this.type}, which ONNX does not use.`, at);
    }
    if (this.end > end) {
      throw new NormoscopeError('malformed', `The field ${this.field} at byte ${at} of ${this.source.name} ends at byte ${this.end}, but what it is part of at byte ${end}.`, at);
    }
    if (this.type !== wire.bytes && this.end > this.source.size) throw this.cutOff(this.end);
    this.position = this.end;
    return true;
  }

  /**
   * Reads a varint, 7 bits to a byte, into `low` and `high`.
   * @returns the place behind it
   */
  private varint(start: number, end: number): number {
    let low = 0;
    let high = 0;
    for (let index = 0; index < 10; index++) {
      const byte = this.window[start + index - this.windowStart];
      if (start + index >= end) break;
      if (byte === undefined) throw this.cutOff(end);
      const bits = byte & 127;
      if (index < 5) low |= bits << (7 * index);
      if (index === 4) high = bits >> 4;
      if (index > 4) high |= bits << (7 * index - 32);
      if (index === 9 && byte > 1) break;
      if (byte < 128) {
        this.low = low >>> 0;
        this.high = high >>> 0;
        return start + index + 1;
      }
    }
    throw new NormoscopeError('malformed', `The number at byte ${start} of ${this.source.name} has no end, or more than 64 bits.`, start);
  }

  private cutOff(end: number): NormoscopeError {
    const { name, size } = this.source;
    const reach = end === Infinity ? this.position : end;
    return new NormoscopeError('truncated', `${name} ends at byte ${size}, within a field${reach > size ? ` that goes on to byte ${reach}` : ''}.`, size);
  }
}

const decoder = new TextDecoder('utf-8');

/** Names are short and mostly ASCII; the decoder costs more to call than they take. */
function decoded(bytes: Uint8Array): string {
  if (bytes.length > 128) return decoder.decode(bytes);
  for (let index = 0; index < bytes.length; index++) {
    if ((bytes[index] ?? 0) > 127) return decoder.decode(bytes);
  }
  return String(Reflect.apply(String.fromCharCode, null, bytes));
}
