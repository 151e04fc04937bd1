/** Numbers in text as people and programs write them, told from bytes. */

/** What a field holds: a number, nothing (`missing`), or text that is neither. */
export type FieldKind = 'number' | 'missing' | 'text';

/** The last number that `parseField` told of. A field of the module, since it is asked for every number of a file. */
export let parsed = 0;

const powers = Float64Array.from({ length: 23 }, (_, power) => 10 ** power);
/** Whole numbers below this are float64 exactly. */
const exact = 2 ** 53;
const missingWords = /^(?:|na|n\/a|#n\/a|null|none|missing|[-?.])$/i;
const notFinite: readonly (readonly [RegExp, number])[] = [
  [/^[-+]?(?:nan(?:\(\w*\))?|1\.#(?:qnan|snan|ind))$/i, NaN],
  [/^\+?(?:inf(?:inity)?|∞|1\.#inf)$/i, Infinity],
  [/^-(?:inf(?:inity)?|∞|1\.#inf)$/i, -Infinity],
];
/** Python's and C's decimal numbers; a single underscore may stand between digits, as in Python. */
const decimal = /^[-+]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:[eEdD][-+]?\d+)?$/;

/**
 * What the bytes `start … end` of a field are; a number is left in `parsed`. Space around a field is not part of it.
 * @param point the byte of the decimal mark: `.` or `,`
 */
export function parseField(bytes: Uint8Array, start: number, end: number, point: number): FieldKind {
  while (start < end && isSpace(bytes[start])) start++;
  while (end > start && isSpace(bytes[end - 1])) end--;
  return parseShort(bytes, start, end, point) ? 'number' : parseAny(bytes, start, end, point);
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d;
}

/**
 * Plain decimals of up to 15 digits or so, exactly: digits and power of ten are both float64 exactly, so one rounding is left
 * (Clinger 1990). False where that is not so.
 */
function parseShort(bytes: Uint8Array, start: number, end: number, point: number): boolean {
  let at = start;
  const first = bytes[at];
  if (first === 0x2d || first === 0x2b) at++;
  let digits = 0;
  let mantissa = 0;
  let fraction = 0;
  let seenPoint = false;
  for (; at < end; at++) {
    const digit = (bytes[at] ?? 0) - 48;
    if (digit >= 0 && digit <= 9) {
      mantissa = mantissa * 10 + digit;
      digits++;
      if (seenPoint) fraction++;
    } else if (bytes[at] === point && !seenPoint) seenPoint = true;
    else break;
  }
  if (digits === 0 || mantissa >= exact) return false;
  let exponent = 0;
  if (at < end) {
    if (((bytes[at] ?? 0) | 32) !== 0x65) return false;
    at++;
    const sign = bytes[at];
    if (sign === 0x2d || sign === 0x2b) at++;
    if (at === end || end - at > 3) return false;
    for (; at < end; at++) {
      const digit = (bytes[at] ?? 0) - 48;
      if (digit < 0 || digit > 9) return false;
      exponent = exponent * 10 + digit;
    }
    if (sign === 0x2d) exponent = -exponent;
  }
  const power = exponent - fraction;
  if (power < -22 || power > 22) return false;
  const value = power < 0 ? mantissa / (powers[-power] ?? 1) : mantissa * (powers[power] ?? 1);
  parsed = first === 0x2d ? -value : value;
  return true;
}

const text = new TextDecoder();
/** Bytes of a number with more digits than anybody writes. */
const longest = 4096;

function parseAny(bytes: Uint8Array, start: number, end: number, point: number): FieldKind {
  if (end - start > longest) return 'text';
  const word = text.decode(bytes.subarray(start, end));
  if (missingWords.test(word)) return 'missing';
  for (const [pattern, value] of notFinite) {
    if (pattern.test(word)) {
      parsed = value;
      return 'number';
    }
  }
  const plain = point === 0x2c ? (word.includes('.') ? '' : word.replace(',', '.')) : word;
  if (!decimal.test(plain)) return 'text';
  parsed = Number(plain.replaceAll('_', '').replace(/[dD]/, 'e'));
  return 'number';
}
