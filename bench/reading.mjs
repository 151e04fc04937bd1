// One measurement of our readers, as a process: `reading open|all FORMAT FILE`; bundled by `readers.mjs`.
import fs from 'node:fs';
import path from 'node:path';
import { openTensorFile } from '../src/core/normoscope';
import { createWasmEngine } from '../src/core/engine/wasmEngine';
import { openFileSource } from '../src/platform/fileByteSource';

const [work, , file] = process.argv.slice(2);
void main();

async function main() {
  const start = performance.now();
  const source = await openFileSource(file);
  const { catalog, tensor } = await openTensorFile(source);
  if (work === 'all') {
    const engine = createWasmEngine(await WebAssembly.compile(fs.readFileSync(path.join(__dirname, 'engine.wasm'))));
    for (const index of catalog.tensors.keys()) await engine.moments(tensor(index), [{ kept: [true, false] }, { kept: [false, true] }]);
  }
  const ms = performance.now() - start;
  await source.close();
  const mark = /VmHWM:\s+(\d+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1];
  console.log(JSON.stringify({ ms, mebibytes: mark / 1024 }));
}
