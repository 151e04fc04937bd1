import { useEffect, useRef } from 'preact/hooks';
import type { PairRow } from '../../../src/core/analysis/pairRow';
import type { TensorPair } from '../../../src/core/analysis/pairs';
import { formatCount, formatNumber } from '../../../src/core/text/numbers';
import { numberOf, pairColumns, pairKey, stateOf, typeText, type ListedPair, type PairKey } from './pairs';
import type { PairsPlace } from './pairsPage';
import { Frame, Name, rowHeight } from './treeRows';
import { useListFocus } from './useListFocus';
import { useVirtualRows } from './useVirtual';

interface PairTableProps {
  readonly pairs: readonly ListedPair[];
  /** Places of those that are listed, in their order. */
  readonly found: readonly number[];
  readonly rows: ReadonlyMap<string, PairRow>;
  readonly place: PairsPlace;
  setPlace(place: PairsPlace): void;
  wantPairs(pairs: readonly TensorPair[]): void;
  openPair(one: number, other: number): void;
}

/** Pairs that are asked for at once where all are to be compared, those that are seen first. */
const atOnce = 200;

const titles: Readonly<Record<(typeof pairColumns)[number], readonly [title: string, explained: string]>> = {
  name: ['Name', ''],
  type: ['Type', ''],
  shape: ['Shape', ''],
  state: ['State', ''],
  max: ['Max |Δ|', 'The largest |second − first| of two elements'],
  relative: ['Relative Δ', 'Norm of second − first, by the norm of first'],
  meanOne: ['Mean 1st', ''],
  meanOther: ['Mean 2nd', ''],
  rmsOne: ['RMS 1st', '√mean(x²)'],
  rmsOther: ['RMS 2nd', '√mean(x²)'],
};

/** Only the rows near the window exist, and only theirs are compared, unless all are to be. */
export function PairTable({ pairs, found, rows, place, setPlace, wantPairs, openPair }: PairTableProps) {
  const scroll = useRef<HTMLDivElement>(null);
  const { height, items, reveal } = useVirtualRows(scroll, found.length, rowHeight, place.offset);
  const pairAt = (index: number) => pairs[found[index] ?? -1];
  const isMissing = (pair: ListedPair | undefined): pair is ListedPair => pair !== undefined && pair.kind !== 'unreadable' && !rows.has(pairKey(pair));
  const visible = items.map(({ index }) => pairAt(index)).filter(isMissing);
  const wanted = [...visible, ...(place.all && visible.length < atOnce ? pairs.filter((pair) => isMissing(pair) && !visible.includes(pair)) : [])].slice(0, atOnce);
  const asked = useRef<{ readonly of: typeof pairs; readonly keys: ReadonlySet<string> }>({ of: pairs, keys: new Set() });
  useEffect(() => {
    // What was asked for last goes on, unless rows are seen that are not among it, or the files have been read anew.
    const { of, keys } = asked.current;
    const goesOn = of === pairs && [...keys].some((key) => !rows.has(key)) && visible.every((pair) => keys.has(pairKey(pair)));
    if (wanted.length === 0 || goesOn) return;
    asked.current = { of: pairs, keys: new Set(wanted.map(pairKey)) };
    wantPairs(wanted.map(({ one, other }) => ({ one, other })));
  }, [wanted.map(pairKey).join(), pairs]);

  const open = (pair: ListedPair | undefined) => {
    if (pair === undefined || pair.one === null || pair.other === null || pair.kind === 'unreadable') return;
    setPlace({ ...place, offset: scroll.current?.scrollTop ?? 0 });
    openPair(pair.one, pair.other);
  };
  const { focused, click, onKeyDown } = useListFocus({ scroll, count: found.length, reveal, act: (index) => open(pairAt(index)) });
  const setSort = (key: PairKey) => setPlace({ ...place, sort: key, descending: key === place.sort ? !place.descending : !['name', 'type', 'state'].includes(key), offset: 0 });
  return (
    <div class="tree">
      <div class="rows" role="grid" ref={scroll} tabIndex={0} aria-label="Pairs of tensors" aria-rowcount={found.length + 1} aria-activedescendant={found.length > 0 ? `row-${focused}` : undefined} onKeyDown={onKeyDown}>
        <div class="heads" role="row" aria-rowindex={1}>
          {pairColumns.map((key, column) => {
            const [title, explained] = titles[key];
            const sorts = key === 'shape' ? null : key;
            return (
              <div key={key} role="columnheader" class={column > 3 ? 'numeric' : ''} title={explained} aria-sort={sorts === null ? undefined : sorts !== place.sort ? 'none' : place.descending ? 'descending' : 'ascending'}>
                {sorts === null ? title : <button onClick={() => setSort(sorts)}>{`${title}${sorts !== place.sort ? '' : place.descending ? ' ↓' : ' ↑'}`}</button>}
              </div>
            );
          })}
        </div>
        <div role="presentation" style={{ height: `${height}px`, position: 'relative' }}>
          {items.map(({ index, start }) => {
            const pair = pairAt(index);
            if (pair === undefined) return null;
            return (
              <Frame key={pairKey(pair)} id={`row-${index}`} top={start} place={index + 2} focused={index === focused} kind={`leaf ${pair.kind}`} click={() => click(index)}>
                <Cells pair={pair} row={rows.get(pairKey(pair))} />
              </Frame>
            );
          })}
        </div>
        {found.length === 0 && <p class="note">{place.filter === 'differ' || place.filter === 'equal' ? 'None so far, of those that are compared.' : 'None of the tensors.'}</p>}
      </div>
    </div>
  );
}

function Cells({ pair, row }: { readonly pair: ListedPair; readonly row: PairRow | undefined }) {
  const { name, first, second, layer } = pair;
  const other = first !== undefined && second !== undefined && second.name !== name ? `, ${second.name} in the second` : '';
  const failure = row !== undefined && 'error' in row ? row.error : pair.kind === 'unreadable' ? [first, second].flatMap((info) => info?.reason ?? [])[0] : undefined;
  const why = row !== undefined && !('error' in row) && row.difference !== null && 'notApplicable' in row.difference ? row.difference.notApplicable : undefined;
  const notFinite = row !== undefined && !('error' in row) && row.difference !== null && 'notFinite' in row.difference ? row.difference.notFinite : 0;
  const state = stateOf(pair, row);
  return (
    <>
      <Name level={1} twistie="" label={name || '(no name)'} title={name + other} layer={layer} />
      <div role="gridcell" class="mono" title={typeText(pair)}>{typeText(pair)}</div>
      <div role="gridcell" class="mono">{shapeText(pair)}</div>
      <div role="gridcell" class={state === 'differs' ? 'state differs' : 'state'} title={why ?? (notFinite > 0 ? `${formatCount(notFinite)} places at which one is NaN or infinite are left out` : state)}>{state}</div>
      {failure !== undefined ? (
        <div role="gridcell" class="why" title={failure}>{failure}</div>
      ) : (
        (['max', 'relative', 'meanOne', 'meanOther', 'rmsOne', 'rmsOther'] as const).map((key) => {
          const value = numberOf(key, row);
          return <div key={key} role="gridcell" class="numeric" title={value === null ? undefined : String(value)}>{value === null ? (row === undefined ? '·' : '–') : formatNumber(value, 3)}</div>;
        })
      )}
    </>
  );
}

/** `64 × 3`, `64 × 3 → 64 × 4`. */
function shapeText({ first, second }: ListedPair): string {
  const of = (shape: readonly number[]) => (shape.length === 0 ? 'scalar' : shape.map(formatCount).join(' × '));
  return [...new Set([first, second].flatMap((info) => (info === undefined ? [] : [of(info.shape)])))].join(' → ');
}
