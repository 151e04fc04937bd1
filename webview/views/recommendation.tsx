import { isApplicable, type Report } from '../../src/core/analysis/report';
import { counted, formatCount, formatNumber, formatPercent } from '../../src/core/text/numbers';

/** What such a tensor typically gets, each reason with a number measured on it. */
export function Recommendation({ report }: { readonly report: Report }) {
  const { recommendation } = report;
  const method = report.methods.find(({ id }) => id === recommendation?.method);
  if (recommendation === null || method === undefined || !isApplicable(method)) return null;
  return (
    <section class="recommendation" data-panel="4" tabIndex={-1} aria-labelledby="recommendation">
      <h2 id="recommendation">4 · Where it belongs</h2>
      <p>Such a tensor typically takes <b class={`method-${method.id}`}>{method.label}</b>.</p>
      <ul>{recommendation.reasons.map((reason) => <li key={reason}>{reason}</li>)}</ul>
      <p class="qualifier">
        typical use, not a law: <a href="https://arxiv.org/abs/1607.06450">layer normalization</a>, <a href="https://arxiv.org/abs/1502.03167">batch normalization</a>,{' '}
        <a href="https://arxiv.org/abs/1803.08494">group normalization</a>
      </p>
      <MaskEffects report={report} />
    </section>
  );
}

/** What counting padded positions in would do to the statistics. */
function MaskEffects({ report: { mask, methods } }: { readonly report: Report }) {
  if (mask === null) return null;
  return (
    <>
      <p>{`${counted(mask.maskedPositions, 'position')} of ${formatCount(mask.positions)} (${formatPercent(mask.share)} of the elements) are left out: ${mask.source}. Counted in, they would move:`}</p>
      <table class="numbers">
        <thead>
          <tr>
            <th scope="col" />
            <th scope="col">means, at most</th>
            <th scope="col">variances, at most</th>
          </tr>
        </thead>
        <tbody>
          {methods.flatMap(({ id, label }) => {
            const effect = mask.withoutMask[id];
            return effect === undefined ? [] : [
              <tr key={id}>
                <th scope="row">{label}</th>
                <td title={`group ${effect.meanShiftGroup}`}>{effect.meanShift === null ? 'none' : `${formatNumber(effect.meanShift, 2)}\u202fσ`}</td>
                <td title={`group ${effect.varianceRatioGroup}`}>{effect.varianceRatio === null ? 'none' : `× ${formatNumber(effect.varianceRatio, 3)}`}</td>
              </tr>,
            ];
          })}
        </tbody>
      </table>
    </>
  );
}
