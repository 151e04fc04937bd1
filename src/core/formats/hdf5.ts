import { NormoscopeError } from '../errors';
import type { Format, OpenFile } from './format';
import { readHdf5, type Hdf5Contents } from './hdf5/contents';
import { superblockAt } from './hdf5/superblock';

/**
 * HDF5, of any program, by the library itself, compiled to WebAssembly: datasets are tensors by their paths (`layers/dense/vars/0`).
 * The library is loaded with the first file that needs it.
 */
export const hdf5: Format = {
  id: 'hdf5',
  label: 'HDF5 file',
  extensions: [],
  sharedExtensions: ['.h5', '.hdf5'],
  probe: ({ head }) => (superblockAt(head) === null ? null : 'signature'),
  async open(source, limits, signal) {
    return openFileOf(hdf5.id, await readHdf5(source, limits, signal));
  },
};

/** @param more metadata beside that of the file itself */
export function openFileOf(format: string, { metadata, tensors, warnings }: Hdf5Contents, more: Readonly<Record<string, unknown>> = {}): OpenFile {
  return {
    catalog: { format, metadata: { ...metadata, ...more }, tensors: tensors.map(({ info }) => info), warnings },
    tensor(index) {
      const found = tensors[index];
      if (found === undefined) throw new NormoscopeError('internal', `The file has no tensor number ${index}.`);
      return found.data();
    },
  };
}
