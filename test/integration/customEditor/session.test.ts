import assert from 'node:assert/strict';
import { isApplicable, type Report } from '../../../src/core/analysis/report';
import type { ExtensionApi } from '../../../src/extension';
import { activated, closeAll, documentOf, openTensor, until, untilDone, untilState, writeNpy } from '../../support/extensionHost';

/** (samples 2, channels 2, 1 × 2): channel 0 holds 1 2 5 6, channel 1 holds 3 4 7 8. */
const values = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const shape = [2, 2, 1, 2];

function means({ methods }: Report, id: string): readonly number[] {
  const method = methods.find((candidate) => candidate.id === id);
  assert.ok(method !== undefined && isApplicable(method), `${id} was not computed`);
  return method.mean?.first ?? [];
}

describe('an open tensor', () => {
  let api: ExtensionApi;
  before(async () => {
    api = await activated();
  });
  afterEach(() => closeAll(api));

  it('shows its header and the numbers of both normalizations', async () => {
    const document = await openTensor(api, await writeNpy('numbers.npy', values, shape));
    const { fileName, catalog, report } = await untilDone(document);
    assert.equal(fileName, 'numbers.npy');
    assert.deepEqual(catalog?.tensors.map((tensor) => [tensor.dtype, tensor.shape]), [['float32', shape]]);
    assert.ok(report);
    assert.equal(report.layout.roles, 'NCHW');
    assert.equal(report.statistics.count, 8);
    assert.equal(report.statistics.mean, 4.5);
    assert.equal(report.statistics.variance, 5.25);
    assert.deepEqual(means(report, 'batch'), [3.5, 5.5]);
    assert.deepEqual(means(report, 'layer'), [2.5, 6.5]);
    assert.deepEqual(report.views.map(({ id }) => id), ['raw', 'layer', 'batch']);
  });

  it('follows a change of the layout', async () => {
    const document = await openTensor(api, await writeNpy('layout.npy', values, shape));
    await untilDone(document);
    await document.session.setOptions({ layout: 'NHWC', views: ['layer', 'batch'] });
    const { phase, report } = document.session.current;
    assert.equal(phase, 'done');
    assert.equal(report?.layout.roles, 'NHWC');
    assert.deepEqual(means(report, 'batch'), [4, 5]);
  });

  it('says what is wrong with a layout that does not fit, and goes on with the next', async () => {
    const document = await openTensor(api, await writeNpy('unfit.npy', values, shape));
    await untilDone(document);
    await document.session.setOptions({ layout: 'NC', views: [] });
    const { phase, error } = document.session.current;
    assert.equal(phase, 'failed');
    assert.match(error?.message ?? '', /NC/);
    await document.session.setOptions({ layout: 'NCHW', views: [] });
    assert.equal(document.session.current.phase, 'done');
  });

  it('opens with nineteen others, each with its own numbers', async () => {
    const files = await Promise.all(
      Array.from({ length: 20 }, (_, index) => writeNpy(`many-${index}.npy`, values.map((value) => value + index), shape)),
    );
    await Promise.all(files.map((uri) => openTensor(api, uri)));
    const found = [];
    for (const uri of files) {
      const document = await until(`the document of ${uri.path}`, () => documentOf(api, uri));
      found.push((await untilDone(document)).report?.statistics.mean);
    }
    assert.deepEqual(found, files.map((_, index) => 4.5 + index));
    assert.equal(api.analysis.threads, 1);
  });

  it('cancels while it is computed, and computes anew', async () => {
    const document = await openTensor(api, await writeNpy('cancelled.npy', new Float32Array(1 << 24), [1 << 14, 1 << 10]));
    await untilState(document, 'computing', ({ phase }) => phase === 'computing');
    document.session.cancel();
    assert.equal(document.session.current.phase, 'cancelled');
    await document.session.open();
    assert.equal(document.session.current.phase, 'done');
    assert.equal(document.session.current.report?.statistics.zeros, 1 << 24);
  });
});
