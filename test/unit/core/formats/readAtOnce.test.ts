import assert from 'node:assert/strict';
import fs from 'node:fs';
import { openTensorFile } from '../../../../src/core/normoscope';
import type { ByteSource } from '../../../../src/core/tensor/byteSource';
import { memorySource } from '../../../../src/core/tensor/memorySource';
import { itemBytes } from '../../../../src/core/tensor/tensor';
import { withHdf5 } from '../../../support/hdf5';
import { inProject } from '../../../support/root';

// What is asked for while another part is being worked on is read beside that only if it is asked of the file right away.
const files = ['npy/little_f4.npy', 'npz/several.npz', 'safetensors/types.safetensors', 'pytorch/state_dict.pth', 'pytorch/state_dict_legacy.pth', 'gguf/types.gguf', 'onnx/raw.onnx', 'hdf5/types.h5'];

describe('a tensor that lies in its file as it is', () => {
  for (const name of files) {
    it(`is read as soon as it is asked for: ${name}`, async () => {
      let reads = 0;
      const memory = memorySource(name.slice(name.indexOf('/') + 1), fs.readFileSync(inProject('test', 'fixtures', name)));
      const source: ByteSource = withHdf5({ ...memory, read: (...asked) => (reads++, memory.read(...asked)) });
      const { catalog, tensor } = await openTensorFile(source);
      const index = catalog.tensors.findIndex(({ status, dtype, bytes }) => status === 'readable' && dtype === 'float32' && bytes > 4);
      assert.ok(index >= 0);
      const data = tensor(index);
      const bytes = new Uint8Array(itemBytes(data.encoding, 1));
      await data.read(0, bytes);
      const before = reads;
      const asked = data.read(1, bytes);
      assert.equal(reads, before + 1);
      await asked;
    });
  }
});
