import { isApplicable, type Report } from '../../src/core/analysis/report';

/** What such a tensor typically gets, each reason with a number measured on it. */
export function Recommendation({ report }: { readonly report: Report }) {
  const { recommendation } = report;
  const method = report.methods.find(({ id }) => id === recommendation?.method);
  if (recommendation === null || method === undefined || !isApplicable(method)) return null;
  return (
    <section class="recommendation" aria-labelledby="recommendation">
      <h2 id="recommendation">Where it belongs</h2>
      <p>Such a tensor typically takes <b class={`method-${method.id}`}>{method.label}</b>.</p>
      <ul>{recommendation.reasons.map((reason) => <li key={reason}>{reason}</li>)}</ul>
      <p class="qualifier">typical use, not a law</p>
    </section>
  );
}
