import fs from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { NormoscopeError } from '../core/errors';
import type { Hdf5Library, Hdf5Loader } from '../core/tensor/hdf5Library';

/** Of h5wasm's module, as Emscripten makes it. */
type Factory = (options: object) => Promise<Hdf5Library>;
type Imports = WebAssembly.Imports & { readonly env: Record<string, WebAssembly.ImportValue> };

interface Loaded {
  readonly factory: Factory;
  readonly compiled: WebAssembly.Module;
}

/** Instances of the HDF5 library, whose two files lie beside the running bundle and are loaded with the first. */
export const nodeHdf5: Hdf5Loader = hdf5From(__dirname);

/** @param folder has `hdf5.js` and `hdf5.wasm` */
export function hdf5From(folder: string): Hdf5Loader {
  let loaded: Promise<Loaded> | null = null;
  return async (maximumBytes) => {
    loaded ??= load(folder);
    const { factory, compiled } = await loaded;
    return factory({
      noInitialRun: true,
      print: ignore,
      printErr: ignore,
      instantiateWasm(imports: Imports, done: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void) {
        const resize = imports.env['emscripten_resize_heap'] as (bytes: number) => number;
        const env = { ...imports.env, emscripten_resize_heap: (bytes: number) => (bytes >>> 0 > maximumBytes ? 0 : resize(bytes)) };
        void WebAssembly.instantiate(compiled, { ...imports, env }).then((instance) => done(instance, compiled));
        return {};
      },
    });
  };
}

async function load(folder: string): Promise<Loaded> {
  try {
    const compiled = await WebAssembly.compile(await fs.readFile(path.join(folder, 'hdf5.wasm')));
    const { default: factory } = createRequire(path.join(folder, 'hdf5.js'))('./hdf5.js') as { default: Factory };
    return { factory, compiled };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new NormoscopeError('internal', `The HDF5 library could not be loaded: ${message}.`);
  }
}

function ignore(): void {
  // What the library prints of its errors comes as exceptions too.
}
