/** A string literal of one line of Python: its value, and where it stands with its quotes. */
export interface Literal {
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

const literal = /([rRuUbB]{0,2})("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')/g;

/**
 * The string literal around `column`, or null. An f-string is not a literal: its value is not in the text. Comments are
 * not told apart from code: a path in a comment may well be asked about.
 */
export function literalAt(line: string, column: number): Literal | null {
  for (const match of line.matchAll(literal)) {
    const [text, prefix = '', quoted = ''] = match;
    const start = match.index;
    const end = start + text.length;
    if (column < start || column > end) continue;
    if (/[fF]$/.test(line.slice(0, start))) return null;
    const body = quoted.slice(1, -1);
    return { value: /[rR]/.test(prefix) ? body : body.replace(/\\(.)/g, '$1'), start, end };
  }
  return null;
}
