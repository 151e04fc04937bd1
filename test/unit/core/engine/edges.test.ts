import assert from 'node:assert/strict';
import { normalizeMethods, type NormalizeMethod } from '../../../../src/core/analysis/normalize';
import { NormoscopeError } from '../../../../src/core/errors';
import { npyFile } from '../../../../src/core/formats/npyWriter';
import { openTensorFile } from '../../../../src/core/normoscope';
import { memorySource } from '../../../../src/core/tensor/memorySource';
import { gradientsBy } from '../../../support/gradients';
import { seededNormal } from '../../../support/moments';
import { normalizedBy } from '../../../support/normalized';
import { engines } from '../../../support/tensors';

const eps = 1e-5;
const memory = (shape: readonly number[], values: ArrayLike<number>) => openTensorFile(memorySource('x.npy', npyFile('float64', shape, Float64Array.from(values))));

/** (samples, features) that are small, empty, and spoiled in one way each. */
const tensors: Readonly<Record<string, readonly [shape: readonly number[], spoil: (value: number, index: number) => number]>> = {
  'one element': [[1, 1], (value) => value],
  'one sample': [[1, 4], (value) => value],
  'one feature': [[4, 1], (value) => value],
  'no samples': [[0, 4], (value) => value],
  'no features': [[4, 0], (value) => value],
  'a NaN': [[4, 6], (value, index) => (index === 8 ? NaN : value)],
  'infinities of both signs': [[4, 6], (value, index) => (index === 8 ? Infinity : index === 9 ? -Infinity : value)],
  'a sample and a feature of NaN': [[4, 6], (value, index) => (index % 6 === 2 || index < 6 ? NaN : value)],
  'nothing finite': [[2, 4], (_, index) => (index % 2 === 0 ? NaN : Infinity)],
  'equal elements': [[4, 6], () => 3],
};

/** Statistics over the finite elements of each group, and what every element becomes. */
function normalized(values: readonly number[], groupOf: (index: number) => number, centred: boolean): { output: number[]; scale: number[] } {
  const ofGroup = (group: number) => {
    const own = values.filter((value, index) => groupOf(index) === group && Number.isFinite(value));
    const mean = centred ? own.reduce((a, b) => a + b, 0) / own.length : 0;
    return { mean, scale: 1 / Math.sqrt(own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / own.length + eps) };
  };
  const groups = values.map((_, index) => ofGroup(groupOf(index)));
  return { output: values.map((value, index) => (value - (groups[index]?.mean ?? NaN)) * (groups[index]?.scale ?? NaN)), scale: groups.map(({ scale }) => scale) };
}

/** Ioffe & Szegedy 2015, section 3, over the elements of a group that are finite. */
function gradientOf(values: readonly number[], gradient: readonly number[], groupOf: (index: number) => number, centred: boolean): number[] {
  const { output, scale } = normalized(values, groupOf, centred);
  return values.map((value, index) => {
    if (!Number.isFinite(value)) return NaN;
    const own = values.flatMap((other, at) => (groupOf(at) === groupOf(index) && Number.isFinite(other) ? [at] : []));
    const mean = own.reduce((sum, at) => sum + (gradient[at] ?? 0), 0) / own.length;
    const product = own.reduce((sum, at) => sum + (gradient[at] ?? 0) * (output[at] ?? 0), 0) / own.length;
    return (scale[index] ?? NaN) * ((gradient[index] ?? 0) - (centred ? mean : 0) - (output[index] ?? 0) * product);
  });
}

/** Groups of (samples, features) that have a definition here. */
const defined: Readonly<Partial<Record<NormalizeMethod, { readonly by: 'sample' | 'feature'; readonly centred: boolean }>>> = {
  layer: { by: 'sample', centred: true },
  rms: { by: 'sample', centred: false },
  batch: { by: 'feature', centred: true },
};

async function outcome(work: Promise<Float64Array>): Promise<readonly number[] | string> {
  try {
    return [...(await work)];
  } catch (error) {
    assert.ok(error instanceof NormoscopeError, String(error));
    return error.message;
  }
}

/** @param only compare where this is finite */
function assertSame(actual: readonly number[] | string, expected: readonly number[] | string, what: string, only?: readonly number[]): void {
  if (typeof expected === 'string' || typeof actual === 'string') return assert.equal(actual, expected, what);
  assert.equal(actual.length, expected.length, what);
  expected.forEach((value, index) => {
    if (only !== undefined && !Number.isFinite(only[index])) return;
    const found = actual[index] ?? NaN;
    assert.ok(Object.is(found, value) || Math.abs(found - value) <= 1e-10 * Math.max(1, Math.abs(value)), `${what}: element ${index} is ${found}, not ${value}`);
  });
}

describe('normalizations at the edges, forward and backward', () => {
  for (const [name, [shape, spoil]] of Object.entries(tensors)) {
    it(`are the definitions, and both engines': ${name}`, async () => {
      const [samples = 0, features = 0] = shape;
      const normal = seededNormal(4);
      const values = Array.from({ length: samples * features }, (_, index) => spoil(1 + normal(), index));
      const upstream = values.map(() => normal());
      const [file, gradient] = [await memory(shape, values), await memory(shape, upstream)];
      for (const method of normalizeMethods) {
        const running = { shape: [features], values: Float64Array.from({ length: features }, (_, channel) => 1 + channel / 7) };
        const given = method === 'batch-eval' ? { runningMean: running, runningVar: running } : {};
        const request = { tensor: 0, method, layout: 'NC', eps, ...given };
        const forward: (readonly number[] | string)[] = [];
        const backward: (readonly number[] | string)[] = [];
        for (const engine of engines()) {
          forward.push(await outcome(normalizedBy(engine, file, request).then((written) => written.values)));
          backward.push(await outcome(gradientsBy(engine, file, gradient, request).then(({ input }) => input)));
        }
        const [byReference = '', byKernels = ''] = forward;
        const [gradientByReference = '', gradientByKernels = ''] = backward;
        assertSame(byKernels, byReference, `${method} of ${name}`);
        assertSame(gradientByKernels, gradientByReference, `gradient through ${method} of ${name}`);
        const definition = defined[method];
        if (definition === undefined || typeof byKernels === 'string') continue;
        const groupOf = (index: number) => (definition.by === 'sample' ? Math.floor(index / features) : index % features);
        const { output } = normalized(values, groupOf, definition.centred);
        assertSame(byKernels, output, `${method} of ${name}, by definition`, output);
        assert.deepEqual(byKernels.map(Number.isFinite), output.map(Number.isFinite), `${method} of ${name}`);
        if (typeof gradientByKernels !== 'string') assertSame(gradientByKernels, gradientOf(values, upstream, groupOf, definition.centred), `gradient through ${method} of ${name}, by definition`, values);
      }
    });
  }
});
