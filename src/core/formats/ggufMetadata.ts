import { NormoscopeError } from '../errors';
import { quoted } from '../text/quoted';
import type { SequentialReader } from './sequentialReader';

/** An array of metadata in short: tokenizers have some with hundreds of thousands of texts. */
export interface ArraySummary {
  /** `string`, `int32`, `array`. */
  readonly type: string;
  readonly count: number;
  /** Up to 8. */
  readonly first: readonly unknown[];
}

interface ValueType {
  readonly name: string;
  readonly bytes: number;
  readonly read: (view: DataView, at: number, little: boolean) => unknown;
}

/** 64-bit integers as numbers where those are exact, else as decimal digits. */
const exact = (value: bigint) => (Number.isSafeInteger(Number(value)) ? Number(value) : String(value));

/** By the number in the file: `enum gguf_type`. */
const valueTypes: ReadonlyMap<number, ValueType> = new Map<number, ValueType>([
  [0, { name: 'uint8', bytes: 1, read: (view, at) => view.getUint8(at) }],
  [1, { name: 'int8', bytes: 1, read: (view, at) => view.getInt8(at) }],
  [2, { name: 'uint16', bytes: 2, read: (view, at, little) => view.getUint16(at, little) }],
  [3, { name: 'int16', bytes: 2, read: (view, at, little) => view.getInt16(at, little) }],
  [4, { name: 'uint32', bytes: 4, read: (view, at, little) => view.getUint32(at, little) }],
  [5, { name: 'int32', bytes: 4, read: (view, at, little) => view.getInt32(at, little) }],
  [6, { name: 'float32', bytes: 4, read: (view, at, little) => view.getFloat32(at, little) }],
  [7, { name: 'bool', bytes: 1, read: (view, at) => view.getUint8(at) !== 0 }],
  [10, { name: 'uint64', bytes: 8, read: (view, at, little) => exact(view.getBigUint64(at, little)) }],
  [11, { name: 'int64', bytes: 8, read: (view, at, little) => exact(view.getBigInt64(at, little)) }],
  [12, { name: 'float64', bytes: 8, read: (view, at, little) => view.getFloat64(at, little) }],
]);
const stringType = 8;
const arrayType = 9;

/** Values of an array that are kept. */
const shown = 8;
/** Bytes of a text that are kept: chat templates have some thousands. */
const longestText = 64 * 1024;
/** Bytes of all texts of the metadata that are kept, and of each when those are used up. */
const [mostTexts, shortText] = [4 * 1024 * 1024, 256];
/** ggml itself has no arrays in arrays; the format's description allows them. */
const deepest = 4;

/** Reads counts and lengths as wide as a version has them: 32 bits in version 1, 64 since. */
export class GgufReader {
  private readonly wide: boolean;
  private textsLeft = mostTexts;

  constructor(
    readonly bytes: SequentialReader,
    version: number,
  ) {
    this.wide = version > 1;
  }

  /** Bytes of a count or a length. */
  get sizeBytes(): number {
    return this.wide ? 8 : 4;
  }

  /**
   * How many there are of something that takes at least `least` bytes each.
   * @throws NormoscopeError `malformed` when the rest of the file is too short for as many
   */
  async count(what: string, least: number): Promise<number> {
    await this.bytes.fill(this.sizeBytes);
    const at = this.bytes.position;
    const count = this.wide ? this.bytes.uint64() : BigInt(this.bytes.uint32());
    const { left } = this.bytes;
    if (count * BigInt(least) > BigInt(left)) {
      throw new NormoscopeError('malformed', `The header says at byte ${at} that there are ${count} ${what}; the ${left} bytes left of the file cannot hold them.`, at);
    }
    return Number(count);
  }

  /** A text; of a long one the beginning and how long it is. */
  async text(what: string, longest = longestText): Promise<string> {
    const length = await this.count(`bytes of ${what}`, 1);
    const kept = Math.min(length, longest);
    await this.bytes.fill(kept);
    const text = this.bytes.text(kept);
    this.bytes.skip(length - kept);
    return kept === length ? text : `${text}… (${length} bytes)`;
  }

  /** The value of the key `key`, its type first. */
  async value(key: string): Promise<unknown> {
    return this.valueOf(await this.type(key), key, 0);
  }

  private async type(key: string): Promise<number> {
    await this.bytes.fill(4);
    const at = this.bytes.position;
    const type = this.bytes.uint32();
    if (type === stringType || type === arrayType || valueTypes.has(type)) return type;
    throw new NormoscopeError('malformed', `The value of ${quoted(key)} is of type ${type} at byte ${at}; types 0 to 12 are known.`, at);
  }

  private async valueOf(type: number, key: string, depth: number): Promise<unknown> {
    if (type === stringType) {
      const text = await this.text('a text', Math.min(longestText, Math.max(shortText, this.textsLeft)));
      this.textsLeft -= text.length;
      return text;
    }
    if (type === arrayType) return this.array(key, depth);
    const plain = valueTypes.get(type) as ValueType;
    await this.bytes.fill(plain.bytes);
    return this.plain(plain);
  }

  private plain({ bytes, read }: ValueType): unknown {
    return this.bytes.take(bytes, (view, at) => read(view, at, this.bytes.littleEndian));
  }

  private async array(key: string, depth: number): Promise<ArraySummary> {
    if (depth === deepest) {
      throw new NormoscopeError('too-large', `The value of ${quoted(key)} has arrays in arrays, more than ${deepest} deep, at byte ${this.bytes.position}.`, this.bytes.position);
    }
    const type = await this.type(key);
    const plain = valueTypes.get(type);
    const name = plain?.name ?? (type === stringType ? 'string' : 'array');
    const least = plain?.bytes ?? (type === stringType ? this.sizeBytes : 4 + this.sizeBytes);
    const count = await this.count(`values of ${name}`, least);
    const first: unknown[] = [];
    for (let index = 0; index < count; index++) {
      if (index < shown) first.push(await this.valueOf(type, key, depth + 1));
      else if (plain !== undefined) {
        this.bytes.skip((count - index) * plain.bytes);
        break;
      } else if (type === stringType) {
        const pending = this.skipText();
        if (pending !== undefined) await pending;
      } else await this.array(key, depth + 1);
    }
    return { type: name, count, first };
  }

  /** Nothing to wait for while the window holds out: there are vocabularies of a million texts. */
  private skipText(): Promise<void> | undefined {
    if (!this.bytes.has(this.sizeBytes)) return this.count('bytes of a text', 1).then((length) => this.bytes.skip(length));
    const at = this.bytes.position;
    const length = this.wide ? Number(this.bytes.uint64()) : this.bytes.uint32();
    if (length <= this.bytes.left) {
      this.bytes.skip(length);
      return undefined;
    }
    this.bytes.position = at;
    return this.count('bytes of a text', 1).then((known) => this.bytes.skip(known));
  }
}
