// One measurement of a JavaScript peer, as a process: `readerPeers open|all FORMAT FILE`. Exits with 1 for what it cannot do.
import fs from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const [work, format, file] = process.argv.slice(2);

const peers = {
  gguf: {
    async open() {
      const { gguf } = require('@huggingface/gguf');
      return timed(() => gguf(file, { allowLocalFile: true }));
    },
  },
  onnx: {
    // There is no header to open by: the whole model is one message.
    open: onnx,
    all: onnx,
  },
};

async function onnx() {
  const { onnx: proto } = require('onnx-proto');
  return timed(() => proto.ModelProto.decode(fs.readFileSync(file)));
}

async function timed(read) {
  const start = performance.now();
  await read();
  return performance.now() - start;
}

const does = peers[format]?.[work];
if (does === undefined) process.exit(1);
const ms = await does();
const mark = /VmHWM:\s+(\d+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1];
console.log(JSON.stringify({ ms, mebibytes: mark / 1024 }));
