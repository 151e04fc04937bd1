import { useCallback, useState } from 'preact/hooks';
import type { HistogramKind } from '../../src/core/analysis/report';
import { counted, formatCount, formatNumber, formatPercent } from '../../src/core/text/numbers';
import { histogramsNumbers } from '../charts/numbers';
import { ridgelineChart, type CountedHistograms, type RidgeCell, type RidgeRow } from '../charts/ridgelines';
import { useDrawing } from '../drawing';
import { Export } from '../export/export';
import { XAxis } from './axis';
import { Plot, type PlotSize } from './plot';
import type { PlotNumbers } from './plotTable';

interface RidgelinePlotProps {
  readonly of: HistogramKind;
  readonly histograms: CountedHistograms;
  /** Values beyond the range, of all rows, also those that are not drawn. */
  readonly beyond: { readonly below: number; readonly above: number };
  /** From the top down. */
  readonly rows: readonly RidgeRow[];
  /** Of them, by their numbers, those that are drawn in another colour. */
  readonly marked: readonly number[];
  readonly label: string;
}

/** Height of the picture in CSS pixels: a few rows are not spread over all of it, many share it. */
const room = { least: 120, row: 16, most: 640 } as const;

export function RidgelinePlot({ of, histograms, beyond: { below, above }, rows, marked, label }: RidgelinePlotProps) {
  const { theme } = useDrawing();
  const { methods, background, heatmap } = theme.value;
  const [cell, setCell] = useState<RidgeCell | null>(null);
  const draw = useCallback(
    (size: PlotSize) => ridgelineChart(histograms, rows, { ...size, line: methods.raw, background: [background[0], background[1], background[2], 1], notFinite: heatmap.nan }),
    [histograms, rows, methods, background, heatmap],
  );
  return (
    <figure>
      <Plot
        height={Math.min(room.most, room.least + room.row * rows.length)}
        label={label}
        draw={draw}
        numbers={() => rowsTable(of, rows)}
        onPoint={(chart, point) => setCell(point === null ? null : chart.cellAt(point.x, point.y))}
        overlay={(chart, size) => (
          <>
            <XAxis ticks={chart.xTicks} size={size} unit="" />
            <svg class="overlay" aria-hidden="true">{chart.rowLabels.rows.map(({ y, label: of }) => <text key={of} x={chart.rowLabels.x} y={y} text-anchor="end">{of}</text>)}</svg>
            <svg class="overlay outliers" aria-hidden="true">{rows.map(({ row }, place) => marked.includes(row) && <polyline key={row} points={chart.outline(place)} />)}</svg>
            {cell !== null && <svg class="overlay chosen" aria-hidden="true"><polyline points={chart.outline(cell.place)} /></svg>}
          </>
        )}
      />
      <figcaption class="caption">
        {cell !== null ? (
          <span class="readout">{cellText(of, cell)}</span>
        ) : (
          <>
            <span>{below > 0 && <span class="beyond">◂ {formatCount(below)} below</span>}</span>
            <span>values</span>
            <span>{above > 0 && <span class="beyond">{formatCount(above)} above ▸</span>}</span>
          </>
        )}
      </figcaption>
      <Export name={`ridgelines-${of}`} caption={`Values of every ${of}, each row to its own highest bin${below + above > 0 ? `; ${formatCount(below + above)} beyond the range` : ''}`} draw={draw} numbers={() => histogramsNumbers(histograms)} />
    </figure>
  );
}

/** No table is longer: sorting chooses what it is of. */
const tableRows = 100;

/** The rows from the top down, by their own histograms. */
function rowsTable(of: HistogramKind, all: readonly RidgeRow[]): PlotNumbers {
  const number = (value: number) => (Number.isNaN(value) ? '–' : formatNumber(value));
  return {
    columns: [of, 'mean', 'variance', 'kurtosis', 'finite', 'NaN, ±Inf', 'below', 'above'],
    rows: all.slice(0, tableRows).map(({ row, mean, variance, kurtosis, ...counts }) => [
      formatCount(row),
      ...[mean, variance, kurtosis].map(number),
      ...[counts.finite, counts.notFinite, counts.below, counts.above].map(formatCount),
    ]),
    note: all.length > tableRows ? `The first ${formatCount(tableRows)} of ${formatCount(all.length)} rows.` : '',
  };
}

/** `channel 12: 0.25 … 0.31: 45 of 1 536 (2.9 %), 3 above, 1 NaN or ±Inf`. */
function cellText(of: HistogramKind, { row, low, high, count }: RidgeCell): string {
  const share = row.finite === 0 ? '' : ` of ${formatCount(row.finite)} (${formatPercent(count / row.finite)})`;
  const more = [
    ...(row.below > 0 ? [`${formatCount(row.below)} below`] : []),
    ...(row.above > 0 ? [`${formatCount(row.above)} above`] : []),
    ...(row.notFinite > 0 ? [`${formatCount(row.notFinite)} NaN or ±Inf`] : []),
  ];
  return [`${of} ${formatCount(row.row)}: ${formatNumber(low)} … ${formatNumber(high)}: ${row.finite === 0 ? counted(0, 'finite value') : `${formatCount(count)}${share}`}`, ...more].join(', ');
}
