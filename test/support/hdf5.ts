import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { File } from 'h5wasm/node';
import type { ByteSource } from '../../src/core/tensor/byteSource';
import { hdf5From } from '../../src/platform/hdf5Loader';
import { inProject } from './root';

/** The HDF5 library as it was built: a test does not stand beside it. */
const hdf5 = hdf5From(inProject('dist'));

export function withHdf5(source: ByteSource): ByteSource {
  return { ...source, hdf5 };
}

/** Bytes of an HDF5 file, written by the library itself. */
export async function hdf5Bytes(fill: (file: File) => void): Promise<Uint8Array> {
  const { default: hdf5 } = await import('h5wasm/node');
  await hdf5.ready;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'normoscope-hdf5-'));
  try {
    const place = path.join(folder, 'file.h5');
    const file = new hdf5.File(place, 'w');
    fill(file);
    file.close();
    return fs.readFileSync(place);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}
