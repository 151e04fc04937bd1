import assert from 'node:assert/strict';
import { cellKinds, hatch, heatmapCells, isStriped } from '../../../../webview/gpu/cells';
import type { HeatmapLayer } from '../../../../webview/gpu/renderer';

function layer(values: readonly number[], flags: readonly number[] = values.map(() => 0)): HeatmapLayer {
  const rest = { colours: {} as HeatmapLayer['colours'], map: new Uint8Array(1024), rect: { x: 0, y: 0, width: 1, height: 1 } };
  return { kind: 'heatmap', rows: 1, columns: values.length, values: Float32Array.from(values), flags: Uint8Array.from(flags), low: -1, high: 1, rescaling: null, ...rest };
}

function cells(shown: HeatmapLayer) {
  const bytes = heatmapCells(shown);
  return Array.from({ length: shown.columns }, (_, cell) => [bytes[cell * 4], bytes[cell * 4 + 3]]);
}

describe('cells of a heatmap', () => {
  const { value, nan, infinite, unseen, masked } = cellKinds;

  it('take the entry of the map that their value falls on, the ends for what lies beyond', () => {
    const entries = cells(layer([-1, -0.999, 0, 0.999, 1, -7, 7, 3.4e38])).map(([entry]) => entry);
    assert.deepEqual(entries, [0, 0, 128, 255, 255, 0, 255, 255]);
  });

  it('are of the gravest kind: a NaN hides behind no mean', () => {
    assert.deepEqual(cells(layer([0, 0, 0, 0, NaN, NaN], [0, 1, 2, 4, 0, 3])).map(([, kind]) => kind), [value, nan, infinite, unseen, unseen, nan]);
  });

  it('are masked where nothing counts on them, and show the rest where something does', () => {
    assert.deepEqual(cells(layer([NaN, 0.5, NaN, NaN, NaN], [8, 8, 9, 10, 12])).map(([, kind]) => kind), [masked, value, nan, infinite, masked]);
  });

  it('have stripes that go on from cell to cell, of masked ones the other way', () => {
    for (let x = 0; x < 30; x++) {
      for (let y = 1; y < 30; y++) {
        assert.equal(isStriped(x, y, unseen), isStriped(x + 1, y - 1, unseen));
        assert.equal(isStriped(x, y, masked), isStriped(x + 1, y + 1, masked));
        assert.notEqual(isStriped(x, y, masked), isStriped(x + hatch, y, masked));
      }
    }
  });
});
