import type { TensorInfo } from '../tensor/tensor';

/** Tensors of two files that have one name, by their indices in the catalogs; null where a file has none of that name. */
export interface TensorPair {
  readonly one: number | null;
  readonly other: number | null;
}

/** What wrappers put before every name: PyTorch's DataParallel and `torch.compile`. */
const wrappers = /^(module\.|_orig_mod\.)+/;

/**
 * Every tensor of two catalogs, once: those of the first in its order, each with what has its name in the second, then those that
 * the second has alone. Where a name is not there as it stands, it may be there but for what wrappers put before it.
 */
export function pairTensors(ones: readonly TensorInfo[], others: readonly TensorInfo[]): TensorPair[] {
  const left = indices(others, (name) => name);
  const paired = new Map<number, number>();
  const pair = (from: Map<string, number>, key: (name: string) => string) => {
    ones.forEach(({ name }, one) => {
      const other = from.get(key(name));
      if (paired.has(one) || other === undefined) return;
      paired.set(one, other);
      from.delete(key(name));
    });
  };
  pair(left, (name) => name);
  const taken = new Set(paired.values());
  const bare = (name: string) => name.replace(wrappers, '');
  pair(indices(others, bare, taken), bare);
  const known = new Set(paired.values());
  return [
    ...ones.map((_, one): TensorPair => ({ one, other: paired.get(one) ?? null })),
    ...others.flatMap((_, other): TensorPair[] => (known.has(other) ? [] : [{ one: null, other }])),
  ];
}

/** The first of each name. */
function indices(tensors: readonly TensorInfo[], key: (name: string) => string, except: ReadonlySet<number> = new Set()): Map<string, number> {
  const found = new Map<string, number>();
  tensors.forEach(({ name }, index) => {
    if (!except.has(index) && !found.has(key(name))) found.set(key(name), index);
  });
  return found;
}

/** How the headers of a pair stand to each other: what can be said before anything is read. */
export type PairKind = 'only-first' | 'only-second' | 'unreadable' | 'shape' | 'type' | 'alike';

export function pairKind(one: TensorInfo | undefined, other: TensorInfo | undefined): PairKind {
  if (one === undefined) return 'only-second';
  if (other === undefined) return 'only-first';
  if (one.status !== 'readable' || other.status !== 'readable') return 'unreadable';
  if (one.shape.join() !== other.shape.join()) return 'shape';
  return one.storedDtype === other.storedDtype ? 'alike' : 'type';
}
