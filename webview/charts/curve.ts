import { max } from 'd3-array';
import { scaleLinear, scaleLog, scaleSymlog } from 'd3-scale';

/** A line through points; y may be missing (null) or infinite, where the line has a gap. */
export interface Curve {
  readonly id: string;
  readonly label: string;
  readonly x: readonly number[];
  readonly y: readonly (number | null)[];
  /** Points alone: what was measured, beside what follows from a formula. */
  readonly points?: boolean;
  readonly dashed?: boolean;
}

export interface CurveOptions {
  /** CSS pixels of the area that is drawn in. */
  readonly width: number;
  readonly height: number;
  /** Steps of x are powers of two, or counted. */
  readonly x: 'powers' | 'linear';
  /** A power of ten: y is linear below it and goes by powers of ten above it. Absent: linear. */
  readonly powersFrom?: number | undefined;
}

export interface CurveTick {
  readonly at: number;
  readonly value: number;
}

export interface CurveChart {
  readonly paths: readonly { readonly id: string; readonly d: string; readonly points: readonly { readonly x: number; readonly y: number }[] }[];
  readonly xTicks: readonly CurveTick[];
  readonly yTicks: readonly CurveTick[];
  /** Place of a value of x, in CSS pixels. */
  place(x: number): number;
  /** The value of x among those of the curves that is nearest to a place; null without any. */
  nearest(at: number): number | null;
}

const labelWidth = 44;

/** Scales from zero up: a spread that is small must look small. */
export function curveChart(curves: readonly Curve[], { width, height, x: kind, powersFrom }: CurveOptions): CurveChart {
  const xs = [...new Set(curves.flatMap(({ x }) => x))].sort((a, b) => a - b);
  const finite = curves.flatMap(({ y }) => y.filter((value): value is number => value !== null && Number.isFinite(value)));
  const [low = 1, high = low] = [xs[0], xs.at(-1)];
  const domain: [number, number] = [low, high > low ? high : low + 1];
  const xScale = kind === 'powers' ? scaleLog(domain, [0, width]).base(2) : scaleLinear(domain, [0, width]);
  const top = max(finite) || 1;
  const yScale = powersFrom === undefined ? scaleLinear([0, top], [height, 0]).nice(4) : scaleSymlog([0, Math.max(top, powersFrom)], [height, 0]).constant(powersFrom);
  const yValues = powersFrom === undefined ? yScale.ticks(4) : powersApart(powersFrom, top, yScale);
  const drawn = curves.map(({ id, x, y, points = false }) => {
    const all = x.map((value, index) => ({ x: xScale(value), y: yScale(y[index] ?? NaN) }));
    const known = all.filter((point) => Number.isFinite(point.y));
    return { id, d: points ? '' : pathThrough(all), points: points ? known : [] };
  });
  const most = Math.max(2, Math.floor(width / labelWidth));
  const candidates = kind === 'powers' ? xs : scaleLinear(domain, [0, width]).ticks(most).filter(Number.isInteger);
  const every = Math.ceil(candidates.length / most);
  return {
    paths: drawn,
    xTicks: candidates.filter((_, index) => (candidates.length - 1 - index) % every === 0).map((value) => ({ at: xScale(value), value })),
    yTicks: yValues.map((value) => ({ at: yScale(value), value })),
    place: (value) => xScale(value),
    nearest(at) {
      let best: number | null = null;
      for (const value of xs) if (best === null || Math.abs(xScale(value) - at) < Math.abs(xScale(best) - at)) best = value;
      return best;
    },
  };
}

/** Of labels above each other, CSS pixels. */
const labelHeight = 14;

/** 0 and powers of ten from the least on, without those whose label would touch the one below. */
function powersApart(least: number, top: number, y: (value: number) => number): number[] {
  const kept = [0];
  for (let power = least; power <= top * (1 + 1e-9); power *= 10) if (y(kept.at(-1) ?? 0) - y(power) >= labelHeight) kept.push(power);
  return kept;
}

/**
 * From which power of ten on an axis has to go by powers, so that small curves are seen beside a great one; undefined where a linear
 * axis shows both.
 */
export function powersFor(small: readonly (number | null)[], great: readonly (number | null)[]): number | undefined {
  const greatest = (values: readonly (number | null)[]) => max(values.filter((value): value is number => value !== null && Number.isFinite(value))) ?? 0;
  const [low, high] = [greatest(small), greatest(great)];
  return low > 0 && high > manyTimes * low ? 10 ** Math.floor(Math.log10(low)) : undefined;
}

/** A curve that is so much lower than another one lies on the axis. */
const manyTimes = 20;

/** SVG's path through points, with a gap where y is no number. */
function pathThrough(points: readonly { readonly x: number; readonly y: number }[]): string {
  return points
    .map(({ x, y }, index) => {
      if (!Number.isFinite(y)) return '';
      const isJoined = Number.isFinite(points[index - 1]?.y);
      const isAlone = !isJoined && !Number.isFinite(points[index + 1]?.y);
      return `${isJoined ? 'L' : 'M'}${rounded(x)},${rounded(y)}${isAlone ? 'Z' : ''}`;
    })
    .join('');
}

/** To a thousandth of a pixel. */
function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
