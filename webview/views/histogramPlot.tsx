import { useCallback, useState } from 'preact/hooks';
import type { Histogram, Report, View } from '../../src/core/analysis/report';
import { formatCount, formatNumber, formatPercent } from '../../src/core/text/numbers';
import type { Bin } from '../charts/bins';
import { histogramChart } from '../charts/histogram';
import { binNumbers } from '../charts/numbers';
import { useDrawing } from '../drawing';
import { Export } from '../export/export';
import { XAxis } from './axis';
import { Plot, type PlotSize } from './plot';
import { histogramTable } from './plotNumbers';

interface HistogramPlotProps {
  readonly report: Report;
  readonly view: View;
  /** Top of the scale, in density per unit of x: shared by the views that stand side by side. */
  readonly yMax: number;
  readonly logY: boolean;
}

const height = 120;

/** The distribution of a view's values: density by area, with the standard normal behind what was normalized. */
export function HistogramPlot({ report, view, yMax, logY }: HistogramPlotProps) {
  const { theme } = useDrawing();
  const { histogram, id } = view;
  const colour = theme.value.methods[id];
  const { dimmed } = theme.value;
  const [bin, setBin] = useState<Bin | null>(null);
  // γ and β have made it something that is not counted in deviations.
  const standard = id !== 'raw' && view.affine === undefined;
  const unit = standard ? '\u202fσ' : '';
  const draw = useCallback(
    (size: PlotSize) =>
      histogramChart(histogram, { ...size, yMax, logY, colour, reference: standard ? dimmed : null }),
    [histogram, yMax, logY, colour, dimmed, standard],
  );
  const sampled = report.sampledEvery > 1 ? `, sampled 1:${formatCount(report.sampledEvery)}` : '';
  return (
    <figure>
      <Plot
        height={height}
        label={`Distribution of ${id === 'raw' ? 'raw values' : `values after ${id} normalization`}, from ${formatNumber(histogram.low)} to ${formatNumber(histogram.high)}${unit}`}
        draw={draw}
        numbers={() => histogramTable(histogram, 'value')}
        onPoint={(chart, point) => setBin(point === null ? null : chart.binAt(point.x))}
        overlay={(chart, size) => (
          <>
            <XAxis ticks={chart.xTicks} size={size} unit={unit} />
            {chart.spikes.map(({ x, share }) => (
              <span key={x} class={`spike ${x > size.width * 0.75 ? 'before' : ''}`} style={{ left: `${x}px` }}>▴ {formatPercent(share)}</span>
            ))}
          </>
        )}
      />
      <figcaption class="caption">
        {bin !== null ? (
          <span class="readout">
            {`${formatNumber(bin.low)} … ${formatNumber(bin.high)}${unit}: ${formatCount(bin.count)} (${formatPercent(bin.share)})`}
          </span>
        ) : (
          <>
            <span>{histogram.below > 0 && <span class="beyond">◂ {formatCount(histogram.below)} below</span>}</span>
            <span>{`values${unit === '' ? '' : ', in σ'}${view.affine === undefined ? '' : `, with ${view.affine}`}${sampled}`}</span>
            <span>{histogram.above > 0 && <span class="beyond">{formatCount(histogram.above)} above ▸</span>}</span>
          </>
        )}
      </figcaption>
      <Export name={`histogram-${id}`} caption={`Density of values${unit === '' ? '' : ', in σ'}${logY ? ', on a log scale' : ''}${sampled}${beyondText(histogram)}`} draw={draw} numbers={() => binNumbers(histogram)} />
    </figure>
  );
}

/** What the picture does not show. */
function beyondText({ below, above }: Histogram): string {
  const parts = [...(below > 0 ? [`${formatCount(below)} below the range`] : []), ...(above > 0 ? [`${formatCount(above)} above it`] : [])];
  return parts.map((part) => `; ${part}`).join('');
}
