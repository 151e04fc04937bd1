import assert from 'node:assert/strict';
import { openFile } from '../../../../src/core/formats/registry';
import { defaultLimits } from '../../../../src/core/limits';
import type { TensorInfo } from '../../../../src/core/tensor/tensor';
import { memorySource } from '../../../../src/core/tensor/memorySource';
import { failure } from '../../../support/errors';
import { header, rawNpy, type RawNpy } from '../../../support/npyFiles';

const open = (raw: RawNpy, limits = {}) => openFile(memorySource('a.npy', rawNpy(raw)), { ...defaultLimits, ...limits });

async function tensors(raw: RawNpy, limits = {}): Promise<readonly TensorInfo[]> {
  return (await open(raw, limits)).catalog.tensors;
}

describe('the .npy header', () => {
  const same: readonly [what: string, header: string][] = [
    ['any order of keys', "{'shape': (2, 3), 'fortran_order': False, 'descr': '<f4'}"],
    ['no space and no trailing comma', "{'descr':'<f4','fortran_order':False,'shape':(2,3)}"],
    ['double quotes', '{"descr": "<f4", "fortran_order": False, "shape": (2, 3), }'],
    ["Python 2's long integers", header({ shape: '(2L, 3L)' })],
    ['a comma after the last axis', header({ shape: '(2, 3, )' })],
    ['line breaks', header().replaceAll(', ', ',\n  ')],
    ['padding', `${header().trimEnd()}${' '.repeat(100)}\n`],
    ['the byte order of the machine', header({ descr: "'=f4'" })],
    ['no byte order', header({ descr: "'f4'" })],
    ['a bar for the byte order', header({ descr: "'|f4'" })],
  ];
  for (const [what, text] of same) {
    it(`is read with ${what}`, async () => {
      const [tensor] = await tensors({ header: text, data: 24 });
      assert.deepEqual([tensor?.dtype, tensor?.shape, tensor?.status], ['float32', [2, 3], 'readable']);
    });
  }

  it('is read in every version', async () => {
    for (const version of [[1, 0], [2, 0], [3, 0]] as const) {
      assert.equal((await tensors({ header: header(), version, data: 24 }))[0]?.status, 'readable');
    }
  });

  it('has its names as Latin-1 before version 3 and as UTF-8 from there on', async () => {
    const text = header({ descr: "[('é\u0090', '<f4')]" });
    for (const version of [[1, 0], [3, 0]] as const) {
      assert.deepEqual((await tensors({ header: text, version, data: 24 })).map(({ name }) => name), ['é\u0090']);
    }
  });

  it('names a field by its number that has no name, and takes a shape that is one number', async () => {
    const text = header({ descr: "[('', '<f4'), ('', '|V4'), ('', ('<f4', 2))]", shape: '(3,)' });
    const found = await tensors({ header: text, data: 48 });
    assert.deepEqual(found.map(({ name, shape }) => [name, shape]), [['f0', [3]], ['f1', [3, 2]]]);
  });

  it('lists no more fields than the limit, and says how many it leaves out', async () => {
    const fields = Array.from({ length: 7 }, (_, index) => `('f${index}', '<f4')`).join(', ');
    const { catalog } = await open({ header: header({ descr: `[${fields}]`, shape: '(1,)' }), data: 28 }, { fields: 5 });
    assert.equal(catalog.tensors.length, 5);
    assert.deepEqual(catalog.warnings.map(({ code, message }) => [code, message]), [
      ['fields-left-out', 'The items have 2 more fields; the first 5 are listed.'],
    ]);
  });

  it('with too many axes in a field costs only that field', async () => {
    const text = header({ descr: "[('a', '<f4', (1, 1, 1, 1, 1, 1, 1)), ('b', '<f4')]" });
    assert.deepEqual((await tensors({ header: text, data: 48 })).map(({ status }) => status), ['unsupported', 'readable']);
  });

  const hostile: readonly [what: string, raw: RawNpy, code: string, message: RegExp][] = [
    ['a negative axis', { header: header({ shape: '(-2, 3)' }) }, 'malformed', /holds -2; sizes are whole numbers/],
    ['a fractional axis', { header: header({ shape: '(2.5,)' }) }, 'malformed', /holds 2\.5/],
    ['a truth value as an axis', { header: header({ shape: '(True,)' }) }, 'malformed', /holds true/],
    ['text as an axis', { header: header({ shape: "('2',)" }) }, 'malformed', /holds the string "2"/],
    ['a shape without a comma', { header: header({ shape: '(6)' }) }, 'malformed', /shape is 6, not a tuple/],
    ['a list as shape', { header: header({ shape: '[2, 3]' }) }, 'malformed', /shape is a list, not a tuple/],
    ['too many axes', { header: header({ shape: '(1,1,1,1,1,1,1,1,1)' }) }, 'too-large', /9 axes; at most 8/],
    ['an axis beyond 2^53', { header: header({ shape: '(9007199254740993,)' }) }, 'too-large', /more than any file has/],
    ['an axis of a hundred digits', { header: header({ shape: `(${'9'.repeat(100)},)` }) }, 'too-large', /more than any file has/],
    ['a product beyond 2^53', { header: header({ shape: '(3037000500, 3037000500)' }) }, 'too-large', /takes more bytes than any file has/],
    ['a product beyond 2^53 beside an empty axis', { header: header({ shape: '(0, 3037000500, 3037000500)' }) }, 'too-large', /more bytes/],
    ['a huge product of a small field', { header: header({ descr: "[('a', '<f4', (94906267, 94906267))]" }) }, 'too-large', /more bytes/],
    ['an unknown key', { header: "{'descr': '<f4', 'fortran_order': False, 'shape': (), 'evil': 1}" }, 'malformed', /has the string "evil" beside/],
    ['a missing key', { header: "{'descr': '<f4', 'shape': ()}" }, 'malformed', /no "fortran_order"/],
    ['a key twice', { header: "{'descr': '<f4', 'descr': '<f8', 'fortran_order': False, 'shape': ()}" }, 'malformed', /"descr" a second time/],
    ['an order that is no truth value', { header: header({ order: '0' }) }, 'malformed', /fortran_order is 0, not True or False/],
    ['no dictionary', { header: '[1, 2]' }, 'malformed', /is a list, not a dictionary/],
    ['nothing in it', { header: '' }, 'malformed', /ends where/],
    ['code in it', { header: header({ shape: "__import__('os').system('id')" }) }, 'malformed', /never run/],
    ['an unknown type', { header: header({ descr: "'<f3'" }) }, 'malformed', /the string "<f3", which NumPy does not have/],
    ['a type from the prototype', { header: header({ descr: "'constructor'" }) }, 'malformed', /NumPy does not have/],
    ['a type that is a number', { header: header({ descr: '4' }) }, 'malformed', /data type is 4/],
    ['a field without a type', { header: header({ descr: "[('a',)]" }) }, 'malformed', /A field is not a tuple of/],
    ['a field whose name is a number', { header: header({ descr: "[(1, '<f4')]" }) }, 'malformed', /name is 1, not a string/],
    ['a field with a negative axis', { header: header({ descr: "[('a', '<f4', (-1,))]" }) }, 'malformed', /holds -1/],
    ['records in records without end', { header: header({ descr: "[('a', ".repeat(80) }) }, 'too-large', /deeper than 64/],
    ['a huge text type', { header: header({ descr: "'<U9999999999'", shape: '(9999999999,)' }) }, 'too-large', /more bytes/],
    ['an endless name', { header: header({ descr: `[('${'a'.repeat(5000)}', '<f4')]` }) }, 'too-large', /name has 5000 characters/],
    ['a hundred axes in a field', { header: header({ descr: `[('a', '<f4', (${'1,'.repeat(100)}))]` }) }, 'too-large', /100 axes; at most 64/],
    ['an unknown version', { header: header(), version: [4, 0] }, 'unsupported', /version 4\.0; versions 1\.0, 2\.0 and 3\.0 are read/],
    ['a length beyond the file', { header: header(), headerLength: 5000 }, 'truncated', /said to be 5000 bytes long/],
    ['a length of 4 GiB', { header: header(), version: [2, 0], headerLength: 2 ** 32 - 1 }, 'truncated', /said to be 4294967295 bytes long/],
  ];
  for (const [what, raw, code, message] of hostile) {
    it(`with ${what} is refused in one sentence`, () => assert.rejects(open({ data: 24, ...raw }), failure(code, message)));
  }

  it('that is not UTF-8 in version 3 is refused', async () => {
    const bytes = rawNpy({ header: header(), version: [3, 0], data: 24 });
    bytes[20] = 0xff;
    await assert.rejects(openFile(memorySource('a.npy', bytes), defaultLimits), failure('malformed', /is not UTF-8/));
  });

  it('beyond the limit is refused before it is read', async () => {
    const source = memorySource('a.npy', rawNpy({ header: header().padEnd(5000), version: [2, 0] }));
    const reads: number[] = [];
    const watched = { ...source, read: (position: number, target: Uint8Array) => (reads.push(target.length), source.read(position, target)) };
    await assert.rejects(openFile(watched, { ...defaultLimits, headerBytes: 1000 }), failure('too-large', /said to be 4\.88.KiB long; at most 1.000.B are read/));
    assert.ok(Math.max(...reads) <= 4096);
  });

  it('gives the offset of what is wrong, counted in bytes also after wide characters', async () => {
    const text = header({ descr: "[('μμμ', '<f3')]" });
    const place = 12 + new TextEncoder().encode(text.slice(0, text.indexOf("'<f3'"))).length;
    await assert.rejects(open({ header: text, version: [3, 0] }), (error: { offset?: number }) => error.offset === place);
  });
});
