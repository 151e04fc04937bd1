import assert from 'node:assert/strict';
import fs from 'node:fs';
import type { NormalizeMethod } from '../../../../src/core/analysis/normalize';
import type { Values } from '../../../../src/core/analysis/values';
import type { NormalizationOptions } from '../../../../src/core/engine/normalizations/normalization';
import { normalization } from '../../../../src/core/engine/normalizations/registry';
import { NormoscopeError } from '../../../../src/core/errors';
import { npyHeader } from '../../../../src/core/formats/npyWriter';
import { openTensorFile } from '../../../../src/core/normoscope';
import { memorySource } from '../../../../src/core/tensor/memorySource';
import { elementCount } from '../../../../src/core/tensor/tensor';
import { failure } from '../../../support/errors';
import { normalizedBy } from '../../../support/normalized';
import { inProject } from '../../../support/root';
import { seededNormal } from '../../../support/moments';
import { engines, tensorOf } from '../../../support/tensors';

interface Truth {
  readonly eps: number;
  readonly inputs: Readonly<
    Record<string, { readonly layout: string; readonly options: NormalizationOptions; readonly methods: readonly NormalizeMethod[] }>
  >;
}

const folder = inProject('test', 'fixtures', 'apply');
const truth = JSON.parse(fs.readFileSync(`${folder}/truth.json`, 'utf8')) as Truth;
const open = (name: string) => openTensorFile(memorySource(`${name}.npy`, fs.readFileSync(`${folder}/${name}.npy`)));
/** Small chunks, so that most of these small files are read and written in several. */
const bothEngines = () => engines({ chunkBytes: 1000 });
const [reference] = engines();

async function load(name: string): Promise<Values> {
  assert.ok(reference);
  return (await open(name)).values(reference, 0);
}

/** Part `index` along the first axis. */
function part({ shape: [, ...shape], values }: Values, index: number): Values {
  const size = elementCount(shape);
  return { shape, values: values.slice(index * size, (index + 1) * size) };
}

/** Within `relative` of the output's scale; what PyTorch has as NaN or infinite is the same here. */
function assertClose(actual: Float64Array, expected: Float64Array, relative: number, what: string): void {
  assert.equal(actual.length, expected.length, what);
  const scale = expected.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0);
  expected.forEach((value, index) => {
    const found = actual[index] ?? NaN;
    const same = Number.isFinite(value) ? Math.abs(found - value) <= relative * scale : Object.is(found, value);
    assert.ok(same, `${what}[${index}] is ${found}, PyTorch says ${value}`);
  });
}

describe('normalized elements', () => {
  for (const [name, { layout, options, methods }] of Object.entries(truth.inputs)) {
    it(`are those of PyTorch in float64: ${name}`, async () => {
      const [file, reduced, channel, expected] = await Promise.all([
        open(name),
        load(`${name}.reduced`),
        load(`${name}.channel`),
        load(`${name}.expected`),
      ]);
      const isDouble = file.catalog.tensors[0]?.dtype === 'float64';
      for (const engine of bothEngines()) {
        for (const [place, method] of methods.entries()) {
          const running = method === 'batch-eval' ? { runningMean: part(channel, 2), runningVar: part(channel, 3) } : {};
          const over = normalization(method === 'batch-eval' ? 'batch' : method).weightOver === 'reduced' ? reduced : channel;
          const affine = { weight: part(over, 0), bias: part(over, 1) };
          const request = { tensor: 0, method, layout, eps: truth.eps, ...options, ...running };
          for (const [variant, asked] of [request, { ...request, ...affine }].entries()) {
            const { values, catalog } = await normalizedBy(engine, file, asked);
            const [info] = catalog.tensors;
            assert.deepEqual([info?.dtype, info?.shape], [isDouble ? 'float64' : 'float32', file.catalog.tensors[0]?.shape]);
            const what = `${engine.backend} ${name} ${method}${variant === 1 ? ' with weight and bias' : ''}`;
            assertClose(values, part(expected, 2 * place + variant).values, isDouble ? 1e-12 : 1e-6, what);
          }
        }
      }
    });
  }

  it('of LayerNorm over the channels of each position are those of the same tensor with its channels last', async () => {
    const [reduced, expected] = await Promise.all([load('nhwc.reduced'), load('nhwc.expected')]);
    const { shape: [samples = 0, height = 0, width = 0, channels = 0], values } = await load('nhwc');
    const channelsFirst = (nhwc: Float64Array) =>
      nhwc.map((_, index) => {
        const place = index % (height * width);
        const channel = Math.floor(index / (height * width)) % channels;
        return nhwc[(Math.floor(index / (height * width * channels)) * height * width + place) * channels + channel] ?? NaN;
      });
    const shape = [samples, channels, height, width];
    const bytes = Buffer.concat([npyHeader('float64', shape), new Uint8Array(channelsFirst(values).buffer)]);
    const file = await openTensorFile(memorySource('nchw.npy', bytes));
    const methods = truth.inputs['nhwc']?.methods ?? [];
    for (const engine of bothEngines()) {
      for (const method of ['layer', 'rms'] as const) {
        const request = { tensor: 0, method, layout: 'NCHW', normalizedAxes: 'C', eps: truth.eps, weight: part(reduced, 0), bias: part(reduced, 1) };
        const { values: found } = await normalizedBy(engine, file, request);
        assertClose(found, channelsFirst(part(expected, 2 * methods.indexOf(method) + 1).values), 1e-12, `${engine.backend} ${method}`);
      }
    }
  });

  it('are the same bits from both engines, however they are cut into chunks', async () => {
    const normal = seededNormal(11);
    const shape = [3, 2, 5, 7];
    const values = Array.from({ length: elementCount(shape) }, () => 5 + normal());
    for (const axisOrder of [[0, 1, 2, 3], [3, 2, 1, 0], [1, 0, 3, 2]]) {
      for (const output of ['float32', 'float64'] as const) {
        const maps = [[true, true, false, false], [false, true, false, true], [false, false, false, false]].map((kept) => {
          const size = elementCount(shape.filter((_, axis) => kept[axis]));
          const column = () => Float64Array.from({ length: size }, normal);
          return { grouping: { kept }, shift: column(), scale: column(), offset: column() };
        });
        const written = new Set<string>();
        for (const chunkBytes of [1, 24, 1000, 1 << 20]) {
          for (const engine of engines({ chunkBytes })) {
            const parts: Uint8Array[] = [];
            const sink = { write: (bytes: Uint8Array) => Promise.resolve(void parts.push(bytes.slice())) };
            await engine.apply(tensorOf(values, shape, { dtype: 'float32', axisOrder }), { maps, output }, sink);
            const most = Math.max(chunkBytes, output === 'float32' ? 4 : 8);
            assert.ok(parts.every(({ length }) => length <= most), `${engine.backend} writes at most a chunk at a time`);
            written.add(Buffer.concat(parts).toString('base64'));
          }
        }
        assert.equal(written.size, 1, `${axisOrder} ${output}`);
      }
    }
  });

  it('are told of as they are written, up to the last', async () => {
    for (const engine of bothEngines()) {
      for (const method of ['layer', 'batch'] as const) {
        const shares: number[] = [];
        await normalizedBy(engine, await open('nhwc'), { tensor: 0, method }, { onProgress: (share) => shares.push(share) });
        assert.ok(shares.length > 1 && shares.every((share, index) => share >= (shares[index - 1] ?? 0)), `${shares}`);
        assert.equal(shares.at(-1), 1);
      }
    }
  });

  it('are not written on once that is cancelled', async () => {
    for (const engine of bothEngines()) {
      const controller = new AbortController();
      let writes = 0;
      const sink = {
        write: () => {
          // The header, then a first part of the elements.
          if (++writes === 2) controller.abort();
          return Promise.resolve();
        },
      };
      const file = await open('nhwc');
      const request = { tensor: 0, method: 'layer' } as const;
      await assert.rejects(file.normalize(engine, request, sink, { signal: controller.signal }), failure('cancelled'));
      assert.equal(writes, 2);
    }
  });

  it('fail with the disk that is full and with the file that changes meanwhile', async () => {
    const bytes = fs.readFileSync(`${folder}/nc.npy`);
    const request = { tensor: 0, method: 'layer' } as const;
    for (const engine of bothEngines()) {
      const full = { write: () => Promise.reject(new NormoscopeError('io', 'The disk is full.')) };
      await assert.rejects((await open('nc')).normalize(engine, request, full), failure('io'));
      const changing = { ...memorySource('nc.npy', bytes), verify: () => Promise.reject(new NormoscopeError('changed', 'It changed.')) };
      await assert.rejects(normalizedBy(engine, await openTensorFile(changing), request), failure('changed'));
    }
  });

  it('are mapped in blocks and runs of any length', async () => {
    const shapes = [[40001], [2, 40000], [25001, 3], [1025, 64], [0, 3], []];
    for (const shape of shapes) {
      const values = Float64Array.from({ length: elementCount(shape) }, (_, index) => index);
      for (const keepFirst of [true, false]) {
        const kept = shape.map((_, axis) => (axis === 0) === keepFirst);
        const groups = elementCount(shape.filter((_, axis) => kept[axis]));
        const shift = Float64Array.from({ length: groups }, (_, group) => 3 * group);
        const columns = shape[1] ?? 1;
        const expected = values.map((value, index) => {
          const group = shape.length === 0 || groups === 1 ? 0 : keepFirst ? Math.floor(index / columns) : index % columns;
          return (value - 3 * group) * 2 + 1;
        });
        for (const engine of engines()) {
          const parts: Uint8Array[] = [];
          const sink = { write: (bytes: Uint8Array) => Promise.resolve(void parts.push(bytes.slice())) };
          const map = { grouping: { kept }, shift, scale: new Float64Array(groups).fill(2), offset: new Float64Array(groups).fill(1) };
          await engine.apply(tensorOf(values, shape, { dtype: 'float64' }), { maps: [map], output: 'float64' }, sink);
          const found = new Float64Array(new Uint8Array(Buffer.concat(parts)).buffer);
          assert.deepEqual(found, expected, `${engine.backend} (${shape.join(', ')})`);
        }
      }
    }
  });
});
