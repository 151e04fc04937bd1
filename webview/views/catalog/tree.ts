import type { NormalizationLayer } from '../../../src/core/analysis/layers';
import type { TensorInfo } from '../../../src/core/tensor/tensor';
import { elementCount } from '../../../src/core/tensor/tensor';

/** A branch of names that begin alike. Branches with one child are one with it, as folders in VS Code's Explorer are. */
export interface Branch {
  /** All parts from the root on, as written: its key. */
  readonly path: string;
  /** What its row says: the parts that its parent does not have. */
  readonly label: string;
  readonly branches: readonly Branch[];
  /** Indices in the catalog. */
  readonly leaves: readonly Leaf[];
  readonly tensors: number;
  readonly parameters: number;
  readonly bytes: number;
}

export interface Leaf {
  readonly index: number;
  readonly label: string;
}

/** One visible row, branch or leaf. */
export interface Row {
  /** From 1. */
  readonly level: number;
  readonly branch?: Branch;
  readonly leaf?: Leaf;
}

const byName = new Intl.Collator('en', { numeric: true });
const separator = /[./]/;
/** Levels of branches; what is left of a longer name stays together. */
const deepest = 32;

interface Growing {
  readonly branches: Map<string, Growing>;
  readonly leaves: Leaf[];
}

/** The tree of those tensors whose indices are given, names cut at `.` and `/`. */
export function treeOf(tensors: readonly TensorInfo[], shown: Iterable<number>): Branch {
  const root: Growing = { branches: new Map(), leaves: [] };
  for (const index of shown) {
    const all = (tensors[index]?.name ?? '').split(separator);
    const names = all.slice(0, Math.min(all.length - 1, deepest));
    const label = all.slice(names.length).join('.');
    let at = root;
    for (const name of names) {
      let next = at.branches.get(name);
      if (next === undefined) at.branches.set(name, (next = { branches: new Map(), leaves: [] }));
      at = next;
    }
    at.leaves.push({ index, label });
  }
  return grown(root, '', '', tensors);
}

function grown(from: Growing, path: string, label: string, tensors: readonly TensorInfo[]): Branch {
  const [only] = from.branches;
  // The root is never drawn, so it has nothing to be one with.
  if (path !== '' && from.leaves.length === 0 && from.branches.size === 1 && only !== undefined) {
    return grown(only[1], `${path}.${only[0]}`, `${label}.${only[0]}`, tensors);
  }
  const branches = [...from.branches]
    .map(([name, branch]) => grown(branch, path === '' ? name || '.' : `${path}.${name}`, name, tensors))
    .sort((a, b) => byName.compare(a.label, b.label));
  const leaves = [...from.leaves].sort((a, b) => byName.compare(a.label, b.label));
  const sum = (of: (branch: Branch) => number, own: (info: TensorInfo) => number) =>
    branches.reduce((total, branch) => total + of(branch), 0) +
    leaves.reduce((total, { index }) => total + own(tensors[index] as TensorInfo), 0);
  return {
    path,
    label,
    branches,
    leaves,
    tensors: sum((branch) => branch.tensors, () => 1),
    parameters: sum((branch) => branch.parameters, parametersOf),
    bytes: sum((branch) => branch.bytes, ({ bytes }) => bytes),
  };
}

/** Whether a tensor has a shape: what was refused may not have come so far, and has none. */
export function hasShape({ shape, status }: TensorInfo): boolean {
  return status === 'readable' || shape.length > 0;
}

/** Its elements, as far as they are known. */
export function parametersOf(info: TensorInfo): number {
  return hasShape(info) ? elementCount(info.shape) : 0;
}

/** The rows that are to be seen, from top to bottom. The root itself has none. */
export function rowsOf(root: Branch, isOpen: (branch: Branch) => boolean): Row[] {
  const rows: Row[] = [];
  const add = (branch: Branch, level: number) => {
    for (const child of branch.branches) {
      rows.push({ level, branch: child });
      if (isOpen(child)) add(child, level + 1);
    }
    for (const leaf of branch.leaves) rows.push({ level, leaf });
  };
  add(root, 1);
  return rows;
}

export type SortKey = 'name' | 'dtype' | 'parameters' | 'bytes' | 'mean' | 'std' | 'min' | 'max';

/** What a sort goes by, of one tensor; null: not known (yet), and last either way. */
export type SortValue = (index: number) => number | string | null;

/** Indices in the order of a column; those that are alike keep the catalog's order. */
export function sorted(indices: readonly number[], value: SortValue, descending: boolean): number[] {
  const sign = descending ? -1 : 1;
  return indices
    .map((index) => ({ index, value: value(index) }))
    .sort((a, b) => {
      if (a.value === null || b.value === null) return (a.value === null ? 1 : 0) - (b.value === null ? 1 : 0);
      return sign * (typeof a.value === 'string' || typeof b.value === 'string' ? byName.compare(String(a.value), String(b.value)) : a.value - b.value);
    })
    .map(({ index }) => index);
}

/** Indices of the tensors that have all words of a query in their name, type or shape; `norm` finds normalization layers. */
export function matching(tensors: readonly TensorInfo[], layers: ReadonlyMap<number, NormalizationLayer>, query: string): number[] {
  const words = query.toLowerCase().split(/\s+/).filter((word) => word !== '');
  const indices = tensors.map((_, index) => index);
  if (words.length === 0) return indices;
  return indices.filter((index) => {
    const { name, dtype, storedDtype, shape } = tensors[index] as TensorInfo;
    const kind = layers.get(index)?.kind;
    const text = `${name} ${dtype ?? ''} ${storedDtype} ${shape.join('×')} ${shape.join('x')} ${kind === undefined ? '' : `${kind}norm`}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** The layer that a tensor is of, by its index. */
export function byLayer(layers: readonly NormalizationLayer[]): ReadonlyMap<number, NormalizationLayer> {
  return new Map(
    layers.flatMap((layer) =>
      [layer.weight, layer.bias, layer.runningMean, layer.runningVar].flatMap((index) => (index === null ? [] : [[index, layer] as const])),
    ),
  );
}
