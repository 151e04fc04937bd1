import assert from 'node:assert/strict';
import zlib from 'node:zlib';
import { crc32 } from '../../../../src/core/formats/zip/crc32';
import type { ZipEntry } from '../../../../src/core/formats/zip/directory';
import { inflated } from '../../../../src/core/formats/zip/inflated';
import { placedReader, Places } from '../../../../src/core/formats/zip/places';
import { readBytes, type ByteSource } from '../../../../src/core/tensor/byteSource';
import { memorySource } from '../../../../src/core/tensor/memorySource';
import { nodeUnpacking } from '../../../../src/platform/unpacking';
import { failure } from '../../../support/errors';
import { seeded } from '../../../support/fuzz';

const next = seeded(3);
const size = 5_000_000;
const contents = {
  noise: Uint8Array.from({ length: size }, () => next(256)),
  runs: Uint8Array.from({ length: size }, (_, index) => Math.floor(index / 1000) % 7),
  floats: new Uint8Array(Float32Array.from({ length: size / 4 }, () => Math.round((next(1000) + next(1000)) / 3) / 100).buffer),
};
const ways = {
  'level 0': { level: 0 },
  'level 1': { level: 1 },
  'level 9': { level: 9 },
  'fixed codes': { strategy: zlib.constants.Z_FIXED },
  'no repetitions': { strategy: zlib.constants.Z_HUFFMAN_ONLY },
};

function entryOf(data: Uint8Array, options: zlib.ZlibOptions = {}) {
  const packed = Uint8Array.from(zlib.deflateRawSync(data, options));
  return { entry: { name: 'x', bytes: data.length, packedBytes: packed.length, crc: crc32(data) } as ZipEntry, packed };
}

function counted(bytes: Uint8Array): { readonly source: ByteSource; readonly read: { bytes: number } } {
  const memory = memorySource('x', bytes);
  const read = { bytes: 0 };
  const source: ByteSource = {
    ...memory,
    read(position, target, signal) {
      read.bytes += target.length;
      return memory.read(position, target, signal);
    },
  };
  return { source, read };
}

describe('deflate from any place on', () => {
  for (const [what, data] of Object.entries(contents)) {
    it(`${what}: is what zlib packed, whatever way, read through and from places that were come by`, async () => {
      for (const [way, options] of Object.entries(ways)) {
        const { entry, packed } = entryOf(data, options);
        const places = new Places(data.length);
        const whole = new Uint8Array(data.length);
        await placedReader(memorySource('x', packed), entry, places, nodeUnpacking.crc32 ?? crc32).read(0, whole, undefined);
        assert.ok(Buffer.compare(whole, data) === 0, `${what} by ${way}`);
        const reader = placedReader(memorySource('x', packed), entry, places, nodeUnpacking.crc32 ?? crc32);
        for (let round = 0; round < 12; round++) {
          const at = next(data.length - 1000);
          const part = new Uint8Array(round === 0 ? data.length - at : 1000);
          await reader.read(at, part, undefined);
          assert.ok(Buffer.compare(part, data.subarray(at, at + part.length)) === 0, `${what} by ${way}, ${part.length} bytes at ${at}`);
        }
      }
    });
  }

  it('takes bounded work for reads that lead back and forth, by sources that follow each other', async () => {
    const data = new Uint8Array(24_000_000).map((_, index) => (index * 7919) >> 5);
    const { entry, packed } = entryOf(data);
    const places = new Places(data.length);
    const { source, read } = counted(packed);
    const look = async (at: number) => assert.deepEqual(await readBytes(inflated(source, entry, nodeUnpacking, places), at, 100), data.slice(at, at + 100));
    // Once by the platform, once for the places.
    await look(23_000_000);
    await look(22_000_000);
    const before = read.bytes;
    for (const at of [5_000_000, 21_000_000, 12_345_678, 20_999_900]) await look(at);
    const each = (read.bytes - before) / 4;
    assert.ok(each < 2 * 1024 * 1024 * (packed.length / data.length) + 200_000, `${each} of ${packed.length} bytes for one`);
  });

  it('is refused where it makes no sense, ends early, goes on or has another checksum', async () => {
    const data = contents.floats.subarray(0, 200_000);
    const { entry, packed } = entryOf(data);
    const read = (bytes: Uint8Array, of = entry) => placedReader(memorySource('x', bytes), of, new Places(of.bytes), crc32).read(0, new Uint8Array(of.bytes), undefined);
    await assert.rejects(read(packed.subarray(0, packed.length - 100)), failure('malformed', /^The entry "x" is damaged: .*(ends|makes? no sense)/));
    await assert.rejects(read(packed, { ...entry, bytes: data.length - 1 }), failure('malformed', /goes on beyond the 199999 bytes/));
    await assert.rejects(read(packed, { ...entry, bytes: data.length + 1 }), failure('malformed', /ends after 200000 of 200001 bytes/));
    await assert.rejects(read(packed, { ...entry, crc: 1 }), failure('malformed'));
    let refused = 0;
    for (let round = 0; round < 300; round++) {
      const torn = Uint8Array.from(packed);
      torn[next(torn.length)] = next(256);
      await read(torn).catch((error: unknown) => {
        failure('malformed')(error);
        refused++;
      });
    }
    // But where a byte became what it was.
    assert.ok(refused > 290, `${refused}`);
  });
});
