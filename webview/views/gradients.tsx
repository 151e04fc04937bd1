import { useMemo } from 'preact/hooks';
import { gradientText, type GradientReport } from '../../src/core/analysis/gradientReport';
import type { Report } from '../../src/core/analysis/report';
import { formatCount, formatNumber } from '../../src/core/text/numbers';
import type { Curve } from '../charts/curve';
import { CurvePlot } from './curvePlot';

/** What an upstream gradient becomes on its way through LayerNorm and through BatchNorm. */
export function GradientPanel({ report: { gradients, mask } }: { readonly report: Report }) {
  if (gradients === null) return null;
  return (
    <section class="gradients" data-panel="6" tabIndex={-1} aria-labelledby="gradients">
      <h2 id="gradients">6 · Gradients</h2>
      {'notApplicable' in gradients ? (
        <p class="note">{`No gradient: ${gradients.notApplicable}.`}</p>
      ) : (
        <>
          <p class="note">What is left of each sample's upstream gradient behind the normalization. LayerNorm keeps samples apart; through BatchNorm each one's has part of every other's in it.</p>
          <Norms gradients={gradients} />
          {gradientText(gradients).map((sentence) => <p key={sentence}>{sentence}</p>)}
          <p class="qualifier">{`L2 norms of dX by sample, in training; exact, float64${mask === null ? '' : '; masked positions are in no statistic and in no loss'}`}</p>
        </>
      )}
    </section>
  );
}

function Norms({ gradients: { upstream, methods } }: { readonly gradients: GradientReport }) {
  const curves = useMemo((): Curve[] => {
    const curve = (id: string, label: string, norms: Float64Array | null, dashed: boolean): Curve[] =>
      norms === null ? [] : [{ id, label, x: [...norms.keys()], y: [...norms], dashed }];
    return [...curve('upstream', 'upstream', upstream, true), ...methods.flatMap(({ id, label, norms }) => curve(id, label, norms, false))];
  }, [upstream, methods]);
  if (upstream === null || upstream.length < 2) return null;
  return (
    <CurvePlot
      name="gradients"
      curves={curves}
      x="linear"
      xLabel="sample"
      yLabel="norm of the gradient"
      label={`Norms of the gradients of ${formatCount(upstream.length)} samples: upstream, and behind ${methods.map(({ label }) => label).join(' and ')}`}
      formatX={formatCount}
      formatY={(value) => formatNumber(value, 3)}
    />
  );
}
