import { NormoscopeError } from '../errors';
import type { Limits } from '../limits';
import { itemBytes, unitOf, type Encoding } from '../tensor/tensor';
import { formatBytes } from '../text/numbers';
import { Arena, dtypeCode, type Kernels } from './abi';

/** Elements decoded at a time: 256 KiB of float64 stay in the second-level cache. */
const blockElements = 32768;
/** A record of a structured array longer than this is not read. */
const longestRecord = 64 * 1024 * 1024;

/** Where the elements of one tensor come in, a block at a time. */
export interface Input {
  /** Address of the block's first element as it is stored; they lie `Encoding.stride` apart. */
  readonly raw: number;
  /** Address of a block's elements as float64. */
  readonly x: number;
  /** Decodes the elements `from … from + count` of `bytes` to `x`; `from` begins an item. */
  load(bytes: Uint8Array, from: number, count: number): void;
}

/** A kernel instance with a memory of its own, and the input area of one block. */
export interface Session extends Input {
  readonly kernels: Kernels;
  readonly arena: Arena;
  /** Elements of a block: whole items. */
  readonly block: number;
  /**
   * The input of a further tensor, before `open`.
   * @throws NormoscopeError as `startSession`
   */
  input(encoding: Encoding): Input;
  open(): void;
}

/** Rows of a block of wide columns; four do nearly as well, and more than sixteen leave the cache. */
const wideRows = 8;
/** As long as a block has at most this many elements: 2 MiB of float64, in the third-level cache. */
const longestBlock = 262144;

/** Elements of a block for rows of up to `columns` columns: whole rows, so that each column's sums are fetched once for several. */
export function blockOf(columns: number): number {
  const elements = Math.max(blockElements, Math.min(longestBlock, wideRows * columns));
  return elements < columns ? blockElements : elements - (elements % columns);
}

/**
 * A kernel instance with a memory of its own, and how many items of a stride a block has at most.
 * @throws NormoscopeError `too-large` for records that are not read
 */
export function openKernels(module: WebAssembly.Module, stride: number) {
  if (stride > longestRecord) {
    throw new NormoscopeError('too-large', `A record has ${formatBytes(stride)}; at most ${formatBytes(longestRecord)} are read.`);
  }
  const memory = new WebAssembly.Memory({ initial: 1 });
  const instance = new WebAssembly.Instance(module, { env: { memory, abort: onAbort } });
  const kernels = instance.exports as unknown as Kernels;
  const arena = new Arena(kernels.heapBase.value);
  return { kernels, arena, open: () => arena.open(memory), longest: Math.floor(longestRecord / stride) };
}

/**
 * @param wanted elements of a block, fewer where records are long
 * @param beside the encodings of further inputs
 * @throws NormoscopeError `unsupported` or `too-large` for elements that the kernels do not take
 */
export function startSession(
  module: WebAssembly.Module,
  encoding: Encoding,
  wanted = blockElements,
  beside: readonly Encoding[] = [],
): Session {
  const { kernels, arena, open, longest } = openKernels(module, Math.max(...[encoding, ...beside].map((each) => each.stride)));
  const unit = Math.max(...[encoding, ...beside].map(unitOf));
  const block = wholeItems(Math.min(wanted, longest * unit), unit);
  const input = (of: Encoding) => inputOf(kernels, arena, block, of);
  return { kernels, arena, block, ...input(encoding), input, open };
}

function inputOf(kernels: Kernels, arena: Arena, block: number, encoding: Encoding): Input {
  const { stride, offset, littleEndian, dtype } = encoding;
  const code = dtypeCode(dtype);
  const raw = arena.reserve(itemBytes(encoding, block));
  const x = arena.reserve(block * 8);
  return {
    raw: raw + offset,
    x,
    load(bytes, from, count) {
      const start = itemBytes(encoding, from);
      const length = itemBytes(encoding, count);
      arena.bytes(raw, length).set(bytes.subarray(start, start + length));
      kernels.decode(code, littleEndian ? 1 : 0, stride, raw + offset, count, x);
    },
  };
}

function onAbort(): never {
  throw new NormoscopeError('internal', 'A kernel stopped itself.');
}

/** Bytes read and written at a time: both together stay in the cache, which makes it a fifth faster than with 4 MiB of each. */
const writtenBytes = 1024 * 1024;

/** Elements read and written at a time, `width` bytes of output each: neither is longer than a chunk, but for a single item. */
export function writtenElements(encoding: Encoding, limits: Limits, width: number): number {
  const chunkBytes = Math.min(writtenBytes, limits.chunkBytes);
  return Math.min(chunkElements(encoding, { ...limits, chunkBytes }), wholeItems(chunkBytes / width, unitOf(encoding)));
}

/** Elements between which nothing looks whether the work was cancelled: a few milliseconds of it, whatever their type. Whole items of each. */
const longestStretch = 1 << 20;

/** Elements of one read: whole items of no more bytes than asked, at least one item. */
export function chunkElements(encoding: Encoding, { chunkBytes }: Limits): number {
  const unit = unitOf(encoding);
  return wholeItems(Math.min(longestStretch, (chunkBytes / encoding.stride) * unit), unit);
}

/** The most whole items in so many elements, as elements; at least one. */
function wholeItems(elements: number, unit: number): number {
  return Math.max(1, Math.floor(elements / unit)) * unit;
}
