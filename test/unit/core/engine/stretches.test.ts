import assert from 'node:assert/strict';
import type { AffineView, Engine } from '../../../../src/core/engine/engine';
import type { TensorData } from '../../../../src/core/tensor/tensor';
import { failure } from '../../../support/errors';
import { engines } from '../../../support/tensors';

const shape = [8192, 4096];
const whole = { kept: [false, false] };
const rows = { kept: [true, false] };
const columns = { kept: [false, true] };
const map = { grouping: whole, shift: new Float64Array(1), scale: new Float64Array([1]), offset: new Float64Array(1) };
const view: AffineView = { grouping: whole, shift: new Float64Array(1), scale: new Float64Array([1]), low: -1, high: 1 };
const sink = { write: () => Promise.resolve() };

/** What takes a read of a tensor. Backward reads two tensors side by side. */
const operations: Readonly<Record<string, (engine: Engine, data: TensorData, signal: AbortSignal) => Promise<unknown>>> = {
  'moments in the fast mode': (engine, data, signal) => engine.moments(data, [rows, columns], { signal }),
  'moments in the precise mode': (engine, data, signal) => engine.moments(data, [rows, columns], { signal, precise: true }),
  'moments under a mask': (engine, data, signal) => engine.moments(data, [rows], { signal, mask: { kept: [true, false], counts: new Uint8Array(8192).fill(1) } }),
  distributions: (engine, data, signal) =>
    engine.distributions(data, { views: [view], bins: 8, rowAxes: 1, maxRows: 8, maxColumns: 8, maxElements: 2 ** 26 }, { signal }),
  apply: (engine, data, signal) => engine.apply(data, { maps: [map], output: 'float32' }, sink, { signal }),
  backward: (engine, data, signal) =>
    engine.backward(data, data, { normalizing: map, statistics: null, parameters: columns, weight: null, parameterGradients: false, samples: null, output: 'float32' }, sink, { signal }),
  simulate: (engine, data, signal) =>
    engine.simulate(data, { normalizations: [{ grouping: columns, centred: true, shift: new Float64Array(4096), scale: new Float64Array(4096), count: new Float64Array(4096).fill(8192) }], arithmetics: ['float16'], eps: 1e-5 }, { signal }),
};

describe('stretches of a tensor of 128 MiB', () => {
  for (const [name, run] of Object.entries(operations)) {
    it(`are short, and a cancellation is heard between two of them: ${name}`, async () => {
      for (const engine of engines()) {
        const controller = new AbortController();
        let elements = 0;
        let reads = 0;
        let after = 0;
        const data: TensorData = {
          shape,
          axisOrder: [0, 1],
          encoding: { dtype: 'float32', littleEndian: true, stride: 4, offset: 0 },
          read: (_first, target) => {
            if (controller.signal.aborted) after++;
            elements = Math.max(elements, target.length / 4);
            if (++reads === 3) controller.abort();
            return Promise.resolve();
          },
        };
        await assert.rejects(run(engine, data, controller.signal), failure('cancelled'));
        // Nothing looks at the clock: a million elements are some milliseconds of work of each.
        assert.ok(elements <= 2 ** 20, `${engine.backend}: ${elements} elements at a time`);
        assert.ok(after <= 1, `${engine.backend}: ${after} reads after the cancellation`);
      }
    });
  }
});
