import type { ByteSource } from '../../src/core/tensor/byteSource';
import { hdf5From } from '../../src/platform/hdf5Loader';
import { inProject } from './root';

/** The HDF5 library as it was built: a test does not stand beside it. */
const hdf5 = hdf5From(inProject('dist'));

export function withHdf5(source: ByteSource): ByteSource {
  return { ...source, hdf5 };
}
