import { useCallback, useState } from 'preact/hooks';
import type { MethodReport, Report, Series } from '../../src/core/analysis/report';
import { counted, formatCount, formatNumber } from '../../src/core/text/numbers';
import { axisHeight, type Bin } from '../charts/bins';
import { seriesNumbers } from '../charts/numbers';
import { stripChart } from '../charts/strip';
import { useDrawing } from '../drawing';
import { Export } from '../export/export';
import { XAxis } from './axis';
import { useHovered } from './hovered';
import { LitValue, placeInBin } from './lit';
import { ValueMarks } from './outlierMarks';
import { Plot, type PlotSize } from './plot';
import { histogramTable } from './plotNumbers';

interface SeriesPlotProps {
  readonly report: Report;
  readonly method: MethodReport;
  readonly series: Series;
  readonly what: 'means' | 'variances' | 'mean squares';
}

const height = 64;

/** How one statistic is distributed over the groups that share it, on the scale that all methods have. */
export function SeriesPlot({ report, method, series, what }: SeriesPlotProps) {
  const { theme } = useDrawing();
  const hovered = useHovered();
  const { id, sharedBy } = method;
  const colour = theme.value.methods[id];
  const [bin, setBin] = useState<Bin | null>(null);
  const draw = useCallback((size: PlotSize) => stripChart(series, { ...size, colour }), [series, colour]);
  const span = series.min === null || series.max === null ? 'no group has a finite value' : `${formatNumber(series.min)} … ${formatNumber(series.max)}`;
  return (
    <figure class="series">
      <Plot
        height={height}
        label={`${formatCount(series.size)} ${what}, one for ${sharedBy}: ${span}`}
        draw={draw}
        numbers={() => histogramTable(series.histogram, 'group')}
        onPoint={(chart, point) => {
          const found = point === null ? null : chart.binAt(point.x);
          setBin(found);
          hovered.hover(found === null ? null : placeInBin(report, method, series, found));
        }}
        onPin={() => hovered.pin(bin === null ? null : placeInBin(report, method, series, bin))}
        overlay={(chart, size) => (
          <>
            <XAxis ticks={chart.xTicks} size={size} unit="" />
            <ValueMarks report={report} method={method} series={series} size={size} />
            <LitValue report={report} method={method} series={series} size={size} axis={axisHeight} />
          </>
        )}
      />
      <figcaption class="caption">
        {bin !== null ? (
          <span class="readout">{`${formatNumber(bin.low)} … ${formatNumber(bin.high)}: ${counted(bin.count, 'group')}`}</span>
        ) : (
          <>
            <span>{series.size === 1 ? what.replace(/s$/, '') : `${formatCount(series.size - series.histogram.notFinite)} ${what}`}</span>
            <span class="number" title={`${series.min} … ${series.max}`}>{span}</span>
          </>
        )}
      </figcaption>
      <Export name={`${what.replace(' ', '-')}-${id}`} caption={`Share of groups by their ${what.replace(/s$/, '')}`} draw={draw} numbers={() => seriesNumbers(series, what.replace(/s$/, '').replace(' ', '_'))} />
    </figure>
  );
}
