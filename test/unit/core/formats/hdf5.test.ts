import assert from 'node:assert/strict';
import fs from 'node:fs';
import { openFile } from '../../../../src/core/formats/registry';
import { slabsOf } from '../../../../src/core/formats/hdf5/slabs';
import { isUnfiltered } from '../../../../src/core/formats/hdf5/unfilter';
import { defaultLimits, type Limits } from '../../../../src/core/limits';
import type { ByteSource } from '../../../../src/core/tensor/byteSource';
import { memorySource } from '../../../../src/core/tensor/memorySource';
import { elementCount, type TensorData } from '../../../../src/core/tensor/tensor';
import { failure } from '../../../support/errors';
import { hdf5Bytes, withHdf5 } from '../../../support/hdf5';
import { inProject } from '../../../support/root';

const bytesOf = (file: string) => new Uint8Array(fs.readFileSync(inProject('test', 'fixtures', 'hdf5', file)));
const open = (source: ByteSource, limits: Partial<Limits> = {}) => openFile(source, { ...defaultLimits, ...limits });

async function tensorsOf(source: ByteSource, limits: Partial<Limits> = {}): Promise<(name: string) => TensorData> {
  const file = await open(source, limits);
  return (name) => file.tensor(file.catalog.tensors.findIndex((info) => info.name === name));
}

async function allOf(data: TensorData): Promise<Uint8Array> {
  const target = new Uint8Array(elementCount(data.shape) * data.encoding.stride);
  await data.read(0, target);
  return target;
}

describe('HDF5 files', () => {
  it('are read from any place on, in slabs of any size', async () => {
    const source = withHdf5(memorySource('chunked.h5', bytesOf('chunked.h5')));
    const expected = await allOf((await tensorsOf(source))('none'));
    // A chunk has 96 bytes, a row of chunks 360: smaller than that, each chunk is in several slabs.
    for (const slabBytes of [96, 200, 360, 4096]) {
      // By the library, and without it.
      for (const name of ['shuffled', 'none']) {
        const data = (await tensorsOf(source, { slabBytes }))(name);
        assert.deepEqual(await allOf(data), expected, `${name}, ${slabBytes} bytes`);
        for (const first of [209, 100, 0, 59, 60]) {
          const one = new Uint8Array(4);
          await data.read(first, one);
          assert.deepEqual(one, expected.slice(4 * first, 4 * first + 4));
        }
      }
    }
  });

  it('are read by whole rows of chunks where those fit', () => {
    const MiB = 1024 * 1024;
    // 1 MiB to a row; 100 rows are a chunk: too many for one slab of 32 MiB.
    assert.deepEqual(slabsOf([1000, 512, 512], [10, 64, 64], 4, 32 * MiB, 4096), { axis: 0, rows: 10, elements: 512 * 512 });
    assert.deepEqual(slabsOf([1000, 512, 512], [100, 64, 64], 4, 32 * MiB, 4096), { axis: 0, rows: 32, elements: 512 * 512 });
    assert.deepEqual(slabsOf([1000, 512, 512], null, 4, 32 * MiB, 4096), { axis: 0, rows: 4, elements: 512 * 512 });
    // 64 MiB to a row of the first axis.
    assert.deepEqual(slabsOf([3, 4096, 4096], [1, 4096, 64], 4, 32 * MiB, 4096), { axis: 1, rows: 2048, elements: 4096 });
    // No more chunks than 4096 at a time, however small they are.
    assert.deepEqual(slabsOf([1_000_000], [1], 4, 32 * MiB, 4096), { axis: 0, rows: 4096, elements: 1 });
    assert.deepEqual(slabsOf([10, 100, 100], [1, 1, 1], 4, 32 * MiB, 4096), { axis: 1, rows: 40, elements: 100 });
  });

  it('say of a damaged chunk that it is, and go on with the others', async () => {
    const bytes = bytesOf('chunked.h5');
    const plain = await tensorsOf(withHdf5(memorySource('chunked.h5', bytes)));
    const whole = await allOf(plain('none'));
    // The first row of its first chunk, wherever it is not compressed.
    const places = [...occurrences(Buffer.from(bytes), Buffer.from(whole.subarray(0, 8)))];
    for (const place of places) bytes[place] = (bytes[place] ?? 0) ^ 1;
    const damaged = await tensorsOf(withHdf5(memorySource('chunked.h5', bytes)));
    await assert.rejects(allOf(damaged('fletcher')), failure('malformed', /^The dataset "fletcher" is damaged: a chunk of it does not fit its checksum/));
    assert.deepEqual(await allOf(damaged('shuffled')), whole);
    await assert.rejects(allOf(damaged('fletcher')), failure('malformed', /checksum/));
  });

  it('say where an index of chunks is damaged, and of packed ones that they are', async () => {
    const bytes = bytesOf('chunked.h5');
    for (const at of occurrences(Buffer.from(bytes), Buffer.from('TREE\x01'))) bytes[at] = 0;
    const damaged = await tensorsOf(withHdf5(memorySource('chunked.h5', bytes)));
    await assert.rejects(allOf(damaged('none')), failure('malformed', /^The dataset "none" is damaged: its index of chunks makes no sense at byte \d+\.$/));
    const packed = bytesOf('lzf.h5');
    const whole = await tensorsOf(withHdf5(memorySource('lzf.h5', packed)));
    const expected = await allOf(whole('big'));
    // The first of its runs that is repeated: now from before the beginning.
    const run = [...occurrences(Buffer.from(packed), Buffer.from([0, 0, 0xe0]))].at(-1) ?? 0;
    packed[run + 2] = 0x3f;
    const torn = await tensorsOf(withHdf5(memorySource('lzf.h5', packed)));
    await assert.rejects(allOf(torn('lzf')), failure('malformed', /^The dataset "lzf" is damaged: a chunk \(LZF\) is damaged: /));
    assert.deepEqual(await allOf(torn('big')), expected);
  });

  it('are held whole where they can only be waited for', async () => {
    const { name, size, identity, hdf5, read, verify, sibling, close } = withHdf5(memorySource('types.h5', bytesOf('types.h5')));
    const source: ByteSource = { name, size, identity, ...(hdf5 && { hdf5 }), read, verify, sibling, close };
    assert.equal((await open(source)).catalog.tensors.length, 27);
    await assert.rejects(open(source, { wholeFileBytes: 1000 }), failure('too-large', /^types\.h5 has to be held whole/));
  });

  it('need the library', () => assert.rejects(open(memorySource('types.h5', bytesOf('types.h5'))), failure('unsupported', /the library that reads those is not here/)));

  it('give the library no more memory than is said', async () => {
    const source = withHdf5(memorySource('block.hdf5', bytesOf('block.hdf5')));
    const data = (await tensorsOf(source, { hdf5Bytes: 19_333_120 }))('x');
    // Its heap begins with as much, and a slab of these elements fits.
    assert.equal((await allOf(data)).length, 192);
    const library = await source.hdf5?.(20_000_000);
    assert.equal(library?._malloc(100_000_000), 0);
  });

  it('hear a cancellation while they are listed', async () => {
    const bytes = await hdf5Bytes((file) => {
      file.create_dataset({ name: 'x', data: new Float32Array(1) });
      for (let index = 0; index < 5000; index++) file.create_hard_link('x', String(index));
    });
    const cancelling = new AbortController();
    setTimeout(() => cancelling.abort(), 1);
    await assert.rejects(openFile(withHdf5(memorySource('x.h5', bytes)), defaultLimits, cancelling.signal), failure('cancelled', /./));
  });

  it('are unpacked in chunks by the library where those were packed twice', () => {
    const [shuffle, deflate, lzf, nbit] = [2, 1, 32000, 5].map((id) => ({ id, values: [] }));
    assert.ok(shuffle && deflate && lzf && nbit);
    assert.ok(isUnfiltered([]) && isUnfiltered([shuffle, deflate]) && isUnfiltered([lzf]));
    // What the first of them made has a size that nobody knows.
    assert.ok(!isUnfiltered([deflate, deflate]) && !isUnfiltered([lzf, deflate]) && !isUnfiltered([nbit]));
  });

  it('have the attributes of the root in their metadata', async () => {
    const { catalog } = await open(withHdf5(memorySource('keras_2.h5', bytesOf('keras_2.h5'))));
    assert.deepEqual(catalog.metadata, { backend: 'tensorflow', keras_version: '2.11.0', model_config: '{"class_name": "Sequential"}' });
  });
});

function* occurrences(bytes: Buffer, what: Buffer): Generator<number> {
  for (let at = bytes.indexOf(what); at >= 0; at = bytes.indexOf(what, at + 1)) yield at;
}
