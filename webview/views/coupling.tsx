import { useCallback, useMemo, useState } from 'preact/hooks';
import type { Coupling as CouplingReport, Report } from '../../src/core/analysis/report';
import { counted, formatCount, formatNumber } from '../../src/core/text/numbers';
import { heatmapChart, type HeatmapCell } from '../charts/heatmap';
import { pictureNumbers } from '../charts/numbers';
import { useDrawing } from '../drawing';
import { Export } from '../export/export';
import { Plot, type PlotSize } from './plot';
import type { PlotNumbers } from './plotTable';

const height = 180;

/** What samples have to do with each other: leaving one out moves BatchNorm's output of the others, and nothing of LayerNorm's. */
export function Coupling({ report }: { readonly report: Report }) {
  const { coupling, methods } = report;
  if (coupling === null) return null;
  const { mean, max, samples } = coupling;
  const alone = methods.filter(({ id }) => coupling.methods[id]?.max === 0).map(({ label }) => label);
  return (
    <section class="coupling" data-panel="6" tabIndex={-1} aria-labelledby="coupling">
      <h2 id="coupling">6 · Coupling of samples</h2>
      <p class="note">How far the output of one sample moves, root mean square, when another is left out.</p>
      <Matrix coupling={coupling} />
      <p>{`BatchNorm: by ${formatNumber(mean, 2)} on average, at most by ${formatNumber(max, 2)} (${counted(samples.length, 'sample')} by pairs).${alone.length === 0 ? '' : ` ${alone.join(', ')}: by nothing.`}`}</p>
      <p class="qualifier">exact, by algebra from the samples' own statistics</p>
    </section>
  );
}

function Matrix({ coupling }: { readonly coupling: CouplingReport }) {
  const { theme } = useDrawing();
  const { samples, values, max } = coupling;
  const colours = theme.value;
  const [cell, setCell] = useState<HeatmapCell | null>(null);
  const picture = useMemo(() => {
    const mean = Float32Array.from(values);
    return { rows: samples.length, columns: samples.length, mean, min: mean, max: mean, flags: new Uint8Array(mean.length) };
  }, [samples, values]);
  const draw = useCallback(
    (size: PlotSize) => {
      const high = max > 0 ? max : 1;
      return heatmapChart(picture, { ...size, range: { low: -high, high, beyond: 0 }, map: colours.diverging, colours: colours.heatmap, mark: colours.foreground });
    },
    [picture, max, colours],
  );
  return (
    <figure>
      <Plot
        height={height}
        label={`Coupling of ${samples.length} samples: rows are samples whose output moves, columns samples left out; up to ${formatNumber(max, 2)}`}
        draw={draw}
        numbers={() => matrixTable(coupling)}
        onPoint={(chart, point) => setCell(point === null ? null : chart.cellAt(point.x, point.y))}
      />
      <figcaption class="caption">
        {cell !== null ? (
          <span class="readout">{`sample ${formatCount(samples[cell.row] ?? 0)} moves by ${formatNumber(cell.mean)} without sample ${formatCount(samples[cell.column] ?? 0)}`}</span>
        ) : (
          <>
            <span>rows: sample that moves, columns: sample left out</span>
            <span class="number">{`0 … ${formatNumber(max, 2)}`}</span>
          </>
        )}
      </figcaption>
      <Export name="coupling" caption={`Rows: sample that moves; columns: sample left out; colours from 0 to ${formatNumber(max, 2)}`} draw={draw} numbers={() => pictureNumbers(picture)} />
    </figure>
  );
}

/** No table is wider. */
const tableColumns = 16;

function matrixTable({ samples, values }: CouplingReport): PlotNumbers {
  const shown = samples.slice(0, tableColumns);
  return {
    columns: ['', ...shown.map(formatCount)],
    rows: samples.map((sample, row) => [formatCount(sample), ...shown.map((_, column) => formatNumber(values[row * samples.length + column] ?? NaN))]),
    note: shown.length < samples.length ? `The first ${formatCount(shown.length)} of ${formatCount(samples.length)} samples left out.` : '',
  };
}
