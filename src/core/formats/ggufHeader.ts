import { NormoscopeError } from '../errors';
import type { Limits } from '../limits';
import type { ByteSource } from '../tensor/byteSource';
import type { Warning } from '../tensor/tensor';
import { formatCount } from '../text/numbers';
import { quoted } from '../text/quoted';
import { Allowance, heapCost } from './allowance';
import { GgufReader } from './ggufMetadata';
import { SequentialReader } from './sequentialReader';

/** What stands before the tensors' bytes. */
export interface GgufHeader {
  readonly littleEndian: boolean;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly tensors: readonly GgufTensor[];
  /** Where the tensors' bytes begin: their offsets count from here. */
  readonly dataStart: number;
  /** What stands between tensors is padding up to a multiple of this. */
  readonly alignment: number;
  readonly warnings: readonly Warning[];
}

/** A tensor as the header has it; nothing of it is checked. */
export interface GgufTensor {
  readonly name: string;
  /** Row-major, outermost first: the file has them the other way round. */
  readonly dims: readonly bigint[];
  readonly type: number;
  readonly offset: bigint;
}

export const ggufMagic: readonly number[] = [0x47, 0x47, 0x55, 0x46];
const alignmentKey = 'general.alignment';
const defaultAlignment = 32;
/** Bytes of a key that are kept. ggml allows no more. */
const longestKey = 65535;
/** More axes than this are not a tensor's but a header's that is broken. ggml has 4. */
const mostAxes = 64;

/**
 * Magic, version, counts, metadata, then the tensors' names, dimensions, types and places
 * (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md).
 * @throws NormoscopeError `malformed`, `truncated`, `unsupported` or `too-large`, with the offset
 */
export async function readGgufHeader(source: ByteSource, limits: Limits, signal?: AbortSignal): Promise<GgufHeader> {
  const bytes = new SequentialReader(source, limits.walkedBytes, signal);
  bytes.skip(ggufMagic.length);
  const version = await readVersion(bytes);
  const reader = new GgufReader(bytes, version);
  // The shortest tensor: a name of no bytes, no axes, a type and a place. The shortest pair: an empty key and one byte.
  const tensorCount = await reader.count('tensors', reader.sizeBytes + 16);
  const pairCount = await reader.count('pairs of metadata', reader.sizeBytes + 5);
  const { metadata, warnings } = await readMetadata(reader, pairCount, limits);

  const alignment = alignmentOf(metadata.get(alignmentKey), source.name);
  const tensors: GgufTensor[] = [];
  const memory = new Allowance(`The header of ${source.name}`);
  for (let index = 0; index < tensorCount; index++) {
    const tensor = await readTensor(reader);
    if (index >= limits.tensors) continue;
    memory.text(tensor.name);
    memory.take(heapCost.object + 2 * heapCost.item * tensor.dims.length, bytes.position);
    tensors.push(tensor);
  }
  if (tensorCount > tensors.length) {
    const message = `The header has ${formatCount(tensorCount - tensors.length)} more tensors; the first ${formatCount(tensors.length)} are listed.`;
    warnings.push({ code: 'tensors-left-out', message });
  }
  const dataStart = Math.ceil(bytes.position / alignment) * alignment;
  return {
    littleEndian: bytes.littleEndian,
    metadata: Object.fromEntries(metadata),
    tensors,
    dataStart,
    alignment,
    warnings,
  };
}

/** Files of big-endian machines have all their numbers the other way round: a version of 3 is 0x03000000 then. */
async function readVersion(bytes: SequentialReader): Promise<number> {
  await bytes.fill(4);
  const at = bytes.position;
  const read = bytes.uint32();
  bytes.littleEndian = (read & 0xffff) !== 0 || read === 0;
  const version = bytes.littleEndian ? read : read >>> 24;
  if (version >= 1 && version <= 3 && (bytes.littleEndian || (read & 0xffffff) === 0)) return version;
  throw new NormoscopeError('unsupported', `${bytes.source.name} is of GGUF version ${read}; versions 1, 2 and 3 are read.`, at);
}

async function readMetadata(reader: GgufReader, count: number, { fields }: Limits) {
  const metadata = new Map<string, unknown>();
  const warnings: Warning[] = [];
  let leftOut = 0;
  let twice: string | null = null;
  for (let index = 0; index < count; index++) {
    const key = await reader.text('a key', longestKey);
    const value = await reader.value(key);
    if (metadata.has(key)) twice ??= key;
    else if (metadata.size < fields || key === alignmentKey) metadata.set(key, value);
    else leftOut++;
  }
  if (twice !== null) warnings.push({ code: 'metadata', message: `The metadata has ${quoted(twice)} more than once; the first is taken.` });
  if (leftOut > 0) {
    const message = `The metadata has ${formatCount(leftOut)} more keys; the first ${formatCount(fields)} are shown.`;
    warnings.push({ code: 'metadata', message });
  }
  return { metadata, warnings };
}

/** @throws NormoscopeError `malformed`: with another alignment than it was written with, a file's every tensor would be misread */
function alignmentOf(value: unknown, name: string): number {
  if (value === undefined) return defaultAlignment;
  if (typeof value === 'number' && Number.isInteger(Math.log2(value)) && value >= 1 && value < 2 ** 31) return value;
  const shown = typeof value === 'string' ? quoted(value) : typeof value === 'object' ? 'an array' : String(value);
  throw new NormoscopeError('malformed', `The metadata of ${name} has ${shown} for ${alignmentKey}, not a power of two.`);
}

async function readTensor(reader: GgufReader): Promise<GgufTensor> {
  const { bytes, sizeBytes } = reader;
  const name = await reader.text('the name of a tensor');
  await bytes.fill(4);
  const at = bytes.position;
  const axes = bytes.uint32();
  if (axes > mostAxes) {
    throw new NormoscopeError('malformed', `The tensor ${quoted(name)} has ${axes} axes by byte ${at}: from there on the header makes no sense.`, at);
  }
  await bytes.fill(axes * sizeBytes + 12);
  const dims = Array.from({ length: axes }, () => (sizeBytes === 8 ? bytes.uint64() : BigInt(bytes.uint32())));
  return { name, dims: dims.reverse(), type: bytes.uint32(), offset: bytes.uint64() };
}
