import assert from 'node:assert/strict';
import fs from 'node:fs';
import type { OpenFile } from '../../../../src/core/formats/format';
import { openFile } from '../../../../src/core/formats/registry';
import { defaultLimits, type Limits } from '../../../../src/core/limits';
import type { ByteSource } from '../../../../src/core/tensor/byteSource';
import { dtypes, packing } from '../../../../src/core/tensor/dtype';
import { memorySource } from '../../../../src/core/tensor/memorySource';
import { elementCount } from '../../../../src/core/tensor/tensor';
import { failure } from '../../../support/errors';
import { inProject } from '../../../support/root';
import { engines } from '../../../support/tensors';

const fixture = (name: string) => memorySource(name, fs.readFileSync(inProject('test', 'fixtures', 'gguf', name)));
const open = (source: ByteSource, limits: Partial<Limits> = {}) => openFile(source, { ...defaultLimits, ...limits });

function named(file: OpenFile, name: string) {
  const index = file.catalog.tensors.findIndex((info) => info.name === name);
  assert.ok(index >= 0, name);
  return file.tensor(index);
}

/** One key with `count` texts, as a tokenizer has them, and one tensor of a single float32. */
function withVocabulary(count: number): Uint8Array {
  const parts: Uint8Array[] = [];
  const encoder = new TextEncoder();
  const u32 = (value: number) => parts.push(new Uint8Array(Uint32Array.of(value).buffer));
  const u64 = (value: number) => parts.push(new Uint8Array(BigUint64Array.of(BigInt(value)).buffer));
  const text = (value: string) => {
    const bytes = encoder.encode(value);
    u64(bytes.length);
    parts.push(bytes);
  };
  parts.push(encoder.encode('GGUF'));
  u32(3);
  u64(1);
  u64(1);
  text('tokenizer.ggml.tokens');
  u32(9);
  u32(8);
  u64(count);
  for (let index = 0; index < count; index++) text(`token number ${index}`);
  text('x');
  u32(1);
  u64(1);
  u32(0);
  u64(0);
  const header = parts.reduce((sum, part) => sum + part.length, 0);
  const start = Math.ceil(header / 32) * 32;
  const bytes = new Uint8Array(start + 4);
  parts.reduce((at, part) => (bytes.set(part, at), at + part.length), 0);
  new DataView(bytes.buffer).setFloat32(start, 2.5, true);
  return bytes;
}

describe('GGUF', () => {
  const blocks = dtypes.filter((dtype) => dtype.startsWith('q'));

  it('has ten types of blocks', () => assert.equal(blocks.length, 10));

  for (const dtype of blocks) {
    it(`blocks of ${dtype} are decoded to the bits of ggml's own float32, whatever is in them`, async () => {
      const file = await open(fixture('blocks.gguf'));
      const word = dtype.replace('_k', '_K');
      const stored = named(file, word);
      const count = elementCount(stored.shape);
      // Chunks that end within blocks are shortened to whole ones.
      for (const engine of engines({ chunkBytes: 777 })) {
        const [found, expected] = [await engine.elements(stored, 0, count), await engine.elements(named(file, `${word} by ggml`), 0, count)];
        const wrong = expected.findIndex((value, index) => !Object.is(value, found[index]));
        assert.equal(wrong, -1, `${engine.backend}: element ${wrong} is ${expected[wrong]}, not ${found[wrong]}`);
        const parts: number[] = [];
        const sink = { write: (part: Uint8Array) => Promise.resolve(void parts.push(...new Float64Array(part.slice().buffer))) };
        await engine.apply(stored, { maps: [], output: 'float64' }, sink);
        assert.deepEqual(Float64Array.from(parts), found, engine.backend);
        // In groups that end within blocks.
        const { elements = 0 } = packing(dtype) ?? {};
        const narrow = { ...stored, shape: [count / elements, elements / 32, 4, 8], axisOrder: [0, 1, 2, 3] };
        const [table] = (await engine.moments(narrow, [{ kept: [false, false, false, true] }])).tables;
        const column = Array.from(expected.filter((value, index) => index % 8 === 3 && Number.isFinite(value)));
        assert.deepEqual([table?.count[3], table?.min[3], table?.max[3]], [column.length, Math.min(...column), Math.max(...column)]);
      }
    });
  }

  it('metadata are values, and arrays in short', async () => {
    const { metadata } = (await open(fixture('types.gguf'))).catalog;
    assert.deepEqual(metadata, {
      'general.architecture': 'llama',
      'general.name': 'a name µ',
      ...Object.fromEntries(['u8', 'i8', 'u16', 'i16', 'u32', 'i32', 'f32', 'u64', 'i64', 'f64'].map((word) => [`value.${word}`, 7])),
      'value.bool': true,
      'value.large': '9223372036854775809',
      'value.not_finite': NaN,
      'tokenizer.ggml.tokens': { type: 'string', count: 40, first: Array.from({ length: 8 }, (_, index) => `token ${index}`) },
      'tokenizer.ggml.scores': { type: 'float32', count: 20, first: [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75] },
      'array.empty': { type: 'int32', count: 0, first: [] },
    });
  });

  for (const name of ['version_1.gguf', 'version_2.gguf', 'big_endian.gguf']) {
    it(`metadata of ${name} are the same in any version and byte order`, async () => {
      assert.deepEqual((await open(fixture(name))).catalog.metadata, {
        text: 'a text',
        number: -2,
        list: { type: 'int16', count: 3, first: [1, -2, 3] },
        lists: { type: 'array', count: 1, first: [{ type: 'string', count: 1, first: ['deep'] }] },
      });
    });
  }

  it('vocabularies of hundreds of thousands of texts are walked through in reads of at most a mebibyte', async () => {
    const bytes = withVocabulary(200_000);
    const source = memorySource('a.gguf', bytes);
    const lengths: number[] = [];
    const file = await open({
      ...source,
      read: (position, target) => {
        lengths.push(target.length);
        return source.read(position, target);
      },
    });
    assert.deepEqual(file.catalog.metadata['tokenizer.ggml.tokens'], {
      type: 'string',
      count: 200_000,
      first: Array.from({ length: 8 }, (_, index) => `token number ${index}`),
    });
    assert.ok(bytes.length > 4 * 2 ** 20 && Math.max(...lengths) <= 2 ** 20);
    assert.ok(lengths.length < 20, `${lengths.length} reads`);
    for (const engine of engines()) assert.deepEqual([...(await engine.elements(file.tensor(0), 0, 1))], [2.5]);
  });

  it('headers beyond the limit are refused, and said to be', () =>
    assert.rejects(open(memorySource('a.gguf', withVocabulary(20_000)), { walkedBytes: 100_000 }), failure('too-large', /longer than 97\.7.KiB/)));

  it('as many tensors and keys are listed as the limits say', async () => {
    const { catalog } = await open(fixture('types.gguf'), { tensors: 2, fields: 3 });
    assert.equal(catalog.tensors.length, 2);
    assert.equal(Object.keys(catalog.metadata).length, 3);
    assert.deepEqual(catalog.warnings.map(({ code }) => code), ['metadata', 'tensors-left-out']);
  });
});
