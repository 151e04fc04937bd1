import assert from 'node:assert/strict';
import fs from 'node:fs';
import { measure } from '../../../../src/core/analysis/methods';
import { arithmetics, formatOf, rounded, type Arithmetic } from '../../../../src/core/engine/arithmetic';
import type { Engine } from '../../../../src/core/engine/engine';
import { normalization } from '../../../../src/core/engine/normalizations/registry';
import type { MethodId } from '../../../../src/core/engine/normalizations/normalization';
import type { SimulateRequest, SimulatedGroups } from '../../../../src/core/engine/simulation';
import { openFile } from '../../../../src/core/formats/registry';
import { defaultLimits } from '../../../../src/core/limits';
import { parseLayout } from '../../../../src/core/tensor/layout';
import { memorySource } from '../../../../src/core/tensor/memorySource';
import type { DType } from '../../../../src/core/tensor/dtype';
import { elementCount, type TensorData } from '../../../../src/core/tensor/tensor';
import { failure } from '../../../support/errors';
import { seededNormal } from '../../../support/moments';
import { inProject } from '../../../support/root';
import { engines, rawTensor, tensorOf } from '../../../support/tensors';

type Numbers = readonly (number | string)[];

interface Expected {
  readonly cast: readonly [overflow: number, underflow: number, subnormal: number];
  readonly mean: Numbers;
  readonly statistic: Numbers;
  readonly scale: Numbers;
  readonly squareOverflow: number;
  readonly sumOverflow: number;
  readonly firstOverflow: SimulatedGroups['firstOverflow'];
  readonly outputNotFinite: number;
  readonly outputError: number | null;
}

interface Truth {
  readonly inputs: Readonly<
    Record<
      string,
      {
        readonly layout: string;
        readonly eps: number;
        readonly methods: Readonly<Record<'layer' | 'batch' | 'rms', Readonly<Record<Arithmetic, Expected>>>>;
      }
    >
  >;
}

const folder = inProject('test', 'fixtures', 'precision');
const truth = JSON.parse(fs.readFileSync(`${folder}/truth.json`, 'utf8')) as Truth;

/** What a simulation of these methods in all arithmetics asks for. */
async function requestOf(engine: Engine, data: TensorData, roles: string, ids: readonly MethodId[], eps: number): Promise<SimulateRequest> {
  const layout = parseLayout(roles, data.shape);
  const plans = ids.map((id) => normalization(id).plan(data.shape, layout, {})).filter((plan) => 'grouping' in plan);
  const { tables } = await engine.moments(data, plans.map(({ grouping }) => grouping));
  const normalizations = plans.map((plan, index) => {
    const table = tables[index];
    assert.ok(table);
    const { shift, scale, normalization: { centred } } = measure(normalization(ids[index] as MethodId), plan, table, eps);
    return { grouping: plan.grouping, centred, count: table.count, shift, scale };
  });
  return { normalizations, arithmetics, eps };
}

/** NaN and infinities as in the oracle's JSON. */
const plain = (values: Float32Array) =>
  Array.from(values, (value) => (Number.isFinite(value) ? value : Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf'));

/** All of it to the last bit, but for the bits of a NaN. */
const text = (value: unknown) => JSON.stringify(value, (_, part: unknown) => (part instanceof Float32Array ? plain(part) : part));

describe('arithmetic of fewer digits', () => {
  for (const [name, { layout, eps, methods }] of Object.entries(truth.inputs)) {
    it(`gives what NumPy, PyTorch and the tables of float8 give: ${name}`, async () => {
      const data = (await openFile(memorySource(name, fs.readFileSync(`${folder}/${name}.npy`)), defaultLimits)).tensor(0);
      const ids = ['layer', 'batch', 'rms'] as const;
      for (const engine of engines({ chunkBytes: 1000 })) {
        const { casts, groups } = await engine.simulate(data, await requestOf(engine, data, layout, ids, eps));
        ids.forEach((id, method) => {
          arithmetics.forEach((arithmetic, index) => {
            const what = `${engine.backend} ${name} ${id} ${arithmetic}`;
            const expected = methods[id][arithmetic];
            const found = groups[method]?.[index];
            const cast = casts[index];
            assert.ok(found && cast);
            const { outputError, ...rest } = expected;
            assert.deepEqual(
              {
                cast: [cast.overflow, cast.underflow, cast.subnormal],
                mean: plain(found.mean),
                statistic: plain(found.statistic),
                scale: plain(found.scale),
                squareOverflow: found.squareOverflow,
                sumOverflow: found.sumOverflow,
                firstOverflow: found.firstOverflow,
                outputNotFinite: found.outputNotFinite,
              },
              rest,
              what,
            );
            // The truth that it is measured against comes from NumPy in the one and from the engine in the other.
            assert.equal(found.outputError === null, outputError === null, what);
            assert.ok(Math.abs((found.outputError ?? 0) - (outputError ?? 0)) < 1e-8 * (1 + (outputError ?? 0)), `${what} ${found.outputError} ${outputError}`);
          });
        });
      }
    });
  }

  const stored: readonly (readonly [Arithmetic, DType, number])[] = [
    ['float16', 'float16', 2],
    ['bfloat16', 'bfloat16', 2],
    ['float8_e4m3fn', 'float8_e4m3fn', 1],
    ['float8_e5m2', 'float8_e5m2', 1],
  ];
  for (const [arithmetic, dtype, size] of stored) {
    it(`rounds to ${arithmetic} as its codes say: every number to itself, ties to the even code`, async () => {
      const codes = 256 ** size / 2;
      const numbered = { length: codes };
      const bytes =
        size === 1 ? Uint8Array.from(numbered, (_, code) => code) : new Uint8Array(Uint16Array.from(numbered, (_, code) => code).buffer);
      const [reference] = engines();
      assert.ok(reference);
      const all = await reference.elements(rawTensor(bytes, [codes], { dtype, littleEndian: true, stride: size, offset: 0 }), 0, codes);
      const numbers = [...all].filter((value) => Number.isFinite(value));
      const inputs: number[] = [];
      const expected: number[] = [];
      const add = (value: number, held: number) => {
        inputs.push(value, -value);
        expected.push(held, -held);
      };
      numbers.forEach((value, code) => {
        // Of the wider types some, and where the exponent changes all.
        if (size > 1 && code % 13 !== 0 && (code + 2) % 128 > 3) return;
        add(value, value);
        const next = numbers[code + 1];
        if (next === undefined) return;
        const middle = (value + next) / 2;
        add(middle, code % 2 === 0 ? value : next);
        add(middle * (1 - 2 ** -50), value);
        add(middle * (1 + 2 ** -50), next);
      });
      const { overflowsAt, overflow, max } = formatOf(arithmetic);
      assert.equal(numbers.at(-1), max);
      add(overflowsAt, overflow);
      add(overflowsAt * (1 - 2 ** -52), max);
      add(1e300, overflow);
      add(1e-300, 0);
      // A group to every element: its mean is the element as the format holds it.
      const ones = new Float64Array(inputs.length).fill(1);
      const alone = { grouping: { kept: [true] }, centred: true, count: ones, shift: ones, scale: ones };
      const request = { normalizations: [alone], arithmetics: [arithmetic], eps: 0 };
      for (const engine of engines()) {
        const { groups } = await engine.simulate(tensorOf(inputs, [inputs.length], { dtype: 'float64' }), request);
        const held = [...(groups[0]?.[0]?.mean ?? [])];
        const wrong = held.findIndex((value, index) => !(value === expected[index] || (Number.isNaN(value) && Number.isNaN(expected[index]))));
        assert.deepEqual([held.length, wrong], [inputs.length, -1], `${engine.backend}: ${inputs[wrong]} gives ${held[wrong]}, not ${expected[wrong]}`);
      }
    });
  }

  it('rounds to float32 as the processor does', () => {
    const normal = seededNormal(5);
    const format = formatOf('float32-one-pass');
    for (const magnitude of [1, 1e-38, 1e-44, 1e38, 2 ** -149]) {
      for (let index = 0; index < 2000; index++) {
        const value = magnitude * normal();
        assert.ok(Object.is(rounded(value, format), Math.fround(value)), `${value}`);
      }
    }
  });

  it('is the same from both engines, in any order of storage, however it is cut', async () => {
    const normal = seededNormal(9);
    const shape = [3, 4, 5, 7];
    const values = Array.from({ length: elementCount(shape) }, () => 3 + 20 * normal());
    values[31] = 1e5;
    values[300] = NaN;
    for (const axisOrder of [[0, 1, 2, 3], [3, 2, 1, 0], [1, 0, 3, 2]]) {
      const data = tensorOf(values, shape, { dtype: 'float64', axisOrder });
      const found = new Set<string>();
      const [reference] = engines();
      assert.ok(reference);
      const request = await requestOf(reference, data, 'NCHW', ['layer', 'batch', 'rms', 'group', 'instance'], 1e-5);
      for (const chunkBytes of [8, 1000]) {
        for (const engine of engines({ chunkBytes })) found.add(text(await engine.simulate(data, request)));
      }
      assert.equal(found.size, 1, `${axisOrder}`);
    }
  });

  it('reads blocks and columns of any length', async () => {
    for (const shape of [[33001, 1], [2, 16500], [11001, 3], [0, 3]]) {
      const normal = seededNormal(3);
      const data = tensorOf(Float64Array.from({ length: elementCount(shape) }, normal), shape, { dtype: 'float32' });
      const results = await Promise.all(
        engines().map(async (engine) => {
          const request = await requestOf(engines()[1] as Engine, data, 'NC', ['layer', 'batch'], 1e-5);
          return engine.simulate(data, { ...request, arithmetics: ['float16'] });
        }),
      );
      const [reference, kernels] = results.map(({ groups }) => groups.map((list) => list.map(({ mean, statistic, scale }) => text([mean, statistic, scale]))));
      assert.deepEqual(kernels, reference, `(${shape.join(', ')})`);
    }
  });

  it('says how far it is, stops when that is cancelled, and refuses more groups than fit in memory', async () => {
    const data = tensorOf(Float64Array.from({ length: 4000 }, seededNormal(1)), [40, 100], { dtype: 'float32' });
    for (const engine of engines({ chunkBytes: 1000, groupsInMemory: 100 })) {
      const request = await requestOf(engine, data, 'NC', ['batch'], 1e-5);
      const shares: number[] = [];
      await engine.simulate(data, request, { onProgress: (share) => shares.push(share) });
      assert.ok(shares.length > 1 && shares.every((share, index) => share > (shares[index - 1] ?? 0)), `${shares}`);
      assert.equal(shares.at(-1), 1);
      const controller = new AbortController();
      const stopped = engine.simulate(data, request, { signal: controller.signal, onProgress: () => controller.abort() });
      await assert.rejects(stopped, failure('cancelled'));
      const twice = { ...request, normalizations: [...request.normalizations, ...request.normalizations] };
      await assert.rejects(engine.simulate(data, twice), failure('too-large'));
    }
  });
});
