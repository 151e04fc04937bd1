import fs from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import type { Engine } from '../core/engine/engine';
import type { createReferenceEngine } from '../core/engine/reference/referenceEngine';
import { createWasmEngine } from '../core/engine/wasmEngine';
import { NormoscopeError } from '../core/errors';
import { defaultLimits } from '../core/limits';
import { createEngineThreads } from './engineThreads';

/** More threads than this wait for memory, not for each other, and each holds a JavaScript heap of its own. */
const mostThreads = 8;

/**
 * The engine: WebAssembly, or what the environment variable `NORMOSCOPE_BACKEND` (`wasm`, `reference`) asks for. Large tensors
 * are shared out among as many threads as there are processors, or as `NORMOSCOPE_THREADS` asks for.
 * @param file the kernels; they lie beside the running bundle unless said otherwise, and so do the bundles of the threads and of
 *   the other engine
 * @throws NormoscopeError `usage` for another backend or number of threads, `internal` when the engine cannot be loaded
 */
export async function loadEngine(file = path.join(__dirname, 'engine.wasm')): Promise<Engine> {
  const backend = process.env['NORMOSCOPE_BACKEND'] || 'wasm';
  const threads = threadCount();
  if (backend !== 'wasm' && backend !== 'reference') {
    throw new NormoscopeError('usage', `NORMOSCOPE_BACKEND is "${backend}"; it may be "wasm" or "reference".`);
  }
  const beside = (name: string) => path.join(path.dirname(file), name);
  const loaded = backend === 'reference' ? beside('referenceEngine.js') : file;
  try {
    if (backend === 'reference') return referenceEngine(loaded);
    const module = await WebAssembly.compile(await fs.readFile(file));
    return createWasmEngine(module, defaultLimits, threads > 1 ? createEngineThreads(beside('engineWorker.js'), module, threads) : null);
  } catch (error) {
    // Node goes on with a list of who asked.
    const [message] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new NormoscopeError('internal', `The engine could not be loaded from ${path.basename(loaded)}: ${message}.`);
  }
}

/** In a bundle of its own: it is for comparing with, and hardly anybody asks for it. */
function referenceEngine(script: string): Engine {
  const bundle = createRequire(script)(script) as { readonly createReferenceEngine: typeof createReferenceEngine };
  return bundle.createReferenceEngine();
}

/** @throws NormoscopeError `usage` */
function threadCount(): number {
  const asked = process.env['NORMOSCOPE_THREADS'];
  if (!asked) return Math.min(mostThreads, os.availableParallelism());
  if (/^[1-9]\d?$/.test(asked)) return Number(asked);
  throw new NormoscopeError('usage', `NORMOSCOPE_THREADS is "${asked}"; it may be a whole number from 1 to 99.`);
}
