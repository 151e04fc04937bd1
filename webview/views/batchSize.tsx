import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import { isApplicable, type Report } from '../../src/core/analysis/report';
import { counted, formatCount, formatNumber, formatPercent } from '../../src/core/text/numbers';
import type { Curve } from '../charts/curve';
import { pytorchRaises } from './batchOutput';
import { CurvePlot } from './curvePlot';

/** How BatchNorm's statistics scatter when fewer samples make a batch. LayerNorm's do not depend on it. */
export function BatchSize({ report, children }: { readonly report: Report; readonly children?: ComponentChildren }) {
  const { batchSize, resampling } = report;
  const raises = raisesAt(report);
  const curves = useMemo((): Curve[] => {
    const x = batchSize.map(({ n }) => n);
    const from = raises === null ? x : [raises, ...x];
    return [
      { id: 'layer', label: 'LayerNorm', x: from, y: from.map(() => 0) },
      { id: 'batch', label: 'BatchNorm, by formula', x, y: batchSize.map((point) => point.relativeStdOfVariance) },
      ...(resampling === null ? [] : [{ id: 'drawn', label: 'as drawn', x, y: batchSize.map((point) => point.resampledStdOfVariance), points: true }]),
    ];
  }, [batchSize, resampling, raises]);
  if (batchSize.length === 0) return null;
  const drawn = resampling !== null;
  return (
    <section class="batchSize" data-panel="2" tabIndex={-1} aria-labelledby="batchSize">
      <h2 id="batchSize">2 · Batch size</h2>
      <p class="note">How far BatchNorm's variances scatter by samples in a batch. LayerNorm's come from one sample and do not change with it.</p>
      <CurvePlot
        name="batch-size"
        curves={curves}
        x="powers"
        xLabel="samples in a batch"
        yLabel="standard deviation of the variance"
        label={`Scatter of BatchNorm's variances by batch size; ${spoken(report)}`}
        mark={raises === null ? undefined : { x: raises, label: 'PyTorch raises', title: pytorchRaises }}
        formatX={formatCount}
        formatY={formatPercent}
      />
      {children}
      <details>
        <summary>Table</summary>
        <table>
          <thead>
            <tr>
              <th scope="col">samples</th>
              <th scope="col">mean ±</th>
              {drawn && <th scope="col">as drawn</th>}
              <th scope="col">variance ±</th>
              {drawn && <th scope="col">as drawn</th>}
              <th scope="col">effective n</th>
            </tr>
          </thead>
          <tbody>
            {batchSize.map(({ n, relativeStdOfMean, relativeStdOfVariance, resampledStdOfMean, resampledStdOfVariance, effectiveN }) => (
              <tr key={n}>
                <th scope="row">{formatCount(n)}</th>
                <Cell value={relativeStdOfMean} text={inSigma} />
                {drawn && <Cell value={resampledStdOfMean} text={inSigma} />}
                <Cell value={relativeStdOfVariance} text={formatPercent} />
                {drawn && <Cell value={resampledStdOfVariance} text={formatPercent} />}
                <Cell value={effectiveN} text={(value) => formatNumber(value, 3)} />
              </tr>
            ))}
          </tbody>
        </table>
      </details>
      <p class="qualifier">
        standard deviations, by formula from the correlation inside this tensor's samples; Gaussian elements assumed
        {drawn && `. As drawn: over ${formatCount(resampling.draws)} batches out of ${counted(resampling.samples, 'sample')}, ${counted(resampling.channels, 'channel')}; no distribution assumed`}
      </p>
    </section>
  );
}

/** One sample, where a channel has one element of it: that has no variance. Null where it has several. */
function raisesAt({ batchSize, methods, mask }: Report): number | null {
  const batch = methods.filter(isApplicable).find(({ id }) => id === 'batch');
  return mask === null && batch !== undefined && batch.elementsPerGroup === batchSize.at(-1)?.n ? 1 : null;
}

function spoken({ batchSize }: Report): string {
  return batchSize.map(({ n, relativeStdOfVariance }) => `${n}: ${formatPercent(relativeStdOfVariance)}`).join(', ');
}

function inSigma(value: number): string {
  return `${formatNumber(value, 2)}\u202fσ`;
}

function Cell({ value, text }: { readonly value: number | null; readonly text: (value: number) => string }) {
  return value === null ? <td /> : <td title={String(value)}>{text(value)}</td>;
}
