import assert from 'node:assert/strict';
import zlib from 'node:zlib';
import { unpackDeflated } from '../../../../src/core/formats/unpack/deflated';
import { nodeUnpacking } from '../../../../src/platform/unpacking';
import { failure } from '../../../support/errors';

const data = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251);
const wrappings = { gzip: zlib.gzipSync(data), zlib: zlib.deflateSync(data) };

for (const wrapping of ['gzip', 'zlib'] as const) {
  describe(wrapping, () => {
    for (const [where, unpacking] of [['the platform', nodeUnpacking], ['the core', undefined]] as const) {
      const unpack = (bytes: Uint8Array, expected: number) => () => unpackDeflated(bytes, expected, wrapping, unpacking);
      const packed = wrappings[wrapping];

      it(`is unpacked by ${where}, to exactly what is said`, () => {
        assert.deepEqual(new Uint8Array(unpack(packed, data.length)()), data);
        assert.throws(unpack(packed, data.length - 1), failure('malformed', /goes on beyond the 99999 bytes/));
        assert.throws(unpack(packed, 1000), failure('malformed', /goes on beyond the 1000 bytes/));
        assert.throws(unpack(packed, data.length + 1), failure('malformed', /holds 100000 bytes, where 100001 are expected/));
      });

      it(`is refused by ${where} where it is damaged`, () => {
        assert.throws(unpack(Uint8Array.from(packed).fill(0xff, 20, 60), data.length), failure('malformed', /is damaged/));
        assert.throws(unpack(data.subarray(0, 40), data.length), failure('malformed', new RegExp(`does not begin as ${wrapping} does`)));
        assert.throws(unpack(packed.subarray(0, packed.length - 40), data.length), failure('malformed', /is damaged/));
        assert.throws(unpack(packed.subarray(0, 10), data.length), failure('malformed', /is damaged/));
      });

      it(`is held against its checksum by ${where}`, () => {
        // Stored as it is, so that nothing but the checksum tells.
        const stored = wrapping === 'gzip' ? zlib.gzipSync(data, { level: 0 }) : zlib.deflateSync(data, { level: 0 });
        stored[5000] = (stored[5000] ?? 0) ^ 1;
        assert.throws(unpack(stored, data.length), failure('malformed', /incorrect data check/));
      });
    }
  });
}
