import { useMemo } from 'preact/hooks';
import type { Report, RunningAverages, RunningChannel } from '../../src/core/analysis/report';
import { runningText } from '../../src/core/analysis/runningAverages';
import { formatCount, formatNumber } from '../../src/core/text/numbers';
import type { Attachment } from '../../src/protocol/attachments';
import type { ViewOptions } from '../../src/protocol/messages';
import { powersFor, type Curve } from '../charts/curve';
import { CurvePlot } from './curvePlot';
import { Inference } from './inference';

interface TrainingProps {
  readonly report: Report;
  readonly options: ViewOptions;
  readonly attachments: readonly Attachment[];
  setOptions(options: ViewOptions): void;
}

const momenta = [0.5, 0.1, 0.01, 0.001] as const;
/** Its default. */
const pytorch = 0.1;
const sizes = [2, 4, 8, 16, 32, 64, 128, 256] as const;

/**
 * What training remembers: BatchNorm's running averages over mini-batches of this tensor, against its own statistics; and what inference
 * makes of them, or of a checkpoint's.
 */
export function Training({ report, options, attachments, setOptions }: TrainingProps) {
  const { runningAverages, inference } = report;
  if (runningAverages === null && inference === null) return null;
  return (
    <section class="training" data-panel="3" tabIndex={-1} aria-labelledby="training">
      <h2 id="training">3 · Training and inference</h2>
      <p class="note">
        In training BatchNorm uses the batch's statistics, in inference running averages of them. LayerNorm is the same in both.
      </p>
      {runningAverages !== null && 'notApplicable' in runningAverages && <p class="note">{`No running averages: ${runningAverages.notApplicable}.`}</p>}
      {runningAverages !== null && 'points' in runningAverages && <Averages averages={runningAverages} options={options} setOptions={setOptions} />}
      {inference !== null && <Inference report={report} inference={inference} attachments={attachments} />}
    </section>
  );
}

interface AveragesProps extends Pick<TrainingProps, 'options' | 'setOptions'> {
  readonly averages: RunningAverages;
}

function Averages({ averages, options, setOptions }: AveragesProps) {
  const { momentum, batchSize } = averages;
  return (
    <>
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
      <Distance averages={averages} />
      {runningText(averages).map((sentence) => <p key={sentence}>{sentence}</p>)}
      <Worst title="Means farthest off" unit=" σ" channels={averages.worstMeans} format={(distance) => formatNumber(distance, 2)} />
      <Worst title="Variances farthest off" unit="×" channels={averages.worstVariances} format={(distance) => formatNumber(Math.exp(distance), 3)} />
    </>
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
  const powersFrom = useMemo(() => powersFor(points.map(({ mean }) => mean.median), points.map(({ mean }) => mean.max)), [points]);
  return (
    <CurvePlot
      name="running-averages"
      curves={curves}
      x="linear"
      xLabel="steps"
      yLabel={`distance from the tensor's means, in σ${powersFrom === undefined ? '' : `, by powers of ten above ${formatNumber(powersFrom)}`}`}
      powersFrom={powersFrom}
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
