import { useCallback, useState } from 'preact/hooks';
import type { Histogram } from '../../src/core/analysis/report';
import type { MethodId } from '../../src/core/engine/normalizations/normalization';
import { counted, formatCount, formatNumber, formatPercent } from '../../src/core/text/numbers';
import { binWidth, totalOf } from '../charts/bins';
import { overlayChart } from '../charts/overlay';
import { useDrawing } from '../drawing';
import { Export } from '../export/export';
import { XAxis } from './axis';
import { Plot, type PlotSize } from './plot';

/** A distribution and its name. */
export interface Named {
  readonly label: string;
  readonly histogram: Histogram;
}

interface OverlayPlotProps {
  /** Part of an exported file's name. */
  readonly name: string;
  readonly bars: Named;
  /** On the range and the bins of the other. */
  readonly line: Named;
  readonly what: string;
  /** What is counted: `value`, `group`. */
  readonly noun: string;
  /** Whose colour the bars have. */
  readonly method: 'raw' | MethodId;
}

const height = 110;

/** Two distributions over each other: one filled, the other as an outline, told apart without colour. */
export function OverlayPlot({ name, bars, line, what, noun, method }: OverlayPlotProps) {
  const { theme } = useDrawing();
  const lineColour = theme.value.foreground;
  const barColour = method === 'raw' ? theme.value.area : theme.value.methods[method];
  const [bin, setBin] = useState<number | null>(null);
  const draw = useCallback((size: PlotSize) => overlayChart(bars.histogram, line.histogram, { ...size, barColour, lineColour }), [bars.histogram, line.histogram, barColour, lineColour]);
  const { low, high, counts } = bars.histogram;
  const step = binWidth(bars.histogram);
  const share = ({ histogram }: Named, at: number) => {
    const total = totalOf(histogram);
    return total === 0 ? '–' : formatPercent((histogram.counts[at] ?? 0) / total);
  };
  const range = (at: number) => `${formatNumber(low + at * step)} … ${formatNumber(low + (at + 1) * step)}`;
  const filled = [...counts.keys()].filter((at) => (counts[at] ?? 0) + (line.histogram.counts[at] ?? 0) > 0);
  return (
    <figure class={`overlaid method-${method}`}>
      <Plot
        height={height}
        label={`${what}: ${bars.label} filled, ${line.label} outlined, from ${formatNumber(low)} to ${formatNumber(high)}`}
        draw={draw}
        numbers={() => ({
          columns: ['from … to', bars.label, line.label],
          rows: filled.map((at) => [range(at), ...[bars, line].map(({ histogram }) => formatCount(histogram.counts[at] ?? 0))]),
          note: [bars, line].map(beyondText).join(''),
        })}
        onPoint={(chart, at) => setBin(at === null ? null : chart.binAt(at.x))}
        overlay={(chart, size) => <XAxis ticks={chart.xTicks} size={size} unit="" />}
      />
      <figcaption class="caption">
        {bin !== null ? (
          <span class="readout">{`${range(bin)}: ${share(bars, bin)} ${bars.label}, ${share(line, bin)} ${line.label}`}</span>
        ) : (
          <>
            <span class="legend"><i class="filled" />{bars.label}</span>
            <span class="legend"><i class="outlined" />{line.label}</span>
            <span>{`${what}${[bars, line].map(beyondText).join('')}`}</span>
          </>
        )}
      </figcaption>
      <Export
        name={name}
        caption={`Density of ${what}: ${bars.label} filled, ${line.label} outlined`}
        draw={draw}
        numbers={() => ({ columns: ['low', 'high', 'first', 'second'], rows: counts.length, cell: (at, column) => [low + at * step, low + (at + 1) * step, counts[at], line.histogram.counts[at]][column] ?? NaN })}
      />
    </figure>
  );

  function beyondText({ label, histogram: { below, above } }: Named): string {
    return below + above === 0 ? '' : `; ${label}: ${counted(below + above, noun)} beyond`;
  }
}
