import assert from 'node:assert/strict';
import zlib from 'node:zlib';
import { crc32 } from '../../../../src/core/formats/zip/crc32';
import { readZipDirectory } from '../../../../src/core/formats/zip/directory';
import { entrySource } from '../../../../src/core/formats/zip/entrySource';
import { defaultLimits } from '../../../../src/core/limits';
import { readBytes, type ByteSource, type Unpacking } from '../../../../src/core/tensor/byteSource';
import { memorySource } from '../../../../src/core/tensor/memorySource';
import { nodeUnpacking } from '../../../../src/platform/unpacking';
import { zipBytes } from '../../../support/archives';
import { failure } from '../../../support/errors';
import { seeded } from '../../../support/fuzz';

/** Longer than all that is kept of it, half noise. */
function longData(): Uint8Array {
  const next = seeded(7);
  return Uint8Array.from({ length: 3 << 20 }, (_, index) => (index % 4096 < 2048 ? next(256) : 7));
}

async function entryOf(bytes: Uint8Array, unpacking?: Unpacking): Promise<{ readonly entry: ByteSource; readonly archive: { bytesRead: number } }> {
  const counted = { bytesRead: 0 };
  const memory = memorySource('a.zip', bytes);
  const source: ByteSource = {
    ...memory,
    ...(unpacking === undefined ? {} : { unpacking }),
    read(position, target, signal) {
      counted.bytesRead += target.length;
      return memory.read(position, target, signal);
    },
  };
  const directory = await readZipDirectory(source, defaultLimits);
  const [first] = directory.entries;
  return { entry: entrySource(source, directory, first ?? assert.fail(), { checked: true }), archive: counted };
}

describe('CRC-32', () => {
  it('is that of zlib, in one piece or several', () => {
    const data = longData().subarray(0, 10_001);
    // "123456789" is the check value of every catalogue of checksums.
    assert.equal(crc32(Buffer.from('123456789')), 0xcbf43926);
    assert.equal(crc32(data.subarray(3333), crc32(data.subarray(0, 3333))), crc32(data));
  });
});

for (const [what, unpacking] of [['the core itself', undefined], ["Node's zlib", nodeUnpacking]] as const) {
  describe(`a deflated entry, by ${what}`, () => {
    const data = longData();
    const bytes = zipBytes([{ name: 'x', data, deflated: true }]);

    it('is read anywhere, in any order', async () => {
      const { entry } = await entryOf(bytes, unpacking);
      assert.equal(entry.size, data.length);
      for (const position of [0, 1 << 20, (1 << 20) + 5, 2_900_000, 100, 2_000_000, 70_000, data.length - 5000]) {
        assert.deepEqual(await readBytes(entry, position, 5000), data.slice(position, position + 5000), `at ${position}`);
      }
    });

    it('answers questions that come at the same time', async () => {
      const { entry } = await entryOf(bytes, unpacking);
      const places = [2_000_000, 0, 1_500_000];
      const found = await Promise.all(places.map((position) => readBytes(entry, position, 300_000)));
      found.forEach((part, index) => assert.deepEqual(part, data.slice(places[index], (places[index] ?? 0) + 300_000)));
    });

    it('is inflated once for a pass and a look at both ends', async () => {
      const { entry, archive } = await entryOf(bytes, unpacking);
      for (let at = 0; at < data.length; at += 1 << 16) await readBytes(entry, at, Math.min(1 << 16, data.length - at));
      await readBytes(entry, 128, 64);
      await readBytes(entry, data.length - 64, 64);
      // Beside the entry only the directory, which is looked for in the last 64 KiB.
      assert.ok(archive.bytesRead < bytes.length + 70_000, `${archive.bytesRead} of ${bytes.length}`);
    });

    it('ends at its end', async () => {
      const { entry } = await entryOf(bytes, unpacking);
      await assert.rejects(readBytes(entry, data.length - 4, 5), failure('truncated', /x in a\.zip ends at byte 3145728/));
      assert.deepEqual(await readBytes(entry, data.length - 5, 5), data.slice(-5));
    });

    const compressed = zlib.deflateRawSync(data.subarray(0, 5000));
    const altered: readonly [what: string, change: (archive: Buffer) => void, message: RegExp][] = [
      ['another byte in it', (archive) => (archive[35] = (archive[35] ?? 0) ^ 0x40), /is damaged/],
      ['another checksum', (archive) => archive.writeUInt32LE(1, archive.lastIndexOf('PK\x01\x02') + 16), /its checksum is [0-9a-f]{8}, and the archive says 00000001/],
      ['more bytes than it says', (archive) => archive.writeUInt32LE(4999, archive.lastIndexOf('PK\x01\x02') + 24), /goes on beyond the 4999 bytes/],
      ['fewer bytes than it says', (archive) => archive.writeUInt32LE(5001, archive.lastIndexOf('PK\x01\x02') + 24), /ends after 5000 of 5001 bytes/],
      ['its end cut off', (archive) => archive.writeUInt32LE(compressed.length - 40, archive.lastIndexOf('PK\x01\x02') + 20), /is damaged/],
    ];
    for (const [fault, change, message] of altered) {
      it(`with ${fault} is said to be damaged`, async () => {
        const archive = Buffer.from(zipBytes([{ name: 'x', data: data.subarray(0, 5000), deflated: true }]));
        change(archive);
        const { entry } = await entryOf(archive, unpacking);
        await assert.rejects(readBytes(entry, 0, entry.size), failure('malformed', message));
        await assert.rejects(readBytes(entry, 0, entry.size), failure('malformed', message));
      });
    }
  });
}

describe('a stored entry', () => {
  const data = longData();

  it('is read where it is asked for, and nothing else', async () => {
    const { entry, archive } = await entryOf(zipBytes([{ name: 'x', data }]));
    const before = archive.bytesRead;
    assert.deepEqual(await readBytes(entry, 2_500_000, 100), data.slice(2_500_000, 2_500_100));
    assert.ok(archive.bytesRead - before < 200, `${archive.bytesRead - before} bytes`);
  });

  it('is held against its checksum when it is read from front to back', async () => {
    const bytes = zipBytes([{ name: 'x', data }]);
    bytes[2_000_000] = (bytes[2_000_000] ?? 0) ^ 1;
    const { entry } = await entryOf(bytes);
    await readBytes(entry, 0, 128);
    await readBytes(entry, 64, 2_000_000);
    await assert.rejects(readBytes(entry, 2_000_064, data.length - 2_000_064), failure('malformed', /"x" is damaged: its checksum is/));
  });

  it('has nothing beyond its end', async () => {
    const { entry } = await entryOf(zipBytes([{ name: 'x', data: data.subarray(0, 10) }, { name: 'y', data }]));
    await assert.rejects(readBytes(entry, 8, 3), failure('truncated', /ends at byte 10; 3 bytes from byte 8/));
  });
});

describe('a directory', () => {
  it('with more entries than are read is refused', async () => {
    const entries = Array.from({ length: 4 }, (_, index) => ({ name: `${index}`, data: new Uint8Array(1) }));
    const source = memorySource('a.zip', zipBytes(entries));
    await assert.rejects(readZipDirectory(source, { ...defaultLimits, archiveEntries: 3 }), failure('too-large', /4 entries; at most .* 3 entries are read/));
  });

  it('of several files is named', async () => {
    const bytes = Buffer.from(zipBytes([{ name: 'x', data: new Uint8Array(3) }]));
    bytes.writeUInt16LE(2, bytes.length - 18);
    await assert.rejects(readZipDirectory(memorySource('a.zip', bytes), defaultLimits), failure('unsupported', /one part of a zip archive in several files/));
  });
});
