import assert from 'node:assert/strict';
import fs from 'node:fs';
import { openFile } from '../../../../src/core/formats/registry';
import { parseStrictJson } from '../../../../src/core/formats/strictJson';
import { defaultLimits, type Limits } from '../../../../src/core/limits';
import type { ByteSource } from '../../../../src/core/tensor/byteSource';
import { memorySource } from '../../../../src/core/tensor/memorySource';
import { failure } from '../../../support/errors';
import { inProject } from '../../../support/root';

function file(header: string, data = 0): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + data);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const open = (bytes: Uint8Array, limits: Partial<Limits> = {}) => openFile(memorySource('a.safetensors', bytes), { ...defaultLimits, ...limits });
const entry = (from: number) => `{"dtype":"F32","shape":[1],"data_offsets":[${from},${from + 4}]}`;

describe('safetensors', () => {
  it('show the texts of their metadata', async () => {
    const bytes = fs.readFileSync(inProject('test', 'fixtures', 'safetensors', 'types.safetensors'));
    assert.deepEqual((await open(bytes)).catalog.metadata, { format: 'np', note: 'a metadata text µ' });
  });

  it('list names of objects of the language as any others', async () => {
    const { catalog } = await open(file(`{"__metadata__":{"__proto__":"a"},"__proto__":${entry(0)},"toString":${entry(4)}}`, 8));
    assert.deepEqual(catalog.tensors.map(({ name, status }) => [name, status]), [['__proto__', 'readable'], ['toString', 'readable']]);
    assert.deepEqual(Object.entries(catalog.metadata), [['__proto__', 'a']]);
    assert.equal(Object.getPrototypeOf(catalog.metadata), Object.prototype);
  });

  it('list as many tensors as the limit says, and say how many there are', async () => {
    const { catalog } = await open(file(`{"a":${entry(0)},"b":${entry(4)},"c":${entry(8)}}`, 12), { tensors: 2 });
    assert.deepEqual(catalog.tensors.map(({ name }) => name), ['a', 'b']);
    assert.deepEqual(catalog.warnings.map(({ code, message }) => [code, /1 more tensors; the first 2 are/.test(message)]), [['tensors-left-out', true]]);
  });

  it('are refused for a header beyond the limit', () =>
    assert.rejects(open(file(`{"a":${entry(0)}}`, 4), { headerBytes: 20 }), failure('too-large', /at most 20.B are read/)));

  it('tell the byte of a fault behind names of several bytes', () =>
    assert.rejects(open(file(`{"µµ":${entry(0)} x}`)), failure('malformed', new RegExp(`at byte ${8 + 8 + entry(0).length + 1}\\)`))));

  it('name neither a part nor a whole tensor that is not there', async () => {
    const opened = await open(file(`{"a":${entry(0)}}`, 4));
    assert.throws(() => opened.tensor(1), failure('internal'));
    await assert.rejects(opened.tensor(0).read(1, new Uint8Array(4)), failure('internal', /beyond the tensor's end/));
  });

  it('of gigabytes open by their header alone', async () => {
    const header = file('{"a":{"dtype":"F32","shape":[400000000],"data_offsets":[0,1600000000]}}');
    const source = memorySource('a.safetensors', header);
    let read = 0;
    const large: ByteSource = {
      ...source,
      size: header.length + 1_600_000_000,
      read: (position, target) => {
        read += target.length;
        const bytes = new Uint8Array(target.length);
        bytes.set(header.subarray(position, position + target.length));
        target.set(bytes);
        return Promise.resolve();
      },
    };
    const { catalog } = await openFile(large, defaultLimits);
    assert.deepEqual(catalog.tensors.map(({ status, bytes }) => [status, bytes]), [['readable', 1_600_000_000]]);
    assert.ok(read < 8192, `${read} bytes were read`);
  });

  it('may have sixty thousand tensors', async () => {
    const names = Array.from({ length: 60_000 }, (_, index) => `"model.layers.${index}.weight":${entry(index * 4)}`);
    const { catalog } = await open(file(`{${names.join(',')}}`, 240_000));
    assert.equal(catalog.tensors.length, 60_000);
    assert.deepEqual(catalog.warnings, []);
  });
});

describe('strict JSON', () => {
  const parse = (text: string) => parseStrictJson(text, 'The text', (at) => at);

  it('agrees with JSON.parse on values without names', () => {
    for (const text of ['0', '-0.5e+3', '""', '"a\\"\\\\b"', '"\\u00b5\\n"', ' [ 1 , [ ] , true, false , null ] ', '1e400', '[[[[]]]]', '"\\\\"']) {
      assert.deepEqual(parse(text), JSON.parse(text), text);
    }
  });

  it('refuses what JSON.parse refuses', () => {
    for (const text of ['', '01', '+1', '.5', '1.', 'NaN', '"\n"', '"a', '"\\', '"\\"', '[1,]', '[,1]', '[1 2]', '{"a"}', '{"a":}', '{a:1}', '{"a":1,}', 'nul', '1 1', "'a'", '{"a":1']) {
      assert.throws(() => JSON.parse(text), SyntaxError, text);
      assert.throws(() => parse(text), failure('malformed', /at byte \d+/), text);
    }
  });
});
