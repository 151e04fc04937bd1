import { useMemo } from 'preact/hooks';
import type { PairRow } from '../../../src/core/analysis/pairRow';
import type { TensorPair } from '../../../src/core/analysis/pairs';
import { counted, formatCount } from '../../../src/core/text/numbers';
import type { ComparedFileState } from '../../../src/protocol/attachments';
import type { EditorState } from '../../../src/protocol/messages';
import { Status } from '../status';
import { listPairs, listed, pairFilters, pairKey, stateOf, type ListedPair, type PairFilter, type PairKey } from './pairs';
import { PairTable } from './pairTable';
import { Search } from './search';

/** Where in the list the reader is: kept while a pair is open, and while the page is hidden. */
export interface PairsPlace {
  readonly query: string;
  readonly filter: PairFilter;
  readonly sort: PairKey;
  readonly descending: boolean;
  readonly offset: number;
  /** Whether every pair is to be compared, not only those that are seen. */
  readonly all: boolean;
}

export const firstPairsPlace: PairsPlace = { query: '', filter: 'all', sort: 'name', descending: false, offset: 0, all: false };

interface PairsPageProps {
  readonly state: EditorState;
  readonly comparedFile: ComparedFileState;
  readonly rows: ReadonlyMap<string, PairRow>;
  readonly place: PairsPlace;
  setPlace(place: PairsPlace): void;
  wantPairs(pairs: readonly TensorPair[]): void;
  openPair(one: number, other: number): void;
  back(): void;
  another(): void;
  retry(): void;
  cancel(): void;
}

/** All tensors of a file beside those of another that have their names. */
export function PairsPage({ state, comparedFile, rows, place, setPlace, wantPairs, openPair, back, another, retry, cancel }: PairsPageProps) {
  const { fileName, catalog } = state;
  const pairs = useMemo(() => listPairs(catalog?.tensors ?? [], comparedFile.catalog.tensors), [catalog, comparedFile.catalog]);
  const found = useMemo(() => listed(pairs, rows, place), [pairs, rows, place.query, place.filter, place.sort, place.descending]);
  return (
    <section class="catalog pairs" aria-label="Tensors of two files">
      <header>
        <button class="link" onClick={back}>{`‹ ${fileName}`}</button>
        <h1>Compared</h1>
        <span><b>{fileName}</b> (first) with <b>{comparedFile.fileName}</b> (second)</span>
        <button class="link" onClick={another}>Compare with another…</button>
      </header>
      <Status {...state} progress={null} retry={retry} cancel={cancel} />
      <Summary pairs={pairs} rows={rows} />
      <div class="controls">
        <Search query={place.query} search={(query) => setPlace({ ...place, query, offset: 0 })} />
        <label>
          show
          <select value={place.filter} onChange={({ currentTarget: { value } }) => setPlace({ ...place, filter: pairFilters.find((one) => one === value) ?? 'all', offset: 0 })}>
            {pairFilters.map((filter) => <option key={filter}>{filter}</option>)}
          </select>
        </label>
        <label class="check" title="Also those that are not seen: what is not compared cannot be sorted or shown by its difference">
          <input type="checkbox" checked={place.all} onChange={({ currentTarget }) => setPlace({ ...place, all: currentTarget.checked })} /> compare all
        </label>
        {found.length < pairs.length && <span class="qualifier" aria-live="polite">{`${formatCount(found.length)} of ${formatCount(pairs.length)}`}</span>}
      </div>
      <PairTable pairs={pairs} found={found} rows={rows} place={place} setPlace={setPlace} wantPairs={wantPairs} openPair={openPair} />
    </section>
  );
}

/** How many of each kind, and what is known of those that both have. */
function Summary({ pairs, rows }: { readonly pairs: readonly ListedPair[]; readonly rows: ReadonlyMap<string, PairRow> }) {
  const of = (...kinds: readonly string[]) => pairs.filter(({ kind }) => kinds.includes(kind)).length;
  const comparable = pairs.filter(({ kind }) => kind === 'alike' || kind === 'type');
  const states = comparable.map((pair) => stateOf(pair, rows.get(pairKey(pair))));
  const known = comparable.filter((pair) => rows.has(pairKey(pair))).length;
  const equal = states.filter((state) => state.startsWith('equal')).length;
  const differ = states.filter((state) => state === 'differs').length;
  const rest = [
    [of('shape'), 'of another shape'],
    [of('type'), 'of another type'],
    [of('only-first'), 'only in the first'],
    [of('only-second'), 'only in the second'],
    [of('unreadable'), 'cannot be read'],
  ] as const;
  return (
    <p class="summary" aria-live="polite">
      {[
        `${counted(comparable.length + of('shape', 'unreadable'), 'name')} in both`,
        ...rest.flatMap(([count, what]) => (count > 0 ? [`${formatCount(count)} ${what}`] : [])),
        known < comparable.length ? `compared so far: ${formatCount(known)} of ${formatCount(comparable.length)}` : 'all compared',
        `${formatCount(equal)} equal, ${formatCount(differ)} different`,
      ].join(' · ')}
    </p>
  );
}
