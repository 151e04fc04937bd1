import type { ComponentChildren } from 'preact';
import type { ComparedTensor, Comparison } from '../../src/core/analysis/comparison';
import { comparisonText } from '../../src/core/analysis/comparisonText';
import { extremesOf } from '../../src/core/analysis/statistics';
import { formatCount, formatNumber, formatShape } from '../../src/core/text/numbers';
import type { ComparedState } from '../../src/protocol/attachments';
import type { EditorState } from '../../src/protocol/messages';
import { ComparedMethods } from './comparedMethods';
import { OverlayPlot } from './overlayPlot';
import { Status } from './status';

interface CompareProps {
  readonly state: EditorState;
  readonly comparison: ComparedState;
  back(): void;
  another(): void;
  retry(): void;
  cancel(): void;
}

/** One tensor beside another, on the same axes: the first filled, the second outlined. */
export function Compare({ state, comparison, back, another, retry, cancel }: CompareProps) {
  const { fileName, catalog, tensor, phase } = state;
  const info = catalog?.tensors[tensor];
  const { result, share } = comparison;
  const several = (catalog?.tensors.length ?? 0) > 1;
  return (
    <section class="compare" aria-label="Two tensors">
      <header>
        <button class="link" onClick={back}>{`‹ ${several && info !== undefined ? info.name : fileName}`}</button>
        <h1>Compared</h1>
        <button class="link" onClick={another}>Compare with another…</button>
      </header>
      <dl class="sides">
        <Side which="filled" file={fileName} tensor={several ? (info?.name ?? '') : ''} shape={info?.shape ?? []} result={result?.one} />
        <Side which="outlined" file={comparison.fileName} tensor={comparison.tensorName} shape={comparison.shape} result={result?.other} />
      </dl>
      <Status {...state} progress={phase === 'computing' ? share : null} retry={retry} cancel={cancel} />
      {result !== null && <Results comparison={result} />}
    </section>
  );
}

interface SideProps {
  readonly which: 'filled' | 'outlined';
  readonly file: string;
  readonly tensor: string;
  readonly shape: readonly number[];
  readonly result: ComparedTensor | undefined;
}

function Side({ which, file, tensor, shape, result }: SideProps) {
  return (
    <div>
      <dt><i class={which} aria-hidden="true" />{which === 'filled' ? 'first' : 'second'}</dt>
      <dd>
        <b>{file}</b> {tensor} {result?.tensor.dtype ?? ''} {formatShape(shape)}
        {result !== undefined && <span class="qualifier">{` layout ${result.layout.roles}, ${result.layout.inferred ? 'assumed' : 'as given'}`}</span>}
      </dd>
    </div>
  );
}

function Results({ comparison }: { readonly comparison: Comparison }) {
  const { one, other } = comparison;
  return (
    <>
      <div class="answer">{comparisonText(comparison).map((sentence) => <p key={sentence}>{sentence}</p>)}</div>
      <div class="comparedValues">
        <section aria-labelledby="comparedStatistics">
          <h2 id="comparedStatistics">Statistics</h2>
          <Statistics one={one} other={other} />
        </section>
        <section aria-labelledby="comparedDistribution">
          <h2 id="comparedDistribution">Values</h2>
          <OverlayPlot name="compared-values" bars={{ label: 'first', histogram: one.histogram }} line={{ label: 'second', histogram: other.histogram }} what="values" noun="value" method="raw" />
        </section>
      </div>
      <ComparedMethods methods={comparison.methods} />
    </>
  );
}

function Statistics({ one: { statistics: one, ...first }, other: { statistics: other, ...second } }: { readonly one: ComparedTensor; readonly other: ComparedTensor }) {
  const [own, others] = [extremesOf(one), extremesOf(other)];
  const counts = (['count', 'nan', 'posInf', 'negInf', 'zeros'] as const).map((name) => [countNames[name], one[name], other[name]] as const).filter(([name, a, b]) => name === 'finite' || a + b > 0);
  const rows: readonly (readonly [name: string, one: number | bigint | null, other: number | bigint | null])[] = [
    ['mean', one.mean, other.mean],
    ['std', one.std, other.std],
    ['min', own.min, others.min],
    ['median', one.quantiles?.['0.5'] ?? null, other.quantiles?.['0.5'] ?? null],
    ['max', own.max, others.max],
    ['skewness', one.skewness, other.skewness],
    ['excess kurtosis', one.excessKurtosis, other.excessKurtosis],
  ];
  const exact = one.exact && other.exact;
  const sampled = Math.max(first.sampledEvery, second.sampledEvery);
  return (
    <>
      <table class="numbers">
        <thead>
          <tr><td /><th scope="col">first</th><th scope="col">second</th><th scope="col">second − first</th></tr>
        </thead>
        <tbody>
          {counts.map(([name, a, b]) => <Row key={name} name={name}><td>{formatCount(a)}</td><td>{formatCount(b)}</td><td>{signedCount(b - a)}</td></Row>)}
          {rows.map(([name, a, b]) => (
            <Row key={name} name={name}>
              <Cell value={a} />
              <Cell value={b} />
              <Cell value={a === null || b === null ? null : Number(b) - Number(a)} signed />
            </Row>
          ))}
        </tbody>
      </table>
      <p class="qualifier">{`${exact ? 'exact, float64' : 'fast mode, within 1e-6'}${sampled > 1 ? `; the histogram is sampled 1:${formatCount(sampled)}` : ''}`}</p>
    </>
  );
}

const countNames = { count: 'finite', nan: 'NaN', posInf: '+Inf', negInf: '−Inf', zeros: 'zeros' } as const;

function signedCount(value: number): string {
  return value > 0 ? `+${formatCount(value)}` : formatCount(value);
}

function Row({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return <tr><th scope="row">{name}</th>{children}</tr>;
}

function Cell({ value, signed = false }: { readonly value: number | bigint | null; readonly signed?: boolean }) {
  return value === null ? <td>–</td> : <td title={String(value)}>{`${signed && value > 0 ? '+' : ''}${formatNumber(Number(value))}`}</td>;
}
