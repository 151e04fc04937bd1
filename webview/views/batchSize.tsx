import type { Report } from '../../src/core/analysis/report';
import { counted, formatCount, formatNumber, formatPercent } from '../../src/core/text/numbers';

/** How BatchNorm's statistics scatter when fewer samples make a batch. LayerNorm's do not depend on it. */
export function BatchSize({ report }: { readonly report: Report }) {
  const { batchSize, resampling } = report;
  if (batchSize.length === 0) return null;
  const most = Math.max(...batchSize.map(({ relativeStdOfVariance: share }) => (Number.isFinite(share) ? share : 0)));
  const drawn = resampling !== null;
  return (
    <section class="batchSize" aria-labelledby="batchSize">
      <h2 id="batchSize">Batch size</h2>
      <p class="note">BatchNorm's statistics by samples in a batch. LayerNorm's come from one sample and do not change with it.</p>
      <table>
        <thead>
          <tr>
            <th scope="col">samples</th>
            <th scope="col">mean ±</th>
            {drawn && <th scope="col">as drawn</th>}
            <th scope="col">variance ±</th>
            {drawn && <th scope="col">as drawn</th>}
            <th aria-hidden="true" />
          </tr>
        </thead>
        <tbody>
          {batchSize.map(({ n, relativeStdOfMean, relativeStdOfVariance, resampledStdOfMean, resampledStdOfVariance }) => (
            <tr key={n}>
              <th scope="row">{formatCount(n)}</th>
              <Cell value={relativeStdOfMean} text={inSigma} />
              {drawn && <Cell value={resampledStdOfMean} text={inSigma} />}
              <Cell value={relativeStdOfVariance} text={formatPercent} />
              {drawn && <Cell value={resampledStdOfVariance} text={formatPercent} />}
              <td class="bar" aria-hidden="true"><Bar share={relativeStdOfVariance / most} /></td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="qualifier">
        standard deviations, by formula from the correlation inside this tensor's samples; Gaussian elements assumed
        {drawn && `. As drawn: over ${formatCount(resampling.draws)} batches out of ${counted(resampling.samples, 'sample')}, ${counted(resampling.channels, 'channel')}; no distribution assumed`}
      </p>
    </section>
  );
}

function inSigma(value: number): string {
  return `${formatNumber(value, 2)}\u202fσ`;
}

function Cell({ value, text }: { readonly value: number | null; readonly text: (value: number) => string }) {
  return value === null ? <td /> : <td title={String(value)}>{text(value)}</td>;
}

function Bar({ share }: { readonly share: number }) {
  return <svg viewBox="0 0 100 8" preserveAspectRatio="none"><rect width={Math.min(100, 100 * share) || 0} height="8" /></svg>;
}
