import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeBase64, decodedLength, encodeBase64 } from '../../../src/protocol/base64';
import { decodeMessage, encodeBuffered, encodeMessage } from '../../../src/protocol/codec';

describe('messages as text', () => {
  it('keep typed arrays, NaN and infinities', () => {
    const message = {
      counts: Float64Array.of(1, NaN, -Infinity, 1e-300),
      picture: Float32Array.of(0.5, NaN),
      rows: Uint32Array.of(0, 2 ** 32 - 1),
      flags: Uint8Array.of(0, 255),
      long: [BigInt64Array.of(-(2n ** 63n), 7n), BigUint64Array.of(2n ** 64n - 1n)],
      nested: [{ low: -Infinity, high: Infinity, mean: NaN, none: null }],
      integers: { min: -(2n ** 63n), max: 2n ** 64n - 1n },
      text: 'μ σ² "quoted"',
    };
    assert.deepEqual(decodeMessage(encodeMessage(message)), message);
  });

  it('send the view of a buffer, not the whole buffer', () => {
    const whole = Float64Array.of(1, 2, 3, 4);
    assert.deepEqual(decodeMessage(encodeMessage(whole.subarray(1, 3))), Float64Array.of(2, 3));
  });

  it('keep arrays in one buffer beside the text, however many, as they are within it', () => {
    const message = { mean: Float32Array.of(1, NaN), nested: [Uint8Array.of(1, 2, 3).subarray(1), BigInt64Array.of(-1n)], many: Array.from({ length: 300 }, (_, at) => Float64Array.of(at)), text: 'Float32Array@0+8' };
    const { text, bytes } = encodeBuffered(message);
    assert.equal(bytes.byteLength, 8 + 2 + 8 + 300 * 8);
    assert.deepEqual(decodeMessage(text, bytes), message);
  });

  it('have an array that is in them several times once', () => {
    const flags = Uint8Array.of(1, 2);
    const message = [{ flags }, { flags, other: Uint8Array.of(1, 2) }];
    const { text, bytes } = encodeBuffered(message);
    assert.equal(bytes.byteLength, 4);
    assert.deepEqual(decodeMessage(text, bytes), message);
  });

  it('name no bytes that are not there, and none that do not fit', () => {
    for (const [place, bytes] of [['0+8', 4], ['0+3', 4], ['9999999999+4', 4]] as const) {
      assert.throws(() => decodeMessage(`{"$":"Float32Array@${place}"}`, new ArrayBuffer(bytes)), { name: 'NormoscopeError', code: 'malformed' });
    }
  });

  it('refuse arrays that nobody on the other side knows', () => {
    assert.throws(() => encodeMessage({ cells: new Int16Array(2) }), /Int16Array/);
  });

  it('do not reach a prototype', () => {
    const decoded = decodeMessage('{"a":1,"__proto__":{"polluted":true}}') as Record<string, unknown>;
    assert.equal(decoded['polluted'], undefined);
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });

  for (const text of ['', '{', '{"$":"Int9Array:AAAA"}', '{"$":"constructor"}', '{"$":"Float64Array:AAAA"}', '{"$":"Uint8Array:A"}', '{"$":"bigint:1e9"}', '{"$":"bigint:"}', '{"$":"Uint8Array:A@AA"}']) {
    it(`that are broken are one sentence: ${JSON.stringify(text)}`, () => {
      assert.throws(() => decodeMessage(text), { name: 'NormoscopeError', code: 'malformed' });
    });
  }
});

describe('base64', () => {
  it('is what Node writes and reads, at any length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
        const text = Buffer.from(bytes).toString('base64');
        assert.equal(encodeBase64(bytes), text);
        assert.equal(decodedLength(text), bytes.length);
        assert.deepEqual([...decodeBase64(text)], [...bytes]);
      }),
      { seed: 8 },
    );
  });

  it('goes beyond one block of characters', () => {
    const bytes = Uint8Array.from({ length: 30_001 }, (_, index) => (index * 7) & 255);
    assert.deepEqual(decodeBase64(encodeBase64(bytes)), bytes);
  });
});
