import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { normalizationCode, reportCode, type CodeRequest } from '../../../../../src/core/analysis/code/code';
import { codeMethods } from '../../../../../src/core/analysis/code/methods';
import type { Report } from '../../../../../src/core/analysis/report';
import { codeCases } from '../../../../support/codeCases';
import { inProject } from '../../../../support/root';

const folder = inProject('test', 'fixtures', 'code');
const read = (name: string) => fs.readFileSync(`${folder}/${name}`, 'utf8');

interface Checked {
  readonly sha256: string;
  readonly errors: Readonly<Record<string, Readonly<Record<string, { readonly snippets: number; readonly largest: number }>>>>;
}

const nhwc: CodeRequest = { method: 'batch', shape: [2, 8, 8, 6], roles: 'NHWC', dtype: 'float32', eps: 1e-5, reducedAxes: [0, 1, 2], numGroups: 2 };

describe('code of the same computation', () => {
  it('is the code that PyTorch and the ONNX operators were held against', () => {
    const text = read('snippets.json');
    assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(codeCases())), 'node test/fixtures/code/write.mjs writes it anew');
    const { sha256, errors } = JSON.parse(read('checked.json')) as Checked;
    assert.equal(createHash('sha256').update(text).digest('hex'), sha256, 'python3 test/fixtures/code/check.py runs it');
    const { pytorch, onnx } = errors;
    assert.ok((pytorch?.['float64']?.snippets ?? 0) + (pytorch?.['float32']?.snippets ?? 0) === codeCases().length);
    assert.ok((onnx?.['float32']?.snippets ?? 0) > 80);
    assert.ok((pytorch?.['float64']?.largest ?? 1) < 1e-10, `${pytorch?.['float64']?.largest}`);
    assert.ok((pytorch?.['float32']?.largest ?? 1) < 1e-5, `${pytorch?.['float32']?.largest}`);
    assert.ok((onnx?.['float32']?.largest ?? 1) < 1e-5, `${onnx?.['float32']?.largest}`);
  });

  it('moves channels only for frameworks that want them elsewhere', () => {
    assert.match(normalizationCode('pytorch', nhwc), /F\.batch_norm\(x\.permute\(0, 3, 1, 2\), .*\)\.permute\(0, 2, 3, 1\)$/m);
    assert.match(normalizationCode('keras', nhwc), /BatchNormalization\(axis=3, momentum=0\.9, epsilon=1e-5\)/);
    assert.match(normalizationCode('flax', nhwc), /BatchNorm\(use_running_average=False, axis=3, momentum=0\.9, epsilon=1e-5/);
    assert.match(normalizationCode('onnx', nhwc), /"Transpose", \["x"\], \["x_moved"\], perm=\[0, 3, 1, 2\]/);
    for (const framework of ['keras', 'flax'] as const) assert.doesNotMatch(normalizationCode(framework, { ...nhwc, method: 'group' }), /transpose/);
  });

  it("says each framework's momentum: the new batch's weight in PyTorch, the old average's elsewhere", () => {
    assert.match(normalizationCode('pytorch', nhwc), /momentum=0\.1/);
    for (const framework of ['keras', 'flax', 'onnx'] as const) assert.match(normalizationCode(framework, nhwc), /momentum=0\.9/);
  });

  it('names the axes of LayerNorm where they are a choice', () => {
    const planes: CodeRequest = { ...nhwc, method: 'layer', shape: [2, 6, 8, 8], roles: 'NCHW', reducedAxes: [1, 2, 3] };
    assert.match(normalizationCode('keras', planes), /LayerNormalization\(axis=\(1, 2, 3\), epsilon=1e-5\)/);
    assert.match(normalizationCode('flax', planes), /LayerNorm\(reduction_axes=\(1, 2, 3\), feature_axes=\(1, 2, 3\)/);
    assert.match(normalizationCode('pytorch', planes), /F\.layer_norm\(x, \(6, 8, 8\), eps=1e-5\)/);
    const channels = { ...planes, reducedAxes: [1] };
    assert.match(normalizationCode('pytorch', channels), /F\.layer_norm\(x\.permute\(0, 2, 3, 1\), \(6,\), eps=1e-5\)\.permute\(0, 3, 1, 2\)/);
    assert.match(normalizationCode('keras', channels), /axis=1,/);
  });

  it('is had of what applies, with BatchNorm in inference, and says that a mask is not in it', () => {
    const tensor = { shape: [1, 4], dtype: 'float32' };
    const layer = { id: 'layer', label: 'LayerNorm', reducedAxes: [1] };
    const batch = { id: 'batch', label: 'BatchNorm', notApplicable: 'one element per channel' };
    const report = { tensor, layout: { roles: 'NC' }, eps: 1e-5, mask: {}, affine: ['layer'], methods: [layer, batch] } as unknown as Report;
    assert.deepEqual(codeMethods(report).map(({ id }) => id), ['layer', 'batch-eval']);
    assert.equal(reportCode(report, 'batch', 'keras'), null);
    assert.match(reportCode(report, 'layer', 'keras') ?? '', /^# Normoscope leaves masked positions out of the statistics; this does not\.\n/);
    assert.match(reportCode({ ...report, mask: null }, 'batch-eval', 'pytorch') ?? '', /training=False/);
    const both = { weight: true, bias: true };
    assert.match(reportCode(report, 'layer', 'pytorch', both) ?? '', /^# weight and bias: \(4,\), of the type of x$[^]*F\.layer_norm\(x, \(4,\), weight=weight, bias=bias, eps=1e-5\)/m);
    assert.doesNotMatch(reportCode(report, 'batch-eval', 'pytorch', both) ?? '', /weight/, 'γ is LayerNorm’s');
  });
});
