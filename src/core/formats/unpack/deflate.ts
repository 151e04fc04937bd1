/** Decoding of deflate (RFC 1951) that can be stopped and taken up again between any two symbols. */

/** Bytes that a repetition may reach back. */
export const windowBytes = 32 * 1024;
/** The longest repetition: an output with less room than this is full. */
export const roomBytes = 258;
/** Bytes of the input that a symbol and its repetition may take, with what is taken beforehand. */
export const marginBytes = 16;

const lengthBase = Uint16Array.from([3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258]);
const lengthExtra = Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0]);
const distanceBase = Uint16Array.from([1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577]);
const distanceExtra = Uint8Array.from([0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13]);
const lengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const longest = 15;
/** Codes up to this many bits are looked up at once. */
const quickBits = 10;

/** Of the table below: the first entry that is no literal, and the last of the end of a block. */
const literalsEnd = 256 * 16;
const blockEnd = 256 * 16 + 15;

/** A prefix code: a table of what begins with `quickBits` bits, and the canonical code for what is longer. */
interface Code {
  /** Symbol × 16 + bits, by the next bits; 0: longer, or none. */
  readonly quick: Uint16Array;
  /** How many codes have so many bits, and the symbols in the order of their codes. */
  readonly counts: Uint16Array;
  readonly symbols: Uint16Array;
}

/** @throws Error for lengths that no code can have */
function codeOf(lengths: Uint8Array): Code {
  const counts = new Uint16Array(longest + 1);
  for (const length of lengths) counts[length] = (counts[length] ?? 0) + 1;
  counts[0] = 0;
  const starts = new Uint16Array(longest + 2);
  const next = new Uint16Array(longest + 2);
  let free = 1;
  for (let bits = 1; bits <= longest; bits++) {
    free = free * 2 - (counts[bits] ?? 0);
    if (free < 0) throw new Error('more codes than fit their lengths');
    starts[bits + 1] = (starts[bits] ?? 0) + (counts[bits] ?? 0);
    next[bits + 1] = ((next[bits] ?? 0) + (counts[bits] ?? 0)) << 1;
  }
  const symbols = new Uint16Array(lengths.length);
  const quick = new Uint16Array(1 << quickBits);
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const bits = lengths[symbol] as number;
    if (bits === 0) continue;
    symbols[starts[bits] as number] = symbol;
    starts[bits] = (starts[bits] as number) + 1;
    const code = next[bits] as number;
    next[bits] = code + 1;
    if (bits > quickBits) continue;
    let reversed = 0;
    for (let bit = 0; bit < bits; bit++) reversed |= ((code >> bit) & 1) << (bits - 1 - bit);
    for (let at = reversed; at < 1 << quickBits; at += 1 << bits) quick[at] = symbol * 16 + bits;
  }
  return { quick, counts, symbols };
}

const fixedLengths = Uint8Array.from({ length: 320 }, (_, symbol) => (symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : symbol < 288 ? 8 : 5));
const fixedLiterals = 288;

/** Where decoding can be taken up again. */
export interface DeflatePlace {
  /** Of the compressed bytes: bits before it. */
  readonly bit: number;
  readonly mode: 'header' | 'codes' | 'stored' | 'end';
  /** Whether the block is the last. */
  readonly last: boolean;
  /** Of `stored`: bytes that are still to come. */
  readonly left: number;
  /** Of `codes`: lengths of the codes, literals first. */
  readonly lengths: Uint8Array;
  readonly literals: number;
}

export const beginning: DeflatePlace = { bit: 0, mode: 'header', last: false, left: 0, lengths: fixedLengths, literals: fixedLiterals };

/** Goes through a deflate stream. The output is a window of what came before, and room behind it. */
export class DeflateReader {
  private input: Uint8Array = new Uint8Array(0);
  private at = 0;
  private end = 0;
  private hold = 0;
  private bits = 0;
  private mode: DeflatePlace['mode'];
  private last: boolean;
  private left: number;
  private lengths: Uint8Array;
  private literalCount: number;
  private literals: Code | null = null;
  private distances: Code | null = null;
  /** Bits before the input. */
  private before: number;
  /** Of its first byte, bits that were taken before. */
  private skipped: number;
  /** First byte of the output that a repetition may reach. */
  private floor = 0;

  /** @param place from there on; `give` begins with the byte that has its first bit */
  constructor(place: DeflatePlace) {
    ({ mode: this.mode, last: this.last, left: this.left, lengths: this.lengths, literals: this.literalCount } = place);
    this.before = Math.floor(place.bit / 8) * 8;
    this.skipped = place.bit % 8;
    if (this.mode === 'codes') this.makeCodes();
  }

  /** Whether the last block has ended. */
  get ended(): boolean {
    return this.mode === 'end';
  }

  /** Byte of the stream that the next input begins with. */
  get wanted(): number {
    return Math.floor(this.before / 8) + this.at - Math.floor(this.bits / 8);
  }

  get place(): DeflatePlace {
    const { mode, last, left, lengths, literalCount } = this;
    return { bit: this.before + 8 * this.at - this.bits + this.skipped, mode, last, left, lengths, literals: literalCount };
  }

  /**
   * More of the stream, from the byte `wanted` on.
   * @param bytes with `marginBytes` more behind `end`, of whatever follows or zeros
   */
  give(bytes: Uint8Array, end: number): void {
    // Whole bytes that were taken beforehand are given again.
    const begun = this.bits % 8;
    const kept = this.hold & ((1 << begun) - 1);
    this.before = 8 * this.wanted;
    [this.input, this.at, this.end, this.hold, this.bits] = [bytes, 0, end, kept, begun];
    if (this.skipped > 0) {
      this.need(8);
      this.take(this.skipped);
      this.skipped = 0;
    }
  }

  /**
   * Decodes until the output has less room than `roomBytes`, the input is used up but for `marginBytes`, or the last block ends.
   * @param output has what came before in front of `to`, from `from` on
   * @param lastInput whether nothing follows the input: then all of it is used
   * @returns the place behind what was written
   * @throws Error for what is not deflate's, and where the stream ends early
   */
  run(output: Uint8Array, from: number, to: number, lastInput: boolean): number {
    this.floor = from;
    const room = output.length - roomBytes;
    const until = lastInput ? this.end + marginBytes - 4 : this.end - marginBytes;
    while (this.mode !== 'end' && to <= room) {
      if (this.at > until) break;
      if (this.mode === 'header') {
        // A header has up to 300 bytes.
        if (!lastInput && this.end - this.at < 400) break;
        this.header();
      } else if (this.mode === 'stored') to = this.stored(output, to);
      else to = this.codes(output, to, until);
      if (this.at - Math.floor(this.bits / 8) > this.end) throw new Error('it ends early');
    }
    return to;
  }

  private need(bits: number): void {
    while (this.bits < bits) {
      this.hold |= (this.input[this.at++] ?? 0) << this.bits;
      this.bits += 8;
    }
  }

  private take(count: number): number {
    this.need(count);
    const value = this.hold & ((1 << count) - 1);
    this.hold >>>= count;
    this.bits -= count;
    return value;
  }

  private header(): void {
    this.last = this.take(1) === 1;
    const type = this.take(2);
    if (type === 0) {
      this.take(this.bits % 8);
      this.left = this.take(16);
      if ((this.take(16) ^ 0xffff) !== this.left) throw new Error('a length that does not fit its complement');
      this.mode = 'stored';
      return;
    }
    if (type === 3) throw new Error('a kind of block that there is not');
    if (type === 1) [this.lengths, this.literalCount] = [fixedLengths, fixedLiterals];
    else this.dynamicLengths();
    this.makeCodes();
    this.mode = 'codes';
  }

  private dynamicLengths(): void {
    const literals = this.take(5) + 257;
    const distances = this.take(5) + 1;
    const ordered = this.take(4) + 4;
    if (literals > 286 || distances > 30) throw new Error('more codes than there are symbols');
    const own = new Uint8Array(19);
    for (const place of lengthOrder.slice(0, ordered)) own[place] = this.take(3);
    const code = codeOf(own);
    const lengths = new Uint8Array(literals + distances);
    for (let at = 0; at < lengths.length; ) {
      const symbol = this.symbol(code);
      if (symbol < 16) {
        lengths[at++] = symbol;
        continue;
      }
      if (symbol === 16 && at === 0) throw new Error('a length that is repeated before the first');
      const value = symbol === 16 ? (lengths[at - 1] ?? 0) : 0;
      const count = symbol === 16 ? 3 + this.take(2) : symbol === 17 ? 3 + this.take(3) : 11 + this.take(7);
      if (at + count > lengths.length) throw new Error('more lengths than codes');
      lengths.fill(value, at, at + count);
      at += count;
    }
    if (lengths[256] === 0) throw new Error('a block without an end');
    [this.lengths, this.literalCount] = [lengths, literals];
  }

  private makeCodes(): void {
    this.literals = codeOf(this.lengths.subarray(0, this.literalCount));
    this.distances = codeOf(this.lengths.subarray(this.literalCount));
  }

  private symbol({ quick, counts, symbols }: Code): number {
    this.need(longest);
    const entry = quick[this.hold & ((1 << quickBits) - 1)] as number;
    if (entry !== 0) {
      this.hold >>>= entry & 15;
      this.bits -= entry & 15;
      return entry >> 4;
    }
    let code = 0;
    let first = 0;
    let index = 0;
    for (let bits = 1; bits <= longest; bits++) {
      code |= (this.hold >>> (bits - 1)) & 1;
      const count = counts[bits] as number;
      if (code - count < first) {
        this.hold >>>= bits;
        this.bits -= bits;
        return symbols[index + code - first] as number;
      }
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    throw new Error('a code that stands for nothing');
  }

  private stored(output: Uint8Array, to: number): number {
    for (; this.left > 0 && this.bits >= 8 && to < output.length; this.left--) output[to++] = this.take(8);
    const count = Math.min(this.left, output.length - to, this.end - this.at);
    if (count > 0 && this.bits === 0) {
      output.set(this.input.subarray(this.at, this.at + count), to);
      [this.at, this.left, to] = [this.at + count, this.left - count, to + count];
    } else if (this.left > 0 && this.at >= this.end) {
      throw new Error('it ends early');
    }
    if (this.left === 0) this.mode = this.last ? 'end' : 'header';
    return to;
  }

  /** Literals and repetitions, in local variables for as long as there is room for the longest. */
  private codes(output: Uint8Array, start: number, until: number): number {
    const { literals, distances, input, floor } = this;
    if (literals === null || distances === null) throw new Error('no codes');
    const { quick } = literals;
    const { quick: far } = distances;
    const mask = (1 << quickBits) - 1;
    const room = output.length - roomBytes;
    let to = start;
    let { at, hold, bits } = this;
    while (to <= room && at <= until) {
      // 31 bits at most: none of the numbers below is negative.
      if (bits < 16) {
        hold |= ((input[at] as number) | ((input[at + 1] as number) << 8)) << bits;
        at += 2;
        bits += 16;
      }
      const entry = quick[hold & mask] as number;
      if (entry !== 0 && entry < literalsEnd) {
        hold >>>= entry & 15;
        bits -= entry & 15;
        output[to++] = entry >> 4;
        continue;
      }
      if (entry > blockEnd) {
        // Up to 10 bits are gone; these are up to 5, 10 and 13 more.
        let after = hold >>> (entry & 15);
        let rest = bits - (entry & 15);
        let next = at;
        const kind = (entry >> 4) - 257;
        const extra = kind > 28 ? 0 : (lengthExtra[kind] as number);
        const count = (lengthBase[kind] as number) + (after & ((1 << extra) - 1));
        after >>>= extra;
        rest -= extra;
        if (rest < 16) {
          after |= ((input[next] as number) | ((input[next + 1] as number) << 8)) << rest;
          next += 2;
          rest += 16;
        }
        const place = far[after & mask] as number;
        const bitsOf = place & 15;
        after >>>= bitsOf;
        rest -= bitsOf;
        if (rest < 16) {
          after |= ((input[next] as number) | ((input[next + 1] as number) << 8)) << rest;
          next += 2;
          rest += 16;
        }
        const more = distanceExtra[place >> 4] as number;
        let from = to - (distanceBase[place >> 4] as number) - (after & ((1 << more) - 1));
        if (place !== 0 && kind <= 28 && place >> 4 <= 29 && from >= floor) {
          hold = after >>> more;
          bits = rest - more;
          at = next;
          for (const end = to + count; to < end; ) output[to++] = output[from++] as number;
          continue;
        }
      }
      // Long codes, the end of a block, and what makes no sense.
      [this.at, this.hold, this.bits] = [at, hold, bits];
      const symbol = this.symbol(literals);
      if (symbol === 256) {
        this.mode = this.last ? 'end' : 'header';
        return to;
      }
      if (symbol < 256) output[to++] = symbol;
      else to = this.repetition(symbol - 257, distances, output, to);
      ({ at, hold, bits } = this);
    }
    [this.at, this.hold, this.bits] = [at, hold, bits];
    return to;
  }

  private repetition(kind: number, distances: Code, output: Uint8Array, to: number): number {
    if (kind > 28) throw new Error('a length that there is not');
    const count = (lengthBase[kind] as number) + this.take(lengthExtra[kind] as number);
    const far = this.symbol(distances);
    if (far > 29) throw new Error('a distance that there is not');
    const distance = (distanceBase[far] as number) + this.take(distanceExtra[far] as number);
    let from = to - distance;
    if (from < this.floor) throw new Error('a repetition of what is before the beginning');
    for (const end = to + count; to < end; ) output[to++] = output[from++] as number;
    return to;
  }
}
