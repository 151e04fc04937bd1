import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { curveChart, type Curve } from '../charts/curve';
import { curveNumbers } from '../charts/numbers';
import { Export } from '../export/export';
import { PlotTable } from './plotTable';

interface CurvePlotProps {
  /** Part of an exported file's name. */
  readonly name: string;
  readonly curves: readonly Curve[];
  readonly x: 'powers' | 'linear';
  /** What the axes are, with their units. */
  readonly xLabel: string;
  readonly yLabel: string;
  /** As `CurveOptions.powersFrom`. */
  readonly powersFrom?: number | undefined;
  /** What a screen reader says of the picture. */
  readonly label: string;
  /** A value of x with what it means, marked by a line. */
  readonly mark?: { readonly x: number; readonly label: string; readonly title: string } | undefined;
  formatX(value: number): string;
  formatY(value: number): string;
}

const height = 140;
const left = 48;
const bottom = 20;
const right = 8;
const top = 6;

/** Curves over a few steps, as SVG: their labels stand on the lines' ends, exact values on hover and by the arrow keys. */
export function CurvePlot({ name, curves, x, xLabel, yLabel, powersFrom, label, mark, formatX, formatY }: CurvePlotProps) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const [at, setAt] = useState<number | null>(null);
  const [tabled, setTabled] = useState(false);
  const inner = Math.max(10, width - left - right);
  const chart = useMemo(() => curveChart(curves, { width: inner, height: height - bottom - top, x, powersFrom }), [curves, inner, x, powersFrom]);
  const xs = useMemo(() => [...new Set(curves.flatMap((curve) => curve.x))].sort((a, b) => a - b), [curves]);
  const readout = at === null ? null : curves.flatMap((curve) => {
    const value = curve.y[curve.x.indexOf(at)];
    return value === undefined || value === null ? [] : [{ id: curve.id, text: `${curve.label} ${formatY(value)}`, value }];
  });
  const step = (by: number) => {
    const index = at === null ? (by > 0 ? 0 : xs.length - 1) : Math.min(xs.length - 1, Math.max(0, xs.indexOf(at) + by));
    setAt(xs[index] ?? null);
  };
  return (
    <figure class="curves">
      <p class="yLabel">{yLabel}</p>
      <div
        ref={frame}
        class="plot"
        role="img"
        aria-label={label}
        tabIndex={0}
        style={{ height: `${height}px` }}
        onPointerMove={(event) => setAt(chart.nearest(event.clientX - event.currentTarget.getBoundingClientRect().left - left))}
        onPointerLeave={() => setAt(null)}
        onBlur={() => setAt(null)}
        onKeyDown={(event) => {
          if (event.key === 't' && !event.ctrlKey && !event.metaKey && !event.altKey) setTabled(!tabled);
          if (event.key !== 'ArrowRight' && event.key !== 'ArrowLeft') return;
          event.preventDefault();
          step(event.key === 'ArrowRight' ? 1 : -1);
        }}
      >
        {width > 0 && (
          <svg class="picture" width={width} height={height} aria-hidden="true">
            <g transform={`translate(${left}, ${top})`}>
              {chart.yTicks.map(({ at: y, value }) => (
                <g key={value} class="tick">
                  <line x1={0} x2={inner} y1={y} y2={y} />
                  <text x={-6} y={y} dy="0.32em" text-anchor="end">{formatY(value)}</text>
                </g>
              ))}
              {chart.xTicks.map(({ at: place, value }) => (
                <text key={value} class="tick" x={place} y={height - top - 4} text-anchor={place < 10 ? 'start' : place > inner - 10 ? 'end' : 'middle'}>{formatX(value)}</text>
              ))}
              {mark !== undefined && (
                <g class="mark" transform={`translate(${chart.place(mark.x)}, 0)`}>
                  <line y2={height - bottom - top} />
                  <text x={4} y={(height - bottom - top) / 2}>{mark.label}</text>
                  <title>{mark.title}</title>
                </g>
              )}
              {at !== null && <line class="cursorLine" x1={chart.place(at)} x2={chart.place(at)} y2={height - bottom - top} />}
              {chart.paths.map(({ id, d, points }) => (
                <g key={id} class={`curve curve-${id} ${curves.find((curve) => curve.id === id)?.dashed === true ? 'dashed' : ''}`}>
                  {d !== '' && <path d={d} />}
                  {points.map((point) => <circle key={point.x} cx={point.x} cy={point.y} r={3} />)}
                </g>
              ))}
            </g>
          </svg>
        )}
      </div>
      {tabled && (
        <PlotTable
          label={label}
          columns={[xLabel, ...curves.map((curve) => curve.label)]}
          rows={xs.map((value) => [formatX(value), ...curves.map(({ x: own, y }) => pointText(y[own.indexOf(value)], formatY))])}
          note=""
        />
      )}
      <figcaption class="caption">
        {readout !== null && at !== null ? (
          <span class="readout">
            <b>{formatX(at)}</b>
            {readout.map(({ id, text, value }) => <span key={id} title={String(value)} class={`key curve-${id}`}>{text}</span>)}
          </span>
        ) : (
          <>
            <span class="legend">{curves.map((curve) => <span key={curve.id} class={`key curve-${curve.id}`}><i class={curve.points === true ? 'dot' : curve.dashed === true ? 'dashed' : 'dash'} />{curve.label}</span>)}</span>
            <span>{xLabel}</span>
          </>
        )}
      </figcaption>
      <Export name={name} caption={`${yLabel}, by ${xLabel}: ${curves.map((curve) => curve.label).join('; ')}`} draw={nothing} numbers={() => curveNumbers(xLabel, curves)} />
    </figure>
  );
}

/** The curves are an SVG on the page, which an export takes as it is: there are no layers under it. */
const nothing = () => ({ layers: [] });

function pointText(value: number | null | undefined, format: (value: number) => string): string {
  return value === null || value === undefined ? '–' : format(value);
}

function useWidth(frame: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => setWidth(Math.floor(element.clientWidth)));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return width;
}
