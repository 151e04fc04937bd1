import { findLayers, type NormalizationLayer } from '../../../src/core/analysis/layers';
import type { PairRow } from '../../../src/core/analysis/pairRow';
import { pairKind, pairTensors, type PairKind, type TensorPair } from '../../../src/core/analysis/pairs';
import type { TensorInfo } from '../../../src/core/tensor/tensor';
import { byLayer, matching, sorted } from './tree';

/** A pair of two files' tensors, with what their headers say. */
export interface ListedPair extends TensorPair {
  readonly name: string;
  readonly first: TensorInfo | undefined;
  readonly second: TensorInfo | undefined;
  readonly kind: PairKind;
  readonly layer: NormalizationLayer | undefined;
}

/** What of the pairs is listed. */
export const pairFilters = ['all', 'differ', 'equal', 'shape or type', 'only first', 'only second'] as const;
export type PairFilter = (typeof pairFilters)[number];

export const pairColumns = ['name', 'type', 'shape', 'state', 'max', 'relative', 'meanOne', 'meanOther', 'rmsOne', 'rmsOther'] as const;
export type PairKey = Exclude<(typeof pairColumns)[number], 'shape'>;

export function pairKey({ one, other }: TensorPair): string {
  return `${one} ${other}`;
}

export function listPairs(ones: readonly TensorInfo[], others: readonly TensorInfo[]): ListedPair[] {
  const [own, theirs] = [byLayer(findLayers(ones)), byLayer(findLayers(others))];
  return pairTensors(ones, others).map((pair) => {
    const first = pair.one === null ? undefined : ones[pair.one];
    const second = pair.other === null ? undefined : others[pair.other];
    const layer = pair.one === null ? theirs.get(pair.other ?? -1) : own.get(pair.one);
    return { ...pair, name: first?.name ?? second?.name ?? '', first, second, kind: pairKind(first, second), layer };
  });
}

/** What a row says of its pair. @param row absent: not known yet */
export function stateOf({ kind }: ListedPair, row: PairRow | undefined): string {
  switch (kind) {
    case 'only-first':
      return 'only in first';
    case 'only-second':
      return 'only in second';
    case 'unreadable':
      return 'cannot be read';
    case 'shape':
      return 'other shape';
    default:
      if (row === undefined || 'error' in row || row.difference === null) return kind === 'type' ? 'other type' : '';
      if ('notApplicable' in row.difference) return 'not compared';
      return row.difference.equal ? (row.difference.notFinite > 0 ? 'equal where finite' : 'equal') : 'differs';
  }
}

export function numberOf(key: Exclude<PairKey, 'name' | 'type' | 'state'>, row: PairRow | undefined): number | null {
  if (row === undefined || 'error' in row) return null;
  const { one, other, difference } = row;
  switch (key) {
    case 'max':
    case 'relative':
      return difference === null || 'notApplicable' in difference ? null : difference[key];
    case 'meanOne':
      return one?.mean ?? null;
    case 'meanOther':
      return other?.mean ?? null;
    case 'rmsOne':
      return one?.rms ?? null;
    case 'rmsOther':
      return other?.rms ?? null;
  }
}

interface Listing {
  readonly query: string;
  readonly filter: PairFilter;
  readonly sort: PairKey;
  readonly descending: boolean;
}

/** Places in `pairs` of those that are listed, in their order. */
export function listed(pairs: readonly ListedPair[], rows: ReadonlyMap<string, PairRow>, { query, filter, sort, descending }: Listing): number[] {
  const layers = new Map(pairs.flatMap(({ layer }, place) => (layer === undefined ? [] : [[place, layer] as const])));
  const infos = pairs.map(({ first, second }) => (first ?? second) as TensorInfo);
  const found = matching(infos, layers, query).filter((place) => passes(pairs[place] as ListedPair, rows, filter));
  return sorted(
    found,
    (place) => {
      const pair = pairs[place] as ListedPair;
      const row = rows.get(pairKey(pair));
      if (sort === 'name') return pair.name;
      if (sort === 'type') return typeText(pair);
      return sort === 'state' ? stateOf(pair, row) || null : numberOf(sort, row);
    },
    descending,
  );
}

function passes(pair: ListedPair, rows: ReadonlyMap<string, PairRow>, filter: PairFilter): boolean {
  if (filter === 'all') return true;
  if (filter === 'only first' || filter === 'only second') return pair.kind === (filter === 'only first' ? 'only-first' : 'only-second');
  if (filter === 'shape or type') return pair.kind === 'shape' || pair.kind === 'type';
  const state = stateOf(pair, rows.get(pairKey(pair)));
  return filter === 'equal' ? state.startsWith('equal') : state === 'differs';
}

/** `float32`, `float32 → bfloat16`. */
export function typeText({ first, second }: ListedPair): string {
  const of = (info: TensorInfo | undefined) => info?.dtype ?? info?.storedDtype;
  return [...new Set([of(first), of(second)].filter((type) => type !== undefined))].join(' → ');
}
