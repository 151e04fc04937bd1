import type { TensorInfo } from '../tensor/tensor';

/** Tensors of two files that have one name, by their indices in the catalogs; null where a file has none of that name. */
export interface TensorPair {
  readonly one: number | null;
  readonly other: number | null;
}

/** What wrappers put before every name: PyTorch's DataParallel and `torch.compile`. */
const wrappers = /^(module\.|_orig_mod\.)+/;

/** Parts of a name that are looked at as what may stand before another name, at most. */
const mostParts = 16;

const bare = (name: string) => name.replace(wrappers, '');

/**
 * Every tensor of two catalogs, once: those of the first in its order, each with what has its name in the second, then those that
 * the second has alone. Where a name is not there as it stands, it may be there but for what wrappers put before it, or for
 * what one of the files puts before all of them (`state_dict.`).
 */
export function pairTensors(ones: readonly TensorInfo[], others: readonly TensorInfo[]): TensorPair[] {
  const paired = new Map<number, number>();
  const pair = (from: Map<string, number>, key: (name: string) => string) => {
    ones.forEach(({ name }, one) => {
      const other = from.get(key(name));
      if (paired.has(one) || other === undefined) return;
      paired.set(one, other);
      from.delete(key(name));
    });
  };
  pair(indices(others, (name) => name), (name) => name);
  pair(indices(others, bare, new Set(paired.values())), bare);
  const met = new Set(paired.values());
  const left = [bareNames(ones, paired), bareNames(others, met)] as const;
  const [theirPrefix, ownPrefix] = [prefixOf(left[1], left[0]), prefixOf(left[0], left[1])];
  const without = (prefix: string) => (name: string) => (bare(name).startsWith(prefix) ? bare(name).slice(prefix.length) : bare(name));
  if (theirPrefix !== null) pair(indices(others, without(theirPrefix), met), bare);
  else if (ownPrefix !== null) pair(indices(others, bare, met), without(ownPrefix));
  const known = new Set(paired.values());
  return [
    ...ones.map((_, one): TensorPair => ({ one, other: paired.get(one) ?? null })),
    ...others.flatMap((_, other): TensorPair[] => (known.has(other) ? [] : [{ one: null, other }])),
  ];
}

/**
 * What stands before names so that without it they are names of the others: what makes most pairs, if it makes one of at least
 * half of those that there could be and nothing else makes as many.
 */
function prefixOf(names: readonly string[], others: readonly string[]): string | null {
  const known = new Set(others);
  const counts = new Map<string, number>();
  for (const name of names) {
    let parts = 0;
    for (const { index } of name.matchAll(/[./]/g)) {
      if (++parts > mostParts) break;
      const prefix = name.slice(0, index + 1);
      if (known.has(name.slice(index + 1))) counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
    }
  }
  const [best, second] = [...counts].sort(([, one], [, other]) => other - one);
  if (best === undefined || best[1] === second?.[1] || 2 * best[1] < Math.min(names.length, others.length)) return null;
  return best[0];
}

/** Names of tensors that have no pair yet, without what wrappers put before them. */
function bareNames(tensors: readonly TensorInfo[], paired: { has(index: number): boolean }): string[] {
  return tensors.flatMap(({ name }, index) => (paired.has(index) ? [] : [bare(name)]));
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
