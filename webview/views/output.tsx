import type { ReadonlySignal } from '@preact/signals';
import { isApplicable, type Report } from '../../src/core/analysis/report';
import { normalization } from '../../src/core/engine/normalizations/registry';
import type { ErrorData } from '../../src/core/errors';
import { bitsPerElement } from '../../src/core/tensor/dtype';
import { elementCount, type Catalog } from '../../src/core/tensor/tensor';
import type { OutputReport, ViewOptions } from '../../src/protocol/messages';
import type { NotebookPayload } from '../../src/protocol/notebookPayload';
import { densityMax } from '../charts/histogram';
import { Answer } from './answer';
import { BatchSize } from './batchSize';
import { Columns } from './columns';
import { Findings } from './findings';
import { Footer } from './footer';
import { Header } from './header';
import { HistogramPlot } from './histogramPlot';
import { Lighting } from './lit';
import { Count, Num } from './number';
import { Recommendation } from './recommendation';
import { Summary } from './summary';

/** What an output shows. */
export type OutputState =
  | { readonly kind: 'computing'; readonly payload: NotebookPayload }
  | { readonly kind: 'computed'; readonly payload: NotebookPayload; readonly result: OutputReport }
  /** Nobody computes: what travelled in the payload is all there is, and `why` says so. */
  | { readonly kind: 'travelled'; readonly payload: NotebookPayload; readonly why: string }
  | { readonly kind: 'failed'; readonly payload: NotebookPayload | null; readonly error: ErrorData };

export interface OutputActions {
  setOptions(options: ViewOptions): void;
  openInEditor(): void;
  openRule(rule: string): void;
}

interface OutputProps {
  readonly state: ReadonlySignal<OutputState>;
  readonly options: ReadonlySignal<ViewOptions>;
  /** Null where there is no extension host to ask. */
  readonly actions: OutputActions | null;
}

/** The editor's page in a notebook's cell: header, answer and a row of histograms; the rest unfolds. */
export function Output({ state, options, actions }: OutputProps) {
  const shown = state.value;
  const { payload } = shown;
  const result = shown.kind === 'computed' ? shown.result : null;
  return (
    <main class="output">
      {payload !== null && (
        <div class="title">
          <Header
            fileName={payload.name === '' ? 'tensor' : payload.name}
            catalog={result?.catalog ?? catalogOf(payload)}
            tensor={0}
            report={result?.report ?? null}
            layout={payload.layout}
            {...(actions !== null && { setLayout: (layout: string) => actions.setOptions({ ...options.value, layout }) })}
          />
          {actions !== null && payload.data !== undefined && (
            <button class="link open" onClick={actions.openInEditor}>Open in editor</button>
          )}
        </div>
      )}
      {shown.kind === 'computing' && <div class="working"><progress aria-label="Progress" /><span>Computing</span></div>}
      {shown.kind === 'failed' && <p class="sentence error" role="alert">{shown.error.message}</p>}
      {payload?.statistics !== undefined && result === null && <Travelled statistics={payload.statistics} />}
      {shown.kind === 'travelled' && <p class="qualifier">{shown.why}</p>}
      {result !== null && (
        <>
          <Answer report={result.report} />
          <Findings findings={result.report.findings} openRule={(rule) => actions?.openRule(rule)} />
          <Histograms report={result.report} />
          <details>
            <summary>Statistics, pictures and batch size</summary>
            <Summary report={result.report} />
            <Lighting report={result.report}>
              <Columns report={result.report} shown={options.value.views} logY={false} />
            </Lighting>
            <div class="below">
              <BatchSize report={result.report} />
              <Recommendation report={result.report} />
            </div>
            <Footer report={result.report} />
          </details>
        </>
      )}
    </main>
  );
}

/** Raw and each method's histogram in one row, on the scales that the unfolded page has. */
function Histograms({ report }: { readonly report: Report }) {
  const normalized = report.views.filter(({ id }) => id !== 'raw');
  const density = densityMax(normalized.map(({ histogram }) => histogram));
  return (
    <div class="histograms" style={{ gridTemplateColumns: `repeat(${report.views.length}, minmax(0, 1fr))` }}>
      {report.views.map((view) => {
        const method = report.methods.find(({ id }) => id === view.id);
        const shared = method !== undefined && isApplicable(method) ? ` · ${method.sharedBy}` : '';
        return (
          <section key={view.id} class={`method-${view.id}`}>
            <h3><i class="swatch" />{view.id === 'raw' ? 'Raw' : normalization(view.id).label}{shared}</h3>
            <HistogramPlot report={report} view={view} yMax={view.id === 'raw' ? densityMax([view.histogram]) : density} logY={false} />
          </section>
        );
      })}
    </div>
  );
}

function Travelled({ statistics }: { readonly statistics: NonNullable<NotebookPayload['statistics']> }) {
  const { count, nan, posInf, negInf, mean, variance, min, max } = statistics;
  return (
    <section class="summary" aria-label="Summary">
      <dl>
        <div><dt>finite</dt><dd><Count value={count} /></dd></div>
        <div class={nan > 0 ? 'bad' : undefined}><dt>NaN</dt><dd><Count value={nan} /></dd></div>
        <div class={posInf > 0 ? 'bad' : undefined}><dt>+Inf</dt><dd><Count value={posInf} /></dd></div>
        <div class={negInf > 0 ? 'bad' : undefined}><dt>−Inf</dt><dd><Count value={negInf} /></dd></div>
        <div><dt>mean</dt><dd><Num value={mean} /></dd></div>
        <div><dt>std</dt><dd><Num value={variance === null ? null : Math.sqrt(variance)} /></dd></div>
        <div><dt>min</dt><dd><Num value={min} /></dd></div>
        <div><dt>max</dt><dd><Num value={max} /></dd></div>
      </dl>
      <p class="qualifier">as written into the output</p>
    </section>
  );
}

/** The header that the payload itself tells. */
function catalogOf({ name, dtype, shape }: NotebookPayload): Catalog {
  const bytes = Math.ceil((elementCount(shape) * bitsPerElement(dtype)) / 8);
  const info = { name, dtype, storedDtype: dtype, shape, bytes, status: 'readable', reason: null } as const;
  return { format: 'notebook', metadata: {}, tensors: [info], warnings: [] };
}
