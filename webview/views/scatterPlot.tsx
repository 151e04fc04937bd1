import { useCallback, useState } from 'preact/hooks';
import { counted, formatNumber } from '../../src/core/text/numbers';
import { scatterChart, scatterLeft, type ScatterOptions } from '../charts/scatter';
import { useDrawing } from '../drawing';
import { Export } from '../export/export';
import type { Rgba } from '../gpu/renderer';
import { XAxis } from './axis';
import { Plot, type PlotSize } from './plot';

interface ScatterPlotProps extends Pick<ScatterOptions, 'log' | 'reference' | 'marked'> {
  /** Part of an exported file's name. */
  readonly name: string;
  /** What a screen reader says of the picture. */
  readonly label: string;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly xLabel: string;
  readonly yLabel: string;
  /** What a point is: `channel`. */
  readonly noun: string;
  readonly colour: Rgba;
  /** A point in words. */
  told(point: number): string;
}

const height = 200;
/** Rows of the table of numbers: those that are marked, then the first. */
const mostRows = 200;

/** A point for each channel or group: what lies off the line is what differs. The farthest are marked and carry their numbers. */
export function ScatterPlot({ name, label, x, y, xLabel, yLabel, noun, colour, log, reference, marked, told }: ScatterPlotProps) {
  const { theme } = useDrawing();
  const { foreground, dimmed } = theme.value;
  const [point, setPoint] = useState<number | null>(null);
  const draw = useCallback(
    (size: PlotSize) => scatterChart(x, y, { ...size, colour, markColour: foreground, lineColour: dimmed, log, reference, marked }),
    [x, y, colour, foreground, dimmed, log, reference, marked],
  );
  const rows = [...new Set([...marked, ...x.keys()])].slice(0, mostRows);
  return (
    <figure class="scatter">
      <p class="yLabel">{yLabel}</p>
      <Plot
        height={height}
        label={label}
        draw={draw}
        numbers={() => ({
          columns: [noun, xLabel, yLabel],
          rows: rows.map((at) => [String(at), formatNumber(x[at] ?? NaN), formatNumber(y[at] ?? NaN)]),
          note: rows.length === x.length ? '' : `${counted(x.length - rows.length, noun)} left out.`,
        })}
        onPoint={(chart, at) => setPoint(at === null ? null : chart.nearest(at))}
        overlay={(chart, size) => (
          <>
            <XAxis ticks={chart.xTicks} size={size} unit="" />
            <svg class="overlay points" aria-hidden="true">
              {chart.yTicks.map(({ y: at, label: text }) => <text key={text} x={scatterLeft - 6} y={at} dy="0.32em" text-anchor="end">{text}</text>)}
              {named(marked.map((at) => ({ at, place: chart.place(at) })), size.width).map(({ at, place, left }) => (
                <text key={at} class="name" x={left ? place.x - 7 : place.x + 7} y={place.y} dy="0.32em" text-anchor={left ? 'end' : 'start'}>{at}</text>
              ))}
              <At place={point === null ? null : chart.place(point)} />
            </svg>
          </>
        )}
      />
      <figcaption class="caption">{point !== null ? <span class="readout">{told(point)}</span> : <span>{xLabel}</span>}</figcaption>
      <Export name={name} caption={`${yLabel} by ${xLabel}, one point for each ${noun}`} draw={draw} numbers={() => ({ columns: [noun, 'x', 'y'], rows: x.length, cell: (row, column) => (column === 0 ? row : (column === 1 ? x : y)[row] ?? NaN) })} />
    </figure>
  );
}

/** More names than these stand in each other's way. */
const mostNamed = 4;
/** Names nearer than this to one before would be unreadable, in CSS pixels. */
const room = { x: 40, y: 13 } as const;

interface Place {
  readonly x: number;
  readonly y: number;
}

/** Of the first points those that have a place, and room for their names: right of them, or left where another point or the edge is, and no tick. */
function named(points: readonly { readonly at: number; readonly place: Place | null }[], width: number) {
  const kept: { readonly at: number; readonly place: Place; readonly left: boolean }[] = [];
  for (const { at, place } of points.slice(0, mostNamed)) {
    if (place === null || kept.some((other) => Math.abs(other.place.x - place.x) < room.x && Math.abs(other.place.y - place.y) < room.y)) continue;
    const isTaken = points.some(({ place: other }) => other !== null && other.x > place.x && other.x < place.x + room.x && Math.abs(other.y - place.y) < room.y);
    const left = isTaken || place.x > width - 60;
    if (!left || place.x > scatterLeft + room.x) kept.push({ at, place, left });
  }
  return kept;
}

function At({ place }: { readonly place: Place | null }) {
  return place === null ? null : <circle class="at" cx={place.x} cy={place.y} r={6} />;
}
