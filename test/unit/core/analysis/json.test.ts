import assert from 'node:assert/strict';
import { compareDocument, inspectDocument } from '../../../../src/core/analysis/json';
import { jsonText } from '../../../../src/core/analysis/jsonText';
import type { Catalog, TensorInfo } from '../../../../src/core/tensor/tensor';
import { analyzed } from '../../../support/analysis';

describe('JSON text', () => {
  it('writes NaN and infinities as strings, and large integers as decimal ones', () => {
    const document = { a: [NaN, Infinity, -Infinity, -0, 0.1], b: 2n ** 53n - 1n, c: 2n ** 53n, d: -(2n ** 63n), e: null };
    assert.deepEqual(JSON.parse(jsonText(document)), {
      a: ['NaN', 'Infinity', '-Infinity', 0, 0.1],
      b: 9007199254740991,
      c: '9007199254740992',
      d: '-9223372036854775808',
      e: null,
    });
  });
});

describe('the documents of the command line', () => {
  it('give every number of a series when asked, null for a group without one', async () => {
    const report = await analyzed([1, NaN, 3, NaN, 5, NaN], [3, 2]);
    const parse = (full: boolean) => JSON.parse(jsonText(compareDocument('acts.npy', report, { full }))) as Record<string, Record<string, Record<string, unknown>>>;
    assert.deepEqual(parse(true)['methods']?.['batch']?.['mean'], {
      size: 2,
      first: [3, null],
      last: [3, null],
      min: 3,
      max: 3,
      values: [3, null],
    });
    assert.ok(!('values' in (parse(false)['methods']?.['batch']?.['mean'] as object)));
    assert.deepEqual(parse(true)['methods']?.['instance'], { notApplicable: 'one element per (sample, channel)' });
  });

  it('have every field of the contract', async () => {
    const document = compareDocument('acts.npy', await analyzed([1, 2, 3, 4, 5, 6], [3, 2]), { full: false });
    for (const field of ['file', 'tensor', 'shape', 'layout', 'layoutReason', 'eps', 'methods', 'batchSize', 'recommendation', 'findings']) {
      assert.ok(field in document, field);
    }
    const { layer, rms } = document['methods'] as Record<string, Record<string, unknown>>;
    for (const field of ['reducedAxes', 'groups', 'sharedBy', 'elementsPerGroup', 'mean', 'variance', 'output']) assert.ok(layer && field in layer, field);
    assert.ok(rms && 'meanSquare' in rms && !('mean' in rms) && !('variance' in rms));
  });

  it('tell of tensors that were read, that failed and that are not readable', async () => {
    const info = (name: string, status: TensorInfo['status'], reason: string | null): TensorInfo => ({
      name,
      dtype: 'int64',
      storedDtype: '<i8',
      shape: [1],
      bytes: 8,
      status,
      reason,
    });
    const catalog: Catalog = { format: 'npy', metadata: { fortranOrder: true }, tensors: [], warnings: [] };
    const { statistics } = await analyzed([7], [1]);
    const document = inspectDocument('a.npy', catalog, 100, [
      { info: info('read', 'readable', null), inspected: { contents: { statistics, first: [2n ** 60n], last: [2n ** 60n] } } },
      { info: info('failed', 'readable', null), inspected: { error: { code: 'truncated', message: 'It ends.', offset: 9 } } },
      { info: info('other', 'unsupported', 'Objects.'), inspected: null },
    ], []);
    const [read, failed, other] = (JSON.parse(jsonText(document)) as { tensors: Record<string, unknown>[] }).tensors;
    assert.deepEqual(read?.['first'], ['1152921504606846976']);
    assert.deepEqual(failed?.['error'], { code: 'truncated', message: 'It ends.', offset: 9 });
    assert.deepEqual([other?.['status'], other?.['reason'], other?.['statistics'], other?.['first']], ['unsupported', 'Objects.', null, []]);
  });
});
