import type { SortKey } from './tree';

const columns: readonly { readonly key: SortKey | null; readonly title: string; readonly numeric: boolean }[] = [
  { key: 'name', title: 'Name', numeric: false },
  { key: 'dtype', title: 'Type', numeric: false },
  { key: null, title: 'Shape', numeric: false },
  { key: 'parameters', title: 'Parameters', numeric: true },
  { key: 'bytes', title: 'Bytes', numeric: true },
  { key: 'mean', title: 'Mean', numeric: true },
  { key: 'std', title: 'Deviation', numeric: true },
  { key: 'min', title: 'Least', numeric: true },
  { key: 'max', title: 'Greatest', numeric: true },
];

interface HeadsProps {
  readonly sort: SortKey;
  readonly descending: boolean;
  /** Asked again of the same column, the order turns. */
  setSort(key: SortKey): void;
}

/** The heads of the columns: a click sorts, another turns the order. */
export function Heads({ sort, descending, setSort }: HeadsProps) {
  return (
    <div class="heads" role="row" aria-rowindex={1}>
      {columns.map(({ key, title, numeric }) => (
        <div
          key={title}
          role="columnheader"
          class={`${numeric ? 'numeric' : ''} column-${title.toLowerCase()}`}
          aria-sort={key === null ? undefined : key !== sort ? 'none' : descending ? 'descending' : 'ascending'}
        >
          {key === null ? title : <button onClick={() => setSort(key)}>{`${title}${key !== sort ? '' : descending ? ' ↓' : ' ↑'}`}</button>}
        </div>
      ))}
    </div>
  );
}
