import fs from 'node:fs/promises';
import path from 'node:path';
import type { Engine } from '../core/engine/engine';
import { createReferenceEngine } from '../core/engine/reference/referenceEngine';
import { createWasmEngine } from '../core/engine/wasmEngine';
import { NormoscopeError } from '../core/errors';

/**
 * The engine: WebAssembly, or what the environment variable `NORMOSCOPE_BACKEND` (`wasm`, `reference`) asks for.
 * @param file the kernels; they lie beside the running bundle unless said otherwise
 * @throws NormoscopeError `usage` for another backend, `internal` when the kernels cannot be loaded
 */
export async function loadEngine(file = path.join(__dirname, 'engine.wasm')): Promise<Engine> {
  const backend = process.env['NORMOSCOPE_BACKEND'] || 'wasm';
  if (backend === 'reference') return createReferenceEngine();
  if (backend !== 'wasm') {
    throw new NormoscopeError('usage', `NORMOSCOPE_BACKEND is "${backend}"; it may be "wasm" or "reference".`);
  }
  try {
    return createWasmEngine(await WebAssembly.compile(await fs.readFile(file)));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new NormoscopeError('internal', `The engine could not be loaded from ${path.basename(file)}: ${message}.`);
  }
}
