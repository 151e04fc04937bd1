import { useMemo } from 'preact/hooks';
import type { ComparedGroup, ComparedMethod, ComparedSeries } from '../../src/core/analysis/comparison';
import { formatCount, formatNumber } from '../../src/core/text/numbers';
import { useDrawing } from '../drawing';
import { OverlayPlot } from './overlayPlot';
import { ScatterPlot } from './scatterPlot';

/** Means and variances of both, by LayerNorm's groups and by BatchNorm's. */
export function ComparedMethods({ methods }: { readonly methods: readonly ComparedMethod[] }) {
  return (
    <>
      {methods.map((method) => (
        <section key={method.id} class={`comparedMethod method-${method.id}`} aria-label={`${method.label} of both`}>
          <h2><i class="swatch" />{method.label}</h2>
          <p class="qualifier">{`a mean and a variance for ${method.sharedBy[0]}${method.sharedBy[0] === method.sharedBy[1] ? '' : ` of the first, for ${method.sharedBy[1]} of the second`}`}</p>
          <div class="pair">
            <Statistic method={method} series={method.mean} what="mean" />
            <Statistic method={method} series={method.variance} what="variance" />
          </div>
        </section>
      ))}
    </>
  );
}

interface StatisticProps {
  readonly method: ComparedMethod;
  readonly series: ComparedSeries;
  readonly what: 'mean' | 'variance';
}

const mostMarked = 4;

function Statistic({ method, series: { one, other, worst }, what }: StatisticProps) {
  const { theme } = useDrawing();
  const { id, apart, sharedBy } = method;
  const noun = sharedBy[0].replace(/^each /, '');
  const marked = useMemo(() => worst.slice(0, mostMarked).map(({ group }) => group), [worst]);
  const spelled = (value: number | undefined) => formatNumber(value ?? NaN);
  return (
    <div>
      {apart === null && one.values !== null && other.values !== null && (
        <ScatterPlot
          name={`compared-${what}-${id}`}
          label={`${what} for ${sharedBy[0]}, ${formatCount(one.size)} in all: on the diagonal where both are the same`}
          x={one.values}
          y={other.values}
          xLabel={`${what} of the first`}
          yLabel={`${what} of the second`}
          noun={noun}
          colour={theme.value.methods[id]}
          log={what === 'variance' ? 'both' : 'none'}
          reference="diagonal"
          marked={marked}
          told={(group) => `${noun} ${formatCount(group)}: ${spelled(one.values?.[group])} against ${spelled(other.values?.[group])}`}
        />
      )}
      {one.size + other.size > 2 && (
        <OverlayPlot name={`compared-${what}s-${id}`} bars={{ label: 'first', histogram: one.histogram }} line={{ label: 'second', histogram: other.histogram }} what={`${what}s`} noun="group" method={id} />
      )}
      <Worst groups={worst} noun={noun} what={what} />
    </div>
  );
}

function Worst({ groups, noun, what }: { readonly groups: readonly ComparedGroup[]; readonly noun: string; readonly what: 'mean' | 'variance' }) {
  if (groups.length === 0) return null;
  return (
    <p class="qualifier">
      {`${what === 'mean' ? 'Means' : 'Variances'} farthest apart: `}
      {groups.slice(0, 5).map(({ group, one, other, distance }, index) => (
        <span key={group} title={`${one} against ${other}`}>
          {`${index === 0 ? '' : ', '}${noun} ${formatCount(group)} by ${what === 'mean' ? `${formatNumber(distance, 2)}\u202fσ` : `×${formatNumber(other / one, 3)}`}`}
        </span>
      ))}
    </p>
  );
}
