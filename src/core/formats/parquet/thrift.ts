/** Wire types of Thrift's compact protocol (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md). */
const [stop, yes, no, byte, int16, int32, int64, double, binary, list, set, map, struct] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
/** Structs and lists within each other. Parquet's own go seven deep. */
const mostLevels = 32;

/**
 * Reads Thrift's compact protocol. Whoever reads a struct takes the fields it wants and leaves the rest; nothing is built of those.
 * Reading beyond the end, and what makes no sense, is a `RangeError`.
 */
export class ThriftReader {
  private readonly view: DataView;
  /** Of the next byte. */
  at = 0;
  private level = 0;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** @param take what reads a field, by its number; all others are passed over */
  struct(take: Readonly<Record<number, () => void>>): void {
    if (++this.level > mostLevels) throw new RangeError('structs are nested too deep');
    let field = 0;
    for (;;) {
      const head = this.view.getUint8(this.at++);
      const type = head & 15;
      if (type === stop) break;
      this.type = stop;
      field = head >> 4 === 0 ? this.integer() : field + (head >> 4);
      this.type = type;
      const read = take[field];
      if (read === undefined) this.skip(type);
      else read();
    }
    this.level--;
  }

  /** Of the field that is read. */
  private type = stop;

  /** A whole number, NaN for one that is not exact; of a truth value 0 or 1. */
  integer(): number {
    if (this.type === yes || this.type === no) {
      const value = this.type === yes ? 1 : 0;
      this.type = stop;
      return value;
    }
    if (this.type === byte) {
      this.type = stop;
      return this.view.getInt8(this.at++);
    }
    const raw = this.varint();
    if (!Number.isSafeInteger(raw)) return NaN;
    return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2;
  }

  text(most: number): string {
    const length = this.length();
    const text = new TextDecoder().decode(this.bytes.subarray(this.at, this.at + Math.min(length, most)));
    this.at += length;
    return text;
  }

  /** Reads each entry of a list; there are no more of them than bytes. */
  each(read: () => void): void {
    const { type, count } = this.entries();
    for (let index = 0; index < count; index++) {
      this.type = type;
      read();
    }
  }

  pass(): void {
    this.skip(this.type);
  }

  private entries(): { readonly type: number; readonly count: number } {
    const head = this.view.getUint8(this.at++);
    const count = head >> 4 === 15 ? this.varint() : head >> 4;
    if (count > this.bytes.length - this.at) throw new RangeError('a list is longer than what it is in');
    return { type: head & 15, count };
  }

  private length(): number {
    const length = this.varint();
    if (length > this.bytes.length - this.at) throw new RangeError('a text is longer than what it is in');
    return length;
  }

  private varint(): number {
    this.type = stop;
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const next = this.view.getUint8(this.at++);
      value += (next & 0x7f) * 2 ** shift;
      if (next < 0x80) return value;
    }
    throw new RangeError('a number has no end');
  }

  private skip(type: number, inList = false): void {
    if (++this.level > mostLevels) throw new RangeError('structs are nested too deep');
    if (type === byte || ((type === yes || type === no) && inList)) this.at++;
    else if (type === int16 || type === int32 || type === int64) this.varint();
    else if (type === double) this.at += 8;
    else if (type === binary) {
      const length = this.length();
      this.at += length;
    } else if (type === list || type === set) {
      const { type: entry, count } = this.entries();
      for (let index = 0; index < count; index++) this.skip(entry, true);
    } else if (type === map) {
      const count = this.varint();
      if (count > this.bytes.length - this.at) throw new RangeError('a map is longer than what it is in');
      const types = count === 0 ? 0 : this.view.getUint8(this.at++);
      for (let index = 0; index < count; index++) {
        this.skip(types >> 4, true);
        this.skip(types & 15, true);
      }
    } else if (type === struct) {
      this.level--;
      this.struct({});
      return;
    } else if (type !== yes && type !== no) throw new RangeError('a field has no type that there is');
    this.level--;
    if (this.at > this.bytes.length) throw new RangeError('a field goes beyond the end');
  }
}
