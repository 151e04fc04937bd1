import { NormoscopeError } from '../../errors';
import { heapCost, type Allowance } from '../allowance';

/** Deeper nesting than any tensor's, and far from what a parser's stack holds. */
const deepest = 64;

/**
 * Parses JSON, with Python's `NaN`, `Infinity` and `-Infinity`, which become the words themselves as text.
 * @param memory what the values may take
 * @param offset of the text in its file, for what is wrong
 * @throws NormoscopeError `malformed`, or `too-large` for nesting beyond 64 levels and for more values than are held
 */
export function parseJson(text: string, memory: Allowance, offset = 0): unknown {
  measure(text, memory, offset);
  const strict = withoutWords(text);
  try {
    return JSON.parse(strict) as unknown;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new NormoscopeError('malformed', `The text is not JSON: ${message.slice(0, 200)}.`, offset);
  }
}

const [quote, comma, openList, closeList, openObject, closeObject] = [0x22, 0x2c, 0x5b, 0x5d, 0x7b, 0x7d];

/** Of a number, bytes: as it is parsed, and in the tensor. */
const numberCost = 16;

/** Counts what the values will take, before any of them is made, and how deep they are nested. */
function measure(text: string, memory: Allowance, offset: number): void {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === comma) memory.take(numberCost, offset + at);
    else if (code === quote) {
      const end = endOfString(text, at + 1);
      memory.take(heapCost.text + heapCost.member + heapCost.character * (end - at), offset + at);
      at = end - 1;
    } else if (code === openList || code === openObject) {
      memory.take(code === openList ? heapCost.list : heapCost.object / 2, offset + at);
      if (++depth > deepest) throw new NormoscopeError('too-large', `Lists are nested more than ${deepest} deep.`, offset + at);
    } else if (code === closeList || code === closeObject) depth--;
    // NaN and Infinity become texts, and make the text another.
    else if (code === 0x4e || code === 0x49) memory.take(heapCost.list, offset + at);
  }
}

/** Puts quotes around the words that JSON does not have. */
function withoutWords(text: string): string {
  if (!text.includes('NaN') && !text.includes('Infinity')) return text;
  const parts: string[] = [];
  let from = 0;
  const token = /"|-?\b(?:NaN|Infinity)\b/g;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [word] = match;
    if (word === '"') token.lastIndex = endOfString(text, match.index + 1);
    else {
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
