import { max } from 'd3-array';
import { scaleLinear, scaleLog } from 'd3-scale';

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
export function curveChart(curves: readonly Curve[], { width, height, x: kind }: CurveOptions): CurveChart {
  const xs = [...new Set(curves.flatMap(({ x }) => x))].sort((a, b) => a - b);
  const finite = curves.flatMap(({ y }) => y.filter((value): value is number => value !== null && Number.isFinite(value)));
  const [low = 1, high = low] = [xs[0], xs.at(-1)];
  const domain: [number, number] = [low, high > low ? high : low + 1];
  const xScale = kind === 'powers' ? scaleLog(domain, [0, width]).base(2) : scaleLinear(domain, [0, width]);
  const yScale = scaleLinear([0, max(finite) || 1], [height, 0]).nice(4);
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
    yTicks: yScale.ticks(4).map((value) => ({ at: yScale(value), value })),
    place: (value) => xScale(value),
    nearest(at) {
      let best: number | null = null;
      for (const value of xs) if (best === null || Math.abs(xScale(value) - at) < Math.abs(xScale(best) - at)) best = value;
      return best;
    },
  };
}

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
