import type { Report } from '../../src/core/analysis/report';

/** What the two normalizations do to this tensor, in words made of measured numbers. */
export function Answer({ report }: { readonly report: Report }) {
  if (report.answer.length === 0) return null;
  return (
    <section class="answer" aria-label="Answer">
      {report.answer.map((sentence) => <p key={sentence}>{sentence}</p>)}
    </section>
  );
}
