import assert from 'node:assert/strict';
import { heatmapChart, sharedElementsHigh, type HeatmapOptions } from '../../../../webview/charts/heatmap';
import { cellNumbers } from '../../../../webview/charts/numbers';
import { coarser, levelsFor, tilesIn, windowOf, type TileCells, type TileSpec } from '../../../../webview/charts/tiles';
import type { HeatmapLayer } from '../../../../webview/gpu/renderer';
import { picture } from '../../../support/charts';

const size = { rows: 8192, columns: 65536 };

describe('tiles of a matrix', () => {
  it('have pixels of at least one of the screen and less than two, down to single elements', () => {
    const screen = { width: 420, height: 150 };
    const shares = [1, 0.3, 0.01, 0.001, 0.00001];
    for (const share of shares) {
      const { down, along } = levelsFor({ top: 0, left: 0, height: share, width: share }, size, screen);
      for (const [level, elements, pixels] of [[down, size.rows, screen.height], [along, size.columns, screen.width]] as const) {
        const wide = 2 ** level / ((share * elements) / pixels);
        assert.ok(level === 0 || (wide >= 1 - 1e-6 && wide < 2), `${share}: ${wide}`);
      }
    }
    assert.deepEqual(levelsFor({ top: 0, left: 0, height: 0.001, width: 0.001 }, size, screen), { down: 0, along: 0 });
  });

  it('cover what is seen and no more, the middle first, and end with the matrix', () => {
    const zoom = { top: 0.5, left: 0.99, height: 0.02, width: 0.01 };
    const levels = { down: 0, along: 2 };
    const specs = tilesIn(zoom, size, levels);
    const windows = specs.map((spec) => windowOf(spec, size));
    assert.equal(Math.min(...windows.map(({ row }) => row)), 4096);
    assert.equal(Math.max(...windows.map(({ row, rows }) => row + rows)), 4096 + 256);
    assert.equal(Math.min(...windows.map(({ column }) => column)), 64512);
    assert.equal(Math.max(...windows.map(({ column, columns }) => column + columns)), 65536);
    const away = specs.map(({ row, column }) => Math.hypot(row + 0.5 - 8192 * 0.51 / 128, column + 0.5 - (65536 * 0.995) / 512));
    assert.deepEqual(away, [...away].sort((a, b) => a - b));
  });

  it('at the edge have the elements that there are', () => {
    assert.deepEqual(windowOf({ down: 1, along: 0, row: 1, column: 2 }, { rows: 300, columns: 259 }), { row: 256, rows: 44, column: 256, columns: 3, rowsPerPixel: 2, columnsPerPixel: 1 });
  });

  it('lie in those of the coarser levels', () => {
    const [next, after] = coarser({ down: 0, along: 3, row: 5, column: 7 });
    assert.deepEqual([next, after], [{ down: 1, along: 4, row: 2, column: 3 }, { down: 2, along: 5, row: 1, column: 1 }]);
  });
});

describe('a heatmap with tiles', () => {
  const matrix = { rows: 512, columns: 1024 };
  const coarse = picture(4, 8, Array.from({ length: 32 }, (_, index) => index));
  const colour = [0, 0, 0, 1] as const;
  const shownPart = { top: 0.25, left: 0.25, height: 0.25, width: 0.25 };
  /** Every pixel of a tile is the number of its first element. */
  const tileOf = (spec: TileSpec): TileCells => {
    const { row, column, rowsPerPixel, columnsPerPixel } = windowOf(spec, matrix);
    const mean = Float64Array.from({ length: 128 * 128 }, (_, pixel) => (row + Math.floor(pixel / 128) * rowsPerPixel) * 1024 + column + (pixel % 128) * columnsPerPixel);
    return { rows: 128, columns: 128, mean, min: null, max: null, flags: new Uint8Array(mean.length) };
  };
  const chart = (rest: Partial<HeatmapOptions>) =>
    heatmapChart(coarse, {
      ...{ width: 256, height: 128, dpr: 1, range: { low: -1, high: 1, beyond: 0 }, map: new Uint8Array(1024), mark: colour },
      colours: { nan: colour, infinite: colour, infiniteHatch: colour, unseen: colour, unseenHatch: colour },
      ...{ matrix, zoom: shownPart },
      ...rest,
    });
  const heatmaps = (layers: readonly { kind: string }[]) => layers.filter((layer): layer is HeatmapLayer => layer.kind === 'heatmap');

  it('shows the picture, enlarged, until they are there, and asks for them', () => {
    const { layers, wanted, cellAt } = chart({});
    assert.deepEqual(heatmaps(layers).map(({ rect }) => rect), [{ x: -256, y: -128, width: 1024, height: 512 }]);
    assert.deepEqual(new Set(wanted.map(({ row, column }) => `${row} ${column}`)), new Set(['1 2', '1 3']));
    assert.deepEqual(cellAt(1, 1), { row: 128, rows: 128, column: 256, columns: 128, mean: 10, min: 10, max: 10, flags: 0 });
  });

  it('shows them in their places when they are, and single elements under the cursor', () => {
    const { layers, cellAt, cellOf, step } = chart({ tile: (spec) => (spec.down === 0 && spec.along === 0 ? tileOf(spec) : null) });
    assert.deepEqual(heatmaps(layers).map(({ rect }) => rect).sort((a, b) => a.x - b.x), [{ x: 0, y: 0, width: 128, height: 128 }, { x: 128, y: 0, width: 128, height: 128 }]);
    assert.deepEqual(cellAt(130.5, 7.5), { row: 135, rows: 1, column: 386, columns: 1, mean: 135 * 1024 + 386, min: 135 * 1024 + 386, max: 135 * 1024 + 386, flags: 0 });
    assert.equal(cellOf(200, 300).mean, 200 * 1024 + 300);
    assert.deepEqual(step, { x: 1, y: 1 });
  });

  it('shows a coarser tile where a finer one is not known yet, under those that are', () => {
    const known = (spec: TileSpec) => (spec.down === 1 || (spec.down === 0 && spec.column === 3) ? tileOf(spec) : null);
    const { layers, cellAt } = chart({ tile: known });
    assert.deepEqual(heatmaps(layers).map(({ rect }) => rect), [
      { x: -256, y: -128, width: 1024, height: 512 },
      { x: 0, y: -128, width: 256, height: 256 },
      { x: 128, y: 0, width: 128, height: 128 },
    ]);
    assert.equal(cellAt(10.5, 10.5)?.rows, 2);
    assert.equal(cellAt(200.5, 10.5)?.rows, 1);
  });

  it('has colours that reach as far as single elements do, and on the way there in between', () => {
    const range = { low: -1, high: 1, beyond: 3 };
    const highOf = (share: number) => chart({ range, elementsHigh: 4, zoom: { top: 0, left: 0, height: share, width: share } }).range.high;
    assert.deepEqual(chart({ range, elementsHigh: 4, zoom: { top: 0, left: 0, height: 1, width: 1 }, width: 8, height: 4 }).range, range);
    assert.equal(highOf(0.25), 4);
    assert.ok(highOf(1) > 1 && highOf(1) < highOf(0.5) && highOf(0.5) < 4);
    const histogram = { low: -4, high: 4, counts: Float64Array.of(1, 0, 500, 499, 0, 0, 0, 0), below: 0, above: 0, notFinite: 7 };
    assert.equal(sharedElementsHigh([histogram]), 2);
    assert.equal(sharedElementsHigh([{ ...histogram, above: 500 }, histogram]), 4, 'what lies beyond is somewhere beyond');
  });

  it('marks few of the pixels that hide an element far out, the farthest', () => {
    const max = Float32Array.from({ length: 400 }, (_, pixel) => 3 + pixel / 100);
    const many = picture(20, 20, new Array<number>(400).fill(0), { min: max.map((value) => -value), max });
    const [, marks] = heatmapChart(many, { width: 100, height: 100, dpr: 1, range: { low: -1, high: 1, beyond: 0 }, map: new Uint8Array(1024), mark: colour, colours: { nan: colour, infinite: colour, infiniteHatch: colour, unseen: colour, unseenHatch: colour } }).layers;
    assert.ok(marks?.kind === 'bars');
    assert.equal(marks.x0.length, 16);
    assert.ok(Math.min(...marks.y0) > 90, 'the last pixels');
  });

  it('has the numbers of what it shows', () => {
    const numbers = cellNumbers(chart({ tile: tileOf, zoom: { top: 0.5, left: 0.5, height: 2 / 512, width: 4 / 1024 } }));
    assert.deepEqual(numbers.columns, ['row', 'rows', 'column', 'columns', 'mean', 'min', 'max', 'flags']);
    assert.equal(numbers.rows, 8);
    const row = (index: number) => numbers.columns.map((_, column) => numbers.cell(index, column));
    assert.deepEqual(row(5), [257, 1, 513, 1, 257 * 1024 + 513, 257 * 1024 + 513, 257 * 1024 + 513, 0]);
  });
});
