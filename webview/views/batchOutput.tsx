import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import type { BatchOutput, BatchOutputs } from '../../src/core/analysis/batchOutputs';
import type { Histogram, Report } from '../../src/core/analysis/report';
import { elementCount } from '../../src/core/tensor/tensor';
import { counted, formatCount, formatNumber, formatPercent } from '../../src/core/text/numbers';
import type { Phase, ViewOptions } from '../../src/protocol/messages';
import { batchOutputChart, batchOutputNumbers, outputHistogram, outputMax } from '../charts/batchOutput';
import { binWidth, totalOf, type Bin } from '../charts/bins';
import { useDrawing } from '../drawing';
import { Export } from '../export/export';
import { XAxis } from './axis';
import { Plot, type PlotSize } from './plot';
import type { PlotNumbers } from './plotTable';

export interface KeptBatchOutput {
  readonly open: boolean;
  /** Samples in a batch; null: the fewest that there are. */
  readonly n: number | null;
}

interface BatchOutputProps {
  readonly report: Report;
  readonly phase: Phase;
  readonly options: ViewOptions;
  setOptions(options: ViewOptions): void;
  readonly kept: KeptBatchOutput | undefined;
  keep(part: KeptBatchOutput): void;
}

const height = 140;
/** What PyTorch says where a channel has a single element. */
export const pytorchRaises = 'Expected more than 1 value per channel when training';

/** BatchNorm's output at a batch size that a slider chooses, and LayerNorm's beside it. Asked for when it is opened. */
export function BatchOutputSection({ report, phase, options, setOptions, kept, keep }: BatchOutputProps) {
  const [state, setState] = useState(kept ?? { open: false, n: null });
  const change = (part: Partial<KeptBatchOutput>) => {
    setState({ ...state, ...part });
    keep({ ...state, ...part });
  };
  const missing = state.open && options.batchOutputs !== true;
  useEffect(() => {
    if (missing) setOptions({ ...options, batchOutputs: true });
  }, [missing]);
  const found = report.batchOutputs;
  return (
    <details class="batchOutput" open={state.open} onToggle={({ currentTarget: { open } }) => open !== state.open && change({ open })}>
      <summary>Outputs by batch size</summary>
      {state.open &&
        (found === undefined ? (
          <p class="qualifier">{phase === 'computing' ? 'Computing' : 'Not computed'}</p>
        ) : 'notApplicable' in found ? (
          <p class="qualifier">Not drawn: {found.notApplicable}.</p>
        ) : (
          <Outputs report={report} outputs={found} n={state.n} choose={(n) => change({ n })} />
        ))}
    </details>
  );
}

interface OutputsProps {
  readonly report: Report;
  readonly outputs: BatchOutputs;
  readonly n: number | null;
  choose(n: number): void;
}

function Outputs({ report, outputs, n, choose }: OutputsProps) {
  const { sizes, raisesAt, draws, samples, elements } = outputs;
  const steps = [...(raisesAt === null ? [] : [raisesAt]), ...sizes.map((size) => size.n)];
  const at = Math.max(0, n === null ? steps.indexOf(sizes[0]?.n ?? 0) : steps.indexOf(n));
  const chosen = sizes.find((size) => size.n === steps[at]);
  const all = steps.at(-1) ?? 0;
  const total = elementCount(report.tensor.shape);
  return (
    <>
      <label class="slider">
        samples in a batch
        <input type="range" min={0} max={steps.length - 1} step={1} value={at} aria-valuetext={counted(steps[at] ?? 0, 'sample')} onInput={({ currentTarget: { value } }) => choose(steps[Number(value)] ?? all)} />
        <output class="number">{formatCount(steps[at] ?? 0)}</output>
      </label>
      {chosen === undefined ? (
        <p class="raises">{`PyTorch raises: “${pytorchRaises}”. With ${counted(steps[at] ?? 0, 'sample')} a channel has one element, and its variance is 0.`}</p>
      ) : (
        <>
          <OutputPlot report={report} outputs={outputs} output={chosen} />
          <p>
            {chosen.n === all
              ? `All ${formatCount(all)} samples in one batch.`
              : `An output lies ${formatNumber(chosen.distance, 2)}\u202fσ from what it is with all ${formatCount(all)} samples in the batch (root mean square); LayerNorm’s stays where it is.`}
          </p>
        </>
      )}
      <p class="qualifier">
        {`Bars: the mean over ${formatCount(draws)} batches drawn from ${counted(samples, 'sample')}; thin lines: the least and the most of them. `}
        {elements < total ? `Sampled: outputs of ${formatCount(elements)} of ${formatCount(total)} elements, statistics of all.` : 'Exact: of every element.'}
      </p>
    </>
  );
}

interface OutputPlotProps {
  readonly report: Report;
  readonly outputs: BatchOutputs;
  readonly output: BatchOutput;
}

function OutputPlot({ report, outputs, output }: OutputPlotProps) {
  const { theme } = useDrawing();
  const { methods, foreground } = theme.value;
  const [bin, setBin] = useState<Bin | null>(null);
  const view = report.views.find(({ id }) => id === 'layer')?.histogram ?? null;
  // With γ and β it would be another picture than that of x̂.
  const layer = view !== null && !report.affine.includes('layer') && view.low === outputs.low && view.high === outputs.high ? view : null;
  const yMax = useMemo(() => outputMax(outputs, layer), [outputs, layer]);
  const draw = useCallback(
    (size: PlotSize) => batchOutputChart(outputs, output, layer, { ...size, yMax, colour: methods.batch, layer: methods.layer, band: foreground }),
    [outputs, output, layer, yMax, methods, foreground],
  );
  return (
    <figure>
      <Plot
        height={height}
        label={`Distribution of BatchNorm's output with ${counted(output.n, 'sample')} in a batch${layer === null ? '' : ', and of LayerNorm’s'}, from ${formatNumber(outputs.low)} to ${formatNumber(outputs.high)}\u202fσ`}
        draw={draw}
        numbers={() => shareTable(outputs, output)}
        onPoint={(chart, point) => setBin(point === null ? null : chart.binAt(point.x))}
        overlay={(chart, size) => (
          <>
            <XAxis ticks={chart.xTicks} size={size} unit={'\u202fσ'} />
            {chart.spikes.map(({ x, share }) => (
              <span key={x} class={`spike ${x > size.width * 0.75 ? 'before' : ''}`} style={{ left: `${x}px` }}>▴ {formatPercent(share)}</span>
            ))}
          </>
        )}
      />
      <figcaption class="caption">
        {bin !== null ? (
          <span class="readout">{binText(outputs, output, layer, bin)}</span>
        ) : (
          <>
            <span class="legend">
              <span class="key curve-batch"><i class="dot" />BatchNorm</span> {layer !== null && <span class="key curve-layer"><i class="dash" />LayerNorm</span>}
            </span>
            <span>{output.below + output.above > 0 && <span class="beyond">{formatPercent(output.below + output.above)} beyond</span>}</span>
            <span>values, in σ</span>
          </>
        )}
      </figcaption>
      <Export name="batch-outputs" caption={`Density of BatchNorm's output with ${counted(output.n, 'sample')} in a batch, in σ; thin lines: the least and the most of ${outputs.draws} draws`} draw={draw} numbers={() => batchOutputNumbers(outputs)} />
    </figure>
  );
}

/** `−0.5 … −0.4 σ: 3.1 % (2.2 % … 4 %), LayerNorm 3 %`. */
function binText(outputs: BatchOutputs, output: BatchOutput, layer: Histogram | null, { low, high, share }: Bin): string {
  const bin = Math.round((low - outputs.low) / binWidth(outputHistogram(outputs, output)));
  const range = output.least[bin] === output.most[bin] ? '' : ` (${formatPercent(output.least[bin] ?? NaN)} … ${formatPercent(output.most[bin] ?? NaN)})`;
  const other = layer === null ? '' : `, LayerNorm ${formatPercent((layer.counts[bin] ?? 0) / totalOf(layer))}`;
  return `${formatNumber(low)} … ${formatNumber(high)}\u202fσ: ${formatPercent(share)}${range}${other}`;
}

function shareTable(outputs: BatchOutputs, output: BatchOutput): PlotNumbers {
  const width = binWidth(outputHistogram(outputs, output));
  const filled = [...output.mean.keys()].filter((bin) => (output.most[bin] ?? 0) > 0);
  return {
    columns: ['from … to', 'mean', 'least', 'most'],
    rows: filled.map((bin) => [`${formatNumber(outputs.low + bin * width)} … ${formatNumber(outputs.low + (bin + 1) * width)}`, ...[output.mean, output.least, output.most].map((shares) => formatPercent(shares[bin] ?? NaN))]),
    note: filled.length === output.mean.length ? '' : `${counted(output.mean.length - filled.length, 'empty bin')} left out.`,
  };
}
