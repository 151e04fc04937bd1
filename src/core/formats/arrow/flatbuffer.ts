/** A place in a FlatBuffer where a table begins (https://flatbuffers.dev/internals/): fields by number, absent ones by default. */
export class Table {
  constructor(
    private readonly view: DataView,
    private readonly at: number,
  ) {}

  /** The root table of a buffer. */
  static root(bytes: Uint8Array): Table {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return new Table(view, view.getUint32(0, true));
  }

  bool(field: number, absent = false): boolean {
    const at = this.place(field);
    return at === 0 ? absent : this.view.getUint8(at) !== 0;
  }

  uint8(field: number): number {
    const at = this.place(field);
    return at === 0 ? 0 : this.view.getUint8(at);
  }

  int16(field: number): number {
    const at = this.place(field);
    return at === 0 ? 0 : this.view.getInt16(at, true);
  }

  int32(field: number): number {
    const at = this.place(field);
    return at === 0 ? 0 : this.view.getInt32(at, true);
  }

  int64(field: number): number {
    const at = this.place(field);
    return at === 0 ? 0 : whole(this.view.getBigInt64(at, true));
  }

  table(field: number): Table | null {
    const at = this.place(field);
    return at === 0 ? null : new Table(this.view, at + this.view.getUint32(at, true));
  }

  /** UTF-8, cut off past `most` bytes. */
  text(field: number, most: number): string {
    const { start, count } = this.vector(field, 1);
    return new TextDecoder().decode(new Uint8Array(this.view.buffer, this.view.byteOffset + start, Math.min(count, most)));
  }

  /** @param most of them that are looked at */
  tables(field: number, most: number): Table[] {
    const { start, count } = this.vector(field, 4);
    return Array.from({ length: Math.min(count, most) }, (_, index) => new Table(this.view, start + index * 4 + this.view.getUint32(start + index * 4, true)));
  }

  /**
   * 64-bit numbers of a vector of structs that have `size` bytes each, those at `offsets` of each, one struct after the other.
   * @returns safe integers; any other number is -1, which no length or place is
   */
  int64s(field: number, size: number, offsets: readonly number[]): Float64Array {
    const { start, count } = this.vector(field, size);
    const numbers = new Float64Array(count * offsets.length);
    for (let index = 0, place = 0; index < count; index++) {
      for (const offset of offsets) numbers[place++] = whole(this.view.getBigInt64(start + index * size + offset, true));
    }
    return numbers;
  }

  /** 32-bit numbers at `offset` of such structs. */
  int32s(field: number, size: number, offset: number): number[] {
    const { start, count } = this.vector(field, size);
    return Array.from({ length: count }, (_, index) => this.view.getInt32(start + index * size + offset, true));
  }

  /** All of it lies in the buffer, so that a count is no reason to allocate by. */
  private vector(field: number, size: number): { readonly start: number; readonly count: number } {
    const at = this.place(field);
    if (at === 0) return { start: 0, count: 0 };
    const start = at + this.view.getUint32(at, true);
    const count = this.view.getUint32(start, true);
    if (start + 4 + count * size > this.view.byteLength) throw new RangeError('a vector is longer than the buffer');
    return { start: start + 4, count };
  }

  /** Where a field is; 0 for one that is absent. */
  private place(field: number): number {
    const vtable = this.at - this.view.getInt32(this.at, true);
    if (4 + field * 2 >= this.view.getUint16(vtable, true)) return 0;
    const offset = this.view.getUint16(vtable + 4 + field * 2, true);
    return offset === 0 ? 0 : this.at + offset;
  }
}

function whole(value: bigint): number {
  return value >= 0n && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : -1;
}
