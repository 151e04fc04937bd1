import { wire } from './wireReader';

/** How the fields of a ModelProto are written, by their numbers. */
const modelFields: ReadonlyMap<number, number> = new Map([
  [1, wire.varint],
  [2, wire.bytes],
  [3, wire.bytes],
  [4, wire.bytes],
  [5, wire.varint],
  [6, wire.bytes],
  [7, wire.bytes],
  [8, wire.bytes],
  [14, wire.bytes],
  [20, wire.bytes],
  [25, wire.bytes],
  [26, wire.bytes],
]);
const texts = [2, 3, 4, 6];
const graphField = 7;
/** Numbers of GraphProto's fields, all of which are messages or texts. */
const graphFields = [1, 2, 5, 10, 11, 12, 13, 14, 15, 16];
/** Versions of the format; it has 13 in 2025. */
const latestVersion = 64;

interface Step {
  readonly field: number;
  readonly type: number;
  /** Of a varint; of bytes their length. */
  readonly value: number;
  /** Where the value's bytes begin, and behind the field. */
  readonly start: number;
  readonly end: number;
}

/**
 * Whether a file is a model whatever its name, though Protocol Buffers have no signature: a version of the format first, then
 * none but fields that a model has, texts being texts, up to a graph that the file has room for, and a field of a graph in it.
 */
export function beginsAsModel(head: Uint8Array, size: number): boolean {
  let step = stepAt(head, 0);
  if (step?.field !== 1 || step.type !== wire.varint || step.value < 1 || step.value > latestVersion) return false;
  for (;;) {
    step = stepAt(head, step.end);
    if (step === null || modelFields.get(step.field) !== step.type || step.end > size) return false;
    if (texts.includes(step.field) && !isText(head.subarray(step.start, step.end))) return false;
    if (step.field !== graphField) continue;
    const inner = stepAt(head, step.start);
    return inner !== null && inner.type === wire.bytes && graphFields.includes(inner.field) && inner.end <= step.end;
  }
}

/** Whether a file that is called a model can be one by its first field. One that was cut off may end within it. */
export function mayBeModel(head: Uint8Array, size: number): boolean {
  const step = stepAt(head, 0);
  if (step === null || modelFields.get(step.field) !== step.type) return false;
  return step.field === graphField || step.end <= size;
}

function stepAt(head: Uint8Array, at: number): Step | null {
  const tag = varintAt(head, at);
  const value = tag === null ? null : varintAt(head, tag.end);
  if (tag === null || value === null) return null;
  const field = Math.floor(tag.value / 8);
  const type = tag.value % 8;
  if (type === wire.varint) return { field, type, value: value.value, start: tag.end, end: value.end };
  return type === wire.bytes ? { field, type, value: value.value, start: value.end, end: value.end + value.value } : null;
}

/** Up to 56 bits: lengths of files have no more. */
function varintAt(head: Uint8Array, at: number): { readonly value: number; readonly end: number } | null {
  let value = 0;
  for (let index = 0; index < 7; index++) {
    const byte = head[at + index];
    if (byte === undefined) return null;
    value += (byte & 127) * 128 ** index;
    if (byte < 128) return { value, end: at + index + 1 };
  }
  return null;
}

/** No control characters but those of lines. */
function isText(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte >= 0x20 || (byte >= 9 && byte <= 13));
}
