import { scaleLinear, scaleLog } from 'd3-scale';
import { formatNumber } from '../../src/core/text/numbers';
import type { BarsLayer, Layer, LineLayer, Rgba } from '../gpu/renderer';
import { axisHeight, type ChartSize } from './bins';
import { xTicks, type Tick } from './ticks';

export interface ScatterOptions extends ChartSize {
  readonly colour: Rgba;
  readonly markColour: Rgba;
  readonly lineColour: Rgba;
  /** Both axes by powers of ten, or y alone; values that are not above 0 have no place on them. */
  readonly log: 'none' | 'y' | 'both';
  /** What points would lie on if nothing differed: the diagonal of two equal axes, or lines through one point. */
  readonly reference: 'diagonal' | { readonly x: number; readonly y: number };
  /** Points that are drawn larger, in the other colour. */
  readonly marked: readonly number[];
}

export interface ScatterChart {
  readonly layers: readonly Layer[];
  readonly xTicks: readonly Tick[];
  /** In CSS pixels from the top. */
  readonly yTicks: readonly { readonly y: number; readonly label: string }[];
  /** Points that have no place: not finite, or not above 0 on an axis by powers. */
  readonly leftOut: number;
  /** The point nearest to a place in CSS pixels; null without any. */
  nearest(at: { readonly x: number; readonly y: number }): number | null;
  /** Where a point is, in CSS pixels; null for one that is left out. */
  place(point: number): { readonly x: number; readonly y: number } | null;
}

/** Room for the labels of y, and around the outermost points, in CSS pixels. */
export const scatterLeft = 52;
const padding = 8;
/** Sides of the squares that points are, in CSS pixels. */
const dot = 4;
const markedDot = 7;

/** One point for each pair of numbers. A point that several share is one square. */
export function scatterChart(x: Float64Array, y: Float64Array, options: ScatterOptions): ScatterChart {
  const { width, height, dpr, log, reference } = options;
  const points = [...x.keys()].filter((point) => hasPlace(x[point], log === 'both') && hasPlace(y[point], log !== 'none'));
  const bottom = height - axisHeight;
  const [xDomain, yDomain] = domains(points.map((point) => x[point] ?? 0), points.map((point) => y[point] ?? 0), reference);
  const xScale = (log === 'both' ? scaleLog : scaleLinear)(xDomain, [scatterLeft + padding, width - padding]);
  const yScale = (log === 'none' ? scaleLinear : scaleLog)(yDomain, [bottom - padding, padding]);
  const place = (point: number) => ({ x: xScale(x[point] ?? 0), y: yScale(y[point] ?? 0) });
  const placed = new Set(points);
  const squares = (of: readonly number[], side: number, colour: Rgba): BarsLayer => {
    const size = Math.max(1, Math.round(side * dpr));
    const corners = new Map(of.map(place).map((at): [string, readonly [number, number]] => {
      const corner = [Math.round(at.x * dpr - size / 2), Math.round(at.y * dpr - size / 2)] as const;
      return [corner.join(), corner];
    }));
    const [left, top] = [Float32Array.from(corners.values(), ([at]) => at), Float32Array.from(corners.values(), ([, at]) => at)];
    return { kind: 'bars', x0: left, y0: top, x1: left.map((at) => at + size), y1: top.map((at) => at + size), colour };
  };
  const line = (from: readonly [number, number], to: readonly [number, number]): LineLayer => ({
    kind: 'line',
    x: Float32Array.of(from[0] * dpr, to[0] * dpr),
    y: Float32Array.of(from[1] * dpr, to[1] * dpr),
    width: Math.max(1, dpr),
    colour: options.lineColour,
  });
  const lines =
    reference === 'diagonal'
      ? [line([xScale(xDomain[0]), yScale(yDomain[0])], [xScale(xDomain[1]), yScale(yDomain[1])])]
      : [line([scatterLeft, yScale(reference.y)], [width, yScale(reference.y)]), line([xScale(reference.x), 0], [xScale(reference.x), bottom])];
  const marked = options.marked.filter((point) => placed.has(point));
  return {
    layers: [...lines, squares(points, dot, options.colour), squares(marked, markedDot, options.markColour)],
    xTicks: log === 'both' ? powerTicks(xScale, width - scatterLeft) : xTicks(xDomain[0], xDomain[1], width - scatterLeft - 2 * padding).map((tick) => ({ ...tick, x: tick.x + scatterLeft + padding })),
    yTicks: (log === 'none' ? yScale.ticks(Math.max(2, height / 40)).map((value) => ({ value, label: formatNumber(value) })) : someOf(yScale.ticks(4), Math.max(2, height / 28)).map((value) => ({ value, label: formatNumber(value, 2) }))).map(({ value, label }) => ({ y: yScale(value), label })),
    leftOut: x.length - points.length,
    place: (point) => (placed.has(point) ? place(point) : null),
    nearest(at) {
      let best: number | null = null;
      let least = Infinity;
      for (const point of points) {
        const { x: px, y: py } = place(point);
        const distance = (px - at.x) ** 2 + (py - at.y) ** 2;
        if (distance >= least) continue;
        best = point;
        least = distance;
      }
      return best;
    },
  };
}

function hasPlace(value: number | undefined, byPowers: boolean): boolean {
  return value !== undefined && Number.isFinite(value) && (!byPowers || value > 0);
}

/** With the reference in them; equal to each other where that is the diagonal. */
function domains(x: readonly number[], y: readonly number[], reference: ScatterOptions['reference']): readonly [Domain, Domain] {
  if (reference === 'diagonal') {
    const domain = domainOf([...x, ...y]);
    return [domain, domain];
  }
  return [domainOf([...x, reference.x]), domainOf([...y, reference.y])];
}

type Domain = [low: number, high: number];

function domainOf(values: readonly number[]): Domain {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [0.5, 1.5];
  // Around a single value, half its size to either side: above 0 where it is.
  return low < high ? [low, high] : low === 0 ? [-1, 1] : [low - Math.abs(low) / 2, low + Math.abs(low) / 2];
}

interface Scale {
  (value: number): number;
  ticks(count: number): number[];
}

function powerTicks(scale: Scale, width: number): Tick[] {
  return someOf(scale.ticks(4), Math.max(2, width / 64)).map((value) => ({ x: scale(value), value, label: formatNumber(value, 2) }));
}

/** Of the many steps of a scale by powers, evenly some: 1, 2 and 5 times powers of ten where there are enough of them. */
function someOf(values: readonly number[], most: number): number[] {
  const round = values.filter((value) => /^[125](e|$)/.test(value.toExponential(6).replace(/\.?0*e/, 'e')));
  const of = round.length >= 3 ? round : values;
  const every = Math.ceil(of.length / most);
  return of.filter((_, index) => index % every === 0);
}
