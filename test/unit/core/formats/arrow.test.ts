import assert from 'node:assert/strict';
import fs from 'node:fs';
import * as arrow from 'apache-arrow';
import fc from 'fast-check';
import { openFile } from '../../../../src/core/formats/registry';
import { unpackLz4Block } from '../../../../src/core/formats/unpack/lz4';
import { Lz4Frame } from '../../../../src/core/formats/unpack/lz4Frame';
import { defaultLimits, type Limits } from '../../../../src/core/limits';
import type { ByteSource } from '../../../../src/core/tensor/byteSource';
import { memorySource } from '../../../../src/core/tensor/memorySource';
import { failure } from '../../../support/errors';
import { inProject } from '../../../support/root';

const bytesOf = (name: string) => fs.readFileSync(inProject('test', 'fixtures', 'arrow', name));
const open = (bytes: Uint8Array, limits: Partial<Limits> = {}, name = 'x.arrow') => openFile(memorySource(name, bytes), { ...defaultLimits, ...limits });

/** A table whose numbers of one column are, or are not, there. */
function written(batches: readonly (readonly (number | null)[])[]): Uint8Array {
  const tables = batches.map((values) => new arrow.Table({ x: arrow.vectorFromArray(values, new arrow.Int32()) }));
  const [first = assert.fail()] = tables;
  return arrow.tableToIPC(new arrow.Table(first.schema, tables.flatMap(({ batches: parts }) => parts.map(({ data }) => new arrow.RecordBatch(first.schema, data)))), 'file');
}

describe('Arrow tables', () => {
  it('are known by what is in them, whatever their names', async () => {
    for (const file of ['types.arrow', 'types.feather', 'polars_lz4.arrow']) {
      assert.equal((await open(bytesOf(file), {}, 'table.bin')).catalog.format, 'arrow', file);
    }
  });

  it('are read from any place on, across batches, missing numbers and all', async () => {
    const entry = fc.option(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), { nil: null });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(entry, { minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 4 }), fc.nat(), fc.nat(), async (batches, from, length) => {
        const whole = batches.flat();
        const missing = whole.includes(null);
        const first = from % whole.length;
        const count = 1 + (length % (whole.length - first));
        const data = (await open(written(batches))).tensor(0);
        assert.equal(data.encoding.dtype, missing ? 'float64' : 'int32');
        const bytes = new Uint8Array(count * data.encoding.stride);
        await data.read(first, bytes);
        const found = missing ? new Float64Array(bytes.buffer) : new Int32Array(bytes.buffer);
        assert.deepEqual([...found], whole.slice(first, first + count).map((value) => value ?? NaN));
      }),
      { numRuns: 60 },
    );
  });

  it('are opened by their headers alone', async () => {
    const columns = Object.fromEntries(['a', 'b', 'c'].map((name) => [name, new Float64Array(1 << 18)]));
    const bytes = arrow.tableToIPC(arrow.tableFromArrays(columns), 'file');
    let read = 0;
    const memory = memorySource('x.arrow', bytes);
    const source: ByteSource = { ...memory, read: (position, target, signal) => ((read += target.length), memory.read(position, target, signal)) };
    const { catalog } = await openFile(source, defaultLimits);
    assert.deepEqual(catalog.tensors.map(({ shape }) => shape), [[1 << 18], [1 << 18], [1 << 18]]);
    assert.ok(read < 16 * 1024, `${read} bytes were read`);
  });

  it('have as many columns and batches as a limit says', async () => {
    await assert.rejects(open(bytesOf('types.arrow'), { tensors: 5 }), failure('too-large', /more than 5 columns/));
    await assert.rejects(open(bytesOf('batches.arrow'), { archiveEntries: 4 }), failure('too-large', /more than 4 batches/));
    await assert.rejects(open(bytesOf('types.arrow'), { headerBytes: 64 }), failure('too-large', /at most 64/));
  });
});

describe('LZ4', () => {
  it('repeats what it has written, also while it does', () => {
    // Two literals, then 10 bytes from 2 before; then the last literal.
    const output = new Uint8Array(13);
    assert.equal(unpackLz4Block(Uint8Array.of(0x26, 7, 8, 2, 0, 0x10, 9), output), 13);
    assert.deepEqual([...output], [7, 8, 7, 8, 7, 8, 7, 8, 7, 8, 7, 8, 9]);
  });

  it('never leaves either of its arrays', () => {
    const refused = (...bytes: readonly number[]) => assert.throws(() => unpackLz4Block(Uint8Array.from(bytes), new Uint8Array(16)), failure('malformed', /is damaged/));
    refused(0x50, 1, 2);
    refused(0x10, 1, 2, 0);
    refused(0x10, 1, 0, 0);
    refused(0x1f, 1, 1, 0, 255, 255);
    refused(0xf0, 255, 255);
    refused(0x1f, 1, 1, 0, 100);
  });

  const header = [4, 0x22, 0x4d, 0x18, 0x40, 0x40, 0];
  const frame = (blocks: readonly number[], size: number) => {
    const bytes = Uint8Array.from([...header, ...blocks]);
    return new Lz4Frame(memorySource('x', bytes), 0, bytes.length, size);
  };

  it('is unpacked block by block, each of which may repeat what is in those before', async () => {
    // Two literals, plain; then seven bytes from two before and a literal; the end.
    const packed = frame([2, 0, 0, 128, 7, 8, 5, 0, 0, 0, 0x03, 2, 0, 0x10, 9, 0, 0, 0, 0], 10);
    const parts = await Promise.all([[0, 10], [8, 2], [1, 3]].map(async ([from = 0, length = 0]) => {
      const target = new Uint8Array(length);
      await packed.read(from, target, undefined);
      return [...target];
    }));
    assert.deepEqual(parts, [[7, 8, 7, 8, 7, 8, 7, 8, 7, 9], [7, 9], [8, 7, 8]]);
  });

  it('is refused where a frame has more or less in it than is said', async () => {
    const refused = (message: RegExp, blocks: readonly number[], size = 4) => assert.rejects(frame(blocks, size).read(0, new Uint8Array(size), undefined), failure('malformed', message));
    await refused(/ends after 0 of 4 bytes/, []);
    await refused(/ends after 0 of 4 bytes/, [0, 0, 0, 0]);
    await refused(/ends after 2 of 4 bytes/, [2, 0, 0, 128, 7, 8, 0, 0, 0, 0]);
    await refused(/beyond its end/, [255, 255, 255, 127]);
    await refused(/beyond its size/, [5, 0, 0, 128, 1, 2, 3, 4, 5]);
    await refused(/is damaged/, [2, 0, 0, 0, 0x50, 1]);
    await assert.rejects(new Lz4Frame(memorySource('x', new Uint8Array(20)), 0, 20, 4).read(0, new Uint8Array(4), undefined), failure('malformed', /does not begin as a frame does/));
  });
});
