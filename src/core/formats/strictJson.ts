import { NormoscopeError } from '../errors';
import { Allowance, heapCost } from './allowance';
import { quoted } from '../text/quoted';

/** A JSON value whose objects tell of names that stand twice: `JSON.parse` keeps the last and says nothing. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** Members by name, in the order of the text. A map, so that `__proto__` is a name like any other. */
export class JsonObject {
  /** The first member of each name. */
  readonly members = new Map<string, Json>();
  private twice: Set<string> | null = null;

  /** Names that stand more than once. */
  get repeated(): ReadonlySet<string> {
    return this.twice ?? none;
  }

  add(name: string, value: Json): void {
    if (!this.members.has(name)) this.members.set(name, value);
    else (this.twice ??= new Set()).add(name);
  }
}

const none: ReadonlySet<string> = new Set();

/** Bytes that all values may take: the places of sixty thousand tensors. */
const mostMemory = 56 * 1024 * 1024;
/** Deeper nesting than any header has. */
const deepest = 32;

/**
 * Parses JSON as RFC 8259 has it.
 * @param offsetOf the byte offset in the file of a character of `text`
 * @param what the text is, for a sentence: `The header of a.safetensors`
 * @throws NormoscopeError `malformed` with the offset; `too-large` for nesting beyond 32 levels, and for more values than are held
 */
export function parseStrictJson(text: string, what: string, offsetOf: (character: number) => number): Json {
  const parser = new Parser(text, new Allowance(what, mostMemory), offsetOf);
  const value = parser.value(0);
  parser.end();
  return value;
}

/** For sentences: `a list`, `"F32"`, `1.5`. */
export function describeJson(value: Json | undefined): string {
  if (value === undefined) return 'missing';
  if (value instanceof JsonObject) return 'an object';
  if (typeof value === 'string') return quoted(value);
  return typeof value === 'object' && value !== null ? 'a list' : String(value);
}

const literals: readonly (readonly [string, Json])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

const numberAt = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** Escapes and control characters. */
const notPlain = /[\\\u0000-\u001f]/;

class Parser {
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly memory: Allowance,
    private readonly offsetOf: (character: number) => number,
  ) {}

  value(depth: number): Json {
    this.space();
    const { text, at } = this;
    const first = text[at];
    if (first === '{' || first === '[') {
      if (depth === deepest) throw this.error(`nesting deeper than ${deepest} levels`, 'too-large');
      this.at++;
      return first === '{' ? this.object(depth + 1) : this.list(depth + 1);
    }
    if (first === '"') return this.string();
    const literal = literals.find(([word]) => text.startsWith(word, at));
    if (literal !== undefined) {
      this.at += literal[0].length;
      return literal[1];
    }
    return this.number();
  }

  /** Only space may follow. */
  end(): void {
    this.space();
    if (this.at < this.text.length) throw this.unexpected('the end of the JSON text');
  }

  private object(depth: number): JsonObject {
    const object = new JsonObject();
    this.memory.take(heapCost.object);
    if (this.take('}')) return object;
    do {
      this.space();
      if (this.text[this.at] !== '"') throw this.unexpected('a name in quotes');
      const name = this.string();
      if (!this.take(':')) throw this.unexpected('":"');
      this.memory.take(heapCost.member);
      object.add(name, this.value(depth));
    } while (this.take(','));
    if (!this.take('}')) throw this.unexpected('"," or "}"');
    return object;
  }

  private list(depth: number): Json[] {
    const list: Json[] = [];
    this.memory.take(heapCost.list);
    if (this.take(']')) return list;
    do {
      // With what it leaves behind as it grows.
      this.memory.take(3 * heapCost.item);
      list.push(this.value(depth));
    } while (this.take(','));
    if (!this.take(']')) throw this.unexpected('"," or "]"');
    return list;
  }

  /** The quotes that end it are looked for; what lies between is the host's work, but for plain text. */
  private string(): string {
    const { text, at } = this;
    let end = text.indexOf('"', at + 1);
    while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
    if (end < 0) throw this.error('a text in quotes that does not end');
    const plain = text.slice(at + 1, end);
    this.memory.take(heapCost.text + heapCost.item);
    if (!notPlain.test(plain)) {
      this.at = end + 1;
      return plain;
    }
    this.memory.take(heapCost.character * plain.length);
    try {
      const value: unknown = JSON.parse(text.slice(at, end + 1));
      this.at = end + 1;
      return String(value);
    } catch {
      throw this.error('a text in quotes with a character or an escape that JSON does not have');
    }
  }

  private number(): number {
    numberAt.lastIndex = this.at;
    const found = numberAt.exec(this.text)?.[0];
    if (found === undefined) throw this.unexpected('a JSON value');
    this.at += found.length;
    return Number(found);
  }

  private take(character: string): boolean {
    this.space();
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private space(): void {
    while (' \t\n\r'.includes(this.text[this.at] ?? '.')) this.at++;
  }

  private unexpected(expected: string): NormoscopeError {
    const found = this.text[this.at];
    return this.error(`${found === undefined ? 'the end' : quoted(found)} where ${expected} was expected`);
  }

  private error(what: string, code: 'malformed' | 'too-large' = 'malformed'): NormoscopeError {
    const offset = this.offsetOf(this.at);
    return new NormoscopeError(code, `The JSON text has ${what} (at byte ${offset}).`, offset);
  }
}

/** Whether an odd number of backslashes stands before a place. */
function isEscaped(text: string, place: number): boolean {
  let at = place;
  while (text[at - 1] === '\\') at--;
  return (place - at) % 2 === 1;
}
