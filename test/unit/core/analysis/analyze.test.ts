import assert from 'node:assert/strict';
import { compareDocument } from '../../../../src/core/analysis/json';
import { jsonText } from '../../../../src/core/analysis/jsonText';
import { isApplicable, type Report } from '../../../../src/core/analysis/report';
import { methodIds } from '../../../../src/core/engine/normalizations/normalization';
import { analyzed, type AnalyzedAs } from '../../../support/analysis';
import { seededNormal } from '../../../support/moments';
import { engines } from '../../../support/tensors';

const all = { views: methodIds } as const;

/** Tensors at the edges of what there can be. */
const edges: readonly (readonly [string, readonly number[], readonly number[], AnalyzedAs?])[] = [
  ['a scalar', [3], []],
  ['one element', [2.5], [1, 1]],
  ['a vector', [1, 2, 4], [3]],
  ['no samples', [], [0, 3]],
  ['no features', [], [3, 0]],
  ['empty planes', [], [2, 3, 0, 4]],
  ['nothing but NaN', new Array<number>(12).fill(NaN), [2, 3, 2, 1]],
  ['nothing but infinities', [Infinity, -Infinity, Infinity, Infinity], [2, 2]],
  ['one finite element', [NaN, 1, Infinity, -Infinity], [2, 2]],
  ['a constant', new Array<number>(24).fill(0.1), [2, 3, 2, 2]],
  ['a constant without eps', new Array<number>(24).fill(0.1), [2, 3, 2, 2], { eps: 0 }],
  ['zeros without eps', new Array<number>(8).fill(0), [2, 4], { eps: 0 }],
  ['booleans', [0, 1, 1, 0, 1, 1], [2, 3], { dtype: 'bool' }],
  ['64-bit integers', [2 ** 60, -(2 ** 60), 0, 7, 8, 9], [3, 2], { dtype: 'int64' }],
  ['numbers at the end of float64', [1.7e308, -1.7e308, 1.7e308, 1, 0, -1], [2, 3], { dtype: 'float64' }],
  ['subnormal numbers', [5e-324, 1e-323, 0, 1e-320, 5e-324, 0], [3, 2], { dtype: 'float64' }],
  ['no channel axis', [1, 2, 3, 4], [2, 2], { layout: 'NT' }],
  ['one feature a token', [1, 2, 3, 4, 5, 6], [2, 3, 1]],
  ['eight axes', Array.from({ length: 16 }, (_, i) => i), [1, 2, 1, 2, 1, 2, 1, 2]],
];

/** Every number of a value, by its path, typed arrays left out: there NaN has a meaning. */
function numbersOf(value: unknown, path = ''): [string, number][] {
  if (typeof value === 'number') return [[path, value]];
  if (value === null || typeof value !== 'object' || ArrayBuffer.isView(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => numbersOf(inner, `${path}.${key}`));
}

function assertSound(report: Report, what: string): void {
  for (const [path, value] of numbersOf(report)) {
    // The first and last numbers of a series stand for groups, of which some may have none.
    if (!/\.(first|last)\.\d+$/.test(path)) assert.ok(!Number.isNaN(value), `${what}: ${path} is NaN`);
  }
  for (const { id, histogram, picture } of report.views) {
    assert.ok(histogram.high > histogram.low && Number.isFinite(histogram.high - histogram.low), `${what}: range of ${id}`);
    const counted = histogram.counts.reduce((a, b) => a + b, 0) + histogram.below + histogram.above + histogram.notFinite;
    assert.equal(counted, report.tensor.shape.reduce((a, b) => a * b, 1), `${what}: ${id} counts every element`);
    assert.equal(picture.mean.length, picture.rows * picture.columns);
    assert.ok([picture.mean, picture.min, picture.max].every((values) => values?.every((value) => Math.abs(value) !== Infinity)), `${what}: ${id}`);
  }
  assert.ok(report.answer.length > 0 && report.answer.every((sentence) => !/NaN|Inf|undefined|null/.test(sentence)), report.answer.join(' '));
}

/** Equal but for rounding of the size `allowed`, in parts of the number where it is larger. */
function assertNear(a: unknown, b: unknown, allowed: number, path: string): void {
  if (typeof a === 'number' && typeof b === 'number') {
    assert.ok(Math.abs(a - b) <= Math.max(allowed, 1e-12 * Math.abs(a)), `${path}: ${a} and ${b}`);
  } else if (a !== null && b !== null && typeof a === 'object' && typeof b === 'object') {
    assert.deepEqual(Object.keys(a), Object.keys(b), path);
    const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
    for (const key of Object.keys(left)) assertNear(left[key], right[key], allowed, `${path}.${key}`);
  } else assert.equal(a, b, path);
}

describe('the analysis', () => {
  for (const [name, values, shape, request] of edges) {
    it(`is sound, and the same by both engines, for ${name}`, async () => {
      const documents: unknown[] = [];
      for (const engine of engines()) {
        const report = await analyzed(values, shape, { ...request, ...all }, engine);
        assertSound(report, engine.backend);
        documents.push(JSON.parse(jsonText(compareDocument('acts.npy', { ...report, backend: 'wasm' }, { full: true }))));
      }
      assertNear(documents[0], documents[1], 1e-12 * Math.max(1, ...values.map(Math.abs).filter(Number.isFinite)), '');
    });
  }

  it('has null for every statistic that there is none of', async () => {
    const { statistics, methods } = await analyzed([NaN, NaN], [2, 1], all);
    const { count, nan, posInf, negInf, zeros, exact, quantilesExact, subnormal, ...others } = statistics;
    assert.deepEqual({ count, nan, posInf, negInf, zeros, exact }, { count: 0, nan: 2, posInf: 0, negInf: 0, zeros: 0, exact: true });
    assert.equal(subnormal, 0);
    assert.ok(!quantilesExact && Object.values(others).every((value) => value === null));
    for (const method of methods.filter(isApplicable)) {
      assert.deepEqual(method.output, { mean: null, std: null });
      if (method.mean) assert.deepEqual([method.mean.min, method.mean.max, method.mean.histogram.notFinite], [null, null, method.groups]);
    }
    const one = (await analyzed([4], [1])).statistics;
    assert.deepEqual([one.variance, one.varianceUnbiased, one.skewness, one.excessKurtosis], [0, null, null, null]);
  });

  it('measures skewness and excess kurtosis by their definitions', async () => {
    // Bernoulli with p = 1/4: skewness 2/√3, excess kurtosis −2/3.
    const { statistics } = await analyzed([1, 0, 0, 0, 1, 0, 0, 0], [8, 1]);
    assert.ok(Math.abs((statistics.skewness ?? 0) - 2 / Math.sqrt(3)) < 1e-12);
    assert.ok(Math.abs((statistics.excessKurtosis ?? 0) + 2 / 3) < 1e-12);
  });

  it('leaves out a method with too many groups, in a sentence, and computes the others', async () => {
    const normal = seededNormal(2);
    const report = await analyzed(Array.from({ length: 60 }, normal), [20, 3], { limits: { groupsInMemory: 10 } });
    const [layer, batch] = report.methods;
    assert.ok(layer && batch);
    assert.ok(!isApplicable(layer) && layer.notApplicable === '20 groups; at most 10 groups are kept in memory');
    assert.ok(isApplicable(batch) && batch.groups === 3);
  });

  it('leaves out what does not fit beside the others, and with it the scatter that it would tell', async () => {
    const normal = seededNormal(2);
    const values = Array.from({ length: 6 * 5 * 4 }, normal);
    // Tokens are 30 groups, features 4, samples by features 24: all of them together are one too many.
    const report = await analyzed(values, [6, 5, 4], { layout: 'NTC', limits: { cellsInMemory: 50 } });
    const refused = report.methods.flatMap((method) => (isApplicable(method) ? [] : [`${method.id}: ${method.notApplicable}`]));
    assert.deepEqual(refused, ['instance: 24 groups beside those of the others; at most 50 groups are kept in memory together']);
    assert.deepEqual(report.batchSize, []);
    const whole = await analyzed(values, [6, 5, 4], { layout: 'NTC', limits: { cellsInMemory: 54 } });
    assert.ok(whole.methods.every(isApplicable) && whole.batchSize.length > 0);
  });

  it('shows partial reports without findings, methods or half an answer', async () => {
    const partial: Report[] = [];
    const full = await analyzed(new Float64Array(4000), [400, 10], { ...all, limits: { chunkBytes: 800 }, onPartial: (report) => partial.push(report) }, engines({ chunkBytes: 800 })[0]);
    assert.ok(partial.length > 3);
    for (const report of partial.slice(0, -1)) {
      assert.ok(report.progress > 0 && report.progress < 1);
      assert.deepEqual([report.methods, report.views, report.answer, report.findings], [[], [], [], []]);
    }
    // Statistics are complete before the views are drawn.
    assert.equal(partial.at(-1)?.statistics.count, 4000);
    assert.equal(full.progress, 1);
  });

  it('refuses options that do not fit, by name', async () => {
    const refused: readonly (readonly [AnalyzedAs, RegExp])[] = [
      [{ eps: -1 }, /eps is -1/],
      [{ eps: NaN }, /eps is NaN/],
      [{ numGroups: 4 }, /numGroups is 4, which does not divide the 6 channels/],
      [{ normalizedDims: 3 }, /normalizedDims is 3; the tensor has 2 axes/],
      [{ layout: 'NTC' }, /names 3 axes, but the shape \(2, 6\) has 2/],
      [{ layout: 'CC' }, /"C" twice/],
    ];
    for (const [request, message] of refused) {
      await assert.rejects(analyzed(new Array<number>(12).fill(1), [2, 6], request), { code: 'usage', message });
    }
  });
});
