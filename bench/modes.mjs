// What the parts of the statistics pass cost, and its modes: one pass over one tensor in memory, read into the pass's memory
// as a file would be. GB/s are of the bytes that float32 would take, so that types compare by elements.
import { fromSources } from '../scripts/lib.mjs';

/**
 * @param module the kernels
 * @param task `{ shape, axes, values }`, a matrix of float32
 * @returns peers as of `bench.mjs`
 */
export async function modes(module, { shape, axes, values }) {
  const { FastPass, MomentsPass } = await fromSources(`
    export { FastPass } from './src/core/engine/fastPass.ts';
    export { MomentsPass } from './src/core/engine/momentsPass.ts';
  `);
  const [rows, columns] = axes.map((over) => ({ kept: shape.map((_, axis) => !over.includes(axis)) }));
  const bits = new Uint32Array(values.buffer);
  const stored = {
    float32: new Uint8Array(values.buffer),
    bfloat16: new Uint8Array(Uint16Array.from(bits, (word) => word >>> 16).buffer),
    // Of normal numbers within its range the rounding makes no difference to the time.
    float16: new Uint8Array(Uint16Array.from(bits, (word) => ((word >>> 16) & 0x8000) | (((word >>> 13) - (112 << 10)) & 0x7fff)).buffer),
    uint8: Uint8Array.from(values, (value) => 16 * value),
  };
  const stretch = 1 << 19;
  /** @param carrier the base with third and fourth moments; -1 for none, null for the precise mode */
  const pass = (name, bases, carrier, dtype = 'float32', counts = false) => ({
    name,
    async run() {
      const bytes = stored[dtype];
      const stride = bytes.length / values.length;
      const encoding = { dtype, littleEndian: true, stride, offset: 0 };
      const taskOf = { shape, axisOrder: shape.map((_, axis) => axis), encoding, bases, keepsValues: false, counts, shared: false };
      const start = performance.now();
      const one = carrier === null ? new MomentsPass(module, taskOf) : new FastPass(module, taskOf, carrier, stretch * stride);
      const memory = carrier === null ? new Uint8Array(stretch * stride) : one.memory(stretch * stride);
      for (let first = 0; first < values.length; first += stretch) {
        const count = Math.min(stretch, values.length - first);
        const target = memory.subarray(0, count * stride);
        target.set(bytes.subarray(first * stride, (first + count) * stride));
        one.take(target, first, count);
      }
      one.finish();
      return performance.now() - start;
    },
  });
  const copy = new Uint8Array(stretch * 4);
  return [
    pass('**rows and columns**', [rows, columns], 0),
    pass('the same as it ships: counted for quantiles too', [rows, columns], 0, 'float32', true),
    pass('the same without third and fourth moments', [rows, columns], -1),
    pass('rows', [rows], 0),
    pass('rows, without third and fourth moments', [rows], -1),
    pass('columns', [columns], -1),
    pass('the whole tensor', [{ kept: shape.map(() => false) }], 0),
    pass('rows and columns of bfloat16', [rows, columns], 0, 'bfloat16'),
    pass('rows and columns of float16', [rows, columns], 0, 'float16'),
    pass('rows and columns of uint8', [rows, columns], 0, 'uint8'),
    pass('rows and columns in the precise mode', [rows, columns], null),
    {
      name: 'what of each is the read: a copy of 4 MiB at a time',
      async run() {
        const start = performance.now();
        for (let at = 0; at < stored.float32.length; at += copy.length) copy.set(stored.float32.subarray(at, at + copy.length));
        return performance.now() - start;
      },
    },
  ];
}
