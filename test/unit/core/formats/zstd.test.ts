import assert from 'node:assert/strict';
import { unpackZstd } from '../../../../src/core/formats/unpack/zstd';
import { failure } from '../../../support/errors';

/** One frame: its flags, what follows them in its header, and blocks; each block's first number says its kind and length. */
const frame = (header: readonly number[], ...blocks: readonly (readonly number[])[]) => Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, ...header, ...blocks.flat()]);
/** Kinds: 0 as it is, 1 one byte over and over. */
const block = (kind: number, length: number, bytes: readonly number[], last = true) => {
  const head = (length << 3) | (kind << 1) | Number(last);
  return [head & 255, (head >> 8) & 255, head >> 16, ...bytes];
};
const single = 0x20;

describe('frames of Zstandard', () => {
  const unpacked = (input: Uint8Array, length: number) => {
    const output = new Uint8Array(length);
    unpackZstd(input, output);
    return [...output];
  };

  it('are unpacked block by block', () => {
    assert.deepEqual(unpacked(frame([single, 6], block(0, 3, [1, 2, 3], false), block(1, 3, [7])), 6), [1, 2, 3, 7, 7, 7]);
    assert.deepEqual(unpacked(frame([0, 0], block(1, 5, [9])), 5), [9, 9, 9, 9, 9]);
  });

  const faulty: readonly [what: string, input: Uint8Array, code: string, message: RegExp][] = [
    ['of more than is expected', frame([single, 200], block(1, 200, [7])), 'malformed', /goes on beyond the 8 bytes/],
    ['of less than is expected', frame([single, 8], block(1, 7, [7])), 'malformed', /holds 7 bytes, where 8 are expected/],
    ['that say that they are as long as expected, and are not', frame([single, 8], block(0, 4, [1, 2, 3, 4])), 'malformed', /holds 4 bytes/],
    ['that are cut off', frame([single, 8], block(0, 8, [1, 2])), 'malformed', /damaged/],
    ['that go on for ever', frame([0, 0], ...Array.from({ length: 1000 }, () => block(1, 0x1fffff, [7], false))), 'malformed', /goes on beyond/],
    ['with a dictionary', frame([single | 1, 5, 8], block(1, 8, [7])), 'unsupported', /dictionary/],
    ['that refer back two GiB', frame([0, 0xa8], block(1, 8, [7])), 'too-large', /a window of 2\s?GiB/],
    ['of 2⁶³ bytes', frame([single | 0xc0, 0, 0, 0, 0, 0, 0, 0, 0x80], block(1, 8, [7])), 'too-large', /a window of/],
    ['that are none', Uint8Array.from({ length: 40 }), 'malformed', /does not begin as Zstandard/],
    ['of nothing', new Uint8Array(0), 'malformed', /does not begin as Zstandard/],
  ];
  for (const [what, input, code, message] of faulty) {
    it(`${what} are refused`, () => assert.throws(() => unpacked(input, 8), failure(code, message)));
  }
});
