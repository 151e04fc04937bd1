import assert from 'node:assert/strict';
import fs from 'node:fs';
import { measure } from '../../../../src/core/analysis/methods';
import { isApplicable, type MethodReport, type Series } from '../../../../src/core/analysis/report';
import { normalizations } from '../../../../src/core/engine/normalizations/registry';
import type { NormalizationOptions } from '../../../../src/core/engine/normalizations/normalization';
import { openFile } from '../../../../src/core/formats/registry';
import { defaultLimits } from '../../../../src/core/limits';
import { openTensorFile } from '../../../../src/core/normoscope';
import { parseLayout } from '../../../../src/core/tensor/layout';
import { memorySource } from '../../../../src/core/tensor/memorySource';
import { inProject } from '../../../support/root';
import { engines } from '../../../support/tensors';

interface MethodTruth {
  readonly mean?: readonly number[];
  readonly variance?: readonly number[];
  readonly meanSquare?: readonly number[];
  readonly output: { readonly mean: number; readonly std: number };
  readonly elements?: readonly number[];
}

interface Truth {
  readonly eps: number;
  readonly inputs: Readonly<
    Record<
      string,
      {
        readonly layout: string;
        readonly options: NormalizationOptions;
        /** NumPy's, one per level. */
        readonly quantiles: readonly number[];
        readonly methods: Readonly<Record<string, MethodTruth>>;
      }
    >
  >;
  readonly float32Failure: {
    readonly layout: string;
    readonly variance: readonly number[];
    readonly numpyFloat32: readonly number[];
    readonly torchBatchNormFloat32: readonly number[];
  };
}

const folder = inProject('test', 'fixtures', 'oracle');
const truth = JSON.parse(fs.readFileSync(`${folder}/truth.json`, 'utf8')) as Truth;
const source = (name: string) => memorySource(`${name}.npy`, fs.readFileSync(`${folder}/${name}.npy`));
/** Small chunks, so that every one of these small files is read in several. */
const bothEngines = () => engines({ chunkBytes: 1000 });

function assertAll(actual: ArrayLike<number> | undefined, expected: readonly number[], allowed: (value: number) => number, what: string): void {
  assert.equal(actual?.length, expected.length, what);
  expected.forEach((value, index) => {
    const difference = Math.abs((actual?.[index] ?? NaN) - value);
    assert.ok(difference <= allowed(value), `${what}[${index}] is ${actual?.[index]}, PyTorch says ${value}`);
  });
}

function assertMethod(method: MethodReport, expected: MethodTruth, what: string): void {
  const relative = (value: number) => 1e-12 * Math.abs(value) + 1e-30;
  const values = (series: Series | undefined) => series?.values ?? undefined;
  if (expected.mean) assertAll(values(method.mean), expected.mean, (value) => 1e-13 * Math.abs(value) + 1e-15, `${what} mean`);
  if (expected.variance) assertAll(values(method.variance), expected.variance, relative, `${what} variance`);
  if (expected.meanSquare) assertAll(values(method.meanSquare), expected.meanSquare, relative, `${what} meanSquare`);
  assert.ok(Math.abs((method.output.mean ?? NaN) - expected.output.mean) < 1e-6, `${what} output mean ${method.output.mean}`);
  assert.ok(Math.abs((method.output.std ?? NaN) - expected.output.std) < 1e-8, `${what} output std ${method.output.std}`);
}

describe('PyTorch in float64', () => {
  for (const [name, { layout, options, methods, quantiles }] of Object.entries(truth.inputs)) {
    it(`has the same means, variances, output moments and quantiles of ${name}`, async () => {
      const file = await openTensorFile(source(name));
      for (const engine of bothEngines()) {
        const report = await file.analyze(engine, { tensor: 0, layout, eps: truth.eps, ...options });
        const found = Object.values(report.statistics.quantiles ?? {});
        assertAll(found, quantiles, (value) => 1e-14 * Math.abs(value) + 1e-16, `${engine.backend} ${name} quantiles`);
        for (const method of report.methods) {
          const expected = methods[method.id];
          const what = `${engine.backend} ${name} ${method.id}`;
          assert.equal(isApplicable(method), expected !== undefined, what);
          if (isApplicable(method) && expected !== undefined) assertMethod(method, expected, what);
        }
      }
    });
  }

  const small = Object.entries(truth.inputs).filter(([, { methods }]) => methods['layer']?.elements !== undefined);
  for (const [name, { layout: roles, options, methods }] of small) {
    it(`normalizes every element of ${name} to the same`, async () => {
      const data = (await openFile(source(name), defaultLimits)).tensor(0);
      const layout = parseLayout(roles, data.shape);
      for (const engine of bothEngines()) {
        for (const normalization of normalizations) {
          const plan = normalization.plan(data.shape, layout, options);
          const expected = methods[normalization.id]?.elements;
          if ('notApplicable' in plan || expected === undefined) continue;
          const [table] = (await engine.moments(data, [plan.grouping])).tables;
          assert.ok(table);
          const { shift, scale } = measure(normalization, plan, table, truth.eps);
          // A pixel for every element: the picture is the normalized tensor.
          const { views } = await engine.distributions(data, {
            views: [{ grouping: plan.grouping, shift, scale, low: -8, high: 8 }],
            bins: 16,
            rowAxes: 1,
            maxRows: 1000,
            maxColumns: 1000,
            maxElements: 1e6,
          });
          assertAll(views[0]?.mean, expected, (value) => 6e-6 * Math.abs(value) + 1e-7, `${engine.backend} ${name} ${normalization.id}`);
        }
      }
    });
  }

  it('is matched where float32 is wrong by more than 700 %: mean 1e6, standard deviation 1', async () => {
    const { layout, variance, numpyFloat32, torchBatchNormFloat32 } = truth.float32Failure;
    for (const wrong of [numpyFloat32, torchBatchNormFloat32]) {
      wrong.forEach((value, channel) => assert.ok(value / (variance[channel] ?? NaN) > 8, `float32 says ${value}`));
    }
    for (const engine of bothEngines()) {
      const file = await openTensorFile(source('float32-failure'));
      const report = await file.analyze(engine, { tensor: 0, layout });
      const batch = report.methods.find(({ id }) => id === 'batch');
      assert.ok(batch !== undefined && isApplicable(batch));
      assertAll(batch.variance?.values ?? undefined, variance, (value) => 1e-12 * value, engine.backend);
    }
  });
});
