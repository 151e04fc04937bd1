import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Report } from '../../src/core/analysis/report';
import { counted, formatCount, formatNumber, formatPercent } from '../../src/core/text/numbers';
import type { Curve } from '../charts/curve';
import { pytorchRaises } from './batchOutput';
import { CurvePlot } from './curvePlot';

/** How BatchNorm's statistics scatter when fewer samples make a batch. LayerNorm's do not depend on it. */
export function BatchSize({ report, children }: { readonly report: Report; readonly children?: ComponentChildren }) {
  const { batchSize, resampling } = report;
  const raises = batchSize.find((point) => point.raises)?.n ?? null;
  const curves = useMemo((): Curve[] => {
    const x = batchSize.map(({ n }) => n);
    return [
      { id: 'layer', label: 'LayerNorm', x, y: x.map(() => 0) },
      { id: 'batch', label: 'BatchNorm, by formula', x, y: batchSize.map((point) => finite(point.relativeStdOfVariance)) },
      ...(resampling === null ? [] : [{ id: 'drawn', label: 'as drawn', x, y: batchSize.map((point) => point.resampledStdOfVariance), points: true }]),
    ];
  }, [batchSize, resampling]);
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
            {batchSize.map(({ n, raises: refused, relativeStdOfMean, relativeStdOfVariance, resampledStdOfMean, resampledStdOfVariance, effectiveN }) => (
              <tr key={n}>
                <th scope="row">{formatCount(n)}</th>
                <Cell value={relativeStdOfMean} text={inSigma} />
                {drawn && <Cell value={resampledStdOfMean} text={inSigma} />}
                {refused ? <td title={String(relativeStdOfVariance)}>PyTorch raises</td> : <Cell value={relativeStdOfVariance} text={uncertain} />}
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

function spoken({ batchSize }: Report): string {
  return batchSize.map(({ n, raises, relativeStdOfVariance }) => `${n}: ${raises ? 'PyTorch raises' : uncertain(relativeStdOfVariance)}`).join(', ');
}

/** A variance that is 0 whatever the sample has no scatter of its own size. */
function uncertain(share: number): string {
  return Number.isFinite(share) ? formatPercent(share) : 'always 0';
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function inSigma(value: number): string {
  return `${formatNumber(value, 2)}\u202fσ`;
}

function Cell({ value, text }: { readonly value: number | null; readonly text: (value: number) => string }) {
  return value === null ? <td /> : <td title={String(value)}>{text(value)}</td>;
}
