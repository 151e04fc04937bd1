import assert from 'node:assert/strict';
import fs from 'node:fs';
import { tensorExtensions } from '../../../../src/core/formats/endings';
import { openFile, formats } from '../../../../src/core/formats/registry';
import { defaultLimits } from '../../../../src/core/limits';
import { memorySource } from '../../../../src/core/tensor/memorySource';
import { zipBytes } from '../../../support/archives';
import { failure } from '../../../support/errors';
import { filesUnder } from '../../../support/sources';
import { inProject } from '../../../support/root';

const ascii = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const zipOf = (...names: string[]) => zipBytes(names.map((name) => ({ name, data: ascii(name) })));
const open = (name: string, bytes: Uint8Array) => openFile(memorySource(name, bytes), defaultLimits);

describe('the formats', () => {
  it('have ids and extensions as the rest of the program takes them', () => {
    for (const { id, extensions } of formats) {
      assert.match(id, /^[a-z0-9-]+$/);
      assert.ok(extensions.every((extension) => /^\.[a-z0-9.]+$/.test(extension)));
    }
    assert.equal(new Set(tensorExtensions).size, tensorExtensions.length);
  });

  it('each have fixtures', () => {
    for (const { id, extensions, sharedExtensions } of formats) {
      assert.ok(filesUnder(`test/fixtures/${id}`, [...extensions, ...sharedExtensions]).length > 0, id);
    }
  });

  it('go by the signature, whatever the name', async () => {
    const bytes = fs.readFileSync(inProject('test', 'fixtures', 'npy', 'little_f4.npy'));
    for (const name of ['acts.bin', 'acts', 'acts.json']) assert.equal((await open(name, bytes)).catalog.format, 'npy');
    for (const [format, file] of [['npz', 'several.npz'], ['pytorch', 'types.pt'], ['pytorch', 'types_legacy.pt'], ['pytorch', 'old.pt']] as const) {
      const archive = fs.readFileSync(inProject('test', 'fixtures', format, file));
      for (const name of ['acts.npy', 'acts.npz', 'acts.pt', 'acts']) assert.equal((await open(name, archive)).catalog.format, format, `${file} as ${name}`);
    }
  });

  const others: readonly [what: string, bytes: Uint8Array, message: RegExp][] = [
    ['an empty file', new Uint8Array(0), /^acts\.npy is empty/],
    ['a Git LFS pointer', ascii('version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n'), /git lfs pull/],
    ['a web page', ascii('\n<!DOCTYPE html>\n<html><head><title>404</title></head></html>'), /a web page/],
    ['a document', zipOf('[Content_Types].xml', 'word/media/image1.png'), /an office document/],
    ['pictures', zipOf('holiday/1.JPG', 'holiday/2.JPG'), /a zip archive of pictures/],
    ['some other archive', zipOf('setup.py'), /a zip archive without a tensor/],
    ['a pickle', ascii('\x80\x04\x95\x2a\0\0\0\0\0\0\0'), /a pickle of Python, which can run any code/],
    ['a model of before GGUF', ascii('tjgg\x03\0\0\0'), /formats before GGUF/],
    ["a model in ONNX Runtime's format", ascii('\x1c\0\0\0ORTM\0\0'), /open the \.onnx file that it was made from/],
    ['a TensorFlow Lite model', ascii('\x1c\0\0\0TFL3\0\0'), /a TensorFlow Lite model/],
    ['a PNG picture', ascii('\x89PNG\r\n\x1a\n'), /a PNG picture/],
    ['a JPEG picture', ascii('\xff\xd8\xff\xe0\0\x10JFIF'), /a JPEG picture/],
    ['a gzip file', ascii('\x1f\x8b\x08\0'), /gunzip/],
    ['a 7z archive', ascii('7z\xbc\xaf\x27\x1c\0\x04'), /a 7z archive/],
    ['a tar archive', ascii(`${'a.py'.padEnd(257, '\0')}ustar\x0000`.padEnd(1024, '\0')), /a tar archive without a tensor/],
    ['an xz file', ascii('\xfd7zXZ\0\0\x04'), /unxz/],
    ['a bzip2 file', ascii('BZh91AY&SY'), /bunzip2/],
    ['a Zstandard file', ascii('\x28\xb5\x2f\xfd\x24'), /zstd -d/],
    ['a PDF document', ascii('%PDF-1.7\n%\xe2\xe3'), /a PDF document/],
    ['text', ascii('0.5, 1.5\n2.5, 3.5\n'), /a text file/],
    ['something else with the extension', ascii('\x01\x02\x03'), /is called \.npy, but does not begin as a NumPy array does/],
    ['half a signature', ascii('\x93NUM'), /is called \.npy/],
  ];
  for (const [what, bytes, message] of others) {
    it(`name ${what} in one sentence`, () => assert.rejects(open('acts.npy', bytes), failure('not-recognized', message)));
  }

  it('name an HDF5 file as it is spoken', () =>
    assert.rejects(open('acts.h5', ascii('\x01\x02\x03')), failure('not-recognized', /is called \.h5, but does not begin as an HDF5 file does/)));

  it('say of a part of a distributed checkpoint what makes a file of it', () =>
    assert.rejects(open('part_0.distcp', zipOf('archive/data.pkl').subarray(0, 60)), failure('not-recognized', /part_0\.distcp is a part of a distributed checkpoint of PyTorch.*dcp_to_torch_save/)));

  it('say of an archive that is cut off what is missing, whatever it was', () =>
    assert.rejects(open('acts.bin', zipOf('a.npy', 'b.npy').subarray(0, 60)), failure('truncated', /acts\.bin begins as a zip archive, but ends at byte 60 without/)));

  it('say what is read, of a file that nothing is known of', () =>
    assert.rejects(open('acts.dat', ascii('\x01\x02\x03')), failure('not-recognized', /not a tensor file that is known here: .*NumPy array \(\.npy\)/)));
});
