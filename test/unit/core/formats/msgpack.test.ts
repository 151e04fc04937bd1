import assert from 'node:assert/strict';
import fs from 'node:fs';
import { encode, ExtData } from '@msgpack/msgpack';
import { openFile } from '../../../../src/core/formats/registry';
import { defaultLimits, type Limits } from '../../../../src/core/limits';
import type { ByteSource } from '../../../../src/core/tensor/byteSource';
import { memorySource } from '../../../../src/core/tensor/memorySource';
import { failure } from '../../../support/errors';
import { inProject } from '../../../support/root';

const open = (bytes: Uint8Array, limits: Partial<Limits> = {}, name = 'x.msgpack') => openFile(memorySource(name, bytes), { ...defaultLimits, ...limits });
const array = (...values: readonly number[]) => new ExtData(1, encode([[values.length], 'float32', new Uint8Array(Float32Array.from(values).buffer)]));

/** Arrays of 512 MiB of zeros each, of which nothing is held; `read` counts what is asked for. */
function largeCheckpoint(arrays: number): { readonly source: ByteSource; read(): number } {
  const elements = 1 << 27;
  const head = (index: number) => {
    const bytes = 4 * elements;
    const inner = [0x93, 0x91, 0xce, ...big(elements), 0xa7, ...Buffer.from('float32'), 0xc6, ...big(bytes)];
    return Uint8Array.from([0xa2, ...Buffer.from(`w${index}`), 0xc9, ...big(inner.length + bytes), 1, ...inner]);
  };
  const pieces: { readonly start: number; readonly bytes: Uint8Array }[] = [{ start: 0, bytes: Uint8Array.of(0x80 + arrays) }];
  let size = 1;
  for (let index = 0; index < arrays; index++) {
    pieces.push({ start: size, bytes: head(index) });
    size += head(index).length + 4 * elements;
  }
  let read = 0;
  const source: ByteSource = {
    ...memorySource('large.msgpack', new Uint8Array(0)),
    size,
    read: async (position, target) => {
      read += target.length;
      for (const { start, bytes } of pieces) {
        const from = Math.max(start, position);
        const to = Math.min(start + bytes.length, position + target.length);
        if (to > from) target.set(bytes.subarray(from - start, to - start), from - position);
      }
    },
  };
  return { source, read: () => read };
}

function big(value: number): readonly number[] {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

describe('Flax checkpoints', () => {
  it('are known by what is in them, whatever their names', async () => {
    for (const file of ['alone', 'types', 'many', 'names']) {
      const bytes = fs.readFileSync(inProject('test', 'fixtures', 'msgpack', `${file}.msgpack`));
      assert.equal((await open(bytes, {}, 'weights.bin')).catalog.format, 'msgpack', file);
    }
    // Of other programs, MessagePack is known by its name alone.
    await assert.rejects(open(encode({ version: 3 }), {}, 'state.dat'), failure('not-recognized', /not a tensor file that is known here/));
  });

  it('open at once, whatever the size of their arrays', async () => {
    const { source, read } = largeCheckpoint(6);
    const { catalog } = await openFile(source, defaultLimits);
    assert.deepEqual(catalog.tensors.map(({ name, shape, status }) => ({ name, shape, status })), [0, 1, 2, 3, 4, 5].map((index) => ({ name: `w${index}`, shape: [1 << 27], status: 'readable' })));
    assert.ok(read() < 256 * 1024, `${read()} bytes were read`);
  });

  it('tell what stands beside their arrays', async () => {
    const { catalog } = await open(encode({ step: 7, rate: 0.5, ['__proto__x']: true, name: 'adam', nested: { none: null }, w: array(1) }));
    assert.deepEqual(catalog.metadata, { step: 7, rate: 0.5, ['__proto__x']: true, name: 'adam', 'nested/none': null });
  });

  it('have their first arrays listed, past the limit, and say so', async () => {
    const { catalog } = await open(encode({ a: array(1), b: array(2), c: array(3) }), { tensors: 2 });
    assert.deepEqual(catalog.tensors.map(({ name }) => name), ['a', 'b']);
    assert.match(catalog.warnings[0]?.message ?? '', /1 more array; the first 2 are listed/);
  });

  it('are given up past a number of values that no checkpoint has', () =>
    assert.rejects(open(encode({ a: new Array(1 << 20).fill(0) })), failure('too-large', /more than 1048576 values/)));
});
