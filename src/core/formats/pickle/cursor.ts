import { NormoscopeError } from '../../errors';

/** A pickle that goes on beyond the bytes that are there. */
export class PickleEnds extends NormoscopeError {}

/** Reads the arguments of a pickle's opcodes. `start` is the place of the first byte in its file, for messages. */
export class Cursor {
  at = 0;
  private readonly view: DataView;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly name: string,
    private readonly start: number,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Of byte `at` of these bytes. */
  place(at: number): number {
    return this.start + at;
  }

  fail(message: string, at: number, code: 'malformed' | 'too-large' | 'unsupported' = 'malformed'): NormoscopeError {
    return new NormoscopeError(code, `${message} (at byte ${this.place(at)} of ${this.name}).`, this.place(at));
  }

  /** Moves on by `count` bytes, and says where they begin. */
  private step(count: number): number {
    const from = this.at;
    if (!(from + count <= this.bytes.length)) {
      const end = this.place(this.bytes.length);
      throw new PickleEnds('truncated', `The pickle in ${this.name} ends at byte ${end}, in the middle of an instruction or before its end.`, end);
    }
    this.at = from + count;
    return from;
  }

  u1(): number {
    return this.view.getUint8(this.step(1));
  }

  u2(): number {
    return this.view.getUint16(this.step(2), true);
  }

  u4(): number {
    return this.view.getUint32(this.step(4), true);
  }

  i4(): number {
    return this.view.getInt32(this.step(4), true);
  }

  /** A length of eight bytes; one that no number holds is beyond the end too. */
  u8(): number {
    return Number(this.view.getBigUint64(this.step(8), true));
  }

  float(): number {
    return this.view.getFloat64(this.step(8), false);
  }

  /** No copy. */
  take(count: number): Uint8Array {
    const from = this.step(count);
    return this.bytes.subarray(from, from + count);
  }

  /** Up to the next line end, which is skipped. */
  line(): string {
    const end = this.bytes.indexOf(10, this.at);
    const bytes = this.take((end < 0 ? this.bytes.length : end) - this.at);
    this.step(1);
    return utf8(bytes);
  }
}

/** Bytes of a text that are kept: names and numbers are short, and what else a pickle says is shown to nobody. */
const longestText = 64 * 1024;

function kept(bytes: Uint8Array, decode: (bytes: Uint8Array) => string): string {
  return bytes.length > longestText ? `${decode(bytes.subarray(0, longestText))}…` : decode(bytes);
}

const decoder = new TextDecoder();

/** What is not UTF-8 becomes a replacement character: a name that nobody can type costs nothing else. */
export function utf8(bytes: Uint8Array): string {
  return kept(bytes, (part) => decoder.decode(part));
}

/** One character per byte. */
export function latin1(bytes: Uint8Array): string {
  return kept(bytes, (part) => String.fromCharCode(...part));
}

/** A whole number in two's complement, the least byte first: a number where that is exact. */
export function wholeNumber(bytes: Uint8Array): number | bigint {
  if (bytes.length === 0) return 0;
  let digits = '0x';
  for (let at = bytes.length - 1; at >= 0; at--) digits += hexadecimal[bytes[at] ?? 0] ?? '';
  return exact(BigInt.asIntN(bytes.length * 8, BigInt(digits)));
}

const hexadecimal = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export function exact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
