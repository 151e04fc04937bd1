import { signal, type ReadonlySignal } from '@preact/signals';
import { useCallback, useMemo, useState } from 'preact/hooks';
import type { MethodReport, Report, View } from '../../src/core/analysis/report';
import type { DType } from '../../src/core/tensor/dtype';
import { counted, formatCount, formatNumber } from '../../src/core/text/numbers';
import { elementText } from '../charts/elementText';
import { heatmapChart, type HeatmapCell, type HeatmapChart, type HeatmapRange } from '../charts/heatmap';
import { cellGrid, cellNumbers, pictureNumbers } from '../charts/numbers';
import { rescalingOf } from '../charts/rescaling';
import { isWhole, pixelsOf, type Zoom } from '../charts/zoom';
import { useDrawing } from '../drawing';
import { Export } from '../export/export';
import { useHovered } from './hovered';
import { followedText, useInterim } from './interim';
import { LitOutlines, placeAt } from './lit';
import { ColumnMarks } from './outlierMarks';
import { Plot, type PlotSize } from './plot';
import type { PlotNumbers } from './plotTable';
import { matrixOf, type MatrixTiles } from './tileStore';
import type { Zooming } from './zooming';

interface HeatmapPlotProps {
  readonly report: Report;
  readonly view: View;
  /** Whose groups are outlined where an element is lit. */
  readonly methods: readonly MethodReport[];
  readonly range: HeatmapRange;
  /** As `HeatmapOptions.elementsHigh`. */
  readonly elementsHigh: number;
  readonly unit: string;
  /** Shared by the pictures that stand side by side. */
  readonly zooming: Zooming;
  /** What is known more finely than the picture; null where nothing is. */
  readonly tiles: MatrixTiles | null;
  /** How much farther colours reach by what is followed; absent: raw values follow nothing. */
  readonly stretch?: ReadonlySignal<number>;
  /** CSS pixels. */
  readonly height?: number;
}

/**
 * The tensor as a matrix: samples or tokens down, features along. A pixel is the mean of what falls on it. Where it is zoomed into,
 * finer tiles take the picture's place as they come.
 */
export function HeatmapPlot({ report, view, methods, range: wholeRange, elementsHigh, unit, zooming, tiles, stretch, height = 150 }: HeatmapPlotProps) {
  const { theme } = useDrawing();
  const { picture, id } = view;
  const colours = theme.value;
  const [cell, setCell] = useState<HeatmapCell | null>(null);
  const zoom = zooming.settled.value;
  const hovered = useHovered();
  const interim = useInterim();
  const chartOf = useCallback(
    (size: PlotSize) =>
      heatmapChart(picture, {
        ...size,
        ...{ range: wholeRange, elementsHigh, zoom: zooming.now.value, map: colours.diverging, colours: colours.heatmap, mark: colours.foreground },
        matrix: matrixOf(report),
        ...(tiles !== null && { tile: (spec) => tiles.cells(spec, id) }),
        ...(stretch !== undefined && { stretch: stretch.value, rescaling: (cells) => rescalingOf(cells.report ?? report, view, interim.wanted(report), cells) }),
      }),
    [picture, wholeRange, elementsHigh, zooming, colours, report, view, tiles, id, stretch, interim],
  );
  const followed = stretch === undefined ? null : followedText(report, view, interim, wholeRange.high * stretch.peek());
  // Finer cells reach farther; words say how far.
  const drawnRange = useMemo(() => signal(wholeRange), [wholeRange]);
  const far = stretch?.peek() ?? 1;
  const range = isWhole(zoom) ? { ...wholeRange, low: wholeRange.low * far, high: wholeRange.high * far } : drawnRange.value;
  const draw = useCallback(
    (size: PlotSize) => {
      // Read, so that it is drawn again when another is known.
      void tiles?.version.value;
      void interim.told.value;
      const chart = chartOf(size);
      tiles?.want(chart.wanted);
      // While a slider is dragged words follow some times a second.
      if (drawnRange.peek().high !== chart.range.high && interim.isTold) drawnRange.value = chart.range;
      return chart;
    },
    [chartOf, tiles, drawnRange, interim],
  );
  const after = unit === '' ? '' : `\u202f${unit}`;
  const axes = axesText(report);
  const part = isWhole(zoom) ? null : partText(report, zoom);
  const note = isWhole(zoom) || tiles === null ? '' : tileNote(tiles);
  return (
    <figure class={followed?.isLeftBehind === true ? 'waiting' : undefined}>
      <Plot
        height={height}
        label={`Heatmap of ${id === 'raw' ? 'raw values' : `values after ${id} normalization`}; ${axes}; colours from ${formatNumber(range.low)} to ${formatNumber(range.high)}${after}`}
        draw={draw}
        zooming={zooming}
        revision={tiles?.settled.value}
        numbers={(chart) => heatmapNumbers(chart)}
        onPoint={(chart, point) => {
          const found = point === null ? null : chart.cellAt(point.x, point.y);
          setCell(found);
          hovered.hover(found === null ? null : placeAt(report, found));
        }}
        onPin={() => hovered.pin(cell === null ? null : placeAt(report, cell))}
        overlay={(chart, size) => (
          <>
            <ColumnMarks report={report} chart={chart} size={size} />
            <LitOutlines report={report} chart={chart} size={size} methods={methods} />
          </>
        )}
      />
      <figcaption class="caption">
        {cell !== null ? (
          <span class="readout">{cellText(cell, after, id === 'raw' ? report.tensor.dtype : null)}</span>
        ) : (
          <>
            <span title={`${part ?? axes}. ${note}${gestures}`}>{part === null ? axes : part.replace(/ of [^,]+/g, '')}</span>
            {note !== '' && <span class="qualifier" title={note}>{tiles?.failure === null ? `sampled 1:${formatCount(tiles.sampledEvery)}` : 'not read'}</span>}
            {followed !== null && <span class="qualifier" title={followed.title}>{followed.text}</span>}
            {!isWhole(zoom) && <button class="link" onClick={() => zooming.reset()}>Show all</button>}
            <span class="scale" title={legendText(range)}>
              <span class="number">{formatNumber(range.low, 2)}</span>
              <i class="ramp" style={{ background: rampOf(colours.diverging) }} />
              <span class="number">{`${formatNumber(range.high, 2)}${after}`}</span>
            </span>
          </>
        )}
      </figcaption>
      <Export name={`heatmap-${id}`} caption={legendText(range)} draw={chartOf} numbers={() => (isWhole(zooming.now.peek()) ? pictureNumbers(picture) : cellNumbers(chartOf({ width: 100, height, dpr: 2 })))} />
    </figure>
  );
}

/** What the colours and marks stand for, and how many pixels lie beyond the colours. */
function legendText({ beyond }: HeatmapRange): string {
  const clipped = beyond === 0 ? '' : `${counted(beyond, 'pixel')} beyond them, in the end's colour. `;
  return `Colours: the mean of what falls on a pixel. ${clipped}A small square: an element of it lies more than twice as far out, or as far as few do. Magenta: NaN. Black hatched: ±Inf. Grey hatched: not sampled, or no finite value; hatched the other way: masked.`;
}

const gestures = 'Zoom: + and −, pinch, Ctrl and wheel, or the wheel once the picture has the focus. Pan: drag, or Shift and arrows. All: 0 or a double click.';

/** `rows 12–40 of 6 304, columns 0–255 of 768`. */
function partText(report: Report, zoom: Zoom): string {
  const matrix = matrixOf(report);
  const { row, rows, column, columns } = pixelsOf(zoom, matrix);
  return `rows ${rangeText(row, row + rows - 1)} of ${formatCount(matrix.rows)}, columns ${rangeText(column, column + columns - 1)} of ${formatCount(matrix.columns)}`;
}

/** What is not as it seems of the tiles; empty where nothing is. */
function tileNote({ failure, sampledEvery }: MatrixTiles): string {
  if (failure !== null) return `Drawn no finer: ${failure} `;
  return sampledEvery > 1 ? `Of every pixel about one element in ${formatCount(sampledEvery)} was looked at. ` : '';
}

/** `rows N·T, columns C`. */
function axesText({ layout, pictureRowAxes }: Report): string {
  const rows = [...layout.roles.slice(0, pictureRowAxes)].join('·') || '1';
  const columns = [...layout.roles.slice(pictureRowAxes)].join('·') || '1';
  return `rows ${rows}, columns ${columns}`;
}

function cellText(cell: HeatmapCell, after: string, stored: DType | null): string {
  const where = `[${rangeText(cell.row, cell.row + cell.rows - 1)}, ${rangeText(cell.column, cell.column + cell.columns - 1)}]`;
  const marks = [...(cell.flags & 1 ? ['NaN'] : []), ...(cell.flags & 2 ? ['±Inf'] : []), ...(cell.flags & 4 ? ['not sampled'] : []), ...(cell.flags & 8 ? [Number.isNaN(cell.mean) ? 'masked' : 'partly masked'] : [])];
  const { min, max } = cell;
  const isElement = cell.rows === 1 && cell.columns === 1;
  const mean = `${isElement && min === max ? elementText(cell.mean, stored) : formatNumber(cell.mean)}${after}`;
  const extremes = min === null || max === null ? ' on average' : min === max ? '' : ` (${formatNumber(min)} … ${formatNumber(max)})`;
  const values = Number.isNaN(cell.mean) ? '' : mean + extremes;
  return `${where} ${[values, ...marks].filter((part) => part !== '').join(', ')}`;
}

function rangeText(first: number, last: number): string {
  return last > first ? `${formatCount(first)}–${formatCount(last)}` : formatCount(first);
}

/** No table is longer or wider: zooming chooses what it is of. */
const tableRows = 32;
const tableColumns = 16;

/** Means of the cells that are shown, from the upper left corner on. */
function heatmapNumbers(chart: HeatmapChart): PlotNumbers {
  const { rows, columns } = cellGrid(chart);
  const [tall, wide] = [rows.slice(0, tableRows), columns.slice(0, tableColumns)];
  const left = tall.length < rows.length || wide.length < columns.length;
  return {
    columns: ['', ...wide.map(({ from, count }) => rangeText(from, from + count - 1))],
    rows: tall.map((row) => [rangeText(row.from, row.from + row.count - 1), ...wide.map((column) => meanText(chart.cellOf(row.from, column.from)))]),
    note: left ? `The first ${formatCount(tall.length)} × ${formatCount(wide.length)} of ${formatCount(rows.length)} × ${formatCount(columns.length)} pixels: zoom in for others.` : '',
  };
}

function meanText({ mean, flags }: HeatmapCell): string {
  return flags & 1 ? 'NaN' : flags & 2 ? '±Inf' : Number.isNaN(mean) ? '–' : formatNumber(mean);
}

/** The colour map as a strip: a few of its entries are enough for the eye. */
function rampOf(map: Uint8Array): string {
  const stops = Array.from({ length: 9 }, (_, index) => {
    const at = Math.round((index / 8) * 255) * 4;
    return `rgb(${map[at]}, ${map[at + 1]}, ${map[at + 2]})`;
  });
  return `linear-gradient(to right, ${stops.join(', ')})`;
}
