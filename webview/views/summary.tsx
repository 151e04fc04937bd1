import type { ComponentChildren } from 'preact';
import type { Report } from '../../src/core/analysis/report';
import { extremesOf, quantileNote } from '../../src/core/analysis/statistics';
import { elementCount } from '../../src/core/tensor/tensor';
import { formatPercent } from '../../src/core/text/numbers';
import { Count, Num } from './number';

/** The tensor as a whole: counts, then moments over its finite elements. */
export function Summary({ report }: { readonly report: Report }) {
  const { statistics: all } = report;
  const { min, max } = extremesOf(all);
  const masked = report.mask?.maskedElements ?? 0;
  const read = (all.count + all.nan + all.posInf + all.negInf + masked) / elementCount(report.tensor.shape);
  return (
    <section class="summary" aria-label="Summary">
      <dl>
        <Entry name="finite"><Count value={all.count} /></Entry>
        <Entry name="NaN" bad={all.nan > 0}><Count value={all.nan} /></Entry>
        <Entry name="+Inf" bad={all.posInf > 0}><Count value={all.posInf} /></Entry>
        <Entry name="−Inf" bad={all.negInf > 0}><Count value={all.negInf} /></Entry>
        <Entry name="zeros"><Count value={all.zeros} /></Entry>
        {all.subnormal !== null && all.subnormal > 0 && <Entry name="subnormal"><Count value={all.subnormal} /></Entry>}
        <Entry name="mean"><Num value={all.mean} /></Entry>
        <Entry name="std"><Num value={all.std} /></Entry>
        <Entry name="min"><Num value={min} /></Entry>
        {all.quantiles !== null && <Quantiles of={all.quantiles} />}
        <Entry name="max"><Num value={max} /></Entry>
        <Entry name="skewness"><Num value={all.skewness} /></Entry>
        <Entry name="excess kurtosis"><Num value={all.excessKurtosis} /></Entry>
      </dl>
      <p class="qualifier">
        {read === 0 ? 'being counted' : read < 1 ? `of the first ${formatPercent(read)}` : [all.exact ? 'exact, float64' : 'fast mode, within 1e-6', quantileNote(all)].filter(Boolean).join('; ')}
        {masked > 0 && `, without ${formatPercent(masked / elementCount(report.tensor.shape))} masked`}
      </p>
    </section>
  );
}

/** Between the least and the greatest value: three of the seven, the others are on the command line. */
function Quantiles({ of: quantiles }: { readonly of: Readonly<Record<string, number>> }) {
  return (
    <>
      <Entry name={formatPercent(0.01)}><Num value={quantiles['0.01'] ?? null} /></Entry>
      <Entry name="median"><Num value={quantiles['0.5'] ?? null} /></Entry>
      <Entry name={formatPercent(0.99)}><Num value={quantiles['0.99'] ?? null} /></Entry>
    </>
  );
}

function Entry({ name, bad = false, children }: { readonly name: string; readonly bad?: boolean; readonly children: ComponentChildren }) {
  return (
    <div class={bad ? 'bad' : undefined}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
