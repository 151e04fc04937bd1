import type { DType } from '../tensor/dtype';
import type { Encoding } from '../tensor/tensor';
import { dtypeCode, type Arena, type Kernels } from './abi';
import { openKernels, type Input } from './session';
import type { WalkPlan } from './walk';

const fastDtypes: readonly DType[] = [
  'bool',
  'int8',
  'uint8',
  'int16',
  'uint16',
  'float16',
  'bfloat16',
  'float32',
  'float8_e4m3fn',
  'float8_e4m3fnuz',
  'float8_e5m2',
  'float8_e5m2fnuz',
];

/** Whether the fast kernels take elements of a type: float32 holds all of them exactly. */
export function isFastDtype(dtype: DType): boolean {
  return fastDtypes.includes(dtype);
}

/** Kernels over blocks of float32. */
export interface FastSession {
  readonly kernels: Kernels;
  readonly arena: Arena;
  /** Elements of a block. */
  readonly block: number;
  /** As `Pass.memory`. */
  memory(bytes: number): Uint8Array;
  open(): void;
  /**
   * The elements `from … from + count` of `bytes`: where they lie as they are stored, and as float32 (`x`). Where `bytes` is of
   * `memory` nothing is copied, and little-endian float32 is not decoded.
   */
  load(bytes: Uint8Array, from: number, count: number): Pick<Input, 'raw' | 'x'>;
  /** `count` float32 as float64: their address. For groupings that have no fast kernel. */
  doubles(x: number, count: number): number;
}

/** Elements of a block: 256 KiB of float32, in the second-level cache. */
const blockElements = 65536;
/** With more columns than this no 128 rows fit into such a block: rows and columns then take turns inside of the kernel. */
export const wideColumns = 512;
/** Rows of a panel, see `assembly/fastColumns.ts`: the block has as many of wide columns, or as many elements as this. */
const panelRows = 256;
const longestBlock = 1 << 20;
/** Stretches that are in memory at a time: one is read while the other is worked on. */
const slots = 2;

/** Bytes of a stretch: the one that is read and the one that is worked on are in the caches together. */
const cachedBytes = 2 << 20;
/** Rows of wide columns that a stretch has at least, if it can: each is a panel that has to be merged. */
const leastRows = 64;

function widest(plans: readonly WalkPlan[]): number {
  return Math.max(1, ...plans.map(({ length, neighbours }) => (neighbours ? length : 1)));
}

/** Elements of a stretch, of at most `longest`. */
export function fastStretch(encoding: Encoding, plans: readonly WalkPlan[], longest: number): number {
  const cached = Math.floor(cachedBytes / encoding.stride);
  return widest(plans) * leastRows > cached ? longest : Math.min(longest, cached);
}

/**
 * @param readBytes of the longest stretch that is read into the kernels' memory; 0 where none is
 * @throws NormoscopeError as `startSession`
 */
export function startFastSession(
  module: WebAssembly.Module,
  encoding: Encoding,
  plans: readonly WalkPlan[],
  readBytes: number,
): FastSession {
  const { stride, offset, littleEndian } = encoding;
  const dtype = dtypeCode(encoding.dtype);
  const float32 = dtypeCode('float32');
  const { kernels, arena, open, longest } = openKernels(module, stride);
  const columns = widest(plans);
  const wanted = columns > wideColumns ? Math.min(longestBlock, panelRows * columns) : blockElements;
  const most = readBytes > 0 ? Math.max(1, Math.floor(readBytes / stride)) : longest;
  const block = Math.min(longest, most, wanted < columns ? wanted : wanted - (wanted % columns));
  // Little-endian float32 side by side are what the kernels read.
  const plain = dtype === float32 && littleEndian && stride === 4;
  const own = readBytes > 0 ? Array.from({ length: slots }, () => arena.reserve(readBytes)) : [];
  // Bytes from elsewhere go where nobody else reads to then.
  const copies = own[0] ?? arena.reserve(block * stride);
  const decoded = plain ? 0 : arena.reserve(block * 4);
  const wide = plans.some(({ table, neighbours }) => table !== null && !neighbours) ? arena.reserve(block * 8) : 0;
  const scratch = arena.reserve(512);
  const addressOf = (bytes: Uint8Array, from: number, count: number) => {
    if (own.includes(bytes.byteOffset) && bytes.buffer === arena.bytes(bytes.byteOffset, 0).buffer) return bytes.byteOffset + from * stride;
    arena.bytes(copies, count * stride).set(bytes.subarray(from * stride, (from + count) * stride));
    return copies;
  };
  let taken = 0;
  return {
    kernels,
    arena,
    open,
    block,
    memory(bytes) {
      const address = bytes <= readBytes ? own[taken++] : undefined;
      return address === undefined ? new Uint8Array(bytes) : arena.bytes(address, bytes);
    },
    load(bytes, from, count) {
      const raw = addressOf(bytes, from, count) + offset;
      if (plain) return { raw, x: raw };
      kernels.decodeFast(dtype, littleEndian ? 1 : 0, stride, raw, count, decoded, scratch);
      return { raw, x: decoded };
    },
    doubles(x, count) {
      kernels.decode(float32, 1, 4, x, count, wide);
      return wide;
    },
  };
}
