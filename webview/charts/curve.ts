import { max } from 'd3-array';
import { scaleLinear, scaleLog } from 'd3-scale';
import { line } from 'd3-shape';

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
    const all = x.map((value, index) => ({ x: xScale(value), value: y[index] ?? null }));
    const known = all.filter(({ value }) => value !== null && Number.isFinite(value)).map((point) => ({ x: point.x, y: yScale(point.value as number) }));
    const path = line<(typeof all)[number]>(
      (point) => point.x,
      (point) => yScale(point.value as number),
    ).defined(({ value }) => value !== null && Number.isFinite(value));
    return { id, d: points ? '' : (path(all) ?? ''), points: points ? known : [] };
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
