import { NormoscopeError } from '../errors';
import type { Limits } from '../limits';
import { readBytes, type ByteSource } from '../tensor/byteSource';
import type { DType } from '../tensor/dtype';
import { formatBytes } from '../text/numbers';
import { describeJson, JsonObject, parseStrictJson, type Json } from './strictJson';

/** What stands before the tensors' bytes. */
export interface SafetensorsHeader {
  /** By name, as the header has them, without `__metadata__`. */
  readonly entries: JsonObject;
  readonly metadata: Json | undefined;
  readonly metadataRepeated: boolean;
  /** Where the tensors' bytes begin: places in the header count from here. */
  readonly dataStart: number;
}

const metadataName = '__metadata__';
const lengthBytes = 8;

/**
 * The length as an unsigned 64-bit integer, little-endian, then as many bytes of a JSON object
 * (https://github.com/huggingface/safetensors, "Format").
 * @throws NormoscopeError `malformed`, `truncated` or `too-large`, with the offset
 */
export async function readSafetensorsHeader(source: ByteSource, limits: Limits, signal?: AbortSignal): Promise<SafetensorsHeader> {
  const { name, size } = source;
  if (size < lengthBytes) throw new NormoscopeError('truncated', `${name} ends at byte ${size}, within the length of its header.`, size);
  const head = await readBytes(source, 0, lengthBytes, signal);
  const length = new DataView(head.buffer).getBigUint64(0, true);
  if (length > BigInt(size - lengthBytes)) {
    throw new NormoscopeError('truncated', `${name} ends at byte ${size}; its header is said to be ${length} bytes long, from byte ${lengthBytes} on.`, 0);
  }
  if (length > BigInt(limits.headerBytes)) {
    throw new NormoscopeError(
      'too-large',
      `The header of ${name} is said to be ${formatBytes(Number(length))} long; at most ${formatBytes(limits.headerBytes)} are read.`,
      0,
    );
  }
  const bytes = await readBytes(source, lengthBytes, Number(length), signal);
  const json = parseHeader(name, bytes);
  if (!(json instanceof JsonObject)) {
    throw new NormoscopeError('malformed', `The header of ${name} is ${describeJson(json)}, not a JSON object.`, lengthBytes);
  }
  const metadata = json.members.get(metadataName);
  json.members.delete(metadataName);
  return { entries: json, metadata, metadataRepeated: json.repeated.has(metadataName), dataStart: lengthBytes + bytes.length };
}

function parseHeader(name: string, bytes: Uint8Array): Json {
  if (bytes[0] !== 0x7b) {
    const found = bytes[0] === undefined ? 'is empty' : `begins with byte 0x${bytes[0].toString(16).padStart(2, '0')}`;
    throw new NormoscopeError('malformed', `The header of ${name} ${found}; "{" was expected, as a JSON object begins.`, lengthBytes);
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new NormoscopeError('malformed', `The header of ${name} from byte ${lengthBytes} on is not UTF-8.`, lengthBytes);
  }
  return parseStrictJson(text, `The header of ${name}`, (character) => lengthBytes + new TextEncoder().encode(text.slice(0, character)).length);
}

/** A type of the format: what it is here, and the bits of one element. */
export interface StoredType {
  /** Null for a type that is not computed with. */
  readonly dtype: DType | null;
  readonly bits: number;
}

/** Every type that the format's own library (0.8) names. */
const storedTypes: ReadonlyMap<string, StoredType> = new Map<string, StoredType>([
  ['BOOL', { dtype: 'bool', bits: 8 }],
  ['U8', { dtype: 'uint8', bits: 8 }],
  ['I8', { dtype: 'int8', bits: 8 }],
  ['U16', { dtype: 'uint16', bits: 16 }],
  ['I16', { dtype: 'int16', bits: 16 }],
  ['U32', { dtype: 'uint32', bits: 32 }],
  ['I32', { dtype: 'int32', bits: 32 }],
  ['U64', { dtype: 'uint64', bits: 64 }],
  ['I64', { dtype: 'int64', bits: 64 }],
  ['F16', { dtype: 'float16', bits: 16 }],
  ['BF16', { dtype: 'bfloat16', bits: 16 }],
  ['F32', { dtype: 'float32', bits: 32 }],
  ['F64', { dtype: 'float64', bits: 64 }],
  ['C64', { dtype: 'complex64', bits: 64 }],
  ['F8_E4M3', { dtype: 'float8_e4m3fn', bits: 8 }],
  ['F8_E5M2', { dtype: 'float8_e5m2', bits: 8 }],
  ['F8_E4M3FNUZ', { dtype: 'float8_e4m3fnuz', bits: 8 }],
  ['F8_E5M2FNUZ', { dtype: 'float8_e5m2fnuz', bits: 8 }],
  ['F8_E8M0', { dtype: null, bits: 8 }],
  ['F4', { dtype: null, bits: 4 }],
  ['F6_E2M3', { dtype: null, bits: 6 }],
  ['F6_E3M2', { dtype: null, bits: 6 }],
]);

export function storedType(word: string): StoredType | undefined {
  return storedTypes.get(word);
}
