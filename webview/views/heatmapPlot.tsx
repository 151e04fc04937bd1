import { useCallback, useState } from 'preact/hooks';
import type { MethodReport, Report, View } from '../../src/core/analysis/report';
import { elementCount } from '../../src/core/tensor/tensor';
import { counted, formatCount, formatNumber } from '../../src/core/text/numbers';
import { firstElement } from '../charts/groups';
import { heatmapChart, type HeatmapCell, type HeatmapChart, type HeatmapRange } from '../charts/heatmap';
import { pictureNumbers } from '../charts/numbers';
import { isWhole, pixelsOf } from '../charts/zoom';
import { useDrawing } from '../drawing';
import { Export } from '../export/export';
import { useHovered } from './hovered';
import { LitOutlines, placeAt } from './lit';
import { Plot, type PlotSize } from './plot';
import type { PlotNumbers } from './plotTable';
import type { Zooming } from './zooming';

interface HeatmapPlotProps {
  readonly report: Report;
  readonly view: View;
  /** Whose groups are outlined where an element is lit. */
  readonly methods: readonly MethodReport[];
  readonly range: HeatmapRange;
  readonly unit: string;
  /** Shared by the pictures that stand side by side. */
  readonly zooming: Zooming;
  /** CSS pixels. */
  readonly height?: number;
}

/** The tensor as a matrix: samples or tokens down, features along. A pixel is the mean of what falls on it. */
export function HeatmapPlot({ report, view, methods, range, unit, zooming, height = 150 }: HeatmapPlotProps) {
  const { theme } = useDrawing();
  const { picture, id } = view;
  const colours = theme.value;
  const [cell, setCell] = useState<HeatmapCell | null>(null);
  const { zoom } = zooming;
  const hovered = useHovered();
  const draw = useCallback((size: PlotSize) => heatmapChart(picture, { ...size, range, zoom, map: colours.diverging, colours: colours.heatmap, mark: colours.foreground }), [picture, range, zoom, colours]);
  const after = unit === '' ? '' : `\u202f${unit}`;
  const axes = axesText(report);
  const part = isWhole(zoom) ? null : partText(report, view, zooming);
  return (
    <figure>
      <Plot
        height={height}
        label={`Heatmap of ${id === 'raw' ? 'raw values' : `values after ${id} normalization`}; ${axes}; colours from ${formatNumber(range.low)} to ${formatNumber(range.high)}${after}`}
        draw={draw}
        zooming={zooming}
        numbers={(chart) => heatmapNumbers(report, view, chart)}
        onPoint={(chart, point) => {
          const found = point === null ? null : chart.cellAt(point.x, point.y);
          setCell(found);
          hovered.hover(found === null ? null : placeAt(report, picture, found));
        }}
        onPin={() => hovered.pin(cell === null ? null : placeAt(report, picture, cell))}
        overlay={(chart, size) => <LitOutlines report={report} picture={picture} shown={chart.shown} size={size} methods={methods} />}
      />
      <figcaption class="caption">
        {cell !== null ? (
          <span class="readout">{cellText(report, view, cell, after)}</span>
        ) : (
          <>
            <span title={`${part ?? axes}. ${gestures}`}>{part === null ? axes : part.replace(/ of [^,]+/g, '')}</span>
            {!isWhole(zoom) && <button class="link" onClick={zooming.reset}>Show all</button>}
            <span class="scale" title={legendText(range)}>
              <span class="number">{formatNumber(range.low, 2)}</span>
              <i class="ramp" style={{ background: rampOf(colours.diverging) }} />
              <span class="number">{`${formatNumber(range.high, 2)}${after}`}</span>
            </span>
          </>
        )}
      </figcaption>
      <Export name={`heatmap-${id}`} caption={legendText(range)} draw={draw} numbers={() => pictureNumbers(picture)} />
    </figure>
  );
}

/** What the colours and marks stand for, and how many pixels lie beyond the colours. */
function legendText({ beyond }: HeatmapRange): string {
  const clipped = beyond === 0 ? '' : `${counted(beyond, 'pixel')} beyond them, in the end's colour. `;
  return `Colours: the mean of what falls on a pixel. ${clipped}A small square: an element of it lies more than twice as far out. Magenta: NaN. Black hatched: ±Inf. Grey hatched: not sampled, or no finite value; hatched the other way: masked.`;
}

const gestures = 'Zoom: + and −, pinch, Ctrl and wheel, or the wheel once the picture has the focus. Pan: drag, or Shift and arrows. All: 0 or a double click.';

/** `rows 12–40 of 6 304, columns 0–255 of 768`. */
function partText({ tensor, pictureRowAxes }: Report, { picture }: View, { zoom }: Zooming): string {
  const { row, rows, column, columns } = pixelsOf(zoom, picture);
  const part = (first: number, count: number, pixels: number, elements: number) =>
    `${rangeText(firstElement(first, pixels, elements), firstElement(first + count, pixels, elements) - 1)} of ${formatCount(elements)}`;
  const tall = elementCount(tensor.shape.slice(0, pictureRowAxes));
  const wide = elementCount(tensor.shape.slice(pictureRowAxes));
  return `rows ${part(row, rows, picture.rows, tall)}, columns ${part(column, columns, picture.columns, wide)}`;
}

/** `rows N·T, columns C`. */
function axesText({ layout, pictureRowAxes }: Report): string {
  const rows = [...layout.roles.slice(0, pictureRowAxes)].join('·') || '1';
  const columns = [...layout.roles.slice(pictureRowAxes)].join('·') || '1';
  return `rows ${rows}, columns ${columns}`;
}

function cellText({ tensor, pictureRowAxes }: Report, { picture }: View, cell: HeatmapCell, after: string): string {
  const rows = elementCount(tensor.shape.slice(0, pictureRowAxes));
  const columns = elementCount(tensor.shape.slice(pictureRowAxes));
  const where = `[${placeText(cell.row, picture.rows, rows)}, ${placeText(cell.column, picture.columns, columns)}]`;
  const marks = [...(cell.flags & 1 ? ['NaN'] : []), ...(cell.flags & 2 ? ['±Inf'] : []), ...(cell.flags & 4 ? ['not sampled'] : []), ...(cell.flags & 8 ? [Number.isNaN(cell.mean) ? 'masked' : 'partly masked'] : [])];
  const several = cell.min !== cell.max;
  const values = Number.isNaN(cell.mean)
    ? ''
    : several
      ? `${formatNumber(cell.mean)}${after} (${formatNumber(cell.min)} … ${formatNumber(cell.max)})`
      : `${formatNumber(cell.mean)}${after}`;
  return `${where} ${[values, ...marks].filter((part) => part !== '').join(', ')}`;
}

/** The element or the stretch of elements that one pixel of a side stands for: those whose middle falls on it. */
function placeText(pixel: number, pixels: number, elements: number): string {
  return rangeText(firstElement(pixel, pixels, elements), firstElement(pixel + 1, pixels, elements) - 1);
}

function rangeText(first: number, last: number): string {
  return last > first ? `${formatCount(first)}–${formatCount(last)}` : formatCount(first);
}

/** No table is longer or wider: zooming chooses what it is of. */
const tableRows = 32;
const tableColumns = 16;

/** Means of the pixels that are shown, from the upper left corner on. */
function heatmapNumbers({ tensor, pictureRowAxes }: Report, { picture }: View, { shown }: HeatmapChart): PlotNumbers {
  const [tall, wide] = [elementCount(tensor.shape.slice(0, pictureRowAxes)), elementCount(tensor.shape.slice(pictureRowAxes))];
  const rows = Array.from({ length: Math.min(tableRows, shown.rows) }, (_, index) => shown.row + index);
  const columns = Array.from({ length: Math.min(tableColumns, shown.columns) }, (_, index) => shown.column + index);
  const left = rows.length < shown.rows || columns.length < shown.columns;
  return {
    columns: ['', ...columns.map((column) => placeText(column, picture.columns, wide))],
    rows: rows.map((row) => [placeText(row, picture.rows, tall), ...columns.map((column) => pixelText(picture, row * picture.columns + column))]),
    note: left ? `The first ${formatCount(rows.length)} × ${formatCount(columns.length)} of ${formatCount(shown.rows)} × ${formatCount(shown.columns)} pixels: zoom in for others.` : '',
  };
}

function pixelText({ mean, flags }: View['picture'], pixel: number): string {
  const flag = flags[pixel] ?? 0;
  return flag & 1 ? 'NaN' : flag & 2 ? '±Inf' : Number.isNaN(mean[pixel] ?? NaN) ? '–' : formatNumber(mean[pixel] ?? NaN);
}

/** The colour map as a strip: a few of its entries are enough for the eye. */
function rampOf(map: Uint8Array): string {
  const stops = Array.from({ length: 9 }, (_, index) => {
    const at = Math.round((index / 8) * 255) * 4;
    return `rgb(${map[at]}, ${map[at + 1]}, ${map[at + 2]})`;
  });
  return `linear-gradient(to right, ${stops.join(', ')})`;
}
