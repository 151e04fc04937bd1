import assert from 'node:assert/strict';
import { compareDocument } from '../../../../src/core/analysis/json';
import { jsonText } from '../../../../src/core/analysis/jsonText';
import { isApplicable, type GroupDetails, type Report } from '../../../../src/core/analysis/report';
import { analyzed } from '../../../support/analysis';
import { momentsByDefinition, seededNormal } from '../../../support/moments';
import { engines } from '../../../support/tensors';

function detailsOf(report: Report, id: 'layer' | 'batch' | 'rms'): GroupDetails | null | undefined {
  const method = report.methods.find((candidate) => candidate.id === id);
  assert.ok(method !== undefined && isApplicable(method));
  return method.details;
}

describe('details of groups', () => {
  // The third column is constant, the fourth holds nothing finite.
  const normal = seededNormal(6);
  const odd = [NaN, Infinity, -Infinity];
  const values = Array.from({ length: 32 }, (_, index) => (index % 4 === 2 ? 0.25 : index % 4 === 3 ? (odd[index % 3] ?? 0) : index === 5 ? 0 : normal()));

  it('are the definitions, of LayerNorm and BatchNorm, by both engines', async () => {
    for (const engine of engines({ chunkBytes: 40 })) {
      const report = await analyzed(values, [8, 4], { dtype: 'float64', groupDetails: true }, engine);
      for (const [id, kept] of [['layer', [true, false]], ['batch', [false, true]]] as const) {
        const table = momentsByDefinition(values, [8, 4], { kept });
        const found = detailsOf(report, id);
        assert.ok(found);
        for (const name of ['count', 'nan', 'posInf', 'negInf', 'zeros'] as const) assert.deepEqual(found[name], table[name], `${engine.backend} ${id} ${name}`);
        for (let group = 0; group < table.size; group++) {
          const count = table.count[group] ?? 0;
          const variance = (table.m2[group] ?? 0) / count;
          const expected = {
            min: count > 0 ? (table.min[group] ?? NaN) : NaN,
            max: count > 0 ? (table.max[group] ?? NaN) : NaN,
            skewness: (table.m3[group] ?? NaN) / count / variance ** 1.5,
            excessKurtosis: (table.m4[group] ?? NaN) / count / variance ** 2 - 3,
          };
          for (const [name, value] of Object.entries(expected)) {
            const is = found[name as keyof typeof expected][group] ?? 0;
            assert.ok(Number.isNaN(value) ? Number.isNaN(is) : Math.abs(is - value) < 1e-12, `${engine.backend} ${id} ${name}[${group}] is ${is}, not ${value}`);
          }
        }
      }
      assert.equal(detailsOf(report, 'rms'), undefined);
    }
  });

  it('are left out of a report that did not ask, and null beyond what a report carries', async () => {
    const many = new Float64Array(65537 * 2);
    assert.equal(detailsOf(await analyzed(values, [8, 4], {}), 'layer'), undefined);
    assert.equal(detailsOf(await analyzed(many, [65537, 2], { groupDetails: true }), 'layer'), null);
    assert.equal(detailsOf(await analyzed(many, [65537, 2], { groupDetails: true, full: true }), 'layer')?.size, 65537);
  });

  it('stand in the full document, with null for what there is none of', async () => {
    const report = await analyzed(values, [8, 4], { groupDetails: true });
    const document = JSON.parse(jsonText(compareDocument('a.npy', report, { full: true }))) as { methods: Record<string, { perGroup?: Record<string, unknown[]> }> };
    const found = document.methods['batch']?.perGroup;
    assert.deepEqual([found?.['count'], found?.['nan']?.[3]], [[8, 8, 8, 0], values.filter(Number.isNaN).length]);
    assert.deepEqual([found?.['min']?.slice(2), found?.['skewness']?.slice(2)], [[0.25, null], [null, null]]);
    assert.ok(!('perGroup' in (compareDocument('a.npy', report, { full: false })['methods'] as Record<string, object>)['batch']!));
  });
});
