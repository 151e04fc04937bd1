import assert from 'node:assert/strict';
import fs from 'node:fs';
import fc from 'fast-check';
import { decodeValues, runs } from '../../../../src/core/formats/parquet/encodings';
import { openFile } from '../../../../src/core/formats/registry';
import { unpackSnappy } from '../../../../src/core/formats/unpack/snappy';
import { defaultLimits, type Limits } from '../../../../src/core/limits';
import type { ByteSource } from '../../../../src/core/tensor/byteSource';
import { memorySource } from '../../../../src/core/tensor/memorySource';
import type { TensorData } from '../../../../src/core/tensor/tensor';
import { failure } from '../../../support/errors';
import { inProject } from '../../../support/root';

const bytesOf = (name: string) => fs.readFileSync(inProject('test', 'fixtures', 'parquet', name));
const open = (bytes: Uint8Array, limits: Partial<Limits> = {}, name = 'x.parquet') => openFile(memorySource(name, bytes), { ...defaultLimits, ...limits });

async function elements(data: TensorData, first: number, count: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(count * data.encoding.stride);
  await data.read(first, bytes);
  return bytes;
}

describe('Parquet tables', () => {
  it('are known by what is in them, whatever their names', async () => {
    assert.equal((await open(bytesOf('types.parquet'), {}, 'table.bin')).catalog.format, 'parquet');
  });

  for (const file of ['pages.parquet', 'pages_2.parquet', 'dictionary.parquet']) {
    it(`${file} is the same from any place on, forward, backward and side by side`, async () => {
      const { catalog, tensor } = await open(bytesOf(file));
      const rows = catalog.tensors[0]?.shape[0] ?? assert.fail();
      const places = fc.array(fc.tuple(fc.nat(rows - 1), fc.nat(rows - 1)), { minLength: 1, maxLength: 6 });
      for (const index of catalog.tensors.keys()) {
        const data = tensor(index);
        const { stride } = data.encoding;
        const whole = await elements(data, 0, rows);
        await fc.assert(
          fc.asyncProperty(places, async (ranges) => {
            const read = await Promise.all(ranges.map(([first, length]) => elements(data, first, Math.min(1 + length, rows - first))));
            read.forEach((bytes, place) => {
              const [first = 0] = ranges[place] ?? [];
              assert.deepEqual(bytes, whole.subarray(first * stride, first * stride + bytes.length));
            });
          }),
          { numRuns: 10 },
        );
      }
    });
  }

  it('are opened by their footers alone', async () => {
    const bytes = bytesOf('snappy.parquet');
    let furthest = 0;
    const memory = memorySource('x.parquet', bytes);
    const footer = bytes.readUInt32LE(bytes.length - 8);
    const source: ByteSource = {
      ...memory,
      read(position, target, signal) {
        if (position > 0) furthest = Math.max(furthest, bytes.length - position);
        return memory.read(position, target, signal);
      },
    };
    await openFile({ ...source, size: bytes.length }, defaultLimits);
    assert.equal(furthest, footer + 8);
  });

  it('lose one column to a page that is damaged, and no other', async () => {
    const bytes = Uint8Array.from(bytesOf('pages.parquet'));
    // The first page of the first column, behind its header.
    bytes.fill(0xff, 60, 90);
    const { tensor } = await open(bytes);
    await assert.rejects(elements(tensor(0), 0, 10), failure('malformed', /./));
    assert.equal((await elements(tensor(1), 0, 10)).length, 40);
    // What comes behind it in the column is in pages of its own, and the reason stays the same.
    await assert.rejects(elements(tensor(0), 0, 10), failure('malformed', /./));
  });

  it('have their first columns listed, past the limit, and say so', async () => {
    const { catalog } = await open(bytesOf('types.parquet'), { tensors: 5 });
    assert.equal(catalog.tensors.length, 5);
    assert.match(catalog.warnings[0]?.message ?? '', /has 13 columns; the first 5 are listed/);
    await assert.rejects(open(bytesOf('types.parquet'), { headerBytes: 100 }), failure('too-large', /footer/));
  });
});

describe('encodings of Parquet', () => {
  it('are runs and packed bits, of which nothing is allocated by what they claim', () => {
    assert.deepEqual([...runs(Uint8Array.of(0x08, 5, 0x03, 0b10001000, 0b11000110, 0b11111010), 3, 12)], [5, 5, 5, 5, 0, 1, 2, 3, 4, 5, 6, 7]);
    // A run of 2³¹ values, of which three are wanted.
    assert.deepEqual([...runs(Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x10, 1), 8, 3)], [1, 1, 1]);
    assert.throws(() => runs(Uint8Array.of(0x00), 0x08, 3), failure('malformed', /0 of 3 numbers/));
    assert.throws(() => runs(Uint8Array.of(0x03, 1), 8, 3), failure('malformed', /0 of 3 numbers/));
    assert.throws(() => runs(Uint8Array.of(1), 33, 3), failure('malformed', /33 bits/));
  });

  it('refer to no value that a dictionary does not have', () =>
    assert.throws(() => decodeValues(8, Uint8Array.of(8, 0x02, 4), 1, 4, new Uint8Array(16)), failure('malformed', /value 4 of a dictionary of 4/)));

  it('have differences that wrap, in blocks that a header may not make endless', () => {
    assert.throws(() => decodeValues(5, Uint8Array.of(0x80, 1, 0, 4, 0), 4, 8, null), failure('malformed', /make no sense/));
    assert.throws(() => decodeValues(5, Uint8Array.of(0x80, 1, 4, 4, 0, 0, 99, 0, 0, 0), 4, 8, null), failure('malformed', /ends within/));
    // A block of 128 differences in 4 parts: 2³¹ − 1 and three times one more.
    const page = Uint8Array.of(0x80, 1, 4, 4, 0xfe, 0xff, 0xff, 0xff, 0x0f, 2, 0, 0, 0, 0);
    assert.deepEqual([...new Int32Array(decodeValues(5, page, 4, 4, null).buffer)], [2 ** 31 - 1, -(2 ** 31), -(2 ** 31) + 1, -(2 ** 31) + 2]);
  });
});

describe('Snappy', () => {
  it('copies and repeats', () => {
    const output = new Uint8Array(10);
    unpackSnappy(Uint8Array.of(10, 4, 7, 8, 0b00010001, 2), output);
    assert.deepEqual([...output], [7, 8, 7, 8, 7, 8, 7, 8, 7, 8]);
  });

  it('never leaves either of its arrays', () => {
    const refused = (...bytes: readonly number[]) => assert.throws(() => unpackSnappy(Uint8Array.from(bytes), new Uint8Array(10)), failure('malformed', /is damaged/));
    refused(9, 0, 1);
    refused(10, 0, 1);
    refused(10, 4, 7);
    refused(10, 0b11110000, 100, 1);
    refused(10, 0b11111100, 255, 255, 255, 255);
    refused(10, 4, 7, 8, 0b00010001, 3);
    refused(10, 4, 7, 8, 0b00010001, 0);
    refused(10, 4, 7, 8, 0b11111110, 1, 0);
    refused(255, 255, 255, 255, 255, 255);
  });
});
