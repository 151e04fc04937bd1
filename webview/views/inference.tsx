import { useMemo } from 'preact/hooks';
import type { Inference as InferenceReport, InferenceChannel } from '../../src/core/analysis/inference';
import { inferenceText } from '../../src/core/analysis/inferenceText';
import type { Report } from '../../src/core/analysis/report';
import { formatCount, formatNumber } from '../../src/core/text/numbers';
import type { Attachment } from '../../src/protocol/attachments';
import { useDrawing } from '../drawing';
import { OverlayPlot } from './overlayPlot';
import { ScatterPlot } from './scatterPlot';

interface InferenceProps {
  readonly report: Report;
  readonly inference: InferenceReport;
  readonly attachments: readonly Attachment[];
}

/** What the output of inference is beside that of training, channel by channel. */
export function Inference({ report, inference, attachments }: InferenceProps) {
  const { theme } = useDrawing();
  const { shift, scale, worstShifts, worstScales, histograms, from } = inference;
  const colour = theme.value.methods.batch;
  const marked = useMemo(() => [...new Set([...worstShifts.slice(0, 3), ...worstScales.slice(0, 3)].map(({ channel }) => channel))], [worstShifts, worstScales]);
  const running = attachments.find(({ role }) => role === 'runningMean');
  const source = from === 'given' && running !== undefined ? `running statistics: ${running.sameFile ? '' : `${running.fileName} `}${running.tensorName}${running.found ? ', found by their name' : ''}` : 'running averages of this tensor’s own batches, after the last';
  const affine = report.views.find(({ id }) => id === 'batch')?.affine;
  return (
    <section class="inference" aria-labelledby="inference">
      <h3 id="inference">Inference against training</h3>
      {inferenceText(inference).map((sentence) => <p key={sentence}>{sentence}</p>)}
      {shift !== null && scale !== null && (
        <ScatterPlot
          name="inference-channels"
          label={`Shift and scale of ${formatCount(shift.length)} channels from training to inference; where both are the same, 0 and 1`}
          x={shift}
          y={scale}
          xLabel="shift, in running deviations"
          yLabel="scale: output in inference by output in training"
          noun="channel"
          colour={colour}
          log="y"
          reference={same}
          marked={marked}
          told={(channel) => `channel ${formatCount(channel)}: ×${formatNumber(scale[channel] ?? NaN, 3)}, ${signed(shift[channel] ?? NaN)}\u202fσ`}
        />
      )}
      {histograms !== null && (
        <OverlayPlot
          name="inference-output"
          bars={{ label: 'training', histogram: histograms.training }}
          line={{ label: 'inference', histogram: histograms.inference }}
          what={`BatchNorm’s output, ${affine === undefined ? 'in σ' : `with ${affine}`}`}
          noun="value"
          method="batch"
        />
      )}
      <Worst title="Moved farthest" channels={worstShifts} text={({ shift: by }) => `by ${signed(by)}\u202fσ`} />
      <Worst title="Scaled most" channels={worstScales} text={({ scale: by }) => `×${formatNumber(by, 3)}`} />
      <p class="qualifier">{`${source}; exact, by algebra from both statistics, before γ and β`}</p>
    </section>
  );
}

const same = { x: 0, y: 1 } as const;

function signed(value: number): string {
  return value > 0 ? `+${formatNumber(value, 3)}` : formatNumber(value, 3);
}

function Worst({ title, channels, text }: { readonly title: string; readonly channels: readonly InferenceChannel[]; text(channel: InferenceChannel): string }) {
  if (channels.length === 0) return null;
  return (
    <p class="qualifier">
      {`${title}: `}
      {channels.slice(0, 5).map((of, index) => (
        <span key={of.channel} title={`mean ${of.mean}, running ${of.runningMean}; variance ${of.variance}, running ${of.runningVariance}`}>
          {`${index === 0 ? '' : ', '}channel ${formatCount(of.channel)} ${text(of)}`}
        </span>
      ))}
    </p>
  );
}
