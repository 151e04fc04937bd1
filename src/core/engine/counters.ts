import type { Limits } from '../limits';
import { bitsPerElement, dtypeKind, packing, type DType } from '../tensor/dtype';
import type { Encoding } from '../tensor/tensor';
import type { Arena, Kernels } from './abi';
import type { Span } from './quantiles';
import { startSession, type Input } from './session';

/**
 * How often each 16-bit code occurs among the elements. What a code stands for:
 * - `elements`: one value of a type of 8 or 16 bits, so that the counts are the whole distribution;
 * - `floats`: the float32 whose upper half it is, a 128th of their power of two wide;
 * - `values`: the float64 that would have that code as float32, were its digits cut off: see `codesOf` in `assembly/count.ts`.
 */
export type Counting = 'elements' | 'floats' | 'values';

export function countingOf(dtype: DType): Counting {
  // Packed elements do not lie in words or bytes of their own.
  if (packing(dtype) !== null) return 'values';
  if (bitsPerElement(dtype) <= 16) return 'elements';
  return dtype === 'float32' ? 'floats' : 'values';
}

/**
 * How quantiles are to come about: whether the elements are kept, and whether they are counted. Up to `sortedElements` they are
 * sorted, which is sooner done than looking through as many counters; of a type of 8 or 16 bits the counts tell all.
 */
export function quantileTask(dtype: DType, total: number, { quantileElements }: Limits): { keepsValues: boolean; counts: boolean } {
  const isFew = total <= sortedElements;
  const keepsValues = total <= quantileElements && (isFew || countingOf(dtype) !== 'elements');
  return { keepsValues, counts: !(keepsValues && isFew) };
}

const sortedElements = 4096;

export const codes = 65536;
/** Elements after which the kernels' 32-bit counters are emptied. */
const mostCounted = 2 ** 31;

/** The counters of one pass in kernel memory. */
export class CounterArea {
  private readonly address: number;
  private readonly total = new Float64Array(codes);
  private pending = 0;

  constructor(
    private readonly arena: Arena,
    private readonly encoding: Encoding,
    private readonly counting: Counting,
  ) {
    // Two tables: see `assembly/count.ts`.
    this.address = arena.reserve(2 * codes * 4);
  }

  /** Counts `n` elements, of which the first lies at `raw` as it is stored and at `x` as float64. */
  count({ countBytes, countValues, countWords }: Kernels, { raw, x }: Pick<Input, 'raw' | 'x'>, n: number): void {
    const { encoding, counting, address } = this;
    const { dtype, littleEndian: little, stride } = encoding;
    this.expect(n);
    if (counting === 'values') countValues(x, n, address);
    else if (bitsPerElement(dtype) === 8) countBytes(stride, raw, n, address);
    // The upper half of a little-endian float32 is its second.
    else countWords(little ? 1 : 0, stride, raw + (counting === 'floats' && little ? 2 : 0), n, address);
  }

  /** The address of the counters, for a kernel that counts `n` elements itself as `countWords` would. */
  expect(n: number): number {
    if (this.pending + n > mostCounted) this.empty();
    this.pending += n;
    return this.address;
  }

  /** One count per code, of all elements so far. */
  read(): Float64Array {
    this.empty();
    return this.total;
  }

  private empty(): void {
    const { total } = this;
    const counters = this.arena.integers(this.address, 2 * codes);
    for (let code = 0; code < codes; code++) total[code] = (total[code] ?? 0) + ((counters[code] ?? 0) >>> 0) + ((counters[codes + code] ?? 0) >>> 0);
    counters.fill(0);
    this.pending = 0;
  }
}

/** The codes of a type from its least value to its greatest, of as many bits as it has. */
export function ascendingCodes(dtype: DType): Uint16Array {
  const all = dtypeKind(dtype) === 'float' || countingOf(dtype) !== 'elements' ? 'magnitude' : dtype.startsWith('int') ? 'complement' : 'plain';
  const size = countingOf(dtype) === 'elements' ? 2 ** bitsPerElement(dtype) : codes;
  const half = size / 2;
  const ascending = new Uint16Array(size);
  for (let place = 0; place < size; place++) {
    const magnitude = place < half ? size - 1 - place : place - half;
    ascending[place] = all === 'plain' ? place : all === 'complement' ? (place + half) % size : magnitude;
  }
  return ascending;
}

/** Codes below are nearer to zero than 2^-126; from `finiteEnd` on they are not finite, or beyond 2^128. */
const tinyEnd = 0x80;
const finiteEnd = 0x7f80;
const tiny = 2 ** -126;
const huge = 2 ** 128;

/** What the elements of a code lie between, for the two kinds that do not tell it; null where they are not finite. */
export function spanOf(code: number, counting: 'floats' | 'values'): readonly [low: number, high: number] | null {
  const size = code & 0x7fff;
  if (size > finiteEnd || (size === finiteEnd && counting === 'floats')) return null;
  const [low, high] = size === finiteEnd ? [huge, Infinity] : size < tinyEnd ? [0, tiny] : [edge(size), size + 1 === finiteEnd ? huge : edge(size + 1)];
  return code < 0x8000 ? [low, high] : [-high, -low];
}

const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

/** The float32 whose upper half is `code`, the lower being 0. */
function edge(code: number): number {
  bits[0] = code << 16;
  return float[0] ?? 0;
}

/** The counts as spans, ascending; what is not finite is left out. */
export function countedSpans(module: WebAssembly.Module, dtype: DType, counts: Float64Array): Span[] {
  const counting = countingOf(dtype);
  const values = counting === 'elements' ? valuesOfCodes(module, dtype) : null;
  const spans: Span[] = [];
  const order = ascendingCodes(dtype);
  // By index: an iterator over so many takes longer than the rest.
  for (let place = 0; place < order.length; place++) {
    const code = order[place] ?? 0;
    const count = counts[code] ?? 0;
    if (count === 0) continue;
    const value = values?.[code] ?? NaN;
    const span = counting === 'elements' ? (Number.isFinite(value) ? ([value, value] as const) : null) : spanOf(code, counting);
    if (span === null) continue;
    const [low, high] = span;
    const last = spans.at(-1);
    // Several codes stand for one span near zero, and for one truth value.
    if (last?.low === low && last.high === high) spans[spans.length - 1] = { low, high, count: last.count + count };
    else spans.push({ low, high, count });
  }
  return spans;
}

/** The value of every code of a type of 8 or 16 bits, by the kernels' own decoder. */
function valuesOfCodes(module: WebAssembly.Module, dtype: DType): Float64Array {
  const stride = bitsPerElement(dtype) / 8;
  const { arena, block, x, open, load } = startSession(module, { dtype, littleEndian: true, stride, offset: 0 });
  open();
  const count = 2 ** (8 * stride);
  const raw = new Uint8Array(count * stride);
  for (let at = 0; at < raw.length; at++) raw[at] = (Math.floor(at / stride) >> (8 * (at % stride))) & 0xff;
  const values = new Float64Array(count);
  for (let at = 0; at < count; at += block) {
    const n = Math.min(block, count - at);
    load(raw, at, n);
    values.set(arena.floats(x, n), at);
  }
  return values;
}
