import assert from 'node:assert/strict';
import fs from 'node:fs';
import type { NormalizeMethod } from '../../../../src/core/analysis/normalize';
import type { Values } from '../../../../src/core/analysis/values';
import type { Engine, Grouping } from '../../../../src/core/engine/engine';
import { groupCount } from '../../../../src/core/engine/grouping';
import type { NormalizationOptions } from '../../../../src/core/engine/normalizations/normalization';
import { normalization } from '../../../../src/core/engine/normalizations/registry';
import { npyFile } from '../../../../src/core/formats/npyWriter';
import { openTensorFile } from '../../../../src/core/normoscope';
import { memorySource } from '../../../../src/core/tensor/memorySource';
import { elementCount } from '../../../../src/core/tensor/tensor';
import { failure } from '../../../support/errors';
import { gradientsBy } from '../../../support/gradients';
import { groupOf, seededNormal } from '../../../support/moments';
import { inProject } from '../../../support/root';
import { engines, tensorOf } from '../../../support/tensors';

interface Truth {
  readonly eps: number;
  readonly inputs: Readonly<
    Record<string, { readonly layout: string; readonly options: NormalizationOptions; readonly methods: readonly NormalizeMethod[] }>
  >;
}

const folder = inProject('test', 'fixtures', 'backward');
const inputs = inProject('test', 'fixtures', 'apply');
const truth = JSON.parse(fs.readFileSync(`${folder}/truth.json`, 'utf8')) as Truth;
const open = (path: string) => openTensorFile(memorySource('x.npy', fs.readFileSync(`${path}.npy`)));
const memory = (shape: readonly number[], values: ArrayLike<number>) =>
  openTensorFile(memorySource('x.npy', npyFile('float64', shape, Float64Array.from(values))));
/** Small chunks, so that most of these small files are read and written in several. */
const bothEngines = () => engines({ chunkBytes: 1000 });
const [reference] = engines();

async function load(path: string): Promise<Values> {
  assert.ok(reference);
  return (await open(path)).values(reference, 0);
}

/** Part `index` along the first axis. */
function part({ shape: [, ...shape], values }: Values, index: number): Values {
  const size = elementCount(shape);
  return { shape, values: values.slice(index * size, (index + 1) * size) };
}

/** Within `relative` of the gradient's scale; what is not finite is the same. */
function assertClose(actual: ArrayLike<number> | undefined, expected: Float64Array, relative: number, what: string): void {
  assert.equal(actual?.length, expected.length, what);
  const scale = expected.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 1e-3);
  expected.forEach((value, index) => {
    const found = actual?.[index] ?? NaN;
    const same = Number.isFinite(value) ? Math.abs(found - value) <= relative * scale : Object.is(found, value);
    assert.ok(same, `${what}[${index}] is ${found}, PyTorch says ${value}`);
  });
}

function norm(values: ArrayLike<number>): number {
  return Math.sqrt(Array.from(values).reduce((sum, value) => sum + (Number.isFinite(value) ? value * value : 0), 0));
}

describe('gradients through a normalization', () => {
  for (const [name, { layout, options, methods }] of Object.entries(truth.inputs)) {
    it(`are those of PyTorch's autograd in float64: ${name}`, async () => {
      const [file, gradient] = await Promise.all([open(`${inputs}/${name}`), open(`${folder}/${name}.gradient`)]);
      const [reduced, channel] = await Promise.all([load(`${inputs}/${name}.reduced`), load(`${inputs}/${name}.channel`)]);
      const [input, ofReduced, ofChannel] = await Promise.all(
        ['input', 'reduced', 'channel'].map((kind) => load(`${folder}/${name}.${kind}`)) as [Promise<Values>, Promise<Values>, Promise<Values>],
      );
      const isDouble = file.catalog.tensors[0]?.dtype === 'float64';
      for (const engine of bothEngines()) {
        for (const [place, method] of methods.entries()) {
          const running = method === 'batch-eval' ? { runningMean: part(channel, 2), runningVar: part(channel, 3) } : {};
          const isReduced = normalization(method === 'batch-eval' ? 'batch' : method).weightOver === 'reduced';
          const request = { tensor: 0, method, layout, eps: truth.eps, ...options, ...running };
          const what = `${engine.backend} ${name} ${method}`;
          const plain = await gradientsBy(engine, file, gradient, request);
          assertClose(plain.input, part(input, 2 * place).values, isDouble ? 1e-11 : 1e-6, what);
          assert.deepEqual([plain.weight, plain.bias], [null, null]);
          const weight = part(isReduced ? reduced : channel, 0);
          const scaled = await gradientsBy(engine, file, gradient, { ...request, weight, parameterGradients: true });
          const dx = part(input, 2 * place + 1).values;
          assertClose(scaled.input, dx, isDouble ? 1e-11 : 1e-6, `${what} with weight`);
          const of = isReduced ? ofReduced : ofChannel;
          const first = 2 * methods.filter((id) => (id === 'layer' || id === 'rms') === isReduced).indexOf(method);
          assert.deepEqual(scaled.weight?.shape, weight.shape, what);
          assertClose(scaled.weight?.values, part(of, first).values, 1e-11, `${what} weight`);
          assertClose(scaled.bias?.values, part(of, first + 1).values, 1e-12, `${what} bias`);
          assert.equal(scaled.notFinite, dx.filter((value) => !Number.isFinite(value)).length);
          const [info] = scaled.catalog.tensors;
          assert.deepEqual([info?.dtype, info?.shape], [isDouble ? 'float64' : 'float32', file.catalog.tensors[0]?.shape]);
        }
      }
    });
  }

  it('over the channels of each position are those of the same tensor with its channels last', async () => {
    const [x, g, input, reduced] = await Promise.all([
      load(`${inputs}/nhwc`),
      load(`${folder}/nhwc.gradient`),
      load(`${folder}/nhwc.input`),
      load(`${inputs}/nhwc.reduced`),
    ]);
    const { shape: [samples = 0, height = 0, width = 0, channels = 0] } = x;
    const plane = height * width;
    const channelsFirst = (nhwc: Float64Array) =>
      nhwc.map((_, index) => {
        const sample = Math.floor(index / (plane * channels));
        return nhwc[(sample * plane + (index % plane)) * channels + (Math.floor(index / plane) % channels)] ?? NaN;
      });
    const shape = [samples, channels, height, width];
    const [file, gradient] = await Promise.all([memory(shape, channelsFirst(x.values)), memory(shape, channelsFirst(g.values))]);
    const weight = part(reduced, 0);
    for (const engine of bothEngines()) {
      const found = await gradientsBy(engine, file, gradient, { tensor: 0, method: 'layer', layout: 'NCHW', normalizedAxes: 'C', weight });
      assertClose(found.input, channelsFirst(part(input, 1).values), 1e-11, engine.backend);
    }
  });

  it('have the norms of every sample', async () => {
    const [samples, size] = [5, 12];
    const normal = seededNormal(3);
    const x = Array.from({ length: samples * size }, normal);
    const g = Array.from({ length: samples * size }, (_, index) => (index === 7 ? NaN : (1 + Math.floor(index / size)) * normal()));
    const [file, gradient] = await Promise.all([memory([samples, 3, 4], x), memory([samples, 3, 4], g)]);
    for (const engine of bothEngines()) {
      const found = await gradientsBy(engine, file, gradient, { tensor: 0, method: 'batch', layout: 'NCT' });
      for (let sample = 0; sample < samples; sample++) {
        const own = (values: ArrayLike<number>) => norm(Array.from(values).slice(sample * size, (sample + 1) * size));
        assert.ok(Math.abs((found.gradientNorms?.[sample] ?? NaN) - own(g)) < 1e-12 * own(g), engine.backend);
        assert.ok(Math.abs((found.inputNorms?.[sample] ?? NaN) - own(found.input)) < 1e-12 * own(found.input), engine.backend);
      }
      const silent = await file.backward(engine, { tensor: 0, method: 'batch', layout: 'NCT' }, { file: gradient, tensor: 0 }, null);
      assert.deepEqual(silent.inputNorms, found.inputNorms, 'also where dX itself is not wanted');
      assert.equal(silent.notFinite, 1);
    }
  });

  it('are zero along a shift and a scaling of x, wherever x and the gradient lie', async () => {
    // ⟨dx, 1⟩ = 0 and, up to eps, ⟨dx, x⟩ = 0: y does not change along either.
    const normal = seededNormal(8);
    const [rows, columns] = [7, 601];
    const x = Array.from({ length: rows * columns }, () => 1e6 + 1e-2 * normal());
    const g = Array.from({ length: rows * columns }, () => 1e3 + normal());
    const [file, gradient] = await Promise.all([memory([rows, columns], x), memory([rows, columns], g)]);
    for (const engine of engines()) {
      for (const method of ['layer', 'batch'] as const) {
        const { input } = await gradientsBy(engine, file, gradient, { tensor: 0, method, eps: 0, layout: 'NC' });
        const groups = method === 'layer' ? rows : columns;
        const sums = new Float64Array(groups);
        const products = new Float64Array(groups);
        input.forEach((value, index) => {
          const group = method === 'layer' ? Math.floor(index / columns) : index % columns;
          sums[group] = (sums[group] ?? 0) + value;
          products[group] = (products[group] ?? 0) + value * ((x[index] ?? 0) - 1e6);
        });
        // The mean of a group's gradient, 1e3, is rounded to 1e-15 of itself; 1/σ is 100.
        const allowed = (input.length / groups) * 100 * 1e3 * 1e-15;
        assert.ok(sums.every((sum) => Math.abs(sum) < allowed), `${engine.backend} ${method}`);
        assert.ok(products.every((sum) => Math.abs(sum) < allowed * 1e-2), `${engine.backend} ${method}`);
      }
    }
  });

  const shapes: readonly (readonly [readonly number[], readonly (readonly boolean[])[]])[] = [
    [[], [[]]],
    [[0, 3], [[true, false], [false, true]]],
    [[40001], [[true], [false]]],
    [[2, 40000], [[true, false], [false, true]]],
    [[25001, 3], [[true, false], [false, true]]],
    [[1025, 64], [[true, false], [false, true]]],
    [[5, 300, 7], [[true, false, true], [false, true, false]]],
  ];
  for (const [shape, groupings] of shapes) {
    it(`are summed in blocks and runs of any length, in either order: (${shape.join(', ')})`, async () => {
      const normal = seededNormal(4);
      const count = elementCount(shape);
      const x = Array.from({ length: count }, (_, index) => (index % 5003 === 11 ? Infinity : normal()));
      const g = Array.from({ length: count }, (_, index) => (index % 4001 === 12 ? NaN : 3 + normal()));
      const axes = shape.map((_, axis) => axis);
      for (const kept of groupings) {
        const grouping = { kept };
        const expected = sumsByDefinition(x, g, shape, grouping);
        for (const axisOrder of [axes, [...axes].reverse()]) {
          for (const engine of engines()) {
            const { weight, bias, notFinite } = await sumsBy(engine, x, g, shape, grouping, axisOrder);
            assertClose(weight ?? [], expected.weight, 1e-13, `${engine.backend} ${axisOrder} ${kept}`);
            assertClose(bias ?? [], expected.bias, 1e-13, `${engine.backend} ${axisOrder} ${kept}`);
            assert.equal(notFinite, expected.left);
          }
        }
      }
    });
  }

  it('refuse a gradient of another shape or order before anything is read', async () => {
    const file = await memory([2, 3], [1, 2, 3, 4, 5, 6]);
    const request = { tensor: 0, method: 'layer' } as const;
    for (const engine of bothEngines()) {
      const turned = await memory([3, 2], [1, 2, 3, 4, 5, 6]);
      await assert.rejects(gradientsBy(engine, file, turned, request), failure('usage', /The gradient has the shape \(3, 2\); that of the tensor, \(2, 3\), is expected/));
      const fortran = await open(`${inputs}/fortran`);
      const plain = await memory(fortran.catalog.tensors[0]?.shape ?? [], new Float64Array(270));
      await assert.rejects(gradientsBy(engine, fortran, plain, request), failure('unsupported', /another order of axes/));
    }
  });

  it('stop where they are cancelled, and tell how far they are', async () => {
    const [file, gradient] = await Promise.all([open(`${inputs}/nhwc`), open(`${folder}/nhwc.gradient`)]);
    for (const engine of bothEngines()) {
      const shares: number[] = [];
      await gradientsBy(engine, file, gradient, { tensor: 0, method: 'batch' }, { onProgress: (share) => shares.push(share) });
      assert.ok(shares.length > 4 && shares.every((share, index) => share >= (shares[index - 1] ?? 0)), `${shares}`);
      assert.equal(shares.at(-1), 1);
      const controller = new AbortController();
      const stopped = gradientsBy(engine, file, gradient, { tensor: 0, method: 'batch' }, {
        signal: controller.signal,
        onProgress: (share) => {
          if (share > 0.5) controller.abort();
        },
      });
      await assert.rejects(stopped, failure('cancelled'));
    }
  });
});

/** dγ and dβ of `grouping`, x̂ being x itself. */
function sumsBy(engine: Engine, x: number[], g: number[], shape: readonly number[], grouping: Grouping, axisOrder: readonly number[]) {
  const whole = { grouping: { kept: shape.map(() => false) }, shift: new Float64Array(1), scale: new Float64Array([1]), offset: new Float64Array(1) };
  return engine.backward(
    tensorOf(x, shape, { dtype: 'float64', axisOrder }),
    tensorOf(g, shape, { dtype: 'float64', axisOrder }),
    { normalizing: whole, statistics: null, parameters: grouping, weight: null, parameterGradients: true, samples: null, output: 'float32' },
    null,
  );
}

function sumsByDefinition(x: number[], g: number[], shape: readonly number[], grouping: Grouping) {
  const size = groupCount(shape, grouping);
  const [weight, bias] = [new Float64Array(size), new Float64Array(size)];
  let left = 0;
  x.forEach((value, index) => {
    const upstream = g[index] ?? 0;
    if (!Number.isFinite(value) || !Number.isFinite(upstream)) return void left++;
    const group = groupOf(index, shape, grouping);
    weight[group] = (weight[group] ?? 0) + upstream * value;
    bias[group] = (bias[group] ?? 0) + upstream;
  });
  return { weight, bias, left };
}
