import assert from 'node:assert/strict';
import { curveChart, powersFor, type Curve } from '../../../../webview/charts/curve';

const curve = (x: readonly number[], y: readonly (number | null)[], more: Partial<Curve> = {}): Curve => ({ id: 'a', label: 'a', x, y, ...more });
const size = { width: 300, height: 100 };

describe('curves', () => {
  it('begin at zero, and give each power of two as much room', () => {
    const chart = curveChart([curve([2, 4, 8, 16], [4, 3, 2, 1])], { ...size, x: 'powers' });
    assert.deepEqual(chart.xTicks.map(({ value, at }) => [value, Math.round(at)]), [[2, 0], [4, 100], [8, 200], [16, 300]]);
    assert.deepEqual([chart.yTicks[0]?.value, chart.yTicks[0]?.at], [0, 100]);
    assert.match(chart.paths[0]?.d ?? '', /^M0,0L100,25L200,50L300,75$/);
  });

  it('have gaps where there is no number, and points where they are asked for', () => {
    const lines = curveChart([curve([1, 2, 3], [Infinity, 1, null])], { ...size, x: 'linear' });
    assert.equal(lines.paths[0]?.d, 'M150,0Z');
    const points = curveChart([curve([1, 2, 3], [null, 1, 2], { points: true })], { ...size, x: 'linear' });
    assert.deepEqual(points.paths[0]?.points.map(({ x }) => x), [150, 300]);
  });

  it('find the nearest step, of a single one too', () => {
    assert.equal(curveChart([curve([1, 2, 4], [0, 0, 0])], { ...size, x: 'powers' }).nearest(160), 2);
    const one = curveChart([curve([1], [2])], { ...size, x: 'linear' });
    assert.equal(one.nearest(300), 1);
    assert.ok(one.xTicks.every(({ at, value }) => Number.isFinite(at) && Number.isInteger(value)));
    assert.equal(curveChart([], { ...size, x: 'linear' }).nearest(10), null);
  });

  it('go by powers of ten where one would press the others flat', () => {
    const [small, great] = [[0.2, 0.4], [3000, 4000]];
    const powersFrom = powersFor(small, great);
    assert.equal(powersFrom, 0.1);
    assert.equal(powersFor(small, [1, 7]), undefined);
    assert.equal(powersFor([0, null], great), undefined);
    const chart = curveChart([curve([1, 2], small), curve([1, 2], great)], { ...size, x: 'linear', powersFrom });
    assert.deepEqual(chart.yTicks.map(({ value }) => value), [0, 1, 10, 100, 1000]);
    assert.equal(chart.yTicks[0]?.at, size.height);
    assert.ok(chart.yTicks.every(({ at }, index) => index === 0 || at < (chart.yTicks[index - 1]?.at ?? 0) - 13));
    const [low] = /(?<=^M0,)[\d.]+/.exec(chart.paths[0]?.d ?? '') ?? [];
    assert.ok(Number(low) < 0.95 * size.height, `${low} px: the small curve stands above the axis`);
  });
});
