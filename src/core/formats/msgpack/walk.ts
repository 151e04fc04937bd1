import { NormoscopeError, throwIfCancelled } from '../../errors';
import type { Limits } from '../../limits';
import { quoted } from '../../text/quoted';
import type { SequentialReader } from '../sequentialReader';
import { readArray, type PackedArray } from './ndarray';
import { readToken, type Token } from './tokens';

/** One array of the file, or what is said to be one. */
export interface Leaf {
  readonly name: string;
  /** One; of an array beyond a gigabyte, which Flax cuts up, all of its parts. Empty where `failure` is set. */
  readonly parts: readonly PackedArray[];
  /** Of an array that was cut up, its whole shape. */
  readonly shape: readonly number[];
  readonly failure: NormoscopeError | null;
}

export interface Walked {
  readonly leaves: readonly Leaf[];
  /** Numbers, truth values and short texts that stand beside the arrays, by their path. */
  readonly metadata: ReadonlyMap<string, unknown>;
  readonly leftOut: number;
  /** Set where the file ends early, or makes no sense from somewhere on. */
  readonly failure: NormoscopeError | null;
}

const chunkedKey = '__msgpack_chunked_array__';
/** Dictionaries and lists within each other. Modules of modules take some twenty. */
const mostLevels = 64;
/** Values of all kinds. An optimizer has three for each parameter. */
const mostValues = 1 << 20;
/** Bytes of a key or of a text that is shown. */
const longestText = 4096;
const [arrayType, complexType, scalarType] = [1, 2, 3];

/**
 * Walks through a dictionary of dictionaries of arrays, and reads of an array only what stands before its elements.
 * A name is the path to it, with `/` between the keys, as Flax's `flatten_dict(sep="/")` joins them; entries of lists are numbered.
 * @throws NormoscopeError as `Format.open`, where it found nothing before
 */
export async function walk(reader: SequentialReader, limits: Limits, signal: AbortSignal | undefined): Promise<Walked> {
  const walker = new Walker(reader, limits, signal);
  let failure: NormoscopeError | null = null;
  try {
    await walker.value('', 0);
  } catch (error) {
    throwIfCancelled(signal);
    if (!(error instanceof NormoscopeError) || error.code === 'io' || walker.leaves.length === 0) throw error;
    failure = error;
  }
  return { leaves: walker.leaves, metadata: walker.metadata, leftOut: walker.leftOut, failure };
}

class Walker {
  readonly leaves: Leaf[] = [];
  readonly metadata = new Map<string, unknown>();
  leftOut = 0;
  private values = 0;

  constructor(
    private readonly reader: SequentialReader,
    private readonly limits: Limits,
    private readonly signal: AbortSignal | undefined,
  ) {}

  async value(path: string, level: number): Promise<void> {
    const at = this.reader.position;
    await this.contents(await this.next(), path, level, at);
  }

  private async next(): Promise<Token> {
    if (this.values++ % 1024 === 0) throwIfCancelled(this.signal);
    const { position } = this.reader;
    if (this.values > mostValues) throw new NormoscopeError('too-large', `${this.reader.source.name} has more than ${mostValues} values; that is as many as are read.`, position);
    return readToken(this.reader);
  }

  private async contents(token: Token, path: string, level: number, at: number): Promise<void> {
    if ('count' in token) return this.entries(token, path, level, at);
    if (token.kind === 'ext') return this.extension(token, path, at);
    if (token.kind === 'value') this.note(path, token.value);
    else if (token.kind === 'text' && token.length <= longestText) this.note(path, await this.text(token.length));
    else this.pass(token.length);
  }

  private async entries({ kind, count }: Extract<Token, { count: number }>, path: string, level: number, at: number): Promise<void> {
    if (level >= mostLevels) throw new NormoscopeError('too-large', `At byte ${at} dictionaries are nested more than ${mostLevels} deep; that is as deep as is read.`, at);
    for (let index = 0; index < count; index++) {
      const key = kind === 'array' ? String(index) : await this.key();
      const keyEnd = this.reader.position;
      const token = await this.next();
      if (index === 0 && kind === 'map' && key === chunkedKey && token.kind === 'value' && token.value === true) {
        return this.chunked(path, count, level, at);
      }
      await this.contents(token, level === 0 ? key : `${path}/${key}`, level + 1, keyEnd);
    }
  }

  private async key(): Promise<string> {
    const at = this.reader.position;
    const token = await this.next();
    if (token.kind === 'value' && (typeof token.value === 'number' || typeof token.value === 'bigint')) return String(token.value);
    if ((token.kind === 'text' || token.kind === 'bytes') && token.length <= longestText) return this.text(token.length);
    throw new NormoscopeError('malformed', `The key at byte ${at} is not a text of at most ${longestText} bytes, as a name is.`, at);
  }

  private async text(length: number): Promise<string> {
    await this.reader.fill(length);
    return this.reader.text(length);
  }

  private pass(length: number): void {
    const { position, source } = this.reader;
    if (position + length > source.size) {
      throw new NormoscopeError('truncated', `${source.name} ends at byte ${source.size}, within ${length} bytes from byte ${position} on.`, source.size);
    }
    this.reader.jump(length);
  }

  private async extension({ length, type }: { length: number; type: number }, path: string, at: number): Promise<void> {
    const start = this.reader.position;
    if (type === complexType) this.note(path, 'a complex number');
    if (type !== arrayType && type !== scalarType) return this.pass(length);
    const found = await this.array(start + length, at);
    this.add({ name: path, shape: found instanceof NormoscopeError ? [] : found.shape, ...(found instanceof NormoscopeError ? { parts: [], failure: found } : { parts: [found], failure: null }) });
    this.reader.position = start;
    this.pass(length);
  }

  /** What is wrong within an extension costs it alone: where the next value begins is known. */
  private async array(end: number, at: number): Promise<PackedArray | NormoscopeError> {
    const { size } = this.reader.source;
    if (end > size) return new NormoscopeError('truncated', `The array at byte ${at} reaches to byte ${end}, but the file ends at byte ${size}.`, size);
    try {
      return await readArray(this.reader, end);
    } catch (error) {
      throwIfCancelled(this.signal);
      if (error instanceof NormoscopeError && (error.code === 'malformed' || error.code === 'truncated')) return error;
      throw error;
    }
  }

  /** `{"__msgpack_chunked_array__": true, "shape": {"0": …}, "chunks": {"0": array, …}}`: all but the first pair. */
  private async chunked(path: string, count: number, level: number, at: number): Promise<void> {
    const inner = new Walker(this.reader, this.limits, this.signal);
    for (let index = 1; index < count; index++) await inner.value(await this.key(), level + 1);
    this.values += inner.values;
    const shape: number[] = [];
    for (const size of inner.metadata.values()) shape.push(typeof size === 'number' || typeof size === 'bigint' ? Number(size) : NaN);
    const named = [...inner.metadata.keys()].every((key, axis) => key === `shape/${axis}`) && inner.leaves.every(({ name }, part) => name === `chunks/${part}`);
    const parts = inner.leaves.flatMap((leaf) => leaf.parts);
    const [first] = parts;
    const broken = inner.leaves.find(({ failure }) => failure !== null)?.failure;
    const wrong = (what: string) => new NormoscopeError('malformed', `The array in parts at byte ${at} makes no sense: ${what}.`, at);
    const failure =
      broken ??
      (!named || inner.leftOut > 0 || !shape.every((size) => Number.isSafeInteger(size) && size >= 0) ? wrong('a shape and numbered parts are expected') : null) ??
      (first === undefined ? wrong('it has no parts') : null) ??
      (parts.some(({ word, shape: part }) => word !== first?.word || part.length !== 1) ? wrong(`not every part is a row of ${quoted(first?.word ?? '')}`) : null);
    this.add(failure === null ? { name: path, parts, shape, failure } : { name: path, parts: [], shape: [], failure });
  }

  private add(leaf: Leaf): void {
    if (this.leaves.length < this.limits.tensors) this.leaves.push(leaf);
    else this.leftOut++;
  }

  private note(path: string, value: unknown): void {
    if (this.metadata.size < this.limits.fields) this.metadata.set(path, typeof value === 'bigint' ? String(value) : value);
  }
}
