import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { NormalizationLayer } from '../../../src/core/analysis/layers';
import type { RowStatistics } from '../../../src/core/analysis/rows';
import type { TensorInfo } from '../../../src/core/tensor/tensor';
import type { CatalogPlace } from './catalogPage';
import { Heads } from './heads';
import { BranchRow, LeafRow, rowHeight } from './treeRows';
import { useListFocus } from './useListFocus';
import { parametersOf, rowsOf, sorted, treeOf, type Branch, type Row, type SortKey } from './tree';
import { useVirtualRows } from './useVirtual';

interface TensorTreeProps {
  readonly tensors: readonly TensorInfo[];
  readonly layers: readonly NormalizationLayer[];
  readonly byTensor: ReadonlyMap<number, NormalizationLayer>;
  /** Indices of the tensors that the query has left. */
  readonly found: readonly number[];
  readonly rows: ReadonlyMap<number, RowStatistics>;
  readonly place: CatalogPlace;
  setPlace(place: CatalogPlace): void;
  open(index: number): void;
  wantStatistics(indices: readonly number[]): void;
}

/** With up to this many tensors all branches are open at first. */
const allOpen = 100;

/**
 * A treegrid of a file's tensors; sorted by anything but the name it is a list. Only the rows near the window exist, and
 * only their statistics are asked for.
 */
export function TensorTree({ tensors, layers, byTensor, found, rows, place, setPlace, open, wantStatistics }: TensorTreeProps) {
  const { query, sort, descending } = place;
  const scroll = useRef<HTMLDivElement>(null);
  const byPath = useMemo(() => new Map(layers.map((layer) => [layer.name.replaceAll('/', '.'), layer])), [layers]);
  const toggled = useMemo(() => new Set(place.toggled), [place.toggled]);
  const openAtFirst = query !== '' || tensors.length <= allOpen;
  const isOpen = ({ path }: Branch) => toggled.has(path) !== openAtFirst;
  const tree = useMemo(() => treeOf(tensors, found), [tensors, found]);
  // By a statistic, rows move as theirs become known; by anything else they stay.
  const known = isStatistic(sort) ? rows : null;
  const list = useMemo(
    (): readonly Row[] =>
      sort === 'name' && !descending
        ? rowsOf(tree, isOpen)
        : sorted(found, (index) => sortValue(sort, tensors[index] as TensorInfo, known?.get(index)), descending).map((index) => ({
            level: 1,
            leaf: { index, label: tensors[index]?.name ?? '' },
          })),
    [tree, toggled, openAtFirst, sort, descending, found, known],
  );
  const { height, items, reveal } = useVirtualRows(scroll, list.length, rowHeight, place.offset);

  const visible = items.flatMap(({ index }) => list[index]?.leaf?.index ?? []);
  const wanted = visible.filter((index) => !rows.has(index) && tensors[index]?.status === 'readable').join(',');
  useEffect(() => {
    if (wanted !== '') wantStatistics(wanted.split(',').map(Number));
    // What is known by now need not be wanted again: only other rows are, and those of a file that was read anew.
  }, [visible.join(','), tensors]);

  const toggle = ({ path }: Branch) => {
    const next = new Set(toggled);
    if (!next.delete(path)) next.add(path);
    setPlace({ ...place, toggled: [...next], offset: scroll.current?.scrollTop ?? 0 });
  };
  const openTensor = (index: number) => {
    setPlace({ ...place, offset: scroll.current?.scrollTop ?? 0 });
    open(index);
  };
  const act = (row: Row | undefined) => {
    if (row?.branch !== undefined) toggle(row.branch);
    else if (row?.leaf !== undefined) openTensor(row.leaf.index);
  };
  const { focused, click, onKeyDown } = useListFocus({
    scroll,
    count: list.length,
    reveal,
    act: (index) => act(list[index]),
    other(key, index, moveTo) {
      const row = list[index];
      const { branch } = row ?? {};
      if (key === 'ArrowRight') return branch !== undefined && !isOpen(branch) ? () => toggle(branch) : () => moveTo(index + 1);
      if (key !== 'ArrowLeft') return null;
      if (branch !== undefined && isOpen(branch)) return () => toggle(branch);
      return () => moveTo(list.findLastIndex(({ level }, before) => before < index && level < (row?.level ?? 1)));
    },
  });

  return (
    <div class="tree">
      <div
        class="rows"
        role="treegrid"
        ref={scroll}
        tabIndex={0}
        aria-label="Tensors"
        aria-rowcount={list.length + 1}
        aria-activedescendant={list.length > 0 ? `row-${focused}` : undefined}
        onKeyDown={onKeyDown}
      >
        <Heads sort={sort} descending={descending} setSort={(key) => setPlace({ ...place, sort: key, descending: key === sort && !descending, offset: 0 })} />
        <div role="presentation" style={{ height: `${height}px`, position: 'relative' }}>
          {items.map(({ index, start }) => {
            const row = list[index];
            if (row === undefined) return null;
            const shared = { key: index, id: `row-${index}`, top: start, level: row.level, place: index + 2, focused: index === focused, click: () => click(index) };
            return row.branch !== undefined ? (
              <BranchRow {...shared} branch={row.branch} isOpen={isOpen(row.branch)} layer={byPath.get(row.branch.path)} />
            ) : row.leaf !== undefined ? (
              <LeafRow
                {...shared}
                label={row.leaf.label}
                info={tensors[row.leaf.index] as TensorInfo}
                statistics={rows.get(row.leaf.index)}
                // Under its branch, the branch says it.
                layer={row.level === 1 ? byTensor.get(row.leaf.index) : undefined}
              />
            ) : null;
          })}
        </div>
        {list.length === 0 && <p class="note">No tensor has all of these words.</p>}
      </div>
    </div>
  );
}

function isStatistic(key: SortKey): key is 'mean' | 'std' | 'min' | 'max' {
  return key === 'mean' || key === 'std' || key === 'min' || key === 'max';
}

function sortValue(key: SortKey, info: TensorInfo, statistics: RowStatistics | undefined): number | string | null {
  if (key === 'name') return info.name;
  if (key === 'dtype') return info.dtype ?? info.storedDtype;
  if (key === 'bytes') return info.bytes;
  if (key === 'parameters') return parametersOf(info);
  return statistics === undefined || 'error' in statistics ? null : statistics[key];
}
