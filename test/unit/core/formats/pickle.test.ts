import assert from 'node:assert/strict';
import fs from 'node:fs';
import { openFile } from '../../../../src/core/formats/registry';
import { globalWarnings } from '../../../../src/core/formats/pickle/globals';
import { unpickle } from '../../../../src/core/formats/pickle/machine';
import { defaultLimits } from '../../../../src/core/limits';
import { memorySource } from '../../../../src/core/tensor/memorySource';
import { failure } from '../../../support/errors';
import { filesUnder } from '../../../support/sources';
import { inProject } from '../../../support/root';

const ascii = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
/** What a pickle of one value says. */
const value = (text: string) => unpickle(ascii(text), 'test').value;
const tuple = (...items: unknown[]) => ({ kind: 'tuple', items });

describe('a pickle, read as data', () => {
  // What `pickle.dumps` of Python 3.11 writes.
  const written: readonly [what: string, pickle: string, value: unknown][] = [
    ['None', '\x80\x02N.', null],
    ['truth', '\x80\x02\x88\x89\x86.', tuple(true, false)],
    ['truth of protocol 0', '(I01\nI00\nt.', tuple(true, false)],
    ['small whole numbers', '\x80\x02K\xffM\xff\xffJ\xff\xff\xff\xff\x87.', tuple(255, 65535, -1)],
    ['whole numbers of any length', '\x80\x02\x8a\x00\x8a\x01\xff\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x80\x00\x87.', tuple(0, -1, 2n ** 63n)],
    ['whole numbers in digits', '(L-5L\nI12345678901234567890\nt.', tuple(-5, 12345678901234567890n)],
    ['the magic number of PyTorch', '\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.', 0x1950a86a20f9469cfc6cn],
    ['numbers', '(G\x3f\xb9\x99\x99\x99\x99\x99\x9aF-2.5\nt.', tuple(0.1, -2.5)],
    ['texts', "(S'ab'\nVcd\nX\x02\0\0\0\xc3\xa9\x8c\x01eU\x01ft.", tuple('ab', 'cd', 'é', 'e', 'f')],
    ['bytes', '\x80\x05(C\x01aB\x01\0\0\0b\x96\x01\0\0\0\0\0\0\0ct.', tuple(ascii('a'), ascii('b'), ascii('c'))],
    ['lists', '(](K\x01K\x02eK\x03at.'.replace('K\x03a', ''), tuple({ kind: 'list', items: [1, 2] })],
    ['dictionaries', '}(K\x01K\x02K\x03K\x04u.', { kind: 'dict', keys: [1, 3], values: [2, 4] }],
    ['what is remembered', ']q\x00(h\x00h\x00t.', undefined],
    ['a frame', '\x80\x04\x95\x02\0\0\0\0\0\0\0K\x05.', 5],
  ];
  for (const [what, pickle, expected] of written.filter(([, , found]) => found !== undefined)) {
    it(`has ${what}`, () => assert.deepEqual(value(pickle), expected));
  }

  it('says where it ends', () => {
    const { length } = unpickle(ascii('\x80\x02K\x01.\x80\x02K\x02.'), 'test');
    assert.equal(length, 5);
  });

  it('keeps a call as what it would be given', () => {
    const { value: found, globals } = unpickle(ascii("cposix\nsystem\n(S'echo'\ntR."), 'test', 100);
    const of = { kind: 'global', name: 'posix.system', at: 100 };
    assert.deepEqual(found, { kind: 'object', of, args: ['echo'], state: undefined, items: [], keys: [], values: [] });
    assert.deepEqual(globals, [of]);
  });

  const faulty: readonly [what: string, pickle: string, code: string, message: RegExp][] = [
    ['without an end', '\x80\x02K', 'truncated', /ends at byte 3/],
    ['with a text longer than it', 'X\xff\xff\xff\x7fabc.', 'truncated', /ends at byte 9/],
    ['with a text of 2^63 bytes', '\x8d\0\0\0\0\0\0\0\x80abc.', 'truncated', /ends at byte/],
    ['with nothing in it', '.', 'malformed', /takes a value where there is none \(at byte 0 of test\)/],
    ['that takes what lies before a mark', 'K\x01(\x85.', 'malformed', /takes a value/],
    ['that goes back to no mark', 'K\x01t.', 'malformed', /mark that it has not set/],
    ['that recalls nothing', 'h\x05.', 'malformed', /recalls value 5/],
    ['of a later protocol', '\x80\x06N.', 'unsupported', /protocol 6/],
    ['with an instruction of its own', '\x01.', 'malformed', /instruction 0x01/],
    ['that calls with a number', 'ca\nb\nK\x01R.', 'malformed', /not a tuple/],
    ['that appends to a number', 'K\x01K\x02a.', 'malformed', /not a list/],
    ['with half a pair', '}(K\x01u.', 'malformed', /not a dictionary/],
    ['with a number of a negative length', '\x8b\xff\xff\xff\xff.', 'too-large', /-1 bytes/],
    ['that names a class by a number', 'K\x01K\x02\x93.', 'malformed', /names a class by/],
    ['with bytes outside of it', '\x97.', 'unsupported', /not in the file/],
  ];
  for (const [what, pickle, code, message] of faulty) {
    it(`${what} is refused`, () => assert.throws(() => value(pickle), failure(code, message)));
  }

  it('of more objects than are held is refused', () => {
    assert.throws(() => unpickle(new Uint8Array(1 << 22).fill(0x5d), 'test'), failure('too-large', /more than 524288 objects/));
    assert.throws(() => unpickle(new Uint8Array(1 << 24).fill(0x4e), 'test'), failure('too-large', /more than 1048576 values at a time/));
    assert.throws(() => unpickle(new Uint8Array(1 << 24).map((_, at) => (at % 2 === 0 ? 0x4e : 0x30)), 'test'), failure('too-large', /more than 4194304 instructions/));
  });

  it('as deep as it likes does not exhaust the stack', async () => {
    const deep = new Uint8Array(400_000).fill(0x5d);
    deep.set([0x80, 2]);
    deep.fill(0x61, 200_001, 399_999);
    deep[399_999] = 0x2e;
    await assert.rejects(openFile(memorySource('deep.pt', deep), defaultLimits), failure('not-recognized', /without a tensor/));
  });
});

describe('names in a pickle', () => {
  const told = (...names: string[]) => globalWarnings(names.map((name) => ({ kind: 'global', name, at: 7 })), 'data.pkl');

  it('of what only makes data are not told', () => {
    const names = ['collections.OrderedDict', 'torch._utils._rebuild_tensor_v2', 'torch.BFloat16Storage', 'torch.float8_e4m3fn', 'torch.nn.modules.linear.Linear', '__torch__.M', 'numpy.core.multiarray._reconstruct'];
    assert.deepEqual(told(...names), []);
  });

  it('of what runs programs are told one by one', () => {
    const unsafe = ['posix.system', 'builtins.eval', '__builtin__.getattr', 'torch.serialization.os.system', 'runpy._run_code', 'pip.main', 'numpy.load'];
    assert.deepEqual(told(...unsafe).map(({ code }) => code), unsafe.map(() => 'unsafe-pickle'));
    const [first] = told('posix.system');
    assert.match(first?.message ?? '', /^The pickle data\.pkl refers to posix\.system \(at byte 7\): loading it in Python would call that\. Here it was not resolved/);
  });

  it('of what nothing is known of are told together', () => {
    const [only, ...more] = told('models.yolo.Model', 'utils.Config');
    assert.equal(more.length, 0);
    assert.equal(only?.code, 'unknown-code');
    assert.match(only?.message ?? '', /models\.yolo\.Model and utils\.Config/);
  });
});

describe('hostile PyTorch files', () => {
  it('run nothing', async () => {
    // Each would leave this file behind if it were loaded.
    const trace = '/tmp/normoscope-was-here';
    fs.rmSync(trace, { force: true });
    const files = filesUnder('test/fixtures/pytorch', ['.pt', '.bin']).filter((file) => file.includes('hostile'));
    assert.ok(files.length >= 5);
    for (const file of files) {
      const bytes = fs.readFileSync(inProject(file));
      assert.ok(bytes.includes('normoscope-was-here'));
      await openFile(memorySource(file, bytes), defaultLimits).catch(() => undefined);
    }
    assert.ok(!fs.existsSync(trace));
  });

  it('that contain the same tensor a million times are listed up to a limit', async () => {
    const { catalog } = await openFile(memorySource('x.ckpt', laughs()), { ...defaultLimits, tensors: 1000 });
    assert.equal(catalog.tensors.length, 1000);
    assert.deepEqual(catalog.warnings.map(({ code }) => code), ['tensors-left-out']);
  });
});

/** A list of two lists, that are the same list, forty deep, and at the bottom a number of NumPy. */
function laughs(): Uint8Array {
  const number = 'cnumpy.core.multiarray\nscalar\n(cnumpy\ndtype\n(U\x02f8K\x00K\x01tRU\x0812345678tR';
  let pickle = `\x80\x02${number}q\x00`;
  for (let level = 1; level <= 40; level++) pickle += `0](h${String.fromCharCode(level - 1)}h${String.fromCharCode(level - 1)}eq${String.fromCharCode(level)}`;
  return ascii(`${pickle}.`);
}
