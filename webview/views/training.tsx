import { useMemo } from 'preact/hooks';
import type { Report, RunningAverages, RunningChannel } from '../../src/core/analysis/report';
import { runningText } from '../../src/core/analysis/runningAverages';
import { formatCount, formatNumber } from '../../src/core/text/numbers';
import type { ViewOptions } from '../../src/protocol/messages';
import type { Curve } from '../charts/curve';
import { CurvePlot } from './curvePlot';

interface TrainingProps {
  readonly report: Report;
  readonly options: ViewOptions;
  setOptions(options: ViewOptions): void;
}

const momenta = [0.5, 0.1, 0.01, 0.001] as const;
/** Its default. */
const pytorch = 0.1;
const sizes = [2, 4, 8, 16, 32, 64, 128, 256] as const;

/** What training remembers: BatchNorm's running averages over mini-batches of this tensor, against its own statistics. */
export function Training({ report, options, setOptions }: TrainingProps) {
  const { runningAverages } = report;
  if (runningAverages === null) return null;
  if ('notApplicable' in runningAverages) {
    return (
      <section class="training" data-panel="3" tabIndex={-1} aria-labelledby="training">
        <h2 id="training">3 · Training and inference</h2>
        <p class="note">{`No running averages: ${runningAverages.notApplicable}.`}</p>
      </section>
    );
  }
  const { momentum, batchSize } = runningAverages;
  return (
    <section class="training" data-panel="3" tabIndex={-1} aria-labelledby="training">
      <h2 id="training">3 · Training and inference</h2>
      <p class="note">
        In training BatchNorm uses the batch's statistics, in inference running averages of them. LayerNorm is the same in both.
      </p>
      <div class="options" role="group" aria-label="Running averages">
        <label>
          momentum
          <select value={String(momentum)} onChange={({ currentTarget: { value } }) => setOptions({ ...options, momentum: value === 'cumulative' ? value : Number(value) })}>
            {momenta.map((value) => <option key={value} value={value}>{value === pytorch ? `${value} (PyTorch)` : value}</option>)}
            <option value="cumulative">average of all</option>
          </select>
        </label>
        <label>
          batch of
          <select value={batchSize} onChange={({ currentTarget: { value } }) => setOptions({ ...options, batchSize: Number(value) })}>
            {[...new Set([...sizes, batchSize])].sort((a, b) => a - b).map((value) => <option key={value} value={value}>{value}</option>)}
          </select>
        </label>
        {options.batchSize === undefined && <span class="qualifier">{`assumed: batches of ${batchSize}`}</span>}
      </div>
      <Distance averages={runningAverages} />
      {runningText(runningAverages).map((sentence) => <p key={sentence}>{sentence}</p>)}
      <Worst title="Means farthest off" unit=" σ" channels={runningAverages.worstMeans} format={(distance) => formatNumber(distance, 2)} />
      <Worst title="Variances farthest off" unit="×" channels={runningAverages.worstVariances} format={(distance) => formatNumber(Math.exp(distance), 3)} />
    </section>
  );
}

function Distance({ averages }: { readonly averages: RunningAverages }) {
  const { points } = averages;
  const curves = useMemo((): Curve[] => {
    const x = points.map(({ step }) => step);
    return [
      { id: 'layer', label: 'LayerNorm', x, y: x.map(() => 0) },
      { id: 'batch', label: 'running means, median', x, y: points.map(({ mean }) => mean.median) },
      { id: 'worst', label: 'farthest channel', x, y: points.map(({ mean }) => mean.max), dashed: true },
    ];
  }, [points]);
  return (
    <CurvePlot
      curves={curves}
      x="linear"
      xLabel="steps"
      yLabel="distance from the tensor's means, in σ"
      label={`Distance of the running means from those of the tensor after each of ${averages.steps} batches`}
      formatX={formatCount}
      formatY={(value) => `${formatNumber(value, 2)}`}
    />
  );
}

interface WorstProps {
  readonly title: string;
  readonly unit: string;
  readonly channels: readonly RunningChannel[];
  format(distance: number): string;
}

function Worst({ title, unit, channels, format }: WorstProps) {
  if (channels.length === 0) return null;
  return (
    <p class="qualifier">
      {`${title}: `}
      {channels.slice(0, 5).map(({ channel, running, population, distance }, index) => (
        <span key={channel} title={`running ${running}, of the tensor ${population}`}>{`${index === 0 ? '' : ', '}channel ${formatCount(channel)} by ${format(distance)}${unit}`}</span>
      ))}
    </p>
  );
}
