import { useMemo } from 'preact/hooks';
import { findLayers } from '../../../src/core/analysis/layers';
import type { RowStatistics } from '../../../src/core/analysis/rows';
import { findingsOfFile, otherWarnings } from '../../../src/core/diagnostics/ofFile';
import type { Catalog } from '../../../src/core/tensor/tensor';
import { counted, formatBytes, formatCount } from '../../../src/core/text/numbers';
import type { EditorState } from '../../../src/protocol/messages';
import { Findings } from '../findings';
import { Status } from '../status';
import { Metadata } from './metadata';
import { Search } from './search';
import { byLayer, matching, parametersOf, type SortKey } from './tree';
import { TensorTree } from './tensorTree';

/** Where in the list the reader is: kept while a tensor's page is open, and while the page is hidden. */
export interface CatalogPlace {
  readonly query: string;
  readonly sort: SortKey;
  readonly descending: boolean;
  /** Branches that stand otherwise than they do at first, by path. */
  readonly toggled: readonly string[];
  readonly offset: number;
  readonly tab: 'tensors' | 'metadata';
}

export const firstPlace: CatalogPlace = { query: '', sort: 'name', descending: false, toggled: [], offset: 0, tab: 'tensors' };

interface CatalogPageProps {
  readonly state: EditorState;
  readonly catalog: Catalog;
  readonly rows: ReadonlyMap<number, RowStatistics>;
  readonly place: CatalogPlace;
  setPlace(place: CatalogPlace): void;
  open(index: number): void;
  wantStatistics(indices: readonly number[]): void;
  compareWith(): void;
  openRule(rule: string): void;
  /** Reads the file again. */
  retry(): void;
  cancel(): void;
}

/** A file of many tensors: what it is in one line, then its tensors as a tree, or its metadata. */
export function CatalogPage({ state, catalog, rows, place, setPlace, open, wantStatistics, compareWith, openRule, retry, cancel }: CatalogPageProps) {
  const { fileName } = state;
  const { tensors, format, metadata, warnings } = catalog;
  const layers = useMemo(() => findLayers(tensors), [tensors]);
  const byTensor = useMemo(() => byLayer(layers), [layers]);
  const found = useMemo(() => matching(tensors, byTensor, place.query), [tensors, byTensor, place.query]);
  const entries = Object.entries(metadata);
  const unread = tensors.filter(({ status }) => status !== 'readable').length;
  const total = useMemo(() => totals(catalog), [catalog]);
  return (
    <section class="catalog" aria-label="Tensors of the file">
      <header>
        <h1>{fileName}</h1>
        <span class="dtype">{format}</span>
        <span>{counted(tensors.length, 'tensor')}</span>
        <span>{counted(total.parameters, 'parameter')}</span>
        <span class="bytes">{formatBytes(total.bytes)}</span>
        {layers.length > 0 && <span>{counted(layers.length, 'normalization layer')}</span>}
        <button class="link" title="Every tensor beside the one of its name in another file" onClick={compareWith}>Compare with another file…</button>
        {unread > 0 && <span class="found">{`${formatCount(unread)} cannot be read`}</span>}
      </header>
      <Status {...state} progress={null} retry={retry} cancel={cancel} />
      <Findings findings={findingsOfFile(warnings)} openRule={openRule} />
      {otherWarnings(warnings).map(({ code, message }) => <p key={code + message} class="sentence warning">{message}</p>)}
      <div class="controls">
        <div class="tabs" role="group" aria-label="Parts of the file">
          <button aria-pressed={place.tab === 'tensors'} onClick={() => setPlace({ ...place, tab: 'tensors' })}>Tensors</button>
          <button aria-pressed={place.tab === 'metadata'} onClick={() => setPlace({ ...place, tab: 'metadata' })}>{`Metadata (${formatCount(entries.length)})`}</button>
        </div>
        {place.tab === 'tensors' && (
          <>
            <Search query={place.query} search={(query) => setPlace({ ...place, query, offset: 0 })} />
            {place.query !== '' && <span class="qualifier" aria-live="polite">{`${formatCount(found.length)} of ${formatCount(tensors.length)}`}</span>}
          </>
        )}
      </div>
      {place.tab === 'tensors' ? (
        <TensorTree tensors={tensors} layers={layers} byTensor={byTensor} found={found} rows={rows} place={place} setPlace={setPlace} open={open} wantStatistics={wantStatistics} />
      ) : (
        <Metadata entries={entries} />
      )}
    </section>
  );
}

function totals({ tensors }: Catalog): { parameters: number; bytes: number } {
  return tensors.reduce(
    (sum, info) => ({ parameters: sum.parameters + parametersOf(info), bytes: sum.bytes + info.bytes }),
    { parameters: 0, bytes: 0 },
  );
}
