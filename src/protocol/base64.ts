import { NormoscopeError } from '../core/errors';

/** Base64 (RFC 4648) over bytes, the same in Node, in a page and in a worker: none of them shares an API for it. */

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const padding = 61;
const invalid = 255;

const characters = Uint8Array.from(alphabet, (character) => character.charCodeAt(0));
const values = new Uint8Array(256).fill(invalid);
characters.forEach((character, value) => (values[character] = value));

/** Characters made at a time: `String.fromCharCode` takes no more arguments than fit on the stack. */
const block = 8192;

export function encodeBase64(bytes: Uint8Array): string {
  const parts: string[] = [];
  const codes = new Uint8Array(block);
  let used = 0;
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const word = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    codes[used++] = characters[word >> 18] ?? 0;
    codes[used++] = characters[(word >> 12) & 63] ?? 0;
    codes[used++] = left > 1 ? (characters[(word >> 6) & 63] ?? 0) : padding;
    codes[used++] = left > 2 ? (characters[word & 63] ?? 0) : padding;
    if (used === block) {
      parts.push(String.fromCharCode(...codes));
      used = 0;
    }
  }
  parts.push(String.fromCharCode(...codes.subarray(0, used)));
  return parts.join('');
}

/** Bytes that `text` decodes to, before anything is allocated. */
export function decodedLength(text: string): number {
  const padded = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return (text.length / 4) * 3 - padded;
}

/** @throws NormoscopeError `malformed` for anything but padded base64 without white space */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  if (text.length % 4 !== 0) {
    throw new NormoscopeError('malformed', `Base64 text has ${text.length} characters; a multiple of 4 was expected.`);
  }
  const bytes = new Uint8Array(decodedLength(text));
  for (let at = 0, out = 0; at < text.length; at += 4) {
    const a = valueAt(text, at);
    const b = valueAt(text, at + 1);
    const c = out + 1 < bytes.length ? valueAt(text, at + 2) : 0;
    const d = out + 2 < bytes.length ? valueAt(text, at + 3) : 0;
    const word = (a << 18) | (b << 12) | (c << 6) | d;
    // Writes past the end of a typed array are dropped, which is what padding asks for.
    bytes[out++] = word >> 16;
    bytes[out++] = (word >> 8) & 255;
    bytes[out++] = word & 255;
  }
  return bytes;
}

function valueAt(text: string, index: number): number {
  const value = values[text.charCodeAt(index)] ?? invalid;
  if (value === invalid) {
    throw new NormoscopeError('malformed', `Base64 text has the character ${JSON.stringify(text[index])} at ${index}.`, index);
  }
  return value;
}
