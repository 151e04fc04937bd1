import type { Histogram, Picture } from '../../src/core/analysis/report';
import { divergingMap, parseColour } from '../../webview/charts/colours';
import { heatmapChart, sharedRange } from '../../webview/charts/heatmap';
import { densityMax, histogramChart } from '../../webview/charts/histogram';
import { ridgelineChart, ridgeRows, type CountedHistograms } from '../../webview/charts/ridgelines';
import { evenEdges, groupRuns } from '../../webview/charts/cellGroups';
import { createRenderer, type HeatmapLayer, type Layer, type Renderer, type Rgba, type Scene } from '../../webview/gpu/renderer';
import { seededNormal } from '../support/moments';

/** Scenes that a browser draws with either renderer, for the tests to compare. */

export interface GpuHarness {
  /** Which renderer a page gets. */
  choose(force?: Renderer['name']): Promise<{ readonly name: string; readonly reason: string }>;
  /** The scenes one after another on one canvas; what it shows at the end, as the data URL of a PNG. */
  draw(force: Renderer['name'], scenes: readonly SceneName[]): Promise<string>;
  /** One scene on several canvases that are there at once; what each shows. */
  drawMany(force: Renderer['name'], scene: SceneName, canvases: number): Promise<readonly string[]>;
  /** What `lost` says after the device is gone, and whether a new renderer draws. */
  lose(): Promise<{ readonly message: string; readonly next: string }>;
}

const seriesColour: Rgba = [0.22, 0.58, 1, 1];
const themes = { dark: '#1f1f1f', light: '#ffffff' } as const;

function colour(text: string): Rgba {
  return parseColour(text) ?? [0, 0, 0, 1];
}

/** A tensor of waves and noise with a NaN, infinities, stretches that were not sampled and that are masked, and an outlier in one pixel. */
function picture(rows: number, columns: number): Picture {
  const normal = seededNormal(7);
  const mean = Float32Array.from({ length: rows * columns }, (_, cell) => {
    const [row, column] = [Math.floor(cell / columns), cell % columns];
    return Math.sin(row / 5) * Math.cos(column / 9) * 2 + normal() * 0.4;
  });
  const flags = new Uint8Array(mean.length);
  const max = mean.map((value) => value + 0.5);
  const min = mean.map((value) => value - 0.5);
  const mark = (row: number, column: number, flag: number) => {
    const cell = row * columns + column;
    flags[cell] = flag;
    if (flag === 4 || flag === 8) mean[cell] = NaN;
  };
  for (let row = 0; row < 3; row++) for (let column = 0; column < columns / 4; column++) mark(row, column, 4);
  for (let row = 0; row < 5; row++) for (let column = columns - 9; column < columns; column++) mark(row, column, 8);
  for (let row = 6; row < rows; row++) mark(row, Math.floor(columns / 2), 1);
  for (let column = 2; column < 6; column++) mark(rows - 3, column, 2);
  max[(rows >> 1) * columns + columns - 4] = 60;
  return { rows, columns, mean, min, max, flags };
}

function heatmap(theme: keyof typeof themes, width: number, height: number, rows: number, columns: number): readonly Layer[] {
  const background = colour(themes[theme]);
  const drawn = picture(rows, columns);
  const [dim, dimmer] = theme === 'dark' ? [colour('#3a3a3a'), colour('#555555')] : [colour('#e0e0e0'), colour('#b0b0b0')];
  return heatmapChart(drawn, {
    width,
    height,
    dpr: 2,
    range: sharedRange([drawn]),
    map: divergingMap(background),
    colours: { nan: [1, 0, 1, 1], infinite: [0, 0, 0, 1], infiniteHatch: [1, 1, 1, 1], unseen: dim, unseenHatch: dimmer },
    mark: colour(theme === 'dark' ? '#cccccc' : '#3b3b3b'),
  }).layers;
}

/** A part of a picture, some of which is known more finely, some only half as finely. */
function tiled(): readonly Layer[] {
  const coarse = picture(64, 96);
  const colours = { nan: [1, 0, 1, 1], infinite: [0, 0, 0, 1], infiniteHatch: [1, 1, 1, 1], unseen: colour('#3a3a3a'), unseenHatch: colour('#555555') } as const;
  const options = { range: sharedRange([coarse]), map: divergingMap(colour(themes.dark)), colours, mark: colour('#cccccc') };
  const fine = picture(128, 128);
  return heatmapChart(coarse, {
    ...{ width: 150, height: 100, dpr: 2, ...options },
    matrix: { rows: 640, columns: 960 },
    zoom: { top: 0.13, left: 0.21, height: 0.31, width: 0.28 },
    tile: ({ down, row, column }) => ((row + column) % 3 === 0 ? null : { ...fine, ...(down === 0 && { min: null, max: null }) }),
  }).layers;
}

/** A picture of 131 × 97 pixels for another eps and γ: three tokens to a pixel's height, some constant, some without statistics. */
function rescaledPicture(): readonly Layer[] {
  const [first, ...rest] = heatmap('dark', 167, 111, 131, 97);
  const shape = [393, 97];
  const grouping = { kept: [true, false] };
  const groups = {
    rows: groupRuns(shape, grouping, 'rows', 1, evenEdges(0, 393, 3)),
    columns: groupRuns(shape, grouping, 'columns', 1, evenEdges(0, 97, 1)),
    variances: Float32Array.from({ length: 393 }, (_, group) => (group % 50 === 4 ? NaN : group % 30 === 0 ? 0 : 10 ** ((group % 9) - 6))),
  };
  const layer = first as HeatmapLayer;
  // As many cells as the picture has: the chart had joined some.
  const drawn = picture(131, 97);
  return [{ ...layer, rows: 131, columns: 97, values: drawn.mean, flags: drawn.flags, rescaling: { groups, from: 1e-5, eps: 0.02 } }, ...rest];
}

function histogram(logY: boolean): readonly Layer[] {
  const normal = seededNormal(3);
  const counts = new Float64Array(64);
  for (let index = 0; index < 20000; index++) {
    const bin = Math.floor(((normal() + 4) / 8) * counts.length);
    if (bin >= 0 && bin < counts.length) counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const drawn: Histogram = { low: -4, high: 4, counts, below: 0, above: 2, notFinite: 0 };
  return histogramChart(drawn, { width: 150, height: 90, dpr: 2, yMax: densityMax([drawn]), logY, colour: seriesColour, reference: [0.6, 0.6, 0.6, 1] }).layers;
}

/** Two hundred rows that wander, some with a NaN, some constant, some with values beyond. */
function ridgelines(): readonly Layer[] {
  const normal = seededNormal(11);
  const [size, bins] = [200, 64];
  const counts = new Uint32Array(size * bins);
  for (let row = 0; row < size; row++) {
    for (let index = 0; index < 400; index++) {
      const at = row % 50 === 7 ? 20 : Math.floor(32 + 12 * Math.sin(row / 20) + 6 * normal());
      const cell = row * bins + Math.min(bins - 1, Math.max(0, at));
      counts[cell] = (counts[cell] ?? 0) + 1;
    }
  }
  const some = (every: number) => Uint32Array.from({ length: size }, (_, row) => (row % every === 0 ? 1 : 0));
  const drawn: CountedHistograms = { of: 'channel', low: -4, high: 4, size, bins, counts, below: some(31), above: some(17), notFinite: some(23) };
  const [line, background] = [colour('#cccccc'), colour(themes.dark)];
  return ridgelineChart(drawn, ridgeRows(drawn), { width: 200, height: 240, dpr: 2, line, background, notFinite: [1, 0, 1, 1] }).layers;
}

/** What charts do not draw but the interface allows: transparency, thick and steep lines, nothing. */
function odd(): readonly Layer[] {
  const half: Rgba = [1, 0.5, 0, 0.5];
  const nothing = new Float32Array();
  const clear: HeatmapLayer = {
    ...(heatmap('dark', 20, 20, 3, 3)[0] as HeatmapLayer),
    rect: { x: 60, y: 8, width: 31, height: 17 },
    rows: 1,
    columns: 3,
    values: Float32Array.of(-1, NaN, 1e30),
    flags: Uint8Array.of(0, 0, 0),
  };
  return [
    { kind: 'bars', x0: Float32Array.of(4, 20), y0: Float32Array.of(4, 12), x1: Float32Array.of(30, 50), y1: Float32Array.of(30, 40), colour: half },
    clear,
    { kind: 'line', x: Float32Array.of(5, 45, 85), y: Float32Array.of(75, 45, 75), width: 6, colour: [0, 0.8, 0.4, 1] },
    { kind: 'line', x: Float32Array.of(90, 90), y: Float32Array.of(50, 90), width: 2, colour: half },
    { kind: 'bars', x0: nothing, y0: nothing, x1: nothing, y1: nothing, colour: half },
    { kind: 'line', x: nothing, y: nothing, width: 1, colour: half },
  ];
}

/** Half transparent and of short segments: what is drawn twice is seen. */
function curve(): readonly Layer[] {
  const x = Float32Array.from({ length: 100 }, (_, point) => 4 + point * 1.3);
  return [{ kind: 'line', x, y: x.map((at) => 40 + 30 * Math.sin(at / 12)), width: 2, colour: [1, 0.5, 0, 0.5] }];
}

const scenes = {
  'heatmap-dark': () => ({ width: 300, height: 200, background: colour(themes.dark), layers: heatmap('dark', 150, 100, 24, 60) }),
  'heatmap-light': () => ({ width: 300, height: 200, background: colour(themes.light), layers: heatmap('light', 150, 100, 24, 60) }),
  // Uneven: neither side of the picture divides the pixels.
  'heatmap-uneven': () => ({ width: 334, height: 222, background: null, layers: heatmap('dark', 167, 111, 131, 97) }),
  // More rows and columns than pixels.
  'heatmap-large': () => ({ width: 240, height: 150, background: null, layers: heatmap('dark', 120, 75, 256, 256) }),
  'heatmap-rescaled': () => ({ width: 334, height: 222, background: null, layers: rescaledPicture() }),
  'heatmap-tiles': () => ({ width: 300, height: 200, background: null, layers: tiled() }),
  histogram: () => ({ width: 300, height: 180, background: colour(themes.dark), layers: histogram(false) }),
  'histogram-log': () => ({ width: 300, height: 180, background: null, layers: histogram(true) }),
  ridgelines: () => ({ width: 400, height: 480, background: colour(themes.dark), layers: ridgelines() }),
  curve: () => ({ width: 140, height: 80, background: null, layers: curve() }),
  odd: () => ({ width: 100, height: 100, background: null, layers: odd() }),
  empty: () => ({ width: 40, height: 30, background: [0.2, 0.4, 0.6, 0.5], layers: [] }),
} satisfies Readonly<Record<string, () => Scene>>;

export type SceneName = keyof typeof scenes;

/** What a canvas shows, by way of a 2D canvas. To be read in the task that drew it. */
function snapshot(canvas: HTMLCanvasElement): string {
  const copy = document.createElement('canvas');
  copy.width = canvas.width;
  copy.height = canvas.height;
  copy.getContext('2d')?.drawImage(canvas, 0, 0);
  return copy.toDataURL('image/png');
}

const harness: GpuHarness = {
  async choose(force) {
    const { name, reason } = await createRenderer(force === undefined ? {} : { force });
    return { name, reason };
  },
  async draw(force, names) {
    const renderer = await createRenderer({ force });
    const canvas = document.body.appendChild(document.createElement('canvas'));
    const surface = renderer.surface(canvas);
    for (const name of names) surface.draw(scenes[name]());
    const drawn = snapshot(canvas);
    surface.dispose();
    canvas.remove();
    renderer.dispose();
    return drawn;
  },
  async drawMany(force, name, canvases) {
    const renderer = await createRenderer({ force });
    const all = Array.from({ length: canvases }, () => document.body.appendChild(document.createElement('canvas')));
    const surfaces = all.map((canvas) => renderer.surface(canvas));
    // Twice, so that what was drawn first is drawn again when all are there.
    for (const surface of [...surfaces, ...surfaces]) surface.draw(scenes[name]());
    const shown = all.map(snapshot);
    for (const surface of surfaces) surface.dispose();
    for (const canvas of all) canvas.remove();
    renderer.dispose();
    return shown;
  },
  async lose() {
    const renderer = await createRenderer({ force: 'webgpu' });
    renderer.dispose();
    const message = await renderer.lost;
    return { message, next: (await createRenderer()).name };
  },
};

Object.assign(window, { harness });
