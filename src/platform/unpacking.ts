import zlib from 'node:zlib';
import type { DeflateWrapping, Inflater, Unpacking } from '../core/tensor/byteSource';

/** Node's zlib: three times as fast as what the core brings along. */
export const nodeUnpacking: Unpacking = {
  inflater: nodeInflater,
  whole,
  // From Node 20.15 on; the core has its own for an older one.
  ...(typeof zlib.crc32 === 'function' ? { crc32: (bytes: Uint8Array, crc: number) => zlib.crc32(bytes, crc) } : {}),
};

function whole(wrapping: DeflateWrapping, bytes: Uint8Array, most: number): Uint8Array {
  // One piece holds everything, with room left for zlib to see the end.
  const options = { maxOutputLength: Math.max(1, most), chunkSize: most + 64 };
  return wrapping === 'gzip' ? zlib.gunzipSync(bytes, options) : zlib.inflateSync(bytes, options);
}

function nodeInflater(): Inflater {
  const stream = zlib.createInflateRaw({ chunkSize: 256 * 1024 });
  let outputs: Uint8Array[] = [];
  let failure: Error | null = null;
  let fail: (error: Error) => void = () => undefined;
  stream.on('data', (bytes: Uint8Array) => outputs.push(bytes));
  stream.on('error', (error) => {
    failure = error;
    fail(error);
  });
  return {
    async push(bytes, last) {
      outputs = [];
      await new Promise<void>((resolve, reject) => {
        fail = reject;
        // Bytes behind the end of the stream are nobody's, and what is not there is noticed by its length.
        if (failure !== null) return reject(failure);
        if (stream.readableEnded) return resolve();
        if (!last) return void stream.write(bytes, () => resolve());
        stream.once('end', resolve);
        stream.end(bytes);
      });
      return outputs;
    },
    close: () => void stream.destroy(),
  };
}
