import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { HistogramKind, Report } from '../../src/core/analysis/report';
import { counted, formatCount, formatNumber, listed } from '../../src/core/text/numbers';
import type { Phase, ViewOptions } from '../../src/protocol/messages';
import { chosenRows, ridgeOrders, ridgeRows, sortedRows, type CountedHistograms, type RidgeOrder, type RidgeRow } from '../charts/ridgelines';
import { allMarked } from './outlierMarks';
import { RidgelinePlot } from './ridgelinePlot';

interface RidgelinesProps {
  readonly report: Report;
  readonly phase: Phase;
  readonly options: ViewOptions;
  setOptions(options: ViewOptions): void;
  /** As it was when the page was last there. */
  readonly kept: KeptRidgelines | undefined;
  keep(part: KeptRidgelines): void;
}

export interface KeptRidgelines {
  readonly open: boolean;
  readonly of: Kind | null;
  readonly order: RidgeOrder;
}

type Kind = Exclude<HistogramKind, 'tensor'>;

const closed: KeptRidgelines = { open: false, of: null, order: 'index' };
const mostRows = 400;
const tableRows = 20;
const key = '5';

/** The distribution of every channel or sample, hundreds at once. Histograms are asked for when the section is opened. */
export function Ridgelines({ report, phase, options, setOptions, kept, keep }: RidgelinesProps) {
  const [shown, setShown] = useState(kept ?? closed);
  const section = useRef<HTMLDetailsElement>(null);
  const kinds = (['channel', 'sample'] as const).filter((kind) => report.layout.roles.includes(kind === 'channel' ? 'C' : 'N'));
  const of = shown.of !== null && kinds.includes(shown.of) ? shown.of : kinds[0];
  const change = (part: Partial<KeptRidgelines>) => {
    setShown({ ...shown, ...part });
    keep({ ...shown, ...part });
  };
  const asked = options.groupHistograms ?? [];
  const missing = shown.open && of !== undefined && !asked.includes(of);
  useEffect(() => {
    if (missing) setOptions({ ...options, groupHistograms: [...asked, of] });
  }, [missing]);
  useLayoutEffect(() => {
    const onKey = ({ key: pressed, target, ctrlKey, metaKey, altKey }: KeyboardEvent) => {
      if (pressed !== key || ctrlKey || metaKey || altKey || target instanceof HTMLInputElement || target instanceof HTMLSelectElement) return;
      const element = section.current;
      if (element === null) return;
      element.open = !element.open;
      if (element.open) element.querySelector('summary')?.focus();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
  if (of === undefined) return null;
  const found = report.groupHistograms?.find((histograms) => histograms.of === of);
  return (
    <details ref={section} class="ridgelines" open={shown.open} onToggle={({ currentTarget: { open } }) => open !== shown.open && change({ open })}>
      <summary title={`Key ${key}`}>{`5 · ${kinds.length === 1 ? `Every ${of}'s distribution` : 'The distribution of every channel or sample'}`}</summary>
      {shown.open && (
        <>
          <div class="options">
            <label>
              one row for each
              <select value={of} onChange={({ currentTarget: { value } }) => change({ of: value === 'sample' ? 'sample' : 'channel' })}>
                {kinds.map((kind) => <option key={kind}>{kind}</option>)}
              </select>
            </label>
            <label>
              sorted by
              <select value={shown.order} onChange={({ currentTarget: { value } }) => change({ order: ridgeOrders.find((order) => order === value) ?? 'index' })}>
                {ridgeOrders.map((order) => <option key={order}>{order}</option>)}
              </select>
            </label>
          </div>
          {found === undefined ? (
            <p class="qualifier">{phase === 'computing' ? 'Computing' : 'Not computed'}</p>
          ) : 'notApplicable' in found ? (
            <p class="qualifier">Not drawn: {found.notApplicable}.</p>
          ) : (
            <Rows key={`${of} ${shown.order}`} of={of} histograms={found} order={shown.order} sampledEvery={report.sampledEvery} marked={of === 'channel' ? allMarked(report) : []} />
          )}
        </>
      )}
    </details>
  );
}

interface RowsProps {
  readonly of: Kind;
  readonly histograms: CountedHistograms;
  readonly order: RidgeOrder;
  readonly sampledEvery: number;
  /** Rows that findings name as far out. */
  readonly marked: readonly number[];
}

function Rows({ of, histograms, order, sampledEvery, marked }: RowsProps) {
  const all = sortedRows(ridgeRows(histograms), order);
  const { rows, every } = chosenRows(all, mostRows);
  const notFinite = all.filter((row) => row.notFinite > 0).length;
  const spikes = all.filter((row) => row.spike).length;
  const narrow = all.filter((row) => row.variance === 0).length;
  const sorted = order === 'index' ? 'in their order' : `the greatest ${order} at the top`;
  const chosen = every === 1 ? counted(rows.length, of) : `every ${ordinal(every)} of ${counted(all.length, of)}`;
  return (
    <>
      <p class="qualifier">
        {`${capital(chosen)}, ${sorted}; each row to its own highest bin.`}
        {order !== 'index' && ' Sorted by the row’s own histogram, to the width of a bin.'}
        {spikes > 0 && ` ${counted(spikes, of)} with one bin far above all others, drawn cut off.`}
        {sampledEvery > 1 && ` Sampled 1:${formatCount(sampledEvery)}.`}
        {notFinite > 0 && <><i class="rowMark notFinite" />{`${counted(notFinite, of)} with NaN or ±Inf.`}</>}
        {narrow > 0 && <><i class="rowMark narrow" />{`${counted(narrow, of)} with all values in one bin.`}</>}
        {marked.length > 0 && <><i class="rowMark outlier" />{`${counted(marked.length, of)} with outliers, by the findings: ${listed(marked)}.`}</>}
      </p>
      <RidgelinePlot
        of={of}
        histograms={histograms}
        beyond={{ below: all.reduce((sum, row) => sum + row.below, 0), above: all.reduce((sum, row) => sum + row.above, 0) }}
        rows={rows}
        marked={marked}
        label={`Ridgelines of ${chosen}, ${sorted}; values from ${formatNumber(histograms.low)} to ${formatNumber(histograms.high)}`}
      />
      <details>
        <summary>{all.length > tableRows ? `Numbers of the first ${tableRows}` : 'Numbers'}</summary>
        <RowTable of={of} rows={all.slice(0, tableRows)} />
      </details>
    </>
  );
}

function RowTable({ of, rows }: { readonly of: Kind; readonly rows: readonly RidgeRow[] }) {
  return (
    <table class="numbers">
      <thead>
        <tr>
          {[of, 'mean', 'variance', 'kurtosis', 'finite', 'NaN, ±Inf', 'below', 'above'].map((name) => <th key={name} scope="col">{name}</th>)}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ row, mean, variance, kurtosis, finite, notFinite, below, above }) => (
          <tr key={row}>
            <th scope="row">{formatCount(row)}</th>
            {[mean, variance, kurtosis].map((value, column) => <td key={column} title={String(value)}>{Number.isNaN(value) ? '–' : formatNumber(value)}</td>)}
            {[finite, notFinite, below, above].map((count, column) => <td key={column}>{formatCount(count)}</td>)}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** `2nd`, `3rd`, `4th`, `11th`. */
function ordinal(value: number): string {
  const teen = Math.floor(value / 10) % 10 === 1;
  return `${formatCount(value)}${teen ? 'th' : ['th', 'st', 'nd', 'rd'][value % 10] ?? 'th'}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
