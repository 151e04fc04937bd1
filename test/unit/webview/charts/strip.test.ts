import assert from 'node:assert/strict';
import { axisHeight } from '../../../../webview/charts/bins';
import { stripChart } from '../../../../webview/charts/strip';
import type { BarsLayer } from '../../../../webview/gpu/renderer';
import { seriesOf } from '../../../../src/core/analysis/series';

const options = { width: 480, height: 100 + axisHeight, dpr: 1, colour: [0, 0, 0, 1] } as const;

describe('a strip of statistics', () => {
  it('shows how many groups have which value, the fullest bin to the top', () => {
    const chart = stripChart(seriesOf(Float64Array.of(0, 0, 0, 0, 1, 2.4, 2.4, 4.8), { low: 0, high: 4.8 }, false), options);
    const [{ x0, y0, y1 }] = chart.layers as [BarsLayer];
    assert.deepEqual([...x0], [0, 100, 240, 470]);
    assert.deepEqual([...y0].map((top, bin) => (y1[bin] ?? 0) - top), [100, 25, 50, 25]);
    assert.equal(chart.binAt(5)?.count, 4);
    assert.equal(chart.binAt(475)?.count, 1, 'the last bin holds its upper edge');
  });

  it('is empty where no group has a value', () => {
    const chart = stripChart(seriesOf(Float64Array.of(NaN, NaN), { low: 0, high: 1 }, false), options);
    const [{ x0 }] = chart.layers as [BarsLayer];
    assert.equal(x0.length, 0);
    assert.equal(chart.binAt(3)?.count, 0);
  });
});
