import assert from 'node:assert/strict';
import fs from 'node:fs';
import { gradientReport, gradientText, type Backward, type GradientReport } from '../../../../src/core/analysis/gradientReport';
import type { AnalysisRequest } from '../../../../src/core/analysis/report';
import type { Engine } from '../../../../src/core/engine/engine';
import { openTensorFile } from '../../../../src/core/normoscope';
import { memorySource } from '../../../../src/core/tensor/memorySource';
import { inProject } from '../../../support/root';
import { engines } from '../../../support/tensors';

interface Norms {
  readonly samples: readonly number[];
  readonly weight: number;
  readonly bias: number;
}

const folder = inProject('test', 'fixtures', 'attached');
const truth = JSON.parse(fs.readFileSync(`${folder}/truth.json`, 'utf8')) as { eps: number; batch: { norms: Norms }; layer: { norms: Norms }; masked: Record<'layer' | 'batch', Norms & { readonly dx: readonly number[] }> };

/** The gradient `prefix.gradient` through the normalizations of `prefix.input`, with `prefix.weight`. */
async function reported(engine: Engine, name: string, prefix: string, gradient = 'gradient', more: Partial<AnalysisRequest> = {}) {
  const file = await openTensorFile(memorySource(name, fs.readFileSync(`${folder}/${name}`)));
  const indexOf = (wanted: string) => file.catalog.tensors.findIndex((tensor) => tensor.name === `${prefix}.${wanted}`);
  const parameters = { weight: await file.values(engine, indexOf('weight')) };
  const request = { tensor: indexOf('input'), eps: truth.eps, parameters, ...more };
  const backward: Backward = (kernels, asked, options) => file.backward(kernels, asked, { file, tensor: indexOf(gradient) }, null, options);
  return gradientReport(backward, engine, request, await file.analyze(engine, request), {});
}

function assertNorms(report: GradientReport, id: string, expected: Norms): void {
  const method = report.methods.find((one) => one.id === id);
  const near = (actual: number | null | undefined, value: number, what: string) => assert.ok(Math.abs((actual ?? NaN) - value) <= 1e-12 * value, `${what} is ${actual}, PyTorch says ${value}`);
  expected.samples.forEach((value, sample) => near(method?.norms?.[sample], value, `sample ${sample}`));
  near(method?.weight, expected.weight, 'dγ');
  near(method?.bias, expected.bias, 'dβ');
}

for (const engine of engines({ chunkBytes: 100 })) {
  describe(`an upstream gradient, ${engine.backend}`, () => {
    it('leaves the norms behind BatchNorm and LayerNorm that autograd has', async () => {
      const batch = await reported(engine, 'bn.npz', 'bn1');
      assert.ok(batch !== null && 'methods' in batch);
      assertNorms(batch, 'batch', truth.batch.norms);
      const layer = await reported(engine, 'ln.npz', 'ln', 'gradient', { layout: 'NTC' });
      assert.ok(layer !== null && 'methods' in layer);
      assertNorms(layer, 'layer', truth.layer.norms);
      assert.match(gradientText(layer)[1] ?? '', /^Through LayerNorm dX has [\d.]+ \(median\), at most [\d.]+; dγ has the norm/);
    });

    it('has no part of what a mask leaves out: neither in statistics nor in the loss, and 0 behind it', async () => {
      const file = await openTensorFile(memorySource('ln.npz', fs.readFileSync(`${folder}/ln.npz`)));
      const indexOf = (name: string) => file.catalog.tensors.findIndex((tensor) => tensor.name === name);
      const mask = { kind: 'lengths', from: await file.values(engine, indexOf('lengths')) } as const;
      const found = await reported(engine, 'ln.npz', 'ln', 'gradient', { layout: 'NTC', mask });
      assert.ok(found !== null && 'methods' in found);
      const weight = await file.values(engine, indexOf('ln.weight'));
      for (const method of ['layer', 'batch'] as const) {
        assertNorms(found, method, truth.masked[method]);
        const parts: Uint8Array[] = [];
        const sink = { write: (bytes: Uint8Array) => Promise.resolve(void parts.push(bytes.slice())) };
        await file.backward(engine, { tensor: indexOf('ln.input'), method, layout: 'NTC', eps: truth.eps, weight, mask }, { file, tensor: indexOf('ln.gradient') }, sink);
        const { dx } = truth.masked[method];
        const bytes = Buffer.concat(parts).subarray(-8 * dx.length);
        for (const [index, value] of dx.entries()) assert.ok(Math.abs(bytes.readDoubleLE(8 * index) - value) < 1e-13, `${method} ${index}`);
      }
    });

    it('of another shape is said not to be', async () => {
      assert.deepEqual(await reported(engine, 'bn.npz', 'bn1', 'weight'), { notApplicable: 'The gradient has the shape (4); that of the tensor, (6, 4, 3, 2), is expected' });
    });
  });
}
