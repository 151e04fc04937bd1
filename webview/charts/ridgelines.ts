import { scaleLinear } from 'd3-scale';
import type { GroupHistograms } from '../../src/core/analysis/report';
import { formatCount } from '../../src/core/text/numbers';
import type { BarsLayer, Layer, LineLayer, Rgba } from '../gpu/renderer';
import { axisHeight, type ChartSize } from './bins';
import { xTicks, type Tick } from './ticks';

/** Histograms that there are. */
export type CountedHistograms = Extract<GroupHistograms, { readonly counts: Uint32Array }>;

/** One channel or sample, by its own histogram: what lies beyond the range counts as lying on its end. */
export interface RidgeRow {
  readonly row: number;
  /** Finite values, inside the range and beyond. */
  readonly finite: number;
  readonly notFinite: number;
  readonly below: number;
  readonly above: number;
  /** To the width of a bin; NaN without finite values. */
  readonly mean: number;
  readonly variance: number;
  /** Excess kurtosis; NaN where all values fall into one bin. */
  readonly kurtosis: number;
  /** Whether one bin stands so far above all others that it is drawn cut off: padding, dead units. */
  readonly spike: boolean;
}

export const ridgeOrders = ['index', 'mean', 'variance', 'kurtosis'] as const;
export type RidgeOrder = (typeof ridgeOrders)[number];

export function ridgeRows(histograms: CountedHistograms): RidgeRow[] {
  return Array.from({ length: histograms.size }, (_, row) => ridgeRow(histograms, row));
}

function ridgeRow({ low, high, bins, counts, below, above, notFinite }: CountedHistograms, row: number): RidgeRow {
  const step = (high - low) / bins;
  const beyond = [below[row] ?? 0, above[row] ?? 0] as const;
  const values = [low, high, ...Array.from({ length: bins }, (_, bin) => low + (bin + 0.5) * step)];
  const weights = [...beyond, ...counts.subarray(row * bins, (row + 1) * bins)];
  const finite = weights.reduce((a, b) => a + b, 0);
  const meanOf = (term: (value: number) => number) => values.reduce((sum, value, index) => sum + (weights[index] ?? 0) * term(value), 0) / finite;
  const mean = meanOf((value) => value);
  const narrow = weights.filter((weight) => weight > 0).length === 1;
  const variance = narrow ? 0 : meanOf((value) => (value - mean) ** 2);
  const kurtosis = narrow ? NaN : meanOf((value) => (value - mean) ** 4) / variance ** 2 - 3;
  return { row, finite, notFinite: notFinite[row] ?? 0, below: beyond[0], above: beyond[1], mean, variance, kurtosis, spike: heights(counts.subarray(row * bins, (row + 1) * bins)).spike };
}

/** A bin that holds this share of its row, and stands this many times above all others, is a spike, and cut off above them. */
const spikeShare = 0.1;
const spikeHeight = 2.5;
const headroom = 1.25;

/** Of a row's bins, 1 for the highest; in a row with a spike, for the highest of the others. */
function heights(counts: Uint32Array): { readonly spike: boolean; readonly of: (bin: number) => number } {
  const sorted = Uint32Array.from(counts).sort();
  const [most = 0, next = 0] = [sorted.at(-1), sorted.at(-2)];
  const spike = next > 0 && most > spikeHeight * next && most >= spikeShare * sorted.reduce((a, b) => a + b, 0);
  const top = spike ? next : most;
  return { spike, of: (bin) => Math.min(headroom, (counts[bin] ?? 0) / top) };
}

/** By the index ascending, by anything else descending; rows without a value come last, by their index. */
export function sortedRows(rows: readonly RidgeRow[], order: RidgeOrder): RidgeRow[] {
  if (order === 'index') return [...rows];
  const key = (row: RidgeRow) => (Number.isNaN(row[order]) ? -Infinity : row[order]);
  return [...rows].sort((a, b) => (key(a) === key(b) ? a.row - b.row : key(b) - key(a)));
}

/** No more than `most` rows, evenly chosen from the first on. */
export function chosenRows(rows: readonly RidgeRow[], most: number): { readonly rows: readonly RidgeRow[]; readonly every: number } {
  const every = Math.max(1, Math.ceil(rows.length / most));
  return { rows: rows.filter((_, index) => index % every === 0), every };
}

export interface RidgelineOptions extends ChartSize {
  readonly line: Rgba;
  /** Opaque: what a row hides of those behind it. */
  readonly background: Rgba;
  /** Of the mark of rows with values that are not finite. */
  readonly notFinite: Rgba;
}

export interface RidgeCell {
  /** Index among the drawn rows. */
  readonly place: number;
  readonly row: RidgeRow;
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

export interface RidgelineChart {
  readonly layers: readonly Layer[];
  readonly xTicks: readonly Tick[];
  /** Numbers of rows at their base lines, of as many as fit; they end at `x`. CSS pixels. */
  readonly rowLabels: { readonly x: number; readonly rows: readonly { readonly y: number; readonly label: string }[] };
  /** What an arrow key moves by: a bin, a row. CSS pixels. */
  readonly step: { readonly x: number; readonly y: number };
  /** The row whose base line is the next below a place, and its bin there; null outside of the range. CSS pixels. */
  cellAt(x: number, y: number): RidgeCell | null;
  /** A row's outline in CSS pixels, as an SVG polyline takes it. */
  outline(place: number): string;
}

/** Between the rows' numbers and the range, for the marks of rows; right of it, for those of values beyond. CSS pixels. */
const gutter = { left: 24, right: 8 } as const;
/** Marks, in CSS pixels from the rows' numbers on: not finite, in one bin, below the range. */
const marks = { notFinite: [4, 9], narrow: [11, 14], below: [17, 22] } as const;
/** How high the highest bin of a row stands, in CSS pixels and in distances of rows, whichever is more. */
const peak = { least: 28, rows: 1.8 } as const;
/** A digit's width and the height of a line, in CSS pixels: of text of 11. */
const text = { digit: 7, line: 14 } as const;
/** Bars under a line are this wide at most, in device pixels: wider ones would show beside a steep line. */
const fillStep = 4;

/** Rows above each other, each to its own peak, the later ones in front. Where a row has no values, it has no line. */
export function ridgelineChart(histograms: CountedHistograms, rows: readonly RidgeRow[], options: RidgelineOptions): RidgelineChart {
  const { low, high, bins, counts } = histograms;
  const { width, height, dpr, line, background, notFinite } = options;
  const right = width - gutter.right;
  const labels = text.digit * Math.max(0, ...rows.map(({ row }) => formatCount(row).length));
  const left = labels + gutter.left;
  const x = scaleLinear([0, bins], [left, right]);
  const floor = height - axisHeight;
  const lift = Math.min(floor, Math.max(peak.least, (peak.rows * floor) / (rows.length + peak.rows)));
  const top = Math.min(floor, lift * headroom);
  const spacing = (floor - top) / Math.max(1, rows.length - 1);
  const base = (place: number) => (rows.length === 1 ? floor : top + place * spacing);
  const outlines = rows.map(({ row }, place) => outlineOf(counts.subarray(row * bins, (row + 1) * bins), x, base(place), lift));
  const beside = ([from, to]: readonly [number, number]) => [labels + from, labels + to] as const;
  const every = Math.max(1, Math.ceil(text.line / Math.max(1e-9, spacing)));
  const markHeight = Math.max(2, Math.min(6, spacing - 1));
  const marked = (which: (row: RidgeRow) => boolean, from: number, to: number, colour: Rgba): BarsLayer => {
    const places = [...rows.keys()].filter((place) => which(rows[place] as RidgeRow));
    const flat = (value: number) => Float32Array.from(places, () => Math.round(value * dpr));
    const bottom = places.map((place) => Math.round(base(place) * dpr));
    const tall = Math.round(markHeight * dpr);
    return { kind: 'bars', x0: flat(from), x1: flat(to), y0: Float32Array.from(bottom, (y) => y - tall), y1: Float32Array.from(bottom), colour };
  };
  return {
    layers: [
      ...outlines.flatMap((outline): Layer[] => (outline.x.length === 0 ? [] : [fillUnder(outline, dpr, background), lineOf(outline, dpr, line)])),
      marked((row) => row.notFinite > 0, ...beside(marks.notFinite), notFinite),
      marked((row) => row.variance === 0, ...beside(marks.narrow), line),
      marked((row) => row.below > 0, ...beside(marks.below), line),
      marked((row) => row.above > 0, right + 2, width, line),
    ],
    xTicks: xTicks(low, high, right - left).map((tick) => ({ ...tick, x: tick.x + left })),
    rowLabels: { x: labels, rows: rows.flatMap(({ row }, place) => (place % every === 0 ? [{ y: base(place), label: formatCount(row) }] : [])) },
    step: { x: x(1) - x(0), y: Math.max(1, spacing) },
    cellAt(atX, atY) {
      const bin = Math.min(bins - 1, Math.floor(x.invert(atX)));
      if (rows.length === 0 || atX < left || atX > right || atY > floor || atY < 0) return null;
      const place = Math.min(rows.length - 1, Math.max(0, Math.ceil((atY - top) / (spacing || 1))));
      const row = rows[place] as RidgeRow;
      const edge = (index: number) => low + ((high - low) * index) / bins;
      return { place, row, low: edge(bin), high: edge(bin + 1), count: counts[row.row * bins + bin] ?? 0 };
    },
    outline: (place) => {
      const found = outlines[place];
      return found === undefined ? '' : found.x.map((at, index) => `${at.toFixed(1)},${(found.y[index] ?? 0).toFixed(1)}`).join(' ');
    },
  };
}

/** In CSS pixels. */
interface Outline {
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly base: number;
}

/** Through the middles of the bins, from the one before the first that holds a value to the one after the last. */
function outlineOf(counts: Uint32Array, x: (bin: number) => number, base: number, lift: number): Outline {
  const first = counts.findIndex((count) => count > 0);
  if (first === -1) return { x: [], y: [], base };
  const last = counts.findLastIndex((count) => count > 0);
  const { of } = heights(counts);
  // A row that lies in the outermost bin ends at the edge of the range.
  const at = (bin: number) => x(Math.min(counts.length, Math.max(0, bin + 0.5)));
  const bins = Array.from({ length: last - first + 3 }, (_, index) => first - 1 + index);
  return { x: bins.map(at), y: bins.map((bin) => base - of(bin) * lift), base };
}

function lineOf({ x, y }: Outline, dpr: number, colour: Rgba): LineLayer {
  return { kind: 'line', x: Float32Array.from(x, (at) => at * dpr), y: Float32Array.from(y, (at) => at * dpr), width: dpr, colour };
}

/** Bars between the base line and the lower end of the line over each of them. */
function fillUnder({ x, y, base }: Outline, dpr: number, colour: Rgba): BarsLayer {
  const bottom = Math.round(base * dpr);
  const height = scaleLinear([...x].map((at) => at * dpr), [...y].map((at) => at * dpr));
  const start = Math.round((x[0] ?? 0) * dpr);
  const end = Math.round((x.at(-1) ?? 0) * dpr);
  const left: number[] = [];
  for (let at = start; at < end; at += fillStep) left.push(at);
  const right = left.map((at) => Math.min(end, at + fillStep));
  const top = left.map((at, index) => Math.min(bottom, Math.round(Math.max(height(at), height(right[index] ?? at)))));
  return { kind: 'bars', x0: Float32Array.from(left), x1: Float32Array.from(right), y0: Float32Array.from(top), y1: Float32Array.from(top, () => bottom), colour };
}
