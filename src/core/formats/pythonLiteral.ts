import { NormoscopeError, type ErrorCode } from '../errors';

/**
 * A value of the small part of Python's syntax that headers are written in: strings, numbers, True, False, None,
 * tuples, lists and dictionaries. Nothing is ever evaluated. `at` is the character that the value begins at.
 */
export type Literal =
  | { readonly kind: 'string'; readonly at: number; readonly value: string }
  /** Whole numbers; not exact beyond 2^53. */
  | { readonly kind: 'integer'; readonly at: number; readonly value: number }
  | { readonly kind: 'float'; readonly at: number; readonly value: number }
  | { readonly kind: 'boolean'; readonly at: number; readonly value: boolean }
  | { readonly kind: 'none'; readonly at: number }
  | { readonly kind: 'tuple' | 'list'; readonly at: number; readonly items: readonly Literal[] }
  | { readonly kind: 'dict'; readonly at: number; readonly entries: readonly Entry[] };

export interface Entry {
  readonly key: Literal;
  readonly value: Literal;
}

/** An error that names the place in the file of a value. */
export type ErrorAt = (literal: Literal, message: string, code?: ErrorCode) => NormoscopeError;

/** Brackets in brackets. Nested records of real programs have a handful. */
const deepest = 64;
/** Values in one header: ten thousand fields have some fifty thousand. */
const most = 1 << 18;

const escapes: Readonly<Record<string, string>> = { '\\': '\\', "'": "'", '"': '"', n: '\n', r: '\r', t: '\t', '0': '\0' };
/** Digits that follow the letter of a numeric escape. */
const codeEscapes: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/**
 * Reads one literal with nothing but white space around it.
 * @param offsetOf byte offset in the file of a character of `text`, for messages
 * @throws NormoscopeError `malformed` for anything else, `too-large` for one that is nested too deep or has too many values
 */
export function parseLiteral(text: string, offsetOf: (character: number) => number): Literal {
  let at = 0;
  let values = 0;

  function fail(message: string, where = at): never {
    throw new NormoscopeError('malformed', `${message} (at byte ${offsetOf(where)}).`, offsetOf(where));
  }

  function skipSpace(): void {
    while (' \t\r\n\f'.includes(text[at] ?? 'end')) at++;
  }

  /** What stands here, for a message. */
  function found(): string {
    if (at >= text.length) return 'ends';
    const word = /^[\w.]+/.exec(text.slice(at, at + 40))?.[0];
    return `has ${JSON.stringify(word ?? String.fromCodePoint(text.codePointAt(at) ?? 0))}`;
  }

  function value(depth: number): Literal {
    if (depth > deepest || ++values > most) {
      const limit = depth > deepest ? `is nested deeper than ${deepest} levels` : `holds more than ${most} values`;
      throw new NormoscopeError('too-large', `The header ${limit} (at byte ${offsetOf(at)}).`, offsetOf(at));
    }
    skipSpace();
    const start = at;
    const character = text[at] ?? '';
    if (character === '(') return parenthesized(start, depth);
    if (character === '[') return { kind: 'list', at: start, items: sequence(']', depth).items };
    if (character === '{') return { kind: 'dict', at: start, entries: dictionary(depth) };
    if (isQuote(character)) return string(start);
    // Python 2 wrote prefixes; none of them changes what these strings mean here.
    if ('ub'.includes(character || 'end') && isQuote(text[at + 1] ?? '')) {
      at++;
      return string(start);
    }
    if (isDigit(character) || ((character === '-' || character === '+') && isDigit(text[at + 1] ?? ''))) return number(start);
    return word(start);
  }

  function parenthesized(start: number, depth: number): Literal {
    const { items, commas } = sequence(')', depth);
    const [only] = items;
    // In Python it is the comma that makes a tuple, not the brackets.
    return only !== undefined && items.length === 1 && commas === 0 ? only : { kind: 'tuple', at: start, items };
  }

  /** Values between brackets, separated by commas, one trailing comma allowed. */
  function sequence(closing: string, depth: number): { items: Literal[]; commas: number } {
    const items: Literal[] = [];
    let commas = 0;
    at++;
    for (;;) {
      skipSpace();
      if (text[at] === closing) break;
      if (items.length > commas) fail(`The header ${found()} where a comma or "${closing}" was expected`);
      items.push(value(depth + 1));
      skipSpace();
      if (text[at] !== ',') continue;
      commas++;
      at++;
    }
    at++;
    return { items, commas };
  }

  function dictionary(depth: number): Entry[] {
    const entries: Entry[] = [];
    at++;
    for (;;) {
      skipSpace();
      if (text[at] === '}') break;
      const key = value(depth + 1);
      skipSpace();
      if (text[at] !== ':') fail(`The header ${found()} where a colon was expected`);
      at++;
      entries.push({ key, value: value(depth + 1) });
      skipSpace();
      if (text[at] === ',') at++;
      else if (text[at] !== '}') fail(`The header ${found()} where a comma or "}" was expected`);
    }
    at++;
    return entries;
  }

  function string(start: number): Literal {
    const quote = text[at++];
    const parts: string[] = [];
    for (;;) {
      const from = at;
      while (at < text.length && text[at] !== quote && text[at] !== '\\' && text[at] !== '\n') at++;
      parts.push(text.slice(from, at));
      if (at >= text.length || text[at] === '\n') fail('The header has a string without an end', start);
      if (text[at] === quote) break;
      parts.push(escape());
    }
    at++;
    return { kind: 'string', at: start, value: parts.join('') };
  }

  function escape(): string {
    const start = at;
    const letter = text[at + 1] ?? '';
    const plain = escapes[letter];
    at += 2;
    if (plain !== undefined) return plain;
    const digits = text.slice(at, at + (codeEscapes[letter] ?? 0));
    const code = /^[0-9a-fA-F]+$/.test(digits) ? Number.parseInt(digits, 16) : NaN;
    if (digits.length !== codeEscapes[letter] || !(code <= 0x10ffff)) fail(`The header has an unknown escape "\\${letter}" in a string`, start);
    at += digits.length;
    return String.fromCodePoint(code);
  }

  function number(start: number): Literal {
    at++;
    // Far beyond any number's length, and bounded, whatever the file holds.
    const rest = /^[\w.]*/.exec(text.slice(at, at + 400))?.[0] ?? '';
    at += rest.length;
    const written = text.slice(start, at);
    // Python 2 marked long integers with an L.
    if (/^[+-]?\d+[lL]?$/.test(written)) return { kind: 'integer', at: start, value: Number(written.replace(/[lL]$/, '')) };
    const float = Number(written);
    if (/^[+-]?\d+\.?\d*(e\d+)?$/i.test(written)) return { kind: 'float', at: start, value: float };
    return fail(`The header has "${written.slice(0, 40)}", which is not a number`, start);
  }

  function word(start: number): Literal {
    const name = /^[A-Za-z]+(?!\w)/.exec(text.slice(at, at + 8))?.[0];
    const named: Readonly<Record<string, Literal>> = {
      True: { kind: 'boolean', at: start, value: true },
      False: { kind: 'boolean', at: start, value: false },
      None: { kind: 'none', at: start },
    };
    const literal = name === undefined || !Object.hasOwn(named, name) ? undefined : named[name];
    if (literal === undefined) return fail(`The header ${found()} where a plain value was expected; a header is data and is never run`);
    at += name?.length ?? 0;
    return literal;
  }

  const literal = value(0);
  skipSpace();
  if (at < text.length) fail(`The header ${found()} after its end`);
  return literal;
}

/** A value in a message: `the string "abc"`, `-3`, `a list`. */
export function describeLiteral(literal: Literal): string {
  switch (literal.kind) {
    case 'string':
      return `the string ${JSON.stringify(literal.value.length > 40 ? `${literal.value.slice(0, 40)}…` : literal.value)}`;
    case 'integer':
    case 'float':
    case 'boolean':
      return String(literal.value);
    case 'none':
      return 'None';
    case 'tuple':
    case 'list':
      return `a ${literal.kind}`;
    case 'dict':
      return 'a dictionary';
  }
}

function isQuote(character: string): boolean {
  return character === "'" || character === '"';
}

function isDigit(character: string): boolean {
  return character >= '0' && character <= '9';
}
