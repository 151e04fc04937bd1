import type { DType } from '../tensor/dtype';
import type { Encoding } from '../tensor/tensor';
import type { Arena, Kernels } from './abi';

/** Extremes of integers, exact. */
export interface IntegerRange {
  readonly min: bigint;
  readonly max: bigint;
}

/** Types whose elements float64 rounds. */
export function isLongInteger(dtype: DType): boolean {
  return dtype === 'int64' || dtype === 'uint64';
}

/** The extremes of the 64-bit integers of one pass, in kernel memory. */
export class IntegerRangeArea {
  private readonly address: number;
  private readonly signed: boolean;

  constructor(
    private readonly arena: Arena,
    private readonly encoding: Encoding,
  ) {
    this.address = arena.reserve(16);
    this.signed = encoding.dtype === 'int64';
  }

  /** The range of no integer: its least is beyond its greatest. */
  start(): void {
    const view = this.view();
    if (this.signed) {
      view.setBigInt64(0, 2n ** 63n - 1n, true);
      view.setBigInt64(8, -(2n ** 63n), true);
    } else {
      view.setBigUint64(0, 2n ** 64n - 1n, true);
      view.setBigUint64(8, 0n, true);
    }
  }

  /** Takes `n` elements, of which the first lies at `raw` as it is stored. */
  widen({ widenSigned, widenUnsigned }: Kernels, raw: number, n: number): void {
    const { littleEndian, stride } = this.encoding;
    (this.signed ? widenSigned : widenUnsigned)(littleEndian ? 1 : 0, stride, raw, n, this.address);
  }

  /** Null where no element was taken. */
  read(): IntegerRange | null {
    const view = this.view();
    const [min, max] = this.signed ? [view.getBigInt64(0, true), view.getBigInt64(8, true)] : [view.getBigUint64(0, true), view.getBigUint64(8, true)];
    return min <= max ? { min, max } : null;
  }

  private view(): DataView {
    const { buffer, byteOffset } = this.arena.bytes(this.address, 16);
    return new DataView(buffer, byteOffset, 16);
  }
}

/** The range of both; null adds nothing. */
export function joinRanges(a: IntegerRange | null, b: IntegerRange | null): IntegerRange | null {
  if (a === null || b === null) return a ?? b;
  return { min: a.min < b.min ? a.min : b.min, max: a.max > b.max ? a.max : b.max };
}
