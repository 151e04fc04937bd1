import assert from 'node:assert/strict';
import { axisHeight } from '../../../../webview/charts/bins';
import { densityMax, histogramChart, type HistogramOptions } from '../../../../webview/charts/histogram';
import type { BarsLayer, LineLayer } from '../../../../webview/gpu/renderer';
import { histogram } from '../../../support/charts';

const height = 100 + axisHeight;

function options(rest: Partial<HistogramOptions> = {}): HistogramOptions {
  return { width: 400, height, dpr: 1, yMax: 1, logY: false, colour: [0, 0, 1, 1], reference: null, ...rest };
}

/** Heights of the bars in pixels, of those that have one. */
function heightsOf(chart: ReturnType<typeof histogramChart>): number[] {
  const [{ y0, y1 }] = chart.layers as [BarsLayer];
  return Array.from(y0, (top, bin) => (y1[bin] ?? 0) - top);
}

describe('a histogram', () => {
  it('is a density: its area is the share of the values inside', () => {
    const shown = histogram([10, 30, 40, 20], { low: -2, high: 2 });
    const area = heightsOf(histogramChart(shown, options())).reduce((sum, pixels) => sum + pixels / 100, 0);
    assert.ok(Math.abs(area - 1) < 1e-9, `${area}`);
    const beyond = histogram([10, 30, 40, 20], { low: -2, high: 2, below: 60, above: 40 });
    assert.ok(Math.abs(heightsOf(histogramChart(beyond, options())).reduce((sum, pixels) => sum + pixels / 100, 0) - 0.5) < 1e-9);
  });

  it('shows the same density equally high, whatever the bins', () => {
    const coarse = heightsOf(histogramChart(histogram([1, 1]), options({ yMax: 2 })));
    const fine = heightsOf(histogramChart(histogram(new Array(50).fill(3)), options({ yMax: 2 })));
    assert.deepEqual(new Set([...coarse, ...fine]), new Set([50]));
  });

  it('shows a single value among millions on a log scale', () => {
    const shown = histogram([1, 4_000_000, 0], { high: 3 });
    const [one, most, ...others] = heightsOf(histogramChart(shown, options({ yMax: densityMax([shown]), logY: true })));
    assert.ok((one ?? 0) >= 4, `${one}`);
    assert.equal(most, 100);
    assert.deepEqual(others, [], 'an empty bin has no bar');
  });

  it('has the standard normal beside it, φ(0) = 0.3989 at its top', () => {
    const shown = histogram([1, 1, 1, 1], { low: -4, high: 4 });
    for (const dpr of [1, 2]) {
      const [, line] = histogramChart(shown, options({ yMax: 0.5, dpr, reference: [1, 1, 1, 1], width: 402 })).layers as [BarsLayer, LineLayer];
      const middle = line.x.length / 2;
      assert.equal(line.x.at(-1), 402 * dpr);
      const top = Math.min(...line.y);
      assert.ok(Math.abs(1 - top / (100 * dpr) - 0.3989 / 0.5) < 1e-3, `${top}`);
      assert.ok(line.y[Math.floor(middle)] === top || line.y[Math.ceil(middle)] === top, 'in the middle');
    }
    assert.equal(histogramChart(shown, options()).layers.length, 1, 'none where it has no place');
  });

  it('shares one scale, which a lone spike does not set', () => {
    const even = histogram([5, 10, 5, 0, 0, 0, 0, 0, 0, 0], { high: 10 });
    assert.equal(densityMax([even]), 0.5);
    assert.equal(densityMax([even, histogram([1, 1])]), 1, 'the greatest of all');
    const padded = histogram([...new Array<number>(40).fill(1), 160], { high: 41 });
    assert.ok(Math.abs(densityMax([padded]) - 1.25 / 200) < 1e-12);
  });

  it('names what goes on above its top: where it stands, and the share that it holds', () => {
    const padded = histogram([...new Array<number>(38).fill(1), 60, 100, 1, 1], { high: 42 });
    const { spikes } = histogramChart(padded, options({ width: 420, yMax: densityMax([padded]) }));
    assert.equal(spikes.length, 1, 'neighbours are one');
    assert.equal(spikes[0]?.share, 0.8);
    assert.equal(spikes[0]?.x, 395);
    assert.deepEqual(histogramChart(histogram([1, 2, 1]), options({ yMax: 2 })).spikes, []);
  });

  it('of nothing is empty, without a number that is none', () => {
    const none = histogram([0, 0, 0]);
    assert.equal(densityMax([none]), 1);
    assert.equal(densityMax([]), 1);
    for (const logY of [false, true]) {
      const chart = histogramChart(none, options({ logY, reference: [1, 1, 1, 1] }));
      const [bars, line] = chart.layers as [BarsLayer, LineLayer];
      assert.equal(bars.x0.length, 0);
      assert.ok(line.y.every(Number.isFinite));
      assert.deepEqual(chart.spikes, []);
    }
  });
});
