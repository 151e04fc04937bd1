import assert from 'node:assert/strict';
import fs from 'node:fs';
import { compareDocument } from '../../../../src/core/analysis/json';
import { jsonText } from '../../../../src/core/analysis/jsonText';
import { histogramKinds, type GroupHistograms, type Report } from '../../../../src/core/analysis/report';
import { openTensorFile } from '../../../../src/core/normoscope';
import { memorySource } from '../../../../src/core/tensor/memorySource';
import { analyzed } from '../../../support/analysis';
import { inProject } from '../../../support/root';
import { engines } from '../../../support/tensors';

type Rows = readonly (readonly number[])[];

const fixtures = inProject('test', 'fixtures');
const truth = JSON.parse(fs.readFileSync(`${fixtures}/histograms/truth.json`, 'utf8')) as {
  readonly bins: number;
  readonly inputs: Readonly<Record<string, { layout: string; low: number; high: number; tensor: Rows; channel: Rows; sample: Rows }>>;
};

function found(report: Report, of: string): Extract<GroupHistograms, { size: number }> {
  const histograms = report.groupHistograms?.find((candidate) => candidate.of === of);
  assert.ok(histograms !== undefined && 'size' in histograms, of);
  return histograms;
}

describe('histograms of groups', () => {
  for (const [name, { layout, low, high, ...expected }] of Object.entries(truth.inputs)) {
    it(`are NumPy's of ${name}, by both engines`, async () => {
      const file = await openTensorFile(memorySource('a.npy', fs.readFileSync(`${fixtures}/${name}.npy`)));
      for (const engine of engines({ chunkBytes: 1000 })) {
        const report = await file.analyze(engine, { tensor: 0, layout, groupHistograms: histogramKinds });
        assert.deepEqual(report.views, []);
        for (const [of, rows] of Object.entries(expected)) {
          const histograms = found(report, of);
          const what = `${engine.backend} ${of}`;
          assert.deepEqual([histograms.size, histograms.bins], [rows.length, truth.bins], what);
          for (const [is, said] of [[histograms.low, low], [histograms.high, high]] as const) assert.ok(Math.abs(is - said) <= 1e-12 * Math.abs(said), what);
          rows.forEach((row, at) => {
            assert.deepEqual([...histograms.counts.subarray(at * truth.bins, (at + 1) * truth.bins)], row.slice(0, truth.bins), `${what} ${at}`);
            assert.deepEqual([histograms.below[at], histograms.above[at], histograms.notFinite[at]], row.slice(truth.bins), `${what} ${at}`);
          });
        }
      }
    });
  }

  it('stand on the range of the raw view, and beside it', async () => {
    const report = await analyzed([1, 2, 3, 4, 5, 16], [3, 2], { views: ['layer'], groupHistograms: ['channel'] });
    const raw = report.views[0]?.histogram;
    const channels = found(report, 'channel');
    assert.deepEqual([channels.low, channels.high], [raw?.low, raw?.high]);
    assert.deepEqual([report.views.length, channels.counts.reduce((a, b) => a + b, 0)], [2, 6]);
  });

  it('hold a constant, a single element, nothing finite and nothing at all', async () => {
    for (const engine of engines()) {
      const one = async (values: readonly number[], shape: readonly number[]) => found(await analyzed(values, shape, { groupHistograms: ['tensor'] }, engine), 'tensor');
      const constant = await one([3, 3, 3, 3], [2, 2]);
      assert.ok(constant.low < 3 && constant.high > 3);
      assert.deepEqual([...constant.counts].filter((count) => count > 0), [4]);
      assert.deepEqual([...(await one([0], [])).counts].filter((count) => count > 0), [1]);
      const nothing = await one([NaN, Infinity], [2, 1]);
      assert.deepEqual([nothing.counts.reduce((a, b) => a + b, 0), nothing.notFinite[0]], [0, 2]);
      assert.equal((await one([], [0, 3])).counts.reduce((a, b) => a + b, 0), 0);
    }
  });

  it('are said not to be where an axis is missing or the bins are too many, and are absent unasked', async () => {
    const limits = { histogramBins: 200 };
    const report = await analyzed([1, 2, 3, 4, 5, 6, 7, 8], [2, 4], { layout: 'TC', groupHistograms: histogramKinds, limits });
    assert.deepEqual(report.groupHistograms?.slice(1), [
      { of: 'channel', notApplicable: '4 channels of 64 bins; at most 200 bins are kept in memory' },
      { of: 'sample', notApplicable: 'no sample axis' },
    ]);
    assert.equal(found(report, 'tensor').size, 1);
    assert.ok(!('groupHistograms' in (await analyzed([1, 2], [2, 1], { views: [] }))));
  });

  it('are rows of the document', async () => {
    const report = await analyzed([0, 64, 1, 63, NaN, 62], [3, 2], { groupHistograms: ['channel', 'sample'], layout: 'TC' });
    const document = JSON.parse(jsonText(compareDocument('a.npy', report, { full: false }))) as { histograms: Record<string, Record<string, unknown>> };
    const { channel, sample, sampledEvery } = document.histograms;
    assert.deepEqual([sampledEvery, sample], [1, { notApplicable: 'no sample axis' }]);
    assert.deepEqual([channel?.['size'], channel?.['bins'], channel?.['low'], channel?.['high'], channel?.['notFinite']], [2, 64, 0, 64, [1, 0]]);
    assert.deepEqual((channel?.['counts'] as number[][]).map((row) => row.reduce((a, b) => a + b, 0)), [2, 3]);
  });
});
