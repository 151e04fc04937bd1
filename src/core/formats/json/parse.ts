import { NormoscopeError } from '../../errors';

/** Deeper nesting than any tensor's, and far from what a parser's stack holds. */
const deepest = 64;

/**
 * Parses JSON, with Python's `NaN`, `Infinity` and `-Infinity`, which become the words themselves as text.
 * @param offset of the text in its file, for what is wrong
 * @throws NormoscopeError `malformed`, or `too-large` for nesting beyond 64 levels
 */
export function parseJson(text: string, offset = 0): unknown {
  const strict = withoutWords(text, offset);
  try {
    return JSON.parse(strict) as unknown;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new NormoscopeError('malformed', `The text is not JSON: ${message.slice(0, 200)}.`, offset);
  }
}

/** Checks the depth, and puts quotes around the words that JSON does not have. */
function withoutWords(text: string, offset: number): string {
  const parts: string[] = [];
  let from = 0;
  let depth = 0;
  const token = /["[\]{}]|-?\b(?:NaN|Infinity)\b/g;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [word] = match;
    if (word === '"') {
      const end = endOfString(text, match.index + 1);
      token.lastIndex = end;
    } else if (word === '[' || word === '{') {
      if (++depth > deepest) throw new NormoscopeError('too-large', `Lists are nested more than ${deepest} deep.`, offset + match.index);
    } else if (word === ']' || word === '}') {
      depth--;
    } else {
      parts.push(text.slice(from, match.index), JSON.stringify(word === '-NaN' ? 'NaN' : word));
      from = token.lastIndex;
    }
  }
  return parts.length === 0 ? text : parts.join('') + text.slice(from);
}

/** Behind the closing quote; the text's end without one. */
function endOfString(text: string, from: number): number {
  for (let at = from; ; ) {
    const quote = text.indexOf('"', at);
    if (quote < 0) return text.length;
    let slashes = 0;
    while (text[quote - 1 - slashes] === '\\') slashes++;
    if (slashes % 2 === 0) return quote + 1;
    at = quote + 1;
  }
}
